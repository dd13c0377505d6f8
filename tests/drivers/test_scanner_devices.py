"""The scanner driver with the simulator's scanners: real ptys, and USB devices behind pyusb."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from pos_guard.errors import DeviceError
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.ports.cdc_acm import CdcPort
from pos_guard.ports.hid import HidPort
from pos_guard.ports.usb_find import UsbPlace
from pos_guard.scanners.language import Command
from pos_guard.scanners.make import LanguageSettings
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.scanner import BarcodeScanner, ScannerSettings
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.scanner import Scanner, ScannerTwinSettings
from pos_guard_simulator.scanner_menu import HoneywellScanner, NewlandScanner
from pos_guard_simulator.scanner_menu_bytes import DatalogicScanner, De2120Scanner
from pos_guard_simulator.scanner_register import RegisterScanner
from pos_guard_simulator.scanner_ssi import SsiFault, SsiScanner
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_scanner import HidFault, UsbHidPosScanner
from pos_guard_simulator.usb_scanner_hid import UsbHid
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner
from pos_guard_simulator.usb_serial.cdc import UsbSerial
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

CODE = "134621000053364349"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench() as made:
        yield made


def until(true: Callable[[], bool]) -> None:
    """What the scanner was told arrives a moment later."""
    for _ in range(500):
        if true():
            return
        threading.Event().wait(0.01)
    assert true()


# -- a serial line --------------------------------------------------------------------------------


def test_the_same_over_a_real_pty_with_pieces_and_chinese_text(bench: Bench) -> None:
    twin = Scanner(ScannerTwinSettings(terminator=b"\r\n", aim=True, split=7, encoding="gb18030"))
    path = bench.pty("scanner", twin)
    settings = ScannerSettings(encoding="gb18030")
    with BarcodeScanner.at(f"serial:{path}", settings=settings) as scanner:
        bench.call("scanner", lambda: twin.scan(CODE))
        bench.call("scanner", lambda: twin.scan("收款码", "]Q2"))
        first, second = scanner.read(5), scanner.read(5)
    assert (first.text, first.symbology) == (CODE, "qr")
    assert (second.text, second.decoded_as, second.aim) == ("收款码", "gb18030", "]Q2")


def test_ssi_codes_are_acknowledged_whether_or_not_anybody_reads(bench: Bench) -> None:
    twin = SsiScanner()
    path = bench.pty("scanner", twin)
    with BarcodeScanner.at(f"serial:{path}", scanner_model("zebra-ssi")) as scanner:
        for number in range(3):
            bench.call("scanner", partial(twin.scan, f"{CODE}{number}"))
        until(lambda: bench.ask(lambda: twin.done) == {1: True, 2: True, 3: True})
        assert [scanner.read(5).text for _ in range(3)] == [f"{CODE}{n}" for n in range(3)]
        assert scanner.locked is True
        assert scanner.accept() is True
        assert scanner.reject() is True
        assert bench.ask(lambda: list(twin.beeps)) == [0x00, 0x12]
        assert "PAADPS00" in scanner.identify()
        bench.ask(lambda: twin.fault(SsiFault.NAK))
        assert scanner.trigger() is False
        scanner.disable()
        assert not bench.ask(lambda: twin.decoder.enabled)
        scanner.enable()
        assert bench.ask(lambda: twin.decoder.enabled)


def test_a_register_engine_reads_when_it_is_triggered(bench: Bench) -> None:
    twin = RegisterScanner(free=False)
    path = bench.pty("scanner", twin)
    with BarcodeScanner.at(f"serial:{path}", twin.model) as scanner:
        bench.call("scanner", lambda: twin.scan("too early"))
        assert scanner.trigger() is True
        assert bench.ask(lambda: twin.reading)
        bench.call("scanner", lambda: twin.scan(CODE))
        assert scanner.read(5).text == CODE
        assert scanner.locked is True
        assert not bench.ask(lambda: twin.set_up("sound", 0))
        bench.ask(lambda: setattr(twin, "mute", True))
        assert scanner.trigger() is None


@pytest.mark.parametrize(
    ("twin", "model", "call", "answer", "heard"),
    [
        (De2120Scanner(), "de2120", "trigger", True, b"^_^SCAN."),
        (DatalogicScanner(), "datalogic-magellan", "accept", None, b"B"),
        (DatalogicScanner(), "datalogic-magellan", "reject", None, b"F"),
        (HoneywellScanner(), "honeywell-serial", "stop", None, b"\x16U\r"),
        (NewlandScanner(), "newland-hr52", "trigger", True, b"SCNTRG1"),
    ],
)
def test_what_each_scanner_answers(
    bench: Bench, twin: Scanner, model: str, call: str, answer: bool | None, heard: bytes
) -> None:
    path = bench.pty("scanner", twin)
    with BarcodeScanner.at(f"serial:{path}", scanner_model(model)) as scanner:
        assert getattr(scanner, call)() is answer
        until(lambda: heard in bench.ask(lambda: twin.heard))


def test_commands_of_many_threads_wait_for_each_other(bench: Bench) -> None:
    twin = SsiScanner()
    path = bench.pty("scanner", twin)
    with BarcodeScanner.at(f"serial:{path}", scanner_model("zebra-ssi")) as scanner:

        def work(number: int) -> bool | None:
            bench.call("scanner", lambda: twin.scan(f"code {number}"))
            return scanner.accept(20)

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(work, range(40)))
        codes = {scanner.read(5).text for _ in range(40)}
        with pytest.raises(DeviceError) as error:
            scanner.read(0)
    assert answers == [True] * 40
    assert codes == {f"code {number}" for number in range(40)}
    assert error.value.code == "E_TIMEOUT"


# -- USB ------------------------------------------------------------------------------------------


class Usb:
    """A HID scanner on a simulated bus, and the driver's way to it."""

    def __init__(self, device: UsbHid) -> None:
        self.bus = SimulatedBus()
        self.backend = SimulatedBackend(self.bus)
        self.device = self.bus.plug(device, driver="usbhid")
        ids = device.identity
        self.place = UsbPlace(ids.vendor, ids.product, scheme="hid")

    def scanner(self, model: str, language: LanguageSettings | None = None) -> BarcodeScanner:
        settings = ScannerSettings(language=language or LanguageSettings())
        return BarcodeScanner(self.open, scanner_model(model), settings)

    def open(self, _: float) -> HidPort:
        return HidPort.open(self.place, backend=self.backend)


def test_a_hid_pos_scanner_is_triggered_beeps_and_says_what_it_is() -> None:
    twin = UsbHidPosScanner()
    with Usb(twin).scanner("honeywell-hidpos") as scanner:
        assert {Command.TRIGGER, Command.NO, Command.IDENTIFY} <= scanner.can
        twin.hold(CODE)
        assert scanner.trigger() is None
        scan = scanner.read(5)
        assert (scan.text, scan.symbology, scan.typed) == (CODE, "qr", False)
        assert scanner.reject() is None
        until(lambda: twin.error_beeps == 1)
        assert scanner.identify().startswith("Product Name: Simulated 1900")
        scanner.disable()
        assert not twin.reading


def test_a_unplug_within_a_message_and_the_same_object_after_the_replug() -> None:
    twin = UsbHidPosScanner()
    usb = Usb(twin)
    with usb.scanner("honeywell-hidpos") as scanner:
        twin.faults = frozenset({HidFault.UNPLUG})
        twin.scan(CODE * 8)
        with pytest.raises(DeviceError) as error:
            scanner.read(5)
        assert error.value.extended == "ESCAN_CUT"
        until(lambda: scanner.power is PowerState.OFF_OFFLINE)
        with pytest.raises(DeviceError) as error:
            scanner.read(0)
        assert error.value.code == "E_NOHARDWARE"
        twin.faults = frozenset()
        usb.bus.plug(twin, driver="usbhid")
        until(lambda: scanner.power is PowerState.ONLINE)
        twin.scan(CODE)
        assert scanner.read(5).text == CODE
        assert scanner.statistics.retrieve()["connections"] == 2


def test_a_scanner_that_is_plugged_in_after_the_till_is_found() -> None:
    twin = UsbHidPosScanner()
    usb = Usb(twin)
    usb.bus.unplug(twin)
    with usb.scanner("honeywell-hidpos") as scanner:
        assert scanner.power is PowerState.OFF_OFFLINE
        usb.bus.plug(twin, driver="usbhid")
        until(lambda: scanner.power is PowerState.ONLINE)
        twin.scan(CODE)
        assert scanner.read(5).text == CODE


def test_a_keyboard_is_ours_alone_and_a_person_at_it_is_told_from_a_scan() -> None:
    twin = UsbKeyboardScanner()
    usb = Usb(twin)
    with usb.scanner("generic-wedge") as scanner:
        assert not usb.bus.seat(twin).bound
        twin.scan(CODE)
        assert scanner.read(5).typed is False
        twin.terminator = ""
        for digit in "12":
            twin.scan(digit)
            threading.Event().wait(0.1)
        twin.terminator = "\r"
        twin.scan("3")
        typed = scanner.read(5)
        assert (typed.text, typed.typed) == ("123", True)
        assert scanner.can == frozenset()
    assert usb.bus.seat(twin).bound


def test_cdc_and_the_kernel_gets_it_back() -> None:
    bus = SimulatedBus()
    device = bus.plug(UsbSerial(RegisterScanner()), driver="cdc_acm")
    place, backend = UsbPlace(scheme="cdc"), SimulatedBackend(bus)
    model = scanner_model("gm65")
    with BarcodeScanner(lambda _: CdcPort.open(place, backend=backend), model) as scanner:
        device.act(lambda twin: twin.scan(CODE * 20))
        assert scanner.read(5).text == CODE * 20
    until(lambda: bool(bus.seat(device).bound))
