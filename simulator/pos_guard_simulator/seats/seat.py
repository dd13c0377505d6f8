"""What a place does with the device that sits there: bytes aside, its cable and its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator.simulate_device import LINES, PLACE_OPS, PLUG, Fields

__all__ = ["PLACE_OPS", "WIRES", "Seat", "ask_place"]

WIRES = ("cts", "dsr", "ri", "cd")
"""The lines of RS-232 that a device drives."""


class Seat(Protocol):
    """A device at its place."""

    @property
    def addresses(self) -> Mapping[str, Json]:
        """Where it is now, by kind of place; nothing that a pty or a node had while unplugged."""
        ...

    @property
    def line(self) -> Mapping[str, Json]:
        """How the host has set the serial line, where its place can tell: ``{"line": …}``."""
        ...

    def do(self, act: Callable[[], Effects]) -> None:
        """Run something that somebody does to it, and its effects. Of any thread."""
        ...

    def plug(self) -> None:
        """Be there again; a pty is another one then, under its link, and USB has a new address."""
        ...

    def unplug(self) -> None:
        """Hang up, and be gone: a TCP port can be dialled again, everything else waits for plug."""
        ...

    def set_lines(self, wires: Mapping[str, bool]) -> None:
        """Drive some of ``WIRES``; the others stay.

        :raises LocalError: this place has no such lines.
        """
        ...

    def close(self) -> None:
        """Be there no more."""
        ...


def ask_place(seat: Seat, op: str, fields: Fields) -> Mapping[str, Json]:
    """Carry out one of ``PLACE_OPS``.

    :raises RequestError: a field is wrong.
    :raises LocalError: this place cannot do it.
    """
    if op == LINES:
        wires = {name: value for name in WIRES if (value := fields.maybe_flag(name)) is not None}
        fields.end()
        seat.set_lines(wires)
        return {}
    fields.end()
    if op == PLUG:
        seat.plug()
    else:
        seat.unplug()
    return {"addresses": dict(seat.addresses)}
