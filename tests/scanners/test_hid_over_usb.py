"""Twin, bus, real pyusb, port and language: each scan once, or named, under every fault."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from pos_guard.errors import PortClosedError, PortTimeoutError
from pos_guard.ports.hid import HidPort
from pos_guard.ports.usb_find import UsbPlace
from pos_guard.scanners.evdev_line import KeySettings
from pos_guard.scanners.hid_keyboard import HidKeyboardLanguage
from pos_guard.scanners.hid_pos import HidPosLanguage, HidPosSettings
from pos_guard.scanners.language import (
    Command,
    Items,
    Problem,
    Reply,
    Scanned,
    ScannerLanguage,
    Send,
)
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_scanner import REVISION, HidFault, UsbHidPosScanner
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

WECHAT = "134567890123456789"
LONG = "00020101021226" + "0123456789" * 14
QUIET = 0.1
"""Seconds after which nothing more comes: a slow twin takes 0.02 for each report."""

Twin = UsbHidPosScanner | UsbKeyboardScanner


class Till:
    """Reads a scanner as a driver does."""

    def __init__(self, twin: Twin, language: ScannerLanguage) -> None:
        self.bus = SimulatedBus()
        self.twin = twin
        self.language = language
        self.bus.plug(twin, driver="usbhid")

    @contextmanager
    def port(self) -> Generator[HidPort, None, None]:
        identity = self.twin.identity
        place = UsbPlace(identity.vendor, identity.product)
        port = HidPort.open(place, backend=SimulatedBackend(self.bus))
        try:
            self.language.connected(port.facts.descriptor)
            yield port
        finally:
            port.close()

    def read(self, port: HidPort) -> Items:
        """Until nothing is open and nothing comes, or the cable is pulled."""
        items: Items = []
        while True:
            wait = self.language.wait
            try:
                items += self.language.feed(port.read(64, QUIET if wait is None else wait))
            except PortTimeoutError:
                if wait is None:
                    return items
                items += self.language.silence()
            except PortClosedError:
                return items


def scans(items: Items) -> list[tuple[str, Problem | None]]:
    return [(item.data.decode(), item.problem) for item in items if isinstance(item, Scanned)]


FAULTS: list[tuple[HidFault, list[tuple[str, Problem | None]]]] = [
    (HidFault.NO_READ, []),
    (HidFault.DOUBLE, [(LONG, None)] * 2),
    (HidFault.SLOW, [(LONG, None)]),
    (HidFault.HALF, [(LONG[:112], Problem.CUT)]),
    (HidFault.UNPLUG, []),
]


@pytest.mark.parametrize("layout", ["honeywell-64", "newland-64", "62"])
@pytest.mark.parametrize(("fault", "expected"), FAULTS)
def test_hid_pos_over_the_bus(
    layout: str, fault: HidFault, expected: list[tuple[str, Problem | None]]
) -> None:
    till = Till(UsbHidPosScanner(layout), HidPosLanguage(HidPosSettings(part_seconds=QUIET)))
    till.twin.faults = frozenset({fault})
    with till.port() as port:
        till.twin.scan(LONG)
        assert scans(till.read(port)) == expected
    till.bus.plug(till.twin, driver="usbhid")
    till.twin.faults = frozenset()
    with till.port() as port:
        till.twin.scan(WECHAT)
        assert scans(till.read(port)) == [(WECHAT, None)]


@pytest.mark.parametrize("layout", ["us", "fr"])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (None, [(WECHAT, None)]),
        (HidFault.DOUBLE, [(WECHAT, None)] * 2),
        (HidFault.HALF, [(WECHAT[:9], Problem.CUT)]),
        (HidFault.UNPLUG, []),
    ],
)
def test_a_keyboard_over_the_bus(
    layout: str, fault: HidFault | None, expected: list[tuple[str, Problem | None]]
) -> None:
    keys = KeySettings(keymap=layout, gap_seconds=QUIET, line_seconds=QUIET)
    till = Till(UsbKeyboardScanner(layout), HidKeyboardLanguage(keys))
    till.twin.faults = frozenset({fault} if fault else ())
    with till.port() as port:
        till.twin.scan(WECHAT)
        assert scans(till.read(port)) == expected
    till.bus.plug(till.twin, driver="usbhid")
    till.twin.faults = frozenset()
    with till.port() as port:
        till.twin.scan(WECHAT)
        items = till.read(port)
    assert scans(items) == [(WECHAT, None)]
    assert not any(isinstance(item, Scanned) and item.typed for item in items)


def test_a_command_and_its_answer_over_the_bus() -> None:
    till = Till(UsbHidPosScanner(), HidPosLanguage())
    with till.port() as port:
        for item in till.language.command(Command.IDENTIFY):
            assert isinstance(item, Send)
            port.write(item.data, 1.0)
        [reply] = till.read(port)
        assert isinstance(reply, Reply)
        assert (reply.to, reply.ok, reply.text) == (Command.IDENTIFY, True, REVISION)
