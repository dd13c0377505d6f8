"""Printers and scanners that the kernel sees, for the tests in the guest."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.contract.site import Value
from tests.kernel.guest import processes
from tests.kernel.guest.kernel_events import KernelEvents
from tests.kernel.guest.processes import Devices, Player


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let the processes begin while the tests are collected."""
    if not session.config.option.collectonly:
        processes.begin()


def pytest_sessionfinish() -> None:
    """Nobody wanted these."""
    processes.finish()


@dataclass
class Plugged:
    """One printer that is plugged in, and its node under /dev."""

    name: str
    node: str
    devices: Devices

    def do(self, call: str, *arguments: str | int) -> Value:
        return self.devices.call(call, self.name, *arguments)

    @property
    def taken(self) -> int:
        return int(str(self.do("taken")))

    @property
    def paper(self) -> list[str]:
        slips = self.do("paper")
        assert isinstance(slips, list)
        return slips


@pytest.fixture(scope="session")
def player() -> Iterator[Player]:
    with processes.playing() as found:
        yield found


@pytest.fixture(scope="session")
def devices(player: Player) -> Devices:
    return player.hands()


@contextmanager
def plugged(devices: Devices, name: str, *how: int) -> Generator[Plugged]:
    """Plug one in, and out again; both times until udevd and libusb know."""
    events = KernelEvents()
    devices.call("plug", name, "printer", *how)
    node = events.wait(ACTION="add", SUBSYSTEM="usbmisc")["DEVNAME"]
    try:
        yield Plugged(name, node, devices)
    finally:
        devices.call("unplug", name)
        events.wait(ACTION="remove", SUBSYSTEM="usb", DEVTYPE="usb_device")
        events.close()
