"""Strict settings: TOML into frozen dataclasses, every problem at once, each with its line.

Nothing is converted on the way: a whole number is an int and never ``true``, text is text, a list
is a list. Fractions are refused everywhere (amounts are text, ``"20.00"``), unknown keys are
errors with a suggestion, and a key without a default must be there.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import GenericAlias
from typing import Literal, TypeVar, cast, get_args, get_origin

from cattrs import Converter
from cattrs.errors import (
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
)
from cattrs.gen import make_dict_structure_fn

from pos_guard.errors import WHOLE_FILE, LocalError, Problem, SettingsError
from pos_guard.toml_lines import KeyPath, TomlLines

T = TypeVar("T")

Hook = Callable[[object], object]
"""Turns one raw TOML value into a setting; raises ValueError (or ``WrongError``) if it cannot."""

# A shop's whole policy is some kilobytes; more is not a settings file.
MAX_BYTES = 1_048_576

# Sets of readers that one process uses: settings, policies of a few currencies, device models.
_MAX_CONVERTERS = 16

_TOML_PLACE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)")


class WrongError(LocalError, ValueError):
    """Several things wrong below one key: pairs of the path below it and the message."""

    def __init__(self, parts: Iterable[tuple[KeyPath, str]]) -> None:
        self.parts = tuple(parts)
        super().__init__("; ".join(message for _, message in self.parts))


class TomlFile:
    """One settings text, read but not yet interpreted.

    :raises SettingsError: when it is not TOML, with the line.
    """

    def __init__(self, text: str, file_name: str) -> None:
        self.file_name = file_name
        self.data = _parse(text, file_name)
        self._lines = TomlLines(text)

    def problem(self, path: KeyPath, message: str) -> Problem:
        """A problem at a key, with the line where the text names it."""
        return Problem(dotted(path), message, self._lines.line(path))

    def structure(self, cls: type[T], hooks: Mapping[object, Hook] | None = None) -> T:
        """Read the whole file as a dataclass; ``hooks`` are readers for types of its own.

        :raises SettingsError: with every problem, in the order of the lines.
        """
        try:
            return structure(self.data, cls, hooks)
        except WrongError as error:
            raise self.error(self.problem(path, said) for path, said in error.parts) from None

    def error(self, problems: Iterable[Problem]) -> SettingsError:
        """All problems as one error, in the order of the lines."""
        ordered = sorted(problems, key=lambda problem: (problem.line or 0, problem.path))
        return SettingsError(self.file_name, ordered)


def structure(
    data: Mapping[str, object], cls: type[T], hooks: Mapping[object, Hook] | None = None
) -> T:
    """Read raw values as a dataclass; ``hooks`` are readers for types of its own.

    :raises WrongError: with the path and the message of everything that is wrong.
    """
    try:
        return _converter(frozenset((hooks or {}).items())).structure(data, cls)
    except (ClassValidationError, IterableValidationError, ValueError) as error:
        raise WrongError(_walk(error, ())) from None


def load_toml(
    cls: type[T],
    source: Path | str,
    file_name: str | None = None,
    *,
    hooks: Mapping[object, Hook] | None = None,
) -> T:
    """Read settings from a path, or from text when ``source`` is a str, as a dataclass.

    :raises SettingsError: when the file cannot be read or anything in it is wrong.
    """
    if isinstance(source, Path):
        name = file_name or str(source)
        return TomlFile(read_text(source, name), name).structure(cls, hooks)
    return TomlFile(source, file_name or "<text>").structure(cls, hooks)


def read_text(path: Path, file_name: str) -> str:
    """A settings file's text.

    :raises SettingsError: when it is missing, unreadable, too large or not UTF-8.
    """
    return as_text(read_raw(path, file_name), file_name)


def read_raw(path: Path, file_name: str) -> bytes:
    """A settings file's bytes, as a signature covers them.

    :raises SettingsError: when it is missing, unreadable or too large.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        problem = Problem(WHOLE_FILE, f"cannot be read: {error.strerror}")
        raise SettingsError(file_name, [problem]) from error
    if len(raw) > MAX_BYTES:
        raise SettingsError(file_name, [Problem(WHOLE_FILE, f"is larger than {MAX_BYTES} bytes")])
    return raw


def as_text(raw: bytes, file_name: str) -> str:
    """A settings file's bytes as text, with plain line ends.

    :raises SettingsError: when they are not UTF-8.
    """
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(file_name, [Problem(WHOLE_FILE, "is not UTF-8 text", line)]) from error


def suggestion(word: str, known: Iterable[str]) -> str:
    """What may have been meant, as the end of a message: `` (did you mean "x"?)``, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f' (did you mean "{close[0]}"?)' if close else ""


def as_table(value: object) -> dict[str, object]:
    """A raw TOML value that has to be a table.

    :raises ValueError: when it is something else.
    """
    if type(value) is not dict:
        kind = described(value)
        hint = " ([[…]] makes a list, […] a table)" if kind == "a list" else ""
        raise ValueError(f"must be a table, not {kind}{hint}")
    return cast("dict[str, object]", value)  # TOML knows no keys but text


def described(value: object) -> str:
    """What a raw TOML value is, for an error message; never the value itself."""
    names: tuple[tuple[type, str], ...] = (
        (bool, "true or false"),
        (int, "a whole number"),
        (float, "a number with a fraction"),
        (str, "text"),
        (list, "a list"),
        (dict, "a table"),
    )
    return next((name for kind, name in names if type(value) is kind), "a date or time")


def _parse(text: str, file_name: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise SettingsError(file_name, [Problem(WHOLE_FILE, "is nested too deeply")]) from None
    except ValueError as error:
        place = _TOML_PLACE.search(str(error))
        message = f"not valid TOML: {_TOML_PLACE.sub('', str(error))}"
        # A text that ends too early is told at its last line.
        line = text.count("\n") + 1 if place is None or place[1] is None else int(place[1])
        raise SettingsError(file_name, [Problem(WHOLE_FILE, message, line)]) from None


@lru_cache(maxsize=_MAX_CONVERTERS)
def _converter(hooks: frozenset[tuple[object, Hook]]) -> Converter:
    """Kept, because cattrs compiles a function for every class: nearly all that reading costs."""
    converter = Converter(forbid_extra_keys=True)
    for kind in (bool, int, str, float):
        converter.register_structure_hook(kind, _scalar)
    converter.register_structure_hook(StrEnum, _word)
    converter.register_structure_hook_factory(_is_choice, _choice)
    converter.register_structure_hook_factory(_is_sequence, _sequence)
    converter.register_structure_hook_factory(_is_mapping, _mapping)
    converter.register_structure_hook_factory(dataclasses.is_dataclass, _table)
    for target, hook in hooks:
        converter.register_structure_hook(target, _ignoring_type(hook))
    return converter


def _ignoring_type(hook: Hook) -> Callable[[object, object], object]:
    return lambda value, _: hook(value)


def _scalar(value: object, kind: type) -> object:
    if type(value) is kind and kind is not float:
        return value
    expected = {bool: "true or false", int: "a whole number", str: "text"}
    if kind not in expected:
        raise ValueError("numbers with a fraction are not used in settings")
    raise ValueError(f"must be {expected[kind]}, not {described(value)}")


def _word(value: object, kind: type[StrEnum]) -> StrEnum:
    return kind(_one_of(value, [str(member) for member in kind]))


def _is_choice(kind: object) -> bool:
    return get_origin(kind) is Literal


def _choice(kind: object) -> Callable[[object, object], str]:
    words: tuple[str, ...] = get_args(kind)
    return lambda value, _: _one_of(value, words)


def _one_of(value: object, words: Sequence[str]) -> str:
    if type(value) is not str:
        raise ValueError(f"must be one of {', '.join(words)}, not {described(value)}")
    if value not in words:
        raise ValueError(f"must be one of {', '.join(words)}{suggestion(value, words)}")
    return value


def _is_sequence(kind: object) -> bool:
    return get_origin(kind) in (tuple, frozenset)


def _sequence(kind: object, converter: Converter) -> Callable[[object, object], object]:
    """A list of one type, as a tuple or frozenset; text is never taken for a list of letters."""
    origin = get_origin(kind)
    items = GenericAlias(list, get_args(kind)[:1])
    inner = converter.get_structure_hook(items)

    def structure(value: object, _: object) -> object:
        if type(value) is not list:
            raise ValueError(f"must be a list, not {described(value)}")
        found: list[object] = inner(value, items)
        return frozenset(found) if origin is frozenset else tuple(found)

    return structure


def _is_mapping(kind: object) -> bool:
    return get_origin(kind) is Mapping


def _mapping(kind: object, converter: Converter) -> Callable[[object, object], object]:
    tables = GenericAlias(dict, get_args(kind))
    inner = converter.get_structure_hook(tables)

    def structure(value: object, _: object) -> object:
        return inner(as_table(value), tables)

    return structure


def _table(kind: type[T], converter: Converter) -> Callable[[object, object], T]:
    inner = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)

    def structure(value: object, _: object) -> T:
        return inner(as_table(value), kind)

    return structure


def _walk(error: BaseException, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Every leaf of a cattrs error tree, as key path and message."""
    if isinstance(error, ClassValidationError):
        with_name, bare = error.group_exceptions()
        for child, note in with_name:
            yield from _walk(child, (*path, note.name))
        for child in bare:
            yield from _walk(child, path)
    elif isinstance(error, IterableValidationError):
        with_index, bare = error.group_exceptions()
        for child, item in with_index:
            yield from _walk(child, (*path, item.index))
        for child in bare:
            yield from _walk(child, path)
    else:
        yield from _leaf(error, path)


def _leaf(error: BaseException, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(error, ForbiddenExtraKeysError):
        known = [field.name for field in dataclasses.fields(error.cl)]
        for key in sorted(error.extra_fields):
            yield (*path, key), f"is not a known key{suggestion(key, known)}"
    elif isinstance(error, WrongError):
        for below, message in error.parts:
            yield (*path, *below), message
    elif isinstance(error, KeyError):
        yield path, "is missing"
    else:
        yield path, str(error)


def dotted(path: KeyPath) -> str:
    """A key path as people write it: ``roles.x.may[0]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or WHOLE_FILE
