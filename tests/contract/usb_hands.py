"""Devices by name on one bus: plugged in, unplugged, and told what to do."""

from __future__ import annotations

from typing import Protocol

from pos_guard_simulator.usb_function import UsbFunction
from tests.contract.site import Value
from tests.contract.usb_bodies import BODIES, Body


class Cable(Protocol):
    """What connects a device with the programs of a level."""

    def plug(self, device: UsbFunction) -> list[str]:
        """Connect it; the nodes that it has, where they are known at once."""
        ...

    def unplug(self, device: UsbFunction) -> None:
        """Pull it out; a device that is out is left so."""
        ...


class UsbHands:
    """``call`` names a method of a body, or ``plug`` and ``unplug``."""

    def __init__(self, cable: Cable) -> None:
        self._cable = cable
        self._bodies: dict[str, Body] = {}

    def call(self, method: str, name: str, *arguments: str | int) -> Value:
        """Do it."""
        if method == "plug":
            kind, *how = arguments
            self._bodies[name] = BODIES[str(kind)](name, *how)
            return self._cable.plug(self._bodies[name].device)
        if method == "unplug":
            self._cable.unplug(self._bodies[name].device)
            return None
        value: Value = getattr(self._bodies[name], method)(*arguments)
        return value
