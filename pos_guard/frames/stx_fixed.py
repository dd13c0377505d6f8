"""Messages whose fields stand at fixed places: their layout as construct, and strict values.

Concert, ECR17 and most MIS-POS dialects are of this kind. A value is read so that only one text
can mean it: digits where digits belong, printable ASCII elsewhere, nothing left over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from construct import Bytes, Construct, ConstructError, Struct, Terminated

from pos_guard.errors import FrameError, LocalError


class Layout:
    """Named fields of fixed width, one after the other.

    :raises LocalError: two fields of one name, or a width below 1.
    """

    def __init__(self, *fields: tuple[str, int]) -> None:
        names = [name for name, _ in fields]
        if len(set(names)) != len(names) or any(width < 1 for _, width in fields):
            raise LocalError("a layout has fields of different names, each at least one byte wide")
        self.widths: Mapping[str, int] = dict(fields)
        self.size = sum(self.widths.values())
        # construct's values are untyped; they end in ``parse``.
        parts: list[Any] = [name / Bytes(width) for name, width in fields]
        self._struct: Construct[Any, Any] = Struct(*parts, Terminated)
        self._at: dict[str, int] = {}
        at = 0
        for name, width in fields:
            self._at[name] = at
            at += width

    def at(self, name: str) -> int:
        """Where a field begins."""
        return self._at[name]

    def parse(self, body: bytes) -> dict[str, bytes]:
        """The fields of one message.

        :raises FrameError: ``length`` when it is not exactly as long as its fields.
        """
        try:
            found: Mapping[str, bytes] = self._struct.parse(body)
        except ConstructError as error:
            message = f"{len(body)} bytes where this message has {self.size}"
            raise FrameError("length", message, min(len(body), self.size)) from error
        return {name: found[name] for name in self.widths}

    def build(self, values: Mapping[str, bytes]) -> bytes:
        """One message.

        :raises LocalError: a field is missing, unknown or of another width.
        """
        wrong = {name: len(values.get(name, b"")) for name in self.widths}
        if wrong != self.widths or set(values) != set(self.widths):
            raise LocalError(f"the fields do not fit the layout: {sorted(values)}")
        return b"".join(values[name] for name in self.widths)


def digits(value: bytes, at: int) -> str:
    """Decimal digits, as text.

    :raises FrameError: ``not-digits``.
    """
    if not value.isdigit():
        raise FrameError("not-digits", "something else than decimal digits", at)
    return value.decode("ascii")


def printable(value: bytes, at: int) -> str:
    """Printable ASCII, blanks included.

    :raises FrameError: ``not-text``.
    """
    if any(not 0x20 <= byte <= 0x7E for byte in value):
        raise FrameError("not-text", "a character that is not printable ASCII", at)
    return value.decode("ascii")


def one_of(value: bytes, known: str, at: int) -> str:
    """One character out of ``known``.

    :raises FrameError: ``unknown-field``.
    """
    text = printable(value, at)
    if len(text) != 1 or text not in known:
        raise FrameError("unknown-field", f"{text!r} is none of {', '.join(known)}", at)
    return text


def constant(value: bytes, expected: bytes, at: int) -> None:
    """A reserved field that holds what the standard fixes.

    :raises FrameError: ``not-canonical``.
    """
    if value != expected:
        raise FrameError("not-canonical", f"a reserved field is not {expected.decode('ascii')}", at)
