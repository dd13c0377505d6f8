"""The decision socket's messages: one JSON object a line, versioned, typed field by field.

Nothing here does I/O. The operations are in docs/decision-socket.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.decoded import Json
from pos_guard.frames.json_strict import parse_object
from pos_guard.model import Words

VERSION = 1
"""The ``v`` of every message. A server refuses any other."""

CODE_MISSING = "code-missing"
"""Why a request was not done: the person has a second factor. Send it again with ``code``."""

MAX_LINE = 128 * 1024
"""Bytes of a request, line end included: a context with a cart of 500 lines has some 100 KiB."""

MAX_TEXT = 256
"""Characters of any text in a request: ids and references, the longest is far below."""

E = TypeVar("E", bound=StrEnum)


class RequestError(LocalError, ValueError):
    """A request that cannot be done; ``code`` is a stable name for programs."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class Fields:
    """The fields of one request. Each is taken once; what is left over is an error.

    :raises RequestError: ``bad-request``, from every method, for a missing or mistyped field.
    """

    def __init__(self, fields: Mapping[str, Json]) -> None:
        self._left = dict(fields)

    def text(self, name: str) -> str:
        """A text that must be there."""
        found = self.maybe_text(name)
        if found is None:
            raise RequestError("bad-request", f"{name!r} is missing")
        return found

    def maybe_text(self, name: str, limit: int = MAX_TEXT) -> str | None:
        """A text of 1 to ``limit`` characters, or None."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str) or not 0 < len(value) <= limit:
            raise RequestError("bad-request", f"{name!r} is not a text of 1 to {limit} letters")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where it is missing."""
        value = self._left.pop(name, False)
        if not isinstance(value, bool):
            raise RequestError("bad-request", f"{name!r} is not true or false")
        return value

    def number(self, name: str) -> int:
        """A whole number that must be there."""
        found = self.maybe_number(name)
        if found is None:
            raise RequestError("bad-request", f"{name!r} is missing")
        return found

    def maybe_number(self, name: str) -> int | None:
        """A whole number from 0, or None."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if type(value) is not int or value < 0:
            raise RequestError("bad-request", f"{name!r} is not a whole number")
        return value

    def choice(self, name: str, kind: type[E]) -> E:
        """A word of a closed list that must be there."""
        return _choice(kind, name, self.text(name))

    def maybe_choice(self, name: str, kind: type[E]) -> E | None:
        """A word of a closed list, or None."""
        word = self.maybe_text(name)
        return None if word is None else _choice(kind, name, word)

    def maybe_object(self, name: str) -> Fields | None:
        """An object, or None."""
        value = self._left.pop(name, None)
        return None if value is None else self._object(name, value)

    def maybe_objects(self, name: str, most: int) -> list[Fields] | None:
        """At most so many objects, or None."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) > most:
            raise RequestError("bad-request", f"{name!r} is not a list of up to {most} objects")
        return [self._object(name, item) for item in value]

    @staticmethod
    def _object(name: str, value: Json) -> Fields:
        if not isinstance(value, dict):
            raise RequestError("bad-request", f"{name!r} is not an object")
        return Fields(value)

    def end(self) -> None:
        """Nothing may be left: a misspelt field must not be overlooked."""
        if self._left:
            raise RequestError("bad-request", f"unknown field: {', '.join(sorted(self._left))}")


def read_request(line: bytes) -> tuple[str, Fields]:
    """The operation and the fields of one line.

    :raises RequestError: ``bad-json``, ``bad-version`` or ``bad-request``.
    """
    try:
        found = parse_object(line, limit=MAX_LINE)
    except FrameError as error:
        raise RequestError("bad-json", str(error)) from error
    version = found.pop("v", None)
    if type(version) is not int or version != VERSION:
        raise RequestError("bad-version", f'this is version {VERSION}: send "v": {VERSION}')
    fields = Fields(found)
    return fields.text("op"), fields


def write_line(body: Mapping[str, Json]) -> bytes:
    """One message as a line."""
    return json.dumps({"v": VERSION, **body}, ensure_ascii=False).encode() + b"\n"


def error_body(code: str, message: str) -> dict[str, Json]:
    """The answer to a request that was not done."""
    return {"ok": False, "error": {"code": code, "message": message}}


def words(say: Words) -> dict[str, Json]:
    """A message for people in both languages."""
    return {"zh": say.zh, "en": say.en}


def _choice(kind: type[E], name: str, word: str) -> E:
    try:
        return kind(word)
    except ValueError:
        known = ", ".join(kind)
        raise RequestError("bad-request", f"{name!r} is not one of: {known}") from None
