"""A customer shows a set-up code, ModemManager was there first: the driver, on lines and USB."""

from __future__ import annotations

from functools import partial

import pytest

from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.session import Effects
from pos_guard.ports.base import Port
from pos_guard.ports.cdc_acm import CdcPort
from pos_guard.ports.usb_find import UsbPlace
from pos_guard.scanners.make import LanguageSettings
from pos_guard_drivers.scanner import BarcodeScanner, LostScanError, ScannerSettings
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.scanner_make import ScannerOptions, scanner_line, usb_scanner
from pos_guard_simulator.scanner_shown import ShownScanner
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

SECONDS = 60.0
CODES = ["134567890123456789", "6901234567892"]


def settings(*, lock: bool = True) -> ScannerSettings:
    return ScannerSettings(language=LanguageSettings(lock=lock, reply_seconds=0.5))


def show(shown: ShownScanner, code: str) -> Effects:
    return shown.show(code).effects


@pytest.mark.parametrize("model", ["gm65", "zebra-ssi"])
def test_a_scanner_that_the_driver_locked_keeps_its_line_end(model: str) -> None:
    line = scanner_line(ScannerOptions(model, faults=("set-up-code",)))
    with (
        Bench() as bench,
        BarcodeScanner.at(
            f"serial:{bench.pty('it', line)}", scanner_model(model), settings()
        ) as driver,
    ):
        while not bench.ask(lambda: line.state()["locked"]):
            pass  # a few commands long a customer could do it
        for code in CODES:
            bench.call("it", partial(line.scan, code))
            assert driver.read(SECONDS).text == code
        assert (line.state()["locked"], line.refused) == (True, 2)


def test_one_that_nobody_locked_loses_it_and_no_code_is_taken_for_whole() -> None:
    line = scanner_line(ScannerOptions("gm65", terminator=b"\r", faults=("set-up-code",)))
    with (
        Bench() as bench,
        BarcodeScanner.at(
            f"serial:{bench.pty('it', line)}", scanner_model("gm65"), settings(lock=False)
        ) as driver,
    ):
        bench.call("it", lambda: line.scan(CODES[0]))
        with pytest.raises(LostScanError, match="broke off"):
            driver.read(SECONDS)
        assert line.state()["locked"] is False


@pytest.mark.parametrize("model", ["generic-serial", "de2120", "newland-hr52"])
def test_what_modem_manager_left_is_no_scan(model: str) -> None:
    scanner = usb_scanner(ScannerOptions(model, faults=("modem-manager",)))
    bus = SimulatedBus()
    bus.plug(scanner.device, driver="cdc_acm")
    identity = scanner.device.identity
    place = UsbPlace(identity.vendor, identity.product, scheme="cdc")

    def connect(_: float) -> Port:
        return CdcPort.open(place, backend=SimulatedBackend(bus))

    with BarcodeScanner(connect, scanner_model(model), settings()) as driver:
        for code in CODES:
            scanner.do(partial(show, scanner.shown, code))
            assert driver.read(SECONDS).text == code
