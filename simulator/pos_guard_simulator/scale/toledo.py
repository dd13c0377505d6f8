"""Mettler Toledo's 8217 protocol: single letters in, a weight or a status byte back.

Sources: Mettler Toledo DIVA Service Manual, 6.1.3.2 (commands) and 6.1.4.3 (status byte); Odoo's
driver of the same scale, which knows it by what it says to ``E``.
"""

from __future__ import annotations

from pos_guard_simulator.scale.platter import Platter, rounded

STX, CR = b"\x02", b"\r"

_MOTION, _OVER, _UNDER, _OUTSIDE, _CENTRE, _NET, _ALWAYS = (1 << bit for bit in range(7))
"""The status byte's bits, from bit 0."""

_TARE_DIGITS = 5
"""WWWWW: kilograms with three decimals."""

_PASSED = b"@"
"""The confidence test's status byte: nothing wrong."""


class Toledo8217:
    """One scale's serial line, in kilograms."""

    repeats_s: float | None = None

    def __init__(self, platter: Platter) -> None:
        self._platter = platter
        self._echo = False
        self._tare: str | None = None  # digits that came behind a T

    def opened(self) -> None:
        """A host opened the line."""
        self._echo, self._tare = False, None

    def receive(self, data: bytes) -> bytes:
        """What it answers to these bytes."""
        return b"".join(self._byte(bytes([byte])) for byte in data)

    def repeat(self) -> bytes:
        """It says nothing by itself."""
        return b""

    def settled(self) -> bytes:
        """The platter came to rest: nobody waited for that here."""
        return b""

    def _byte(self, byte: bytes) -> bytes:
        if self._echo:
            self._echo = byte != b"F"
            return byte if self._echo else b""
        if self._tare is not None:
            return self._tare_byte(byte)
        if byte == b"T":
            self._tare = ""
        elif byte == b"E":
            self._echo = True
        return self._answer(byte)

    def _answer(self, byte: bytes) -> bytes:
        """To one letter; to what is none of its letters it says nothing."""
        match byte:
            case b"W":
                return self._weight()
            case b"Z":
                self._platter.zero()
                return self._status()
            case b"C" if self._platter.clear_tare():
                return self._status()
            case b"A":
                return STX + CR
            case b"B":
                return STX + b"?" + _PASSED + CR
            case b"E":
                return STX + b"E" + CR
            case _:
                return b""

    def _tare_byte(self, byte: bytes) -> bytes:
        """T and CR take what lies there, T and five digits a known tare."""
        digits = self._tare or ""
        if byte.isdigit():
            digits += byte.decode("ascii")
            if len(digits) < _TARE_DIGITS:
                self._tare = digits
                return b""
            self._tare = None
            self._platter.tare(int(digits))
            return self._status()
        self._tare = None
        if byte != CR:
            return self._byte(byte)  # the T was none
        if not digits:
            self._platter.tare()
        return self._status()

    def _weight(self) -> bytes:
        platter = self._platter
        if platter.moving or platter.over or platter.under:
            return self._status()
        grams = rounded(platter.shown_g, 1, 1, platter.division_g)
        text = f"{grams // 1000:02d}.{grams % 1000:03d}{'N' if platter.tare_g else ''}"
        return STX + text.encode("ascii") + CR

    def _status(self) -> bytes:
        platter = self._platter
        bits = {
            _MOTION: platter.moving,
            _OVER: platter.over,
            _UNDER: platter.under,
            _OUTSIDE: not platter.capturable,
            _CENTRE: platter.centred,
            _NET: bool(platter.tare_g),
            _ALWAYS: True,
        }
        return STX + b"?" + bytes([sum(bit for bit, here in bits.items() if here)]) + CR
