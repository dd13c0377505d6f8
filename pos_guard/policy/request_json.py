"""Requests as JSON and back, exactly: what the record keeps, and what ``policy explain`` reads.

Fields that have their default are left out. The subject stands under ``intent``, ``scan`` or
``receipt``; rows that come by the dozen (earlier requests, cart lines, totals) are lists in the
order of their fields. Amounts are integer minor units, as everywhere. A request holds no secret,
so neither does its JSON: codes are tokens and masked.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Callable, Hashable, Mapping
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Union, cast, get_args, get_origin, get_type_hints

from pos_guard.frames.decoded import Json
from pos_guard.model import CartLine, Intent, Receipt, Scan
from pos_guard.policy.request import MAX_RECENT, Recent, Request, Total
from pos_guard.strict import WrongError, described, suggestion
from pos_guard.toml_lines import KeyPath

MAX_REQUEST_BYTES = 49_152
"""A record holds 64 KiB; what is larger than this (a cart of hundreds of lines) is left out."""

_SUBJECTS = {"intent": Intent, "scan": Scan, "receipt": Receipt}

_PLAIN = frozenset({str, int, bool, type(None)})
_PLAIN_HINTS: frozenset[object] = frozenset({str, int, bool, str | None, int | None})

_ROWS: frozenset[Hashable] = frozenset({Recent, CartLine, Total})

# No request is nested deeper or holds a longer list; a file that is, is none.
_MAX_ITEMS = 1_000

_Reader = Callable[[object], object]
_Writer = Callable[[object], Json]
_WRITERS: dict[type[object], _Writer] = {}


def request_json(request: Request) -> dict[str, Json]:
    """A request as JSON values."""
    shown = cast("dict[str, Json]", _written(request))
    subject = shown.pop("subject")
    name = next(key for key, cls in _SUBJECTS.items() if type(request.subject) is cls)
    return {name: subject} | shown


def recordable(request: Request) -> dict[str, Json] | None:
    """The same for the record, or None where it would be too large to be kept."""
    shown = request_json(request)
    if _is_small(request):
        return shown
    # Escaped as ASCII it is never shorter than as UTF-8.
    return shown if len(json.dumps(shown)) <= MAX_REQUEST_BYTES else None


def parse_request(value: object) -> Request:
    """The request that ``request_json`` wrote.

    :raises WrongError: with the path and the message of everything that is wrong.
    """
    if not isinstance(value, dict):
        raise WrongError([((), f"must be an object, not {described(value)}")])
    raw = dict(cast("dict[str, object]", value))
    named = [key for key in _SUBJECTS if key in raw]
    if len(named) != 1:
        raise WrongError([((), f"needs exactly one of {', '.join(_SUBJECTS)}")])
    subject = _below(named[0], _reader(_SUBJECTS[named[0]]), raw.pop(named[0]))
    return cast("Request", _object(Request, _fields(Request), raw, {"subject": subject}))


def _is_small(request: Request) -> bool:
    """Without carts and long texts the bound cannot be reached: it need not be measured."""
    sale = request.sale
    without_goods = request.context.cart is None and (sale is None or not sale.sold)
    return without_goods and len(request.recent) <= MAX_RECENT and not request.own_codes


def _written(value: object) -> Json:
    kind = type(value)
    write = _WRITERS.get(kind)
    if write is None:
        write = _WRITERS[kind] = _writer(kind)
    return write(value)


def _writer(cls: type[object]) -> _Writer:
    """What writes values of one type: types are looked at once, requests are written all day."""
    if cls in _PLAIN:
        return lambda value: cast("Json", value)
    if issubclass(cls, StrEnum):
        return lambda value: cast("StrEnum", value).value
    if issubclass(cls, tuple):
        return lambda value: [_written(item) for item in cast("tuple[object, ...]", value)]
    if issubclass(cls, frozenset):
        return lambda value: list[Json](sorted(cast("frozenset[str]", value)))
    if issubclass(cls, Mapping):
        return lambda value: {
            key: _written(item) for key, item in cast("Mapping[str, object]", value).items()
        }
    kind = cast("Hashable", cls)
    return _row_writer(kind) if kind in _ROWS else _object_writer(kind)


def _row_writer(kind: Hashable) -> _Writer:
    """By far the most values of a busy till's request: no call for what is text or a number."""
    values, hints = _values(kind), get_type_hints(kind)
    names = enumerate(name for name, _ in _defaults(kind))
    others = [at for at, name in names if not _is_plain(hints[name])]

    def write(value: object) -> Json:
        row = cast("list[Json]", list(values(value)))
        for at in others:
            row[at] = _written(row[at])
        return row

    return write


def _is_plain(hint: Hashable) -> bool:
    """Whether values of this type are written as they are; a word of an enum is text."""
    return hint in _PLAIN_HINTS or (isinstance(hint, type) and issubclass(hint, StrEnum))


def _object_writer(kind: Hashable) -> _Writer:
    values, defaults = _values(kind), _defaults(kind)

    def write(value: object) -> Json:
        shown: dict[str, Json] = {}
        for (name, usual), item in zip(defaults, values(value), strict=True):
            # Most fields have their default, and it is the very same object: None, 0, ().
            if item is not usual and item != usual:
                shown[name] = _written(item)
        return shown

    return write


@cache
def _values(kind: Hashable) -> Callable[[object], tuple[object, ...]]:
    """All fields of a dataclass at once: with two or more names they come as a tuple."""
    return attrgetter(*(item.name for item in dataclasses.fields(cast("type", kind))))


@cache
def _defaults(kind: Hashable) -> tuple[tuple[str, object], ...]:
    """The fields of a dataclass with their defaults, or ``MISSING``."""
    found: list[tuple[str, object]] = []
    for item in dataclasses.fields(cast("type", kind)):
        usual = item.default
        if item.default_factory is not dataclasses.MISSING:
            usual = item.default_factory()
        found.append((item.name, usual))
    return tuple(found)


@cache
def _fields(kind: Hashable) -> dict[str, _Reader]:
    """A reader for each field of a dataclass, or of one with its type argument (``Known[str]``)."""
    origin = cast("type", get_origin(kind) or kind)
    hints = get_type_hints(origin)
    known: dict[object, object] = dict(
        zip(getattr(origin, "__parameters__", ()), get_args(kind), strict=True)
    )
    return {
        item.name: _reader(known.get(hints[item.name], hints[item.name]))
        for item in dataclasses.fields(origin)
        if hints[item.name] is not Request and item.name != "subject"
    }


@cache
def _reader(kind: Hashable) -> _Reader:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _optional(next(part for part in arguments if part is not type(None)))
    if origin is tuple:
        return _list(arguments) if arguments[-1] is ... else _pair(arguments)
    if origin is frozenset:
        return lambda value: frozenset(cast("tuple[str, ...]", _list(arguments)(value)))
    if origin is Mapping or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return _mapping(arguments[1])
    if (plain := _plain(kind)) is not None:
        return plain
    made = cast("type", origin or kind)
    return lambda value: _object(made, _fields(kind), value, {})


def _plain(kind: Hashable) -> _Reader | None:
    """What is no object with fields of its own, or is written as a row of them."""
    if not isinstance(kind, type):
        return None
    if kind in _ROWS:
        return _row(kind)
    if kind in (str, int, bool):
        return _scalar(kind)
    return _word(kind) if issubclass(kind, StrEnum) else None


def _scalar(kind: type) -> _Reader:
    expected = {bool: "true or false", int: "a whole number", str: "text"}[kind]

    def read(value: object) -> object:
        if type(value) is not kind:
            raise ValueError(f"must be {expected}, not {described(value)}")
        return value

    return read


def _word(kind: type[StrEnum]) -> _Reader:
    words = [str(member) for member in kind]

    def read(value: object) -> object:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return kind(str(value))

    return read


def _optional(kind: Hashable) -> _Reader:
    inner = _reader(kind)
    return lambda value: None if value is None else inner(value)


def _items(value: object) -> list[object]:
    if type(value) is not list:
        raise ValueError(f"must be a list, not {described(value)}")
    items = cast("list[object]", value)
    if len(items) > _MAX_ITEMS:
        raise ValueError(f"is longer than {_MAX_ITEMS}")
    return items


def _list(arguments: tuple[Hashable, ...]) -> _Reader:
    inner = _reader(arguments[0])
    return lambda value: tuple(
        _below(index, inner, item) for index, item in enumerate(_items(value))
    )


def _pair(arguments: tuple[Hashable, ...]) -> _Reader:
    readers = [_reader(kind) for kind in arguments]

    def read(value: object) -> object:
        items = _items(value)
        if len(items) != len(readers):
            raise ValueError(f"must be a list of {len(readers)}")
        pairs = enumerate(zip(readers, items, strict=True))
        return tuple(_below(index, reader, item) for index, (reader, item) in pairs)

    return read


def _mapping(kind: Hashable) -> _Reader:
    inner = _reader(kind)

    def read(value: object) -> object:
        if type(value) is not dict:
            raise ValueError(f"must be an object, not {described(value)}")
        items = cast("dict[str, object]", value).items()
        return {key: _below(key, inner, item) for key, item in items}

    return read


def _row(kind: type) -> _Reader:
    fields = _fields(kind)
    needed = sum(usual is dataclasses.MISSING for _, usual in _defaults(kind))

    def read(value: object) -> object:
        items = _items(value)
        if not needed <= len(items) <= len(fields):
            raise ValueError(f"must be a list: {', '.join(fields)}")
        pairs = enumerate(zip(fields.values(), items, strict=False))
        return kind(*(_below(index, reader, item) for index, (reader, item) in pairs))

    return read


def _object(
    kind: type, fields: dict[str, _Reader], value: object, given: dict[str, object]
) -> object:
    """A dataclass from an object, with everything that is wrong in it at once."""
    if type(value) is not dict:
        raise ValueError(f"must be an object, not {described(value)}")
    wrong: list[tuple[KeyPath, str]] = []
    raw = cast("dict[str, object]", value)
    for key, item in raw.items():
        if key not in fields:
            wrong.append(((key,), f"is not a known key{suggestion(key, fields)}"))
            continue
        try:
            given[key] = _below(key, fields[key], item)
        except WrongError as error:
            wrong += error.parts
    usual = dict(_defaults(kind))
    missing = [key for key in fields if key not in raw and usual[key] is dataclasses.MISSING]
    wrong += [((key,), "is missing") for key in missing]
    if wrong:
        raise WrongError(wrong)
    return cast("object", kind(**given))


def _below(key: str | int, read: _Reader, value: object) -> object:
    try:
        return read(value)
    except WrongError as error:
        raise WrongError(((key, *path), message) for path, message in error.parts) from None
    except ValueError as error:
        raise WrongError([((key,), str(error))]) from None
