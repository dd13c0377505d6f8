"""A serial line on the USB around a twin: what CDC-ACM and a serial adapter have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pos_guard.frames.decoded import Json
from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp
from pos_guard.ports.usb_descriptors import Configuration, UsbIdentity
from pos_guard.ports.usb_device import Speed
from pos_guard_simulator.bench import Bounded, Twin
from pos_guard_simulator.line_faults import ComesBack
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_serial.timers import NamedTimers

MAX_WAITING = 65_536
"""Bytes kept for a host that does not read; what comes then is lost, as in a real scanner."""

DTR, RTS = 1, 2
"""Bits of ``lines``."""

T = TypeVar("T", bound=Twin)


@dataclass(frozen=True, slots=True)
class Coding:
    """How the host has set the line; ``parity`` and ``stopbits`` as pyserial writes them."""

    baudrate: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: str = "1"


class UsbSerialLine(UsbFunction, Generic[T]):
    """The twin's side of the line; a subclass has the endpoints and requests of its kind.

    The twin is connected when the host raises DTR, and closed when it drops it. ``lines`` are
    the host's DTR and RTS, ``taken`` counts the bytes that it sent, ``lost`` what nobody read.
    """

    def __init__(
        self, twin: T, identity: UsbIdentity, configuration: Configuration, speed: Speed
    ) -> None:
        super().__init__(identity, configuration, speed)
        self.lines = 0
        self.taken = self.lost = 0
        self._twin = twin
        self._waiting = bytearray()
        self._timers = NamedTimers(self._lock, self._rung, self.changed)

    @property
    def dtr(self) -> bool:
        """The host has opened the line."""
        return bool(self.lines & DTR)

    @property
    def told(self) -> dict[str, Json]:
        """How the host has set the line, as a control socket shows it."""
        coding = self._line()
        return {
            "baudrate": coding.baudrate,
            "bytesize": coding.bytesize,
            "parity": coding.parity,
            "stopbits": coding.stopbits,
            "dtr": self.dtr,
            "rts": bool(self.lines & RTS),
        }

    def set_lines(self, wires: Mapping[str, bool]) -> None:
        """Drive some of cts, dsr, ri and cd.

        :raises LocalError: a wire that this kind does not have.
        """
        raise NotImplementedError

    def act(self, call: Callable[[T], Effects]) -> None:
        """Do something to the twin, such as showing it a code; what it says is sent."""
        with self._lock:
            self._run(call(self._twin))
        self.changed()

    def plug(self) -> None:
        """Be on the bus; what nobody read before is gone, and nobody has opened the line."""
        self._cut_off()
        with self._lock:
            self._waiting.clear()
        super().plug()

    def unplug(self, *, after: int = 0) -> None:
        """Leave the bus: for the twin, whoever had the line open has closed it."""
        super().unplug(after=after)
        if not self.present:
            self._cut_off()

    def _cut_off(self) -> None:
        with self._lock:
            self._set_host_lines(0)

    def _line(self) -> Coding:
        """How the host has set the line, in words."""
        raise NotImplementedError

    def _hear(self, data: bytes) -> int:
        """Hand to the twin what it takes now."""
        twin: object = self._twin
        piece = data[: twin.room] if isinstance(twin, Bounded) else data
        if piece:
            self._run(self._twin.data(piece))
            self.taken += len(piece)
        return len(piece)

    def _say(self, size: int) -> bytes:
        """Take at most so much of what the twin said, oldest first."""
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        return piece

    def _set_host_lines(self, value: int) -> None:
        was, self.lines = self.dtr, value & (DTR | RTS)
        if self.dtr and not was:
            self._run(self._twin.connected())
        elif was and not self.dtr:
            self._run(self._twin.closed())

    def _run(self, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case ToApp(data):
                    kept = data[: MAX_WAITING - len(self._waiting)]
                    self.lost += len(data) - len(kept)
                    self._waiting += kept
                case SetTimer(name, seconds):
                    self._timers.set(name, seconds)
                case CancelTimer(name):
                    self._timers.cancel(name)
                case ComesBack(_, seconds):
                    self._present = False
                    self.plug_after(seconds)
                case CloseApp():
                    self._present = False
                case _:
                    raise TypeError(f"a serial machine has no {effect}")

    def _rung(self, name: str) -> None:
        self._run(self._twin.timer(name))
