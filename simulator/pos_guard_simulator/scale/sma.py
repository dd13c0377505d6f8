"""The Scale Manufacturers Association's protocol (SMA SCP-0499, levels 1 and 2).

A command is LF, a letter, perhaps data, CR; a reply LF, its fields, CR. Sources: the standard, as
Cardinal's manual of the 190 (fields, units), Sartorius' of the PR 5220 (examples, section 5) and
Fairbanks' of the PR 5410 (requests that wait for rest) give it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pos_guard_simulator.scale.platter import Platter, rounded

LF, CR, ESC = b"\n", b"\r", b"\x1b"

UNKNOWN = LF + b"?" + CR

REPEAT_S = 0.11
"""Between two replies to R and S at 9600 baud (Fairbanks, page 120)."""

MAX_COMMAND = 32
"""Bytes between LF and CR: a tare has at most ten characters. More is noise."""

_DASHES = "-" * 10
_WIDTH = 10


@dataclass(frozen=True, slots=True)
class _Unit:
    """How grams become this unit: as ``numerator / denominator`` of its last decimal."""

    numerator: int
    denominator: int
    decimals: int
    step: int


_UNITS: Mapping[str, _Unit] = {
    "kg ": _Unit(1, 1, 3, 5),
    "lb ": _Unit(10_000_000, 45_359_237, 2, 1),
    "oz ": _Unit(16_000_000, 45_359_237, 1, 2),
    "g  ": _Unit(1, 1, 0, 5),
}
"""A pound has 453.59237 g."""

_ABOUT = ("MFG:pos-guard", "MOD:simulated scale", "REV:1.0", "END:")


class Sma:
    """One scale's serial line."""

    def __init__(self, platter: Platter) -> None:
        self._platter = platter
        self._unit = "kg "
        self.opened()

    def opened(self) -> None:
        """A host opened the line, or broke off (ESC): nothing is under way."""
        self._frame: bytes | None = None
        self._repeats = self._waits = ""
        self._about: list[str] = []
        self._facts: list[str] = []

    @property
    def repeats_s(self) -> float | None:
        """How long until it speaks by itself again; None: it does not."""
        return REPEAT_S if self._repeats else None

    def receive(self, data: bytes) -> bytes:
        """What it answers to these bytes."""
        return b"".join(self._byte(bytes([byte])) for byte in data)

    def repeat(self) -> bytes:
        """The next of the weights that R or S asked for."""
        return self._weight(fine=self._repeats == "S") if self._repeats else b""

    def settled(self) -> bytes:
        """The platter came to rest: P and Q waited for that."""
        waited, self._waits = self._waits, ""
        return self._weight(fine=waited == "Q") if waited else b""

    def _byte(self, byte: bytes) -> bytes:
        if byte == ESC:
            self.opened()
        elif byte == LF:
            self._frame = b""
        elif self._frame is not None and byte == CR:
            frame, self._frame = self._frame, None
            return self._command(frame.decode("ascii", "replace")) if frame else b""
        elif self._frame is not None:
            self._frame = self._frame + byte if len(self._frame) < MAX_COMMAND else None
        return b""

    def _command(self, text: str) -> bytes:
        self._repeats = self._waits = ""
        letter, data = text[0], text[1:].strip()
        match letter:
            case "W" | "H":
                return self._weight(fine=letter == "H")
            case "P" | "Q":
                self._waits = letter if self._platter.moving else ""
                return b"" if self._waits else self._weight(fine=letter == "Q")
            case "R" | "S":
                self._repeats = letter
                return self.repeat()
            case "A" | "B" | "I" | "N":
                return self._told(letter)
            case _:
                return self._act(letter, data)

    def _act(self, letter: str, data: str) -> bytes:
        """What changes something."""
        platter = self._platter
        match letter:
            case "Z":
                return self._weight(wrong="" if platter.zero() else "E")
            case "T":
                grams = self._grams(data) if data else None
                done = (not data or grams is not None) and platter.tare(grams)
                return self._weight(wrong="" if done else "T")
            case "M":
                return self._reply("T", self._field(platter.tare_g))
            case "C":
                platter.clear_tare()
            case "U":
                self._choose(data)
            case "D":
                return LF + b"    " + CR  # diagnostics: nothing is wrong
            case _:
                return UNKNOWN
        return self._weight()

    def _choose(self, wanted: str) -> None:
        """U alone takes the next unit; with a name that one, if it has it."""
        names = list(_UNITS)
        if not wanted:
            self._unit = names[(names.index(self._unit) + 1) % len(names)]
        elif f"{wanted:<3}" in _UNITS:
            self._unit = f"{wanted:<3}"

    def _told(self, letter: str) -> bytes:
        """A and I begin to tell about the scale, B and N go on."""
        unit = _UNITS[self._unit]
        capacity = self._number(self._platter.capacity_g, fine=False).strip()
        if letter == "A":
            self._about = list(_ABOUT)
        elif letter == "I":
            size = f"{self._unit}:{capacity}:{unit.step}:{unit.decimals}"
            self._facts = ["TYP:S", f"CAP:{size}", "CMD:HPQRSTMCU", "END:"]
        if letter in "AI":
            return LF + b"SMA:2/1.0" + CR
        rest = self._about if letter == "B" else self._facts
        return LF + rest.pop(0).encode("ascii") + CR if rest else UNKNOWN

    def _weight(self, *, fine: bool = False, wrong: str = "") -> bytes:
        platter = self._platter
        kind = "N" if platter.tare_g else "G"
        if wrong:
            return self._reply(kind, _DASHES, wrong)
        return self._reply(kind.lower() if fine else kind, self._field(platter.shown_g, fine=fine))

    def _reply(self, kind: str, field: str, wrong: str = "") -> bytes:
        platter = self._platter
        over, under = "O" if platter.over else "", "U" if platter.under else ""
        status = wrong or over or under or ("Z" if platter.centred else " ")
        motion = "M" if platter.moving else " "
        return LF + f"{status}1{kind}{motion} {field}{self._unit}".encode("ascii") + CR

    def _field(self, grams: int, *, fine: bool = False) -> str:
        return self._number(grams, fine=fine).rjust(_WIDTH)

    def _number(self, grams: int, *, fine: bool) -> str:
        unit = _UNITS[self._unit]
        more = 10 if fine else 1
        value = rounded(grams, unit.numerator * more, unit.denominator, unit.step)
        decimals = unit.decimals + fine
        sign, digits = "-" if value < 0 else "", f"{abs(value):0{decimals + 1}d}"
        return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)

    def _grams(self, text: str) -> int | None:
        """A tare that the host gives, in the unit of now."""
        unit = _UNITS[self._unit]
        whole, _, part = text.partition(".")
        if not (whole + part).isdecimal() or not whole.isascii() or len(part) > unit.decimals:
            return None
        value = int(whole + part.ljust(unit.decimals, "0"))
        return rounded(value, unit.denominator, unit.numerator, 1)
