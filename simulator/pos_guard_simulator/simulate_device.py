"""What ``pos-guard simulate`` needs of a device: its twin, and what can be asked of it by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from pos_guard.api import message
from pos_guard.api.message import RequestError
from pos_guard.frames.codes_model import mask_text
from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator.bench import Second, Twin
from pos_guard_simulator.usb_function import UsbFunction

__all__ = [
    "LINES",
    "PLACE_OPS",
    "PLUG",
    "STATE",
    "UNPLUG",
    "Beside",
    "Device",
    "Fields",
    "News",
    "OnUsb",
    "Op",
    "Reply",
    "RequestError",
    "Seated",
    "carry_out",
]


_ENCODED = frozenset({"base64", "png"})
"""Fields in Base64: their beginning would tell of the code what a mask hides."""


class Fields(message.Fields):
    """The fields of one request, each taken once; codes may be longer than other texts."""

    def shown(self) -> dict[str, Json]:
        """What is left, for a journal: a code that somebody shows may pay, so it is masked."""
        shown = dict(self._left)
        for name, value in self._left.items():
            if isinstance(value, str) and name == "payload":
                shown[name] = mask_text(value)
            elif isinstance(value, str) and name in _ENCODED:
                shown[name] = f"({len(value)} characters)"
        return shown

    def maybe_flag(self, name: str) -> bool | None:
        """True or false, or None where it is missing.

        :raises RequestError: ``bad-request``: it is something else.
        """
        return self.flag(name) if name in self._left else None

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
class News:
    """Something that a device has done: ``kind`` in one word, and its facts."""

    kind: str
    body: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class OnUsb:
    """A twin that is a USB device: ``do`` runs what somebody does to it, and its effects."""

    function: UsbFunction
    do: Callable[[Callable[[], Effects]], None]


class Seated(Protocol):
    """A device at its place, for what it serves beside its line."""

    @property
    def addresses(self) -> Mapping[str, Json]:
        """Where it is now."""
        ...

    def do(self, act: Callable[[], Effects]) -> None:
        """Run something where the twin lives, and its effects. Of any thread."""
        ...


Beside = Callable[[Seated], AbstractContextManager[Mapping[str, Json]]]
"""Something that a device serves beside its line as long as it is there; gives more addresses."""


@dataclass(frozen=True, slots=True)
class Device:
    """One simulated device. ``facts`` go into the line that says that it is ready.

    ``ops`` run where the twin lives: in the bench's thread, or under the USB device's lock. They
    take their fields; what is left over is an error.
    ``scan`` is there for devices that are shown codes. ``second`` is what becomes of a second TCP
    client. ``finish`` runs once at the end.
    ``encoding`` is that of the text which it sends; empty: what it sends is no text.
    ``on_usb`` makes a USB device of its twin; without it that is CDC-ACM. ``ready``: it lets its
    host send, as it says by wire (CTS and DSR). ``beside``: what else it serves, on a stage.
    """

    kind: str
    twin: Twin | OnUsb
    ops: Mapping[str, Op]
    facts: Mapping[str, Json] = field(default_factory=dict[str, Json])
    scan: Callable[[bytes], Effects] | None = None
    second: Second = "newest"
    finish: Callable[[], None] = lambda: None
    protocol: str = ""
    watch: Callable[[], Iterable[News]] = tuple
    on_usb: Callable[[Twin], OnUsb] | None = None
    ready: Callable[[], bool] = lambda: True
    encoding: str = ""
    beside: Beside | None = None


PLUG, UNPLUG, LINES = "plug", "unplug", "lines"
"""Put the cable in, pull it out; raise and drop what the device says by wire."""

PLACE_OPS = frozenset({PLUG, UNPLUG, LINES})
"""What every device can be asked beside its own ``ops``: its place does it."""

STATE = "state"
"""How a device is; its place adds what it knows."""


def carry_out(device: Device, op: str, fields: Fields) -> Reply:
    """Do one thing that a program asked for.

    :raises RequestError: ``bad-request``: this device cannot do it, or a field is wrong.
    """
    act = device.ops.get(op)
    if act is None:
        known = ", ".join(sorted({*device.ops, *PLACE_OPS}))
        raise RequestError("bad-request", f"a {device.kind} has no {op!r}, only: {known}")
    reply = act(fields)
    fields.end()
    return reply
