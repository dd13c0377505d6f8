"""What ``pos-guard simulate`` needs of a device: its twin, and what can be asked of it by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pos_guard.api import message
from pos_guard.api.message import RequestError
from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator.bench import Second, Twin
from pos_guard_simulator.usb_function import UsbFunction

__all__ = ["PLUG", "STATE", "Device", "Fields", "OnUsb", "Op", "Reply", "RequestError", "carry_out"]


class Fields(message.Fields):
    """The fields of one request, each taken once; codes may be longer than other texts."""

    def long_text(self, name: str, limit: int) -> str:
        """A text of 1 to ``limit`` characters that must be there.

        :raises RequestError: ``bad-request``: it is missing, or something else.
        """
        value = self._left.pop(name, None)
        if not isinstance(value, str) or not 0 < len(value) <= limit:
            raise RequestError("bad-request", f"{name!r} is not a text of 1 to {limit} letters")
        return value


@dataclass(frozen=True, slots=True)
class Reply:
    """What is told to whoever asked, and what the twin then does on its own line."""

    answer: Mapping[str, Json] = field(default_factory=dict[str, Json])
    effects: Effects = field(default_factory=Effects)


Op = Callable[[Fields], Reply]


@dataclass(frozen=True, slots=True)
class OnUsb:
    """A twin that is a USB device: ``do`` runs what somebody does to it, and its effects."""

    function: UsbFunction
    do: Callable[[Callable[[], Effects]], None]


@dataclass(frozen=True, slots=True)
class Device:
    """One simulated device. ``facts`` go into the line that says that it is ready.

    ``ops`` run where the twin lives: in the bench's thread, or under the USB device's lock. They
    take their fields; what is left over is an error.
    ``scan`` is there for devices that are shown codes. ``second`` is what becomes of a second TCP
    client. ``finish`` runs once at the end.
    """

    kind: str
    twin: Twin | OnUsb
    ops: Mapping[str, Op]
    facts: Mapping[str, Json] = field(default_factory=dict[str, Json])
    scan: Callable[[bytes], Effects] | None = None
    second: Second = "newest"
    finish: Callable[[], None] = lambda: None


PLUG = "plug"
"""What every device can do beside its own ``ops``: its place does it (simulate_run)."""

STATE = "state"
"""How a device is; its place adds what it knows (simulate_run)."""


def carry_out(device: Device, op: str, fields: Fields) -> Reply:
    """Do one thing that a program asked for.

    :raises RequestError: ``bad-request``: this device cannot do it, or a field is wrong.
    """
    act = device.ops.get(op)
    if act is None:
        known = ", ".join(sorted({*device.ops, PLUG}))
        raise RequestError("bad-request", f"a {device.kind} has no {op!r}, only: {known}")
    reply = act(fields)
    fields.end()
    return reply
