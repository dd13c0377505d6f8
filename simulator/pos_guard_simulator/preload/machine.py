"""A machine with simulated devices, as the programs see it that are started on it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TypeVar

from pos_guard.ports.usb_descriptors import Interface
from pos_guard.ports.usb_standard import StandardDevice
from pos_guard_simulator.preload import sysfs
from pos_guard_simulator.preload.bed import PRELOAD, Bed, SysDevice
from pos_guard_simulator.preload.caller import Readiness
from pos_guard_simulator.preload.hid_node import HidInterface
from pos_guard_simulator.preload.lp_node import LpNode
from pos_guard_simulator.preload.tty_acm import CONTROL_CLASS, AcmDriver
from pos_guard_simulator.preload.tty_ftdi import FtdiDriver
from pos_guard_simulator.preload.tty_node import TtyNode
from pos_guard_simulator.preload.usb_node import UsbNode
from pos_guard_simulator.preload.worker import Worker
from pos_guard_simulator.usb_bus import Seat, SimulatedBus
from pos_guard_simulator.usb_serial import ftdi_words

PRINTER, HID = 7, 3
"""Interface classes that the kernel has a driver for, beside the communications class."""

FTDI = "ftdi_sio"
DRIVERS = {PRINTER: "usblp", HID: "usbhid", CONTROL_CLASS[0]: "cdc_acm"}
ADAPTERS: dict[tuple[int, int], str] = {ftdi_words.IDENTITY: FTDI}
"""Drivers by class, and by vendor and product where there is no class."""

FIRST_INPUT = 5
"""Of ``/dev/input/event5``: a machine has a power button and the like before it."""

DRAIN_S, LOOK_S = 2.0, 0.005
"""How long a device is waited for at its end, and how often it is asked."""

Device = TypeVar("Device", bound=StandardDevice)


@dataclass(slots=True)
class _Bound:
    """What a driver has made of an interface; ``end`` takes it away again."""

    nodes: tuple[str, ...]
    devices: tuple[SysDevice, ...]
    end: Callable[[], None]
    drained: Callable[[], bool] = lambda: True


@dataclass(slots=True)
class _Plugged:
    seat: Seat
    node: UsbNode
    name: str
    system: SysDevice
    deaf: Callable[[], None]
    bound: dict[int, _Bound] = field(default_factory=dict[int, "_Bound"])


class Machine:
    """Devices come and go by ``plug`` and ``unplug``, while programs run. A context manager.

    :raises LocalError: when the preload library is not installed.
    """

    def __init__(self) -> None:
        self.bus = SimulatedBus()
        self._bed = Bed()
        self._plugged: dict[StandardDevice, _Plugged] = {}
        self._away: dict[StandardDevice, Callable[[], None]] = {}
        self._taken: set[str] = set()
        self._lock = threading.RLock()
        self._watch = Worker(self._look)

    def __enter__(self) -> Machine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a program needs in its environment to see the devices."""
        return self._bed.environment(base)

    def marks(self) -> dict[str, str]:
        """Only what that adds to this process's own environment."""
        before = os.environ.get(PRELOAD)
        return self._bed.environment({} if before is None else {PRELOAD: before})

    def plug(self, device: Device) -> Device:
        """Connect a device: it appears with all its nodes, and udev tells.

        One that is there already is pulled out first. One that leaves by itself takes its nodes
        with it.
        """
        with self._lock:
            self.unplug(device)
            self.bus.plug(device, driver=_driver(device))
            seat = self.bus.seat(device)
            name = f"bus/usb/{self.bus.number:03}/{seat.address:03}"
            ready = Readiness(self._bed.node(name, f"189:{seat.address - 1}"))
            node = UsbNode(self.bus, seat, ready, lambda: self._rebind(device))
            self._bed.serve(name, node)
            system = sysfs.usb_device(self.bus.number, seat, name)
            self._bed.add(system)
            for interface in sysfs.interfaces(system, seat):
                self._bed.add(interface)
            deaf = device.listen(self._watch.poke)
            self._plugged[device] = _Plugged(seat, node, name, system, deaf)
            self._bed.announce(system)
            self._rebind(device)
        return device

    def unplug(self, device: StandardDevice) -> None:
        """Pull the cable, where it is still in."""
        with self._lock:
            self._away.pop(device, _nothing)()
            self._take_out(device)

    def _take_out(self, device: StandardDevice) -> None:
        with self._lock:
            found = self._plugged.pop(device, None)
            if found is None:
                return
            found.deaf()
            for number in tuple(found.bound):
                self._unbind(found, number)
            self.bus.unplug(device)
            self._bed.announce(found.system, "remove")
            self._bed.remove(found.system, found.name)
            for interface in sysfs.interfaces(found.system, found.seat):
                self._bed.remove(interface)
            found.node.close()

    def nodes(self, device: StandardDevice) -> tuple[str, ...]:
        """The device's nodes, as a program names them; none while it is unplugged."""
        with self._lock:
            found = self._plugged.get(device)
            if found is None:
                return ()
            names = [name for item in found.bound.values() for name in item.nodes]
            return tuple(f"/dev/{name}" for name in (*names, found.name))

    def drain(self, device: StandardDevice) -> None:
        """Wait until a device has what programs wrote before, as far as it takes it.

        Not longer than ``DRAIN_S``: a driver may wait for a device that never answers.
        """
        pause, deadline = threading.Event(), time.monotonic() + DRAIN_S
        while not self._drained(device) and time.monotonic() < deadline:
            pause.wait(LOOK_S)

    def close(self) -> None:
        """Everything is unplugged."""
        self._watch.close()
        for device in (*self._plugged, *self._away):
            self.unplug(device)
        self._bed.close()

    def _drained(self, device: StandardDevice) -> bool:
        with self._lock:
            found = self._plugged.get(device)
            return found is None or all(bound.drained() for bound in found.bound.values())

    def _look(self) -> None:
        """Whoever has left by itself (a fault that pulls the cable) is gone, until it is back."""
        for device, found in tuple(self._plugged.items()):
            if not device.present:
                self._take_out(device)
                self._away[device] = device.listen(self._watch.poke)
            elif found.seat.left:  # it is back already, at another address
                self.plug(device)
        for device in tuple(self._away):
            if device.present:
                self.plug(device)

    # -- drivers --------------------------------------------------------------------------------

    def _rebind(self, device: StandardDevice) -> None:
        """Make and take away nodes as the drivers hold their interfaces now."""
        with self._lock:
            found = self._plugged.get(device)
            if found is None:
                return  # pulled out in that very moment
            for interface in found.seat.device.configuration.interfaces:
                held = interface.number in found.seat.bound
                if held and interface.number not in found.bound:
                    made = self._bind(found, interface)
                    if made is not None:
                        found.bound[interface.number] = made
                elif not held and interface.number in found.bound:
                    self._unbind(found, interface.number)

    def _bind(self, found: _Plugged, interface: Interface) -> _Bound | None:
        if interface.alternate:
            return None
        if found.seat.bound[interface.number] == FTDI:
            return self._bind_adapter(found, interface)
        if interface.triple[0] == PRINTER:
            return self._bind_printer(found, interface)
        if interface.triple[:2] == CONTROL_CLASS:
            return self._bind_serial(found, interface)
        if interface.triple[0] == HID:
            return self._bind_hid(found, interface)
        return None

    def _bind_printer(self, found: _Plugged, interface: Interface) -> _Bound:
        number = self._free("usb/lp", 0)
        name = f"usb/lp{number}"
        node = LpNode(found.seat, interface, self._bed.node(name, f"180:{number}"))
        self._bed.serve(name, node)
        return self._piped(name, (sysfs.printer(found.system, interface, number),), node)

    def _bind_serial(self, found: _Plugged, interface: Interface) -> _Bound:
        number = self._free("ttyACM", 0)
        name = f"ttyACM{number}"
        node = TtyNode(AcmDriver(found.seat), self._bed.node(name, f"166:{number}"))
        self._bed.serve(name, node)
        return self._piped(name, (sysfs.serial(found.system, interface, number),), node)

    def _bind_adapter(self, found: _Plugged, interface: Interface) -> _Bound:
        number = self._free("ttyUSB", 0)
        name = f"ttyUSB{number}"
        node = TtyNode(FtdiDriver(found.seat, interface), self._bed.node(name, f"188:{number}"))
        self._bed.serve(name, node)
        return self._piped(name, sysfs.adapter(found.system, interface, number), node)

    def _piped(self, name: str, devices: tuple[SysDevice, ...], node: LpNode | TtyNode) -> _Bound:
        bound = self._made((name,), devices, node.close)
        bound.drained = lambda: node.drained
        return bound

    def _bind_hid(self, found: _Plugged, interface: Interface) -> _Bound:
        hid = HidInterface(found.seat, interface)
        number = self._free("hidraw", 0)
        names = [f"hidraw{number}"]
        ends: list[Callable[[], None]] = [hid.close]
        ready = Readiness(self._bed.node(names[0], f"242:{number}"))
        raw = hid.raw_node(ready)
        ends += [raw.close, ready.close]
        self._bed.serve(names[0], raw)
        devices = [sysfs.hid(found.system, found.seat, interface, number, hid.descriptor)]
        devices.append(sysfs.hidraw(devices[0], number))
        if hid.keyboard:
            place = self._free("input/event", FIRST_INPUT)
            names.append(f"input/event{place}")
            shown = Readiness(self._bed.node(names[1], f"13:{64 + place}"))
            keys = hid.input_node(shown)
            ends += [keys.close, shown.close]
            self._bed.serve(names[1], keys)
            devices += sysfs.inputs(devices[0], found.seat, place)
        hid.start()

        def end() -> None:
            for one in ends:
                one()

        return self._made(tuple(names), tuple(devices), end)

    def _made(
        self, nodes: tuple[str, ...], devices: tuple[SysDevice, ...], end: Callable[[], None]
    ) -> _Bound:
        for device in devices:
            self._bed.add(device)
            self._bed.announce(device)
        self._taken.update(nodes)
        return _Bound(nodes, devices, end)

    def _unbind(self, found: _Plugged, number: int) -> None:
        bound = found.bound.pop(number)
        for device in reversed(bound.devices):
            self._bed.announce(device, "remove")
            self._bed.remove(device, *(name for name in bound.nodes if _is_of(name, device)))
        bound.end()
        self._taken.difference_update(bound.nodes)

    def _free(self, prefix: str, first: int) -> int:
        number = first
        while f"{prefix}{number}" in self._taken:
            number += 1
        return number


def _is_of(name: str, device: SysDevice) -> bool:
    return device.properties.get("DEVNAME") == f"/dev/{name}"


def _nothing() -> None:
    """It was not away."""


def _driver(device: StandardDevice) -> str | None:
    """The kernel's driver for its interfaces."""
    identity = device.identity
    by_class = DRIVERS.get(device.configuration.interfaces[0].triple[0])
    return by_class or ADAPTERS.get((identity.vendor, identity.product))
