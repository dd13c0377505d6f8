"""A USB device on a simulated machine: under the kernel's own names for programs started there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator.preload.machine import Machine
from pos_guard_simulator.seats.usb_line import drive, told
from pos_guard_simulator.simulate_device import OnUsb

_KINDS = (
    (re.compile(r"/dev/usb/lp\d+"), "lp"),
    (re.compile(r"/dev/tty(ACM|USB)\d+"), "tty"),
    (re.compile(r"/dev/hidraw\d+"), "hidraw"),
    (re.compile(r"/dev/input/event\d+"), "event"),
    (re.compile(r"/dev/bus/usb/.*"), "usbfs"),
)
"""By what name an address of each kind of node is told."""


class MachineSeat:
    """A device on the machine's bus."""

    def __init__(self, device: OnUsb, machine: Machine) -> None:
        self._device = device
        self._machine = machine
        machine.plug(device.function)

    @property
    def addresses(self) -> Mapping[str, Json]:
        """Its ids, and the nodes that it has now."""
        identity = self._device.function.identity
        found: dict[str, Json] = {"usb": f"{identity.vendor:04x}:{identity.product:04x}"}
        for node in self._machine.nodes(self._device.function):
            found |= {name: node for looks, name in _KINDS if looks.fullmatch(node)}
        return found

    @property
    def line(self) -> Mapping[str, Json]:
        """Of a serial device."""
        return told(self._device.function)

    def do(self, act: Callable[[], Effects]) -> None:
        """Under the device's lock."""
        self._device.do(act)

    def plug(self) -> None:
        """With a new address, and new nodes."""
        self._machine.plug(self._device.function)

    def unplug(self) -> None:
        """Its nodes are gone."""
        self._machine.unplug(self._device.function)

    def set_lines(self, wires: Mapping[str, bool]) -> None:
        """Of a serial device."""
        drive(self._device.function, wires)

    def close(self) -> None:
        """As a cable that is pulled once all has arrived."""
        self._machine.drain(self._device.function)
        self.unplug()
