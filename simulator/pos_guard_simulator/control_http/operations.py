"""One operation of a device as a table row: its fields, its answer, an example.

The rows make the OpenAPI document and check requests. The device itself has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pos_guard.api.message import MAX_TEXT
from pos_guard.frames.decoded import Json
from pos_guard.frames.json_strict import MAX_INTEGER
from pos_guard_simulator.control_http.failures import ApiError

Schema = Mapping[str, Json]

MAX_BODY = 65_536
"""Bytes of a request: the longest code, every byte of it escaped (``\\u0001``)."""

BAD_FIELD = "bad-field"
"""The code of an error: a field is missing, unknown, or not what it should be."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a request. ``most``: the longest text, or the greatest number; numbers are whole.

    ``words``: it is one of these, if there are any.
    """

    name: str
    says: str
    type: Literal["string", "integer", "boolean"] = "string"
    required: bool = False
    most: int = 0
    words: tuple[str, ...] = ()

    @property
    def limit(self) -> int:
        """Its limit, or what is usual for its type."""
        return self.most or (MAX_TEXT if self.type == "string" else MAX_INTEGER)

    @property
    def schema(self) -> dict[str, Json]:
        """As JSON Schema."""
        schema: dict[str, Json] = {"type": self.type, "description": self.says}
        if self.words:
            return {**schema, "enum": list(self.words)}
        if self.type == "string":
            return {**schema, "minLength": 1, "maxLength": self.limit}
        if self.type == "integer":
            return {**schema, "minimum": 0, "maximum": self.limit}
        return schema

    def wrong(self, value: Json) -> str:
        """What is wrong with a value; empty: nothing."""
        if self.words:
            return "" if value in self.words else f"is not one of: {', '.join(self.words)}"
        if self.type == "string":
            fits = isinstance(value, str) and 0 < len(value) <= self.limit
            return "" if fits else f"is not a text of 1 to {self.limit} letters"
        if self.type == "integer":
            fits = type(value) is int and 0 <= value <= self.limit
            return "" if fits else f"is not a whole number up to {self.limit}"
        return "" if isinstance(value, bool) else "is not true or false"


@dataclass(frozen=True, slots=True)
class Operation:
    """What a device can be asked or told.

    ``answer`` holds the properties of its answer as JSON Schema; those in ``maybe`` can be missing.
    ``upload``: the field that a body of an image stands for. ``most``: bytes of a body.
    ``open``: the device alone knows its fields and its answer.
    """

    name: str
    says: str
    fields: tuple[Field, ...] = ()
    answer: Schema = field(default_factory=dict[str, Json])
    maybe: frozenset[str] = frozenset()
    example: Schema = field(default_factory=dict[str, Json])
    upload: str = ""
    most: int = MAX_BODY
    open: bool = False

    def check(self, body: Mapping[str, Json]) -> None:
        """Let a request pass.

        :raises ApiError: 422 with the field that is wrong.
        """
        if self.open:
            return
        known = {one.name: one for one in self.fields}
        for name, value in body.items():
            if name not in known:
                takes = ", ".join(known) or "none"
                raise _wrong(name, f"is no field of {self.name!r}; it takes: {takes}")
            why = known[name].wrong(value)
            if why:
                raise _wrong(name, why)
        for one in self.fields:
            if one.required and one.name not in body:
                raise _wrong(one.name, "is missing")


def obj(properties: Schema, *, maybe: frozenset[str] = frozenset()) -> dict[str, Json]:
    """An object with these properties; all but ``maybe`` are there."""
    required: list[Json] = [name for name in properties if name not in maybe]
    schema: dict[str, Json] = {"type": "object", "properties": dict(properties)}
    return {**schema, "required": required} if required else schema


def text(says: str) -> dict[str, Json]:
    """A text."""
    return {"type": "string", "description": says}


def number(says: str) -> dict[str, Json]:
    """A whole number from 0."""
    return {"type": "integer", "minimum": 0, "description": says}


def flag(says: str) -> dict[str, Json]:
    """True or false."""
    return {"type": "boolean", "description": says}


def many(items: Schema, says: str) -> dict[str, Json]:
    """A list."""
    return {"type": "array", "items": dict(items), "description": says}


def texts(says: str) -> dict[str, Json]:
    """A list of texts."""
    return many({"type": "string"}, says)


def maybe_null(schema: Schema) -> dict[str, Json]:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def _wrong(name: str, why: str) -> ApiError:
    return ApiError(422, BAD_FIELD, f"{name!r} {why}", field=name)
