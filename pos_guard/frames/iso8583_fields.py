"""ISO 8583 data elements: how each is coded, and the bitmap that says which are there.

A profile's table is data: field number to coding. The value of a field is text: digits as they
are, characters one for one (Latin-1), binary as hex. Each coding reads one form only, so what is
read builds the same bytes again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, Protocol

from construct import Construct

from pos_guard.errors import FrameError, LocalError

MAX_NUMBER = 128
"""Fields of a primary and a secondary bitmap; no tertiary one exists in payments."""


class Coding(Protocol):
    """How one field stands in the bytes."""

    def read(self, data: bytes, at: int) -> tuple[str, int]:
        """The value at ``at``, and where the next field begins.

        :raises FrameError: ``truncated``, ``length``, ``not-bcd``, ``characters``, ``padding``.
        """
        ...

    def write(self, value: str) -> bytes:
        """The only bytes that ``read`` turns into this value.

        :raises LocalError: when there are none.
        """
        ...


def _misfit(value: str, what: str) -> LocalError:
    # Never the value itself: it may be a card number.
    return LocalError(f"{len(value)} characters do not fit into {what}")


def _cut(data: bytes, at: int, size: int) -> bytes:
    part = data[at : at + size]
    if len(part) != size:
        raise FrameError("truncated", "a field ends behind the message", at)
    return part


# -- packed digits ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Packed:
    """``size`` bytes of packed digits. ``pad``: the place of the filling zero of an odd count.

    The value keeps the filling, as documents of this profile print it.
    """

    size: int
    pad: int | None = None

    def read(self, data: bytes, at: int) -> tuple[str, int]:
        """Exactly so many digits."""
        end = at + self.size
        text = data[at:end].hex()
        if not text.isdecimal() or len(text) != 2 * self.size:
            _cut(data, at, self.size)
            raise FrameError("not-bcd", "not all decimal digits", at)
        if self.pad is not None and text[self.pad] != "0":
            raise FrameError("padding", "an odd count of digits is not filled with 0", at)
        return text, end

    def write(self, value: str) -> bytes:
        """Digits with their filling."""
        digits = value.isascii() and value.isdecimal() and len(value) == 2 * self.size
        if not digits or (self.pad is not None and value[self.pad] != "0"):
            raise _misfit(value, f"{self.size} bytes of digits")
        return bytes.fromhex(value)


_TRACK = frozenset("0123456789d")


@dataclass(frozen=True, slots=True)
class PackedVar:
    """Packed digits behind a packed count of them, at most ``most``; filled with 0 on the right.

    ``count_size``: 1 byte (LL) or 2 (LLL). ``track``: the separator D (``=``) may stand in it.
    """

    count_size: int
    most: int
    track: bool = False

    def read(self, data: bytes, at: int) -> tuple[str, int]:
        """The digits without their filling."""
        start = at + self.count_size
        count = _packed_count(data, at, start, self.most)
        end = start + (count + 1) // 2
        if end > len(data):
            raise FrameError("truncated", "a field ends behind the message", start)
        text = data[start:end].hex()
        if count % 2:
            if text[-1] != "0":
                raise FrameError("padding", "an odd count of digits is not filled with 0", start)
            text = text[:-1]
        if text and not text.isdecimal() and not (self.track and _TRACK.issuperset(text)):
            raise FrameError("not-bcd", "not all decimal digits", start)
        return text, end

    def write(self, value: str) -> bytes:
        """Count, digits, filling."""
        allowed = _TRACK if self.track else _TRACK - {"d"}
        if len(value) > self.most or not allowed.issuperset(value):
            raise _misfit(value, f"up to {self.most} digits")
        count = str(len(value)).rjust(2 * self.count_size, "0")
        return bytes.fromhex(count + value + "0" * (len(value) % 2))


def _packed_count(data: bytes, at: int, start: int, most: int) -> int:
    text = data[at:start].hex()
    if len(text) != 2 * (start - at):
        raise FrameError("truncated", "a length ends behind the message", at)
    if not text.isdecimal():
        raise FrameError("length", "a length that is no number", at)
    count = int(text)
    if count > most:
        raise FrameError("length", f"longer than {most}", at)
    return count


# -- characters and bytes -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """``size`` printable ASCII characters.

    ``digits``: digits only; ``signed``: C or D, then digits; ``wide``: any byte is a character.
    """

    size: int
    digits: bool = False
    signed: bool = False
    wide: bool = False

    def read(self, data: bytes, at: int) -> tuple[str, int]:
        """Exactly so many characters."""
        end = at + self.size
        part = data[at:end]
        if len(part) != self.size:
            raise FrameError("truncated", "a field ends behind the message", at)
        text = part.decode("latin-1")
        if not self._fits(text):
            what = "not all decimal digits" if self.digits else "characters that cannot be printed"
            raise FrameError("characters", what, at)
        return text, end

    def write(self, value: str) -> bytes:
        """The characters."""
        if len(value) != self.size or not self._fits(value):
            raise _misfit(value, f"{self.size} characters")
        return value.encode("latin-1")

    def _fits(self, text: str) -> bool:
        if self.wide:
            return all(ord(char) <= 0xFF for char in text)
        if not text.isascii():
            return False
        if self.signed:
            return text[0] in "CD" and text[1:].isdecimal()
        return text.isdecimal() if self.digits else text.isprintable()


@dataclass(frozen=True, slots=True)
class TextVar:
    """Characters behind their count in ASCII (``count_size`` digits) or packed (``packed``).

    Any byte counts as a character: hosts send GBK here.
    """

    count_size: int
    most: int
    packed: bool = False
    digits: bool = False

    def read(self, data: bytes, at: int) -> tuple[str, int]:
        """The characters, one for each byte."""
        start = at + self.count_size
        count = (_packed_count if self.packed else _ascii_count)(data, at, start, self.most)
        end = start + count
        if end > len(data):
            raise FrameError("truncated", "a field ends behind the message", start)
        text = data[start:end].decode("latin-1")
        if self.digits and text and not (text.isascii() and text.isdecimal()):
            raise FrameError("characters", "not all decimal digits", start)
        return text, end

    def write(self, value: str) -> bytes:
        """Count and characters."""
        wrong = self.digits and value and not (value.isascii() and value.isdecimal())
        if wrong or len(value) > self.most or any(ord(char) > 0xFF for char in value):
            raise _misfit(value, f"up to {self.most} characters")
        return _count(len(value), self.count_size, packed=self.packed) + value.encode("latin-1")


@dataclass(frozen=True, slots=True)
class Binary:
    """``size`` bytes; the value is their hex. ``written``: they stand as upper case hex digits."""

    size: int
    written: bool = False

    def read(self, data: bytes, at: int) -> tuple[str, int]:
        """Exactly so many bytes."""
        if self.written:
            part = _cut(data, at, 2 * self.size)
            return unhex(part, at).hex(), at + 2 * self.size
        return _cut(data, at, self.size).hex(), at + self.size

    def write(self, value: str) -> bytes:
        """The bytes, or their hex digits."""
        data = _from_hex(value)
        if len(data) != self.size:
            raise _misfit(value, f"{self.size} bytes")
        return data.hex().upper().encode() if self.written else data


@dataclass(frozen=True, slots=True)
class BinaryVar:
    """Bytes behind their count, packed or in ASCII digits; the value is their hex."""

    count_size: int
    most: int
    packed: bool = True

    def read(self, data: bytes, at: int) -> tuple[str, int]:
        """The bytes."""
        start = at + self.count_size
        count = (_packed_count if self.packed else _ascii_count)(data, at, start, self.most)
        end = start + count
        if end > len(data):
            raise FrameError("truncated", "a field ends behind the message", start)
        return data[start:end].hex(), end

    def write(self, value: str) -> bytes:
        """Count and bytes."""
        data = _from_hex(value)
        if len(data) > self.most:
            raise _misfit(value, f"up to {self.most} bytes")
        return _count(len(data), self.count_size, packed=self.packed) + data


def _ascii_count(data: bytes, at: int, start: int, most: int) -> int:
    part = _cut(data, at, start - at)
    if not part.isdigit():
        raise FrameError("length", "a length that is no number", at)
    count = int(part)
    if count > most:
        raise FrameError("length", f"longer than {most}", at)
    return count


def _count(count: int, size: int, *, packed: bool) -> bytes:
    if packed:
        return bytes.fromhex(str(count).rjust(2 * size, "0"))
    return str(count).rjust(size, "0").encode()


def unhex(part: bytes, at: int) -> bytes:
    """Upper case hex digits to bytes.

    :raises FrameError: ``not-hex``.
    """
    try:
        data = bytes.fromhex(part.decode("ascii"))
    except ValueError as error:
        raise FrameError("not-hex", "not hex digits", at) from error
    if data.hex().upper().encode() != part:  # lower case or blanks: a second form of the same
        raise FrameError("not-hex", "not upper case hex digits", at)
    return data


def _from_hex(value: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except ValueError as error:
        raise _misfit(value, "hex") from error


# -- the bitmap and what it announces -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Body:
    """The fields of one message by number; ``edges``: where the first begins, and each ends.

    Counted from the beginning of the message.
    """

    values: Mapping[int, str] = field(repr=False)
    edges: tuple[int, ...] = ()


@lru_cache(maxsize=256)  # a till sends about twenty different ones; a peer cannot grow it
def _numbers(bitmap: bytes) -> tuple[int, ...]:
    bits = f"{int.from_bytes(bitmap, 'big'):0{8 * len(bitmap)}b}"
    return tuple(number for number, bit in enumerate(bits, 1) if bit == "1" and number > 1)


class BitmapFields(Construct):  # type: ignore[type-arg] # pyright: ignore[reportMissingTypeArgument] # its stub is generic, the class is not
    """Bitmap and fields up to the end of the stream: one loop, no default for unknown fields.

    ``table``: number to coding. ``written``: the bitmap stands as hex digits. ``secondary``: fields
    65 to 128 are possible. Parses to a ``Body``; builds from a mapping of numbers to values.

    :raises FrameError: ``unknown-field``, ``secondary-bitmap``, ``trailing``, ``not-canonical``
        (a secondary bitmap that announces nothing), and what the codings raise.
    """

    def __init__(
        self, table: Mapping[int, Coding], *, written: bool = False, secondary: bool = False
    ) -> None:
        super().__init__()
        self.table = table
        self.written = written
        self.secondary = secondary

    def _parse(self, stream: IO[bytes], context: object, path: str) -> Body:
        del context, path
        base = stream.tell()
        data = stream.read()
        try:
            return self._fields(data, base)
        except FrameError as error:
            at = None if error.at is None else base + error.at
            raise FrameError(error.code, str(error), at) from error

    def _fields(self, data: bytes, base: int) -> Body:
        bitmap, at = self._bitmap(data)
        values: dict[int, str] = {}
        edges = [base + at]
        table = self.table
        number = 0
        try:
            for number in _numbers(bitmap):
                values[number], at = table[number].read(data, at)
                edges.append(base + at)
        except KeyError as error:
            message = f"field {number} is not known in this profile"
            raise FrameError("unknown-field", message, at) from error
        except FrameError as error:
            raise FrameError(error.code, f"field {number}: {error}", error.at) from error
        if at != len(data):
            raise FrameError("trailing", "bytes behind the last field", at)
        return Body(values, tuple(edges))

    def _bitmap(self, data: bytes) -> tuple[bytes, int]:
        primary, at = self._eight(data, 0)
        if not primary[0] & 0x80:
            return primary, at
        if not self.secondary:
            raise FrameError("secondary-bitmap", "this profile has fields 2 to 64 only", 0)
        more, at = self._eight(data, at)
        if not any(more):
            raise FrameError("not-canonical", "a secondary bitmap that announces nothing", 0)
        return primary + more, at

    def _eight(self, data: bytes, at: int) -> tuple[bytes, int]:
        if not self.written:
            return _cut(data, at, 8), at + 8
        return unhex(_cut(data, at, 16), at), at + 16

    def _build(  # type: ignore[override] # the stub says int; construct hands the object on
        self, obj: Mapping[int, str], stream: IO[bytes], context: object, path: str
    ) -> Mapping[int, str]:
        del context, path
        numbers = sorted(obj)
        last = 64 if not numbers or numbers[-1] <= 64 else MAX_NUMBER
        if not set(numbers) <= self.table.keys() or (last > 64 and not self.secondary):
            raise LocalError("a field that this profile does not have")
        bits = sum(1 << (last - number) for number in numbers)
        if last > 64:
            bits |= 1 << (last - 1)
        bitmap = bits.to_bytes(last // 8, "big")
        stream.write(bitmap.hex().upper().encode() if self.written else bitmap)
        for number in numbers:
            stream.write(self.table[number].write(obj[number]))
        return obj
