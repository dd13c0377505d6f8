"""The ZVT side of the demo's till: its own small encoder, written from the protocol's facts.

Nothing here imports pos-guard. Facts: ZVT 13.13 (PA00P015), ECR to PT commands 06 00, 06 01,
06 20, 06 30, 06 31, 06 B0; serial framing with DLE, STX, ETX and CRC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from pos_guard_simulator.till_lines import Deadline, Line, TillError, TillTimeoutError

ACK_UNIT = bytes.fromhex("800000")
REPEATS = 3
"""A serial frame is sent so often before the till gives up."""

MAX_UNIT = 0xFFFF + 5
"""Longest unit: three bytes of header, two of long length, 65,535 of data."""

NO_PASSWORD = "0" * 6
"""What most terminals are delivered with."""

_STX, _ETX, _ACK, _DLE, _NAK = 0x02, 0x03, 0x06, 0x10, 0x15

# Sizes of the fields that stand in a result (04 0F); negative: digits in a length prefix.
_FIELDS = """
01:1 02:1 03:1 04:6 05:1 0B:3 0C:3 0D:2 0E:2 17:2 19:1 22:-2 23:-2 24:-3 27:1 29:4 2A:15 2D:-2
2E:-3 37:3 3A:2 3B:8 3C:-3 3D:3 49:2 60:-3 87:2 88:3 8A:1 8B:-2 8C:1 9A:-3 A0:1 A7:-2 AA:3 AF:-3
BA:5 D0:1 D1:-2 D2:1 D3:1 E0:1 F0:1 FC:1
"""
_SIZES = {int(tag, 16): int(size) for tag, size in (field.split(":") for field in _FIELDS.split())}


@dataclass(frozen=True, slots=True)
class PayResult:
    """What a terminal or provider said.

    ``code`` is its own: two hex digits, ``84 xx``, a trade state; ``timeout`` when nothing came,
    which is no decline. ``receipt`` is its number for the transaction.
    """

    approved: bool
    code: str
    receipt: str | None = None
    amount: int | None = None


class Framing(Protocol):
    """Whole units over a line."""

    def send(self, unit: bytes) -> None:
        """Send one unit."""
        ...

    def receive(self, seconds: float) -> bytes:
        """The next unit."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


FRAME_SECONDS = 2.0
"""For the rest of a frame; it has all been sent, so only a busy machine needs that long."""


class TcpFraming:
    """Over TCP a unit stands as it is; its own length says where it ends."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._buffer = b""

    def send(self, unit: bytes) -> None:
        """Send one unit."""
        self._line.send(unit)

    def receive(self, seconds: float) -> bytes:
        """The next unit."""
        deadline = Deadline(seconds)
        while (size := _unit_size(self._buffer)) is None or len(self._buffer) < size:
            self._buffer += self._line.receive(deadline.left())
        unit, self._buffer = self._buffer[:size], self._buffer[size:]
        return unit

    def close(self) -> None:
        """Hang up."""
        self._line.close()


class SerialFraming:
    """Over a serial line: DLE STX, the unit, DLE ETX, CRC; each frame is answered ACK or NAK."""

    def __init__(self, line: Line, ack_seconds: float = 5.0, repeats: int = REPEATS) -> None:
        self._line = line
        self._ack_seconds = ack_seconds
        self._repeats = repeats
        self._buffer = bytearray()
        self._units: list[bytes] = []

    def send(self, unit: bytes) -> None:
        """Send one unit until it is acknowledged."""
        for _ in range(self._repeats):
            self._line.send(serial_frame(unit))
            try:
                if self._acknowledged(Deadline(self._ack_seconds)):
                    return
            except TillTimeoutError:
                continue
        raise TillTimeoutError("the terminal acknowledges nothing")

    def receive(self, seconds: float) -> bytes:
        """The next unit, acknowledged."""
        deadline = Deadline(seconds)
        while not self._units:
            self._frame(self._byte(deadline), deadline)
        return self._units.pop(0)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _acknowledged(self, deadline: Deadline) -> bool:
        while True:
            byte = self._byte(deadline)
            if byte in (_ACK, _NAK):
                return byte == _ACK
            self._frame(byte, deadline)

    def _frame(self, byte: int, deadline: Deadline) -> None:
        """Read a frame whose first byte is ``byte``; other bytes between frames are noise."""
        # One that has begun is read to its end, also when the wait for something else is over.
        deadline = Deadline(max(deadline.left(), FRAME_SECONDS))
        if byte != _DLE or self._byte(deadline) != _STX:
            return
        unit = bytearray()
        while len(unit) <= MAX_UNIT:
            byte = self._byte(deadline)
            if byte == _DLE and (byte := self._byte(deadline)) == _ETX:
                break
            unit.append(byte)
        sent = bytes((self._byte(deadline), self._byte(deadline)))
        right = sent == _crc(bytes(unit))
        self._line.send(bytes((_ACK if right else _NAK,)))
        if right:
            self._units.append(bytes(unit))

    def _byte(self, deadline: Deadline) -> int:
        if not self._buffer:
            self._buffer += self._line.receive(deadline.left())
        return self._buffer.pop(0)


class ZvtLink:
    """A payment terminal, as the till sees it. Every call ends in time."""

    def __init__(
        self,
        framing: Framing,
        *,
        password: str = NO_PASSWORD,
        currency: int = 978,
        answer_seconds: float = 5.0,
        result_seconds: float = 180.0,
    ) -> None:
        self._framing = framing
        self._password = bytes.fromhex(password)
        self._currency = bytes.fromhex(f"{currency:04d}")
        self._answer_seconds = answer_seconds
        self._result_seconds = result_seconds

    def register(self, config: int = 0x08) -> PayResult:
        """06 00: say who we are; config bit 08 asks for intermediate status."""
        return self._exchange(0x0600, self._password + bytes((config,)) + self._currency)

    def pay(self, amount: int) -> PayResult:
        """06 01: take ``amount`` minor units."""
        fields = b"\x04" + _bcd(amount, 6) + b"\x49" + self._currency
        return self._exchange(0x0601, fields, amount)

    def refund(self, amount: int) -> PayResult:
        """06 31: give ``amount`` back."""
        fields = b"\x04" + _bcd(amount, 6) + b"\x49" + self._currency
        return self._exchange(0x0631, self._password + fields, amount)

    def reverse(self, receipt: str) -> PayResult:
        """06 30: undo the payment with this receipt number."""
        return self._exchange(0x0630, self._password + b"\x87" + _bcd(int(receipt), 2))

    def repeat_receipt(self) -> PayResult:
        """06 20: the result of the last transaction once more."""
        return self._exchange(0x0620, self._password)

    def send(self, data: bytes) -> None:
        """Any bytes, as a broken till would send them."""
        self._framing.send(data)

    def listen(self, seconds: float) -> PayResult:
        """Wait for a result without asking: the answer that comes after a time-out."""
        return self._result(seconds)

    def close(self) -> None:
        """Hang up."""
        self._framing.close()

    def _exchange(self, command: int, body: bytes, amount: int | None = None) -> PayResult:
        try:
            self._framing.send(unit(command, body))
        except TillTimeoutError:
            return PayResult(approved=False, code="timeout")
        return self._result(self._answer_seconds, amount)

    def _result(self, seconds: float, amount: int | None = None) -> PayResult:
        """``amount``: what was asked for.

        An end of another amount, said before the command is answered, is that of the exchange
        before: its sender did not hear that it was heard.
        """
        fields: dict[int, bytes] = {}
        while True:
            try:
                answer = self._framing.receive(seconds)
            except TillTimeoutError:
                return PayResult(approved=False, code="timeout")
            code, body = int.from_bytes(answer[:2]), _body(answer)
            if code >> 8 == 0x84 and code != 0x8400:
                return PayResult(approved=False, code=f"84 {code & 0xFF:02X}")
            seconds = self._result_seconds
            if code >> 8 in (0x80, 0x84):
                amount = None
                continue
            if code == 0x040F:
                fields = dict(_fields(body))
            self._framing.send(ACK_UNIT)
            if code in (0x060F, 0x061E):
                ended = _outcome(code, body, fields)
                if None in (amount, ended.amount) or ended.amount == amount:
                    return ended
                fields = {}


def unit(command: int, body: bytes = b"") -> bytes:
    """One APDU: class, instruction, length, data."""
    length = bytes((len(body),)) if len(body) < 0xFF else b"\xff" + len(body).to_bytes(2, "little")
    return command.to_bytes(2) + length + body


def serial_frame(data: bytes) -> bytes:
    """One unit as it stands on a serial line."""
    return b"\x10\x02" + data.replace(b"\x10", b"\x10\x10") + b"\x10\x03" + _crc(data)


def _crc(data: bytes) -> bytes:
    value = 0
    for byte in data + b"\x03":
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x8408 if value & 1 else 0)
    return value.to_bytes(2, "little")


def _unit_size(data: bytes) -> int | None:
    if len(data) < 3:
        return None
    if data[2] != 0xFF:
        return 3 + data[2]
    return None if len(data) < 5 else 5 + int.from_bytes(data[3:5], "little")


def _body(data: bytes) -> bytes:
    return data[5:] if data[2] == 0xFF else data[3:]


def _bcd(number: int, size: int) -> bytes:
    return bytes.fromhex(f"{number:0{2 * size}d}")


def _fields(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a result, up to the TLV container (06), which a small till does not read."""
    at = 0
    while at < len(body) and body[at] != 0x06:
        tag, at = body[at], at + 1
        size = _SIZES.get(tag)
        if size is None:
            raise TillError(f"the terminal sent field {tag:02X}, which is not known here")
        if size < 0:
            digits = body[at : at - size]
            at -= size
            size = int("".join(str(digit & 0x0F) for digit in digits) or "0")
        yield tag, body[at : at + size]
        at += size


def _outcome(code: int, body: bytes, fields: dict[int, bytes]) -> PayResult:
    result = fields.get(0x27, b"\x00")
    receipt = fields[0x87].hex() if 0x87 in fields else None
    amount = int(fields[0x04].hex()) if 0x04 in fields else None
    if code == 0x061E:
        return PayResult(approved=False, code=f"{body[0]:02X}" if body else "abort")
    return PayResult(result == b"\x00", result.hex().upper(), receipt, amount)
