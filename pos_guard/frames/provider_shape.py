"""Which fields a provider's message may hold, and of which type each must be.

A field that stands in no document is refused: nobody here could say what it does to the money.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, cast

from pos_guard.frames.decoded import Json
from pos_guard.frames.field_error import FieldError, plain_name
from pos_guard.frames.json_strict import DecimalText, is_object
from pos_guard.strict import as_table

MAX_ITEMS = 200
"""Goods lines of one request; the body limit allows about as many."""

MAX_DEPTH = 8
"""How deep a shape may nest: providers document five."""

Member: TypeAlias = "str | Mapping[str, Member] | tuple[Member]"
"""A kind, an object, or a one-tuple for a list."""


class Shape(dict[str, Member]):
    """All fields that an object may hold, by name; a class, so that settings know it."""


KINDS = ("text", "integer", "flag", "decimal", "any")
"""``decimal``: a number of major units or of goods, as text or as a number. ``any``: unread."""


def as_shape(value: object) -> Shape:
    """A raw TOML table as a shape.

    :raises ValueError: it is none.
    """
    return Shape({name: _member(inner, 1) for name, inner in as_table(value).items()})


def check_shape(value: Json, shape: Member, path: str = "") -> None:
    """Refuse fields that the document does not know, and known ones of another type.

    :raises FrameError: ``unknown-field`` or ``type``; the message holds names, never values.
    """
    if isinstance(shape, Mapping):
        _check_object(value, shape, path)
    elif isinstance(shape, tuple):
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            raise FieldError("type", path, f"is no list of at most {MAX_ITEMS}")
        for element in value:
            check_shape(element, shape[0], path)
    elif not _fits(value, shape):
        raise FieldError("type", path, f"is no {shape}")


def at(fields: Mapping[str, Json], path: str) -> Json:
    """The value at a dotted path; None where nothing is."""
    value: Json = dict(fields)
    for name in path.split("."):
        if not is_object(value):
            return None
        value = value.get(name)
    return value


def _check_object(value: Json, shape: Mapping[str, Member], path: str) -> None:
    if not is_object(value):
        raise FieldError("type", path or "body", "is no object")
    for name, member in value.items():
        if name not in shape:
            field = f"{path}.{plain_name(name)}".lstrip(".")
            told = f"is not known; there may only be {', '.join(shape)}"
            raise FieldError("unknown-field", field, told)
        if member is not None:
            check_shape(member, shape[name], f"{path}.{name}".lstrip("."))


def _fits(value: Json, kind: str) -> bool:
    match kind:
        case "text":
            return isinstance(value, str) and not isinstance(value, DecimalText)
        case "integer":
            return type(value) is int
        case "flag":
            return type(value) is bool
        case "decimal":
            return isinstance(value, str) or type(value) is int
        case _:
            return True


def _member(value: object, depth: int) -> Member:
    if depth > MAX_DEPTH:
        raise ValueError(f"is nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        items = cast("list[object]", value)
        if len(items) != 1:
            raise ValueError("a list of fields holds one shape for all its elements")
        return (_member(items[0], depth + 1),)
    return {name: _member(inner, depth + 1) for name, inner in as_table(value).items()}
