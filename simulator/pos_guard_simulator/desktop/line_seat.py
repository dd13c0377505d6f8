"""A scanner on whose line text goes: what it would send is typed."""

from __future__ import annotations

import codecs
import threading
from collections.abc import Callable, Mapping

import click

from pos_guard.errors import LocalError, PosGuardError
from pos_guard.frames.decoded import Json
from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.desktop.typist import Typist
from pos_guard_simulator.line_faults import ComesBack
from pos_guard_simulator.usb_serial.timers import NamedTimers

_BACK = "desktop-back"
"""The seat's own timer: the scanner comes back by itself."""


class LineSeat:
    """It is connected while it is plugged in. ``encoding``: of what it sends.

    What cannot be typed is told on standard error: the scanner has read it all the same.
    """

    def __init__(self, twin: Twin, encoding: str, typist: Typist) -> None:
        self._twin = twin
        self._typist = typist
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._lock = threading.RLock()
        self._timers = NamedTimers(self._lock, self._rung, lambda: None)
        self._plugged = False
        self._after_cr = False
        self.plug()

    @property
    def addresses(self) -> Mapping[str, Json]:
        """The display; nothing while it is unplugged."""
        return {"desktop": self._typist.display} if self._plugged else {}

    @property
    def line(self) -> Mapping[str, Json]:
        """There is none."""
        return {}

    def do(self, act: Callable[[], Effects]) -> None:
        """Under the seat's lock."""
        with self._lock:
            self._run(act())

    def plug(self) -> None:
        """It types again."""
        with self._lock:
            if self._plugged:
                return
            self._timers.cancel(_BACK)
            self._plugged = True
            self._decoder.reset()
            self._after_cr = False
            # What others have left in a line does not come out of a keyboard.
            self._run([one for one in self._twin.connected() if not isinstance(one, ToApp)])

    def unplug(self) -> None:
        """What it had still to say is lost."""
        with self._lock:
            if self._plugged:
                self._plugged = False
                self._run(self._twin.closed())

    def set_lines(self, wires: Mapping[str, bool]) -> None:
        """A keyboard has none.

        :raises LocalError: always.
        """
        del wires
        raise LocalError("a scanner that types has no modem lines: --usb ftdi, or --rfc2217")

    def close(self) -> None:
        """Nothing more is typed."""
        self.unplug()
        with self._lock:
            self._timers.cancel_all()

    def _run(self, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case ToApp(data):
                    self._type(data)
                case SetTimer(name, seconds):
                    self._timers.set(name, seconds)
                case CancelTimer(name):
                    self._timers.cancel(name)
                case ComesBack(_, seconds):
                    self.unplug()
                    self._timers.set(_BACK, seconds)
                case CloseApp():
                    self.unplug()
                case _:
                    raise TypeError(f"a scanner has no {effect}")

    def _rung(self, name: str) -> None:
        if name == _BACK:
            self.plug()
        else:
            self._run(self._twin.timer(name))

    def _type(self, data: bytes) -> None:
        text = self._decoder.decode(data)
        if not self._plugged or not text:
            return
        if self._after_cr:  # CR LF is one Enter, also where it comes in pieces
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r")
        try:
            self._typist.type(text)
        except PosGuardError as error:
            click.echo(f"not typed: {error}", err=True)
