"""A scanner that is a keyboard: its own keys are pressed, in whatever layout the desktop has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import click

from pos_guard.errors import LocalError, PosGuardError
from pos_guard.frames.decoded import Json
from pos_guard.frames.hid_keyboard import NOTHING, Held, changes, parse_keys
from pos_guard.frames.keys import DOWN, EV_KEY
from pos_guard.links.session import Effects
from pos_guard.ports.usb_device import Stalled, Unplugged
from pos_guard_simulator.desktop.typist import Typist
from pos_guard_simulator.hid_link.host import reports_of
from pos_guard_simulator.simulate_device import OnUsb
from pos_guard_simulator.usb_scanner_hid import IN

X_OF_EVDEV = 8
"""An X keycode is so much more than the kernel's code of the key (keycodes/evdev of
xkeyboard-config): X keeps the first eight numbers."""

_REPORT = 8
"""Bytes of a boot keyboard's report."""


class KeyboardSeat:
    """A boot keyboard, whose reports the desktop takes as they come."""

    def __init__(self, device: OnUsb, typist: Typist) -> None:
        self._device = device
        self._typist = typist
        self._lock = threading.RLock()
        self._held = NOTHING
        self._stop = device.function.listen(self._look)
        self._look()

    @property
    def addresses(self) -> Mapping[str, Json]:
        """The display; nothing while it is unplugged."""
        return {"desktop": self._typist.display} if self._device.function.present else {}

    @property
    def line(self) -> Mapping[str, Json]:
        """There is none."""
        return {}

    def do(self, act: Callable[[], Effects]) -> None:
        """Under the device's lock."""
        self._device.do(act)

    def plug(self) -> None:
        """It types again."""
        self._device.function.plug()

    def unplug(self) -> None:
        """No key stays down."""
        self._device.function.unplug()

    def set_lines(self, wires: Mapping[str, bool]) -> None:
        """A keyboard has none.

        :raises LocalError: always.
        """
        del wires
        raise LocalError("this device has no serial line")

    def close(self) -> None:
        """As a cable that is pulled."""
        self.unplug()
        self._stop()

    def _look(self) -> None:
        with self._lock:
            try:
                for report in reports_of(self._device.function, IN, _REPORT):
                    held = parse_keys(report)
                    if held is not None:
                        self._hold(held)
            except (Stalled, Unplugged):
                self._hold(NOTHING)

    def _hold(self, held: Held) -> None:
        before, self._held = self._held, held
        try:
            for event in changes(before, held):
                if event.type == EV_KEY:
                    self._typist.key(event.code + X_OF_EVDEV, down=event.value == DOWN)
        except PosGuardError as error:
            click.echo(f"not typed: {error}", err=True)
