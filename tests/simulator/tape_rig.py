"""A twin whose line is recorded, as a real device's is: for tests of tapes."""

from __future__ import annotations

from dataclasses import dataclass, field

from pos_guard.clock import Clock
from pos_guard.links.session import CloseApp, Effects, ToApp
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.tape.lines import Header, Line, Tape, said
from pos_guard_simulator.tape.recording import Recording
from pos_guard_simulator.tape.twin import TapeTwin


@dataclass
class Recorded:
    """Between an app and any twin."""

    twin: Twin
    protocol: str
    clock: Clock
    bare: bool = False
    lines: list[Line] = field(default_factory=list[Line])

    def __post_init__(self) -> None:
        self.recording = Recording(self.protocol, self.clock, self.lines.append, bare=self.bare)

    def connected(self) -> Effects:
        self.recording.happened("connect")
        return self._said(self.twin.connected())

    def data(self, data: bytes) -> Effects:
        self.recording.said("device", data)
        return self._said(self.twin.data(data))

    def closed(self) -> Effects:
        self.recording.happened("close")
        return self._said(self.twin.closed())

    def timer(self, name: str) -> Effects:
        return self._said(self.twin.timer(name))

    def tape(self) -> Tape:
        self.recording.finish()
        return Tape(Header("twin", self.protocol, 0, not self.bare), tuple(self.lines))

    def _said(self, effects: Effects) -> Effects:
        for effect in effects:
            if isinstance(effect, ToApp):
                self.recording.said("app", effect.data)
            elif isinstance(effect, CloseApp):
                self.recording.happened("hang-up")
        return effects


def heard(effects: Effects) -> bytes:
    """What goes to the app."""
    return b"".join(one.data for one in effects if isinstance(one, ToApp))


def stream(tape: Tape, to: str) -> bytes:
    """All bytes that the tape has of one direction."""
    return b"".join(one.data or b"" for one in said(tape.lines) if one.to == to)


def replayed(tape: Tape) -> tuple[bytes, TapeTwin]:
    """What a strict twin of the tape says to the very bytes that the app said."""
    twin = TapeTwin(tape, fast=True, strict=True)
    out = b""
    for line in tape.lines:
        if getattr(line, "what", "") == "connect":
            out += heard(twin.connected())
    for one in said(tape.lines):
        if one.to == "device" and one.data is not None:
            out += heard(twin.data(one.data))
    return out, twin
