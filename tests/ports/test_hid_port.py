"""The port to USB HID scanners: who is found, whole reports, and what each failure becomes."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import (
    LocalError,
    PortBusyError,
    PortClosedError,
    PortError,
    PortTimeoutError,
)
from pos_guard.ports.hid import HidPort
from pos_guard.ports.hid_facts import is_keyboard, is_scanner, report_sizes
from pos_guard.ports.hid_find import shown_by_kernel
from pos_guard.ports.usb_descriptors import Configuration, Endpoint, Interface, UsbIdentity
from pos_guard.ports.usb_device import Setup, Speed, Stalled
from pos_guard.ports.usb_facts import MARK
from pos_guard.ports.usb_find import UsbPlace
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_scanner import HONEYWELL_XENON, HidFault, UsbHidPosScanner
from pos_guard_simulator.usb_scanner_hid import BOOT, OUT, REPORT_PROTOCOL
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

XENON = UsbPlace(0x0C2E, 0x0907, scheme="hid")
ANY = UsbPlace(scheme="hid")

# A boot mouse and a boot keyboard, from HID 1.11 appendix E.10 and B.1.
MOUSE = bytes.fromhex(
    "05010902a1010901a100050919012903150025019503750181029501750581010501093009311581257f75089502"
    "8106c0c0"
)
KEYBOARD = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810195057501050819012905910295017503910195"
    "067508150025650507190029658100c0"
)


class Shop:
    """A bus with devices that the kernel's driver holds, and the port to one of them."""

    def __init__(self, *devices: UsbFunction, driver: str | None = "usbhid") -> None:
        self.bus = SimulatedBus()
        self.backend = SimulatedBackend(self.bus)
        for device in devices:
            self.bus.plug(device, driver=driver)

    def open(self, place: UsbPlace = XENON, *, give_back: bool = True) -> HidPort:
        return HidPort.open(place, backend=self.backend, give_back=give_back)


def scanner(serial: str = "S1", layout: str = "honeywell-64") -> UsbHidPosScanner:
    return UsbHidPosScanner(layout, replace(HONEYWELL_XENON, serial=serial))


class Composite(UsbFunction):
    """Several HID interfaces; the endpoint of each gives what is put into ``waiting``."""

    def __init__(
        self, *parts: tuple[tuple[int, int], bytes], vendor: int = 0x0C2E, packet: int = 64
    ) -> None:
        interfaces = tuple(
            Interface(number, (3, *boot), (Endpoint(0x81 + number, packet, 3, 1),))
            for number, (boot, _) in enumerate(parts)
        )
        identity = UsbIdentity(vendor, 0x0907, "Maker", "Thing", "C1")
        super().__init__(identity, Configuration(interfaces), Speed.FULL)
        self.descriptors = [descriptor for _, descriptor in parts]
        self.asked: list[int] = []
        self.waiting: dict[int, list[bytes]] = {}
        self.reports: list[tuple[int, bytes]] = []

    def control(self, setup: Setup, data: bytes) -> bytes:
        if (setup.request_type, setup.request, setup.value) == (0x81, 6, 0x2200):
            self.asked.append(setup.index)
            found = self.descriptors[setup.index]
            if not found:
                raise Stalled
            return found
        return super().control(setup, data)

    def class_request(self, setup: Setup, data: bytes) -> bytes:
        if setup.request != 9:
            raise Stalled
        self.reports.append((setup.value, data))
        return b""

    def give(self, endpoint: int, size: int) -> bytes | None:
        waiting = self.waiting.get(endpoint)
        return waiting.pop(0)[:size] if waiting else None


POS = scanner().report_descriptor


# -- descriptors --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("descriptor", "scans", "types"),
    [(POS, True, False), (KEYBOARD, False, True), (MOUSE, False, False), (b"\x05", False, False)],
)
def test_what_a_descriptor_is(descriptor: bytes, scans: bool, types: bool) -> None:
    assert is_scanner(descriptor) is scans
    assert is_keyboard(descriptor) is types


def test_sizes_of_reports() -> None:
    sizes = report_sizes(POS)
    assert (sizes.ids, sizes.inputs, sizes.longest) == (True, {2: 64}, 64)
    assert sizes.whole(bytes(64)) is False
    assert sizes.whole(b"\x02" + bytes(63)) is True
    assert sizes.whole(b"\x02" + bytes(62)) is False
    assert sizes.whole(b"") is False
    assert report_sizes(KEYBOARD).inputs == {0: 8}
    assert report_sizes(b"\xff").longest == 0


# -- finding and claiming -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "place", [XENON, ANY, replace(XENON, serial="B2")], ids=["ids", "scanner", "serial"]
)
def test_a_scanner_is_found_and_taken_from_the_kernels_driver(place: UsbPlace) -> None:
    device = scanner("B2")
    others: list[UsbFunction] = [scanner("A1")] if place.serial else [UsbKeyboardScanner()]
    shop = Shop(*others, device)
    port = shop.open(place)
    assert shop.bus.seat(device).bound == {}
    assert port.facts.descriptor == device.report_descriptor
    assert (port.facts.vendor, port.facts.product) == (0x0C2E, 0x0907)
    assert (port.facts.name, port.facts.serial, port.facts.packet) == ("Xenon 1900", "B2", 64)
    assert not port.facts.keyboard
    port.close()
    assert shop.bus.seat(device).bound == {0: "usbhid"}
    assert shop.bus.seat(device).claims == {}
    assert shop.bus.seat(others[0]).bound == {0: "usbhid"}


def test_what_a_guard_held_does_not_type_past_it_when_it_stops() -> None:
    device = UsbKeyboardScanner()
    shop = Shop(device)
    shop.open(UsbPlace(0x0C2E, 0x0200, scheme="hid"), give_back=False).close()
    assert shop.bus.seat(device).bound == {}
    assert shop.bus.seat(device).claims == {}


@pytest.mark.parametrize(
    ("devices", "place", "error", "words"),
    [
        ([], XENON, PortClosedError, "hid:0c2e:0907 is not there"),
        ([], ANY, PortClosedError, "hid:scanner is not there"),
        ([UsbKeyboardScanner()], ANY, PortClosedError, "hid:scanner is not there"),
        ([scanner("A"), scanner("B")], XENON, PortError, "2 scanners fit"),
        ([scanner("A"), scanner("B")], ANY, PortError, "write hid:VENDOR:PRODUCT:SERIAL"),
    ],
)
def test_which_scanner_is_never_guessed(
    devices: list[UsbFunction], place: UsbPlace, error: type[PortError], words: str
) -> None:
    with pytest.raises(error, match=words):
        Shop(*devices).open(place)


@pytest.mark.parametrize("place", [XENON, ANY])
def test_a_scanner_in_use_is_busy(place: UsbPlace) -> None:
    shop = Shop(scanner())
    first = shop.open()
    with pytest.raises(PortBusyError, match="in use by another program: stop it"):
        shop.open(place)
    first.close()
    shop.open(place).close()


@pytest.mark.parametrize("place", [XENON, ANY])
@pytest.mark.parametrize("parts", [1, 2])
def test_without_permission_the_message_is_the_udev_rule(place: UsbPlace, parts: int) -> None:
    device = Composite(*[((0, 0), POS)] * parts)
    shop = Shop(device)
    shop.bus.permit(device, False)
    with pytest.raises(PortError, match=r'60-pos-guard-scanners.*"0c2e".*GROUP="dialout"'):
        shop.open(place)


def test_of_several_interfaces_the_scanner_is_chosen_then_the_keyboard() -> None:
    parts = [((0, 0), b""), ((1, 2), MOUSE), ((1, 1), KEYBOARD), ((0, 0), POS)]
    port = Shop(Composite(*parts)).open()
    assert (port.facts.interface, port.facts.descriptor) == (3, POS)
    port.close()
    port = Shop(Composite(*parts[:3])).open()
    assert (port.facts.interface, port.facts.keyboard) == (2, True)
    port.close()
    port = Shop(Composite(*parts[:1])).open()
    assert (port.facts.interface, port.facts.descriptor) == (0, b"")
    port.close()
    with pytest.raises(PortClosedError):
        Shop(Composite(parts[1])).open()


def test_devices_of_others_are_not_taken_from_their_driver_to_look_at_them() -> None:
    """A touch screen would stop for a moment, at every try."""
    stranger = Composite(((0, 0), POS), vendor=0x1234)
    with pytest.raises(PortClosedError):
        Shop(stranger).open(ANY)
    assert stranger.asked == []
    maker = Composite(((1, 1), KEYBOARD), ((0, 0), POS))
    shop = Shop(stranger, maker)
    port = shop.open(ANY)
    assert port.facts.interface == 1
    assert set(maker.asked) == {1}
    assert shop.bus.seat(maker).bound == {0: "usbhid"}
    port.close()


def test_the_guards_own_export_of_a_scanner_is_never_taken_for_it() -> None:
    export = scanner()
    export.configuration = replace(export.configuration, extra=MARK)
    with pytest.raises(PortClosedError):
        Shop(export).open()


def test_what_the_kernel_has_read_is_not_asked_for_again(tmp_path: Path) -> None:
    device = tmp_path / "1-2.3"
    device.mkdir()
    for name, text in (("devnum", "7"), ("idVendor", "0c2e"), ("idProduct", "0907")):
        (device / name).write_text(text + "\n", encoding="ascii")
    shown = tmp_path / "1-2.3:1.1" / "0003:0C2E:0907.0001"
    shown.mkdir(parents=True)
    (shown / "report_descriptor").write_bytes(POS)
    seen = SimpleNamespace(bus=1, address=7, idVendor=0x0C2E, idProduct=0x0907)
    assert shown_by_kernel(seen, 1, tmp_path) == POS
    assert shown_by_kernel(seen, 0, tmp_path) == b""
    for other in ({"address": 8}, {"bus": 2}, {"idProduct": 1}):
        assert shown_by_kernel(SimpleNamespace(**{**vars(seen), **other}), 1, tmp_path) == b""


# -- reports ------------------------------------------------------------------------------------


def test_one_read_is_one_report() -> None:
    device = scanner()
    port = Shop(device).open()
    device.scan("6901234567892" * 5)
    device.scan("1")
    reports = [port.read(4096, 1) for _ in range(3)]
    assert [report[1] for report in reports] == [56, 9, 1]
    assert reports[0][5:61] + reports[1][5:14] == b"6901234567892" * 5
    with pytest.raises(PortTimeoutError):
        port.read(4096, 0.01)
    port.close()


def test_a_report_of_unknown_size_ends_with_its_packet_or_with_silence() -> None:
    unknown = Composite(((0, 0), b""), packet=8)
    port = Shop(unknown).open()
    unknown.waiting[0x81] = [bytes(8), bytes(5)]
    assert [port.read(64, 1), port.read(64, 1)] == [bytes(8), bytes(5)]
    port.close()
    other = Composite(((0, 0), POS), packet=8)
    port = Shop(other).open()
    other.waiting[0x81] = [b"\x09" * 8, b"\x09" * 8]  # of an id that is not described
    assert port.read(64, 2) == b"\x09" * 16
    port.close()


def test_a_report_that_does_not_fit_is_refused_and_not_cut() -> None:
    device = scanner()
    port = Shop(device).open()
    device.scan("1")
    with pytest.raises(LocalError, match="64 bytes"):
        port.read(63, 1)
    port.close()


@pytest.mark.parametrize("out", [True, False], ids=["interrupt", "set-report"])
def test_one_write_is_one_output_report(out: bool) -> None:
    device = UsbHidPosScanner(identity=HONEYWELL_XENON, out=out)
    port = Shop(device).open()
    report = b"\xfd\x03\x16T\r" + bytes(59)
    port.write(report, 1)
    assert list(device.heard) == [report]
    assert device.triggers == 1
    port.close()


def test_a_report_id_goes_into_set_report_as_well() -> None:
    device = Composite(((0, 0), POS))
    port = Shop(device).open()
    port.write(b"\x04\x02", 1)
    assert device.reports == [(0x0204, b"\x04\x02")]
    port.close()


def test_a_keyboard_is_put_into_the_boot_protocol_and_back() -> None:
    device = UsbKeyboardScanner()
    port = Shop(device).open(UsbPlace(0x0C2E, 0x0200, scheme="hid"))
    assert port.facts.keyboard
    assert device.protocol == BOOT
    device.scan("1")
    reports = [port.read(8, 1) for _ in range(4)]
    assert reports == [bytes((0, 0, key, 0, 0, 0, 0, 0)) for key in (0x1E, 0, 0x28, 0)]
    port.write(b"\x02", 1)
    assert device.leds == 2
    port.close()
    assert device.protocol == REPORT_PROTOCOL


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=5))
def test_reports_longer_than_a_packet_are_joined(counts: list[int]) -> None:
    """Ids 1 to 3 of 8, 16 and 20 bytes over packets of eight, as at low speed."""
    sizes = {1: 8, 2: 16, 3: 20}
    items = b"".join(
        bytes((0x85, number, 0x09, 1, 0x75, 8, 0x95, size - 1, 0x81, 2))
        for number, size in sizes.items()
    )
    device = Composite(((0, 0), b"\x05\x8c\x09\x02\xa1\x01" + items + b"\xc0"), packet=8)
    port = Shop(device).open()
    sent = [bytes((number,)) + bytes(range(sizes[number] - 1)) for number in counts]
    device.waiting[0x81] = [
        report[at : at + 8] for report in sent for at in range(0, len(report), 8)
    ]
    assert [port.read(64, 1) for _ in sent] == sent
    port.close()


# -- what goes wrong ----------------------------------------------------------------------------


def test_unplugged_during_a_read() -> None:
    device = scanner()
    shop = Shop(device)
    port = shop.open()
    threading.Timer(0.05, shop.bus.unplug, (device,)).start()
    with pytest.raises(PortClosedError, match="hid:0c2e:0907 is gone"):
        port.read(64, 30)
    with pytest.raises(PortClosedError):
        port.write(b"\xfd" + bytes(63), 1)
    port.close()


def test_unplugged_in_the_midst_of_a_message_and_plugged_in_again() -> None:
    device = scanner()
    shop = Shop(device)
    port = shop.open()
    device.faults = frozenset({HidFault.UNPLUG})
    device.scan("7" * 100)
    assert port.read(64, 1)[63] == 1
    with pytest.raises(PortClosedError):
        port.read(64, 5)
    port.close()
    device.faults = frozenset()
    shop.bus.plug(device, driver="usbhid")
    again = shop.open()
    device.scan("8")
    assert again.read(64, 1)[5:6] == b"8"
    again.close()


def test_a_scanner_that_takes_nothing_times_out() -> None:
    device = scanner()
    port = Shop(device).open()
    device.mute(OUT)
    with pytest.raises(PortTimeoutError, match="the scanner takes nothing"):
        port.write(b"\xfd" + bytes(63), 0.05)
    device.unmute(OUT)
    port.write(b"\xfd" + bytes(63), 1)
    port.close()


def test_a_halted_endpoint_is_cleared_once() -> None:
    device = scanner()
    port = Shop(device).open()
    device.scan("1")
    device.halt(0x81)
    assert port.read(64, 1)[5:6] == b"1"
    device.halt(OUT)
    with pytest.raises(PortError, match="STALL"):
        port.write(b"\xfd" + bytes(63), 1)
    port.write(b"\xfd" + bytes(63), 1)
    port.close()


def test_a_report_that_a_scanner_refuses_is_an_error() -> None:
    device = Composite(((0, 0), POS))
    shop = Shop(device)
    port = shop.open()
    shop.bus.unplug(device)
    with pytest.raises(PortClosedError):
        port.write(b"\x04\x02", 1)
    port.close()


def test_close_wakes_a_reader_and_refuses_from_then_on() -> None:
    port = Shop(scanner()).open()
    threading.Timer(0.05, port.close).start()
    with pytest.raises(PortClosedError):
        port.read(64, 30)
    for call in (lambda: port.read(64, 1), lambda: port.write(b"\xfd", 1)):
        with pytest.raises(PortClosedError):
            call()
    port.close()


class Leaves(UsbHidPosScanner):
    """Is pulled out while it is asked for its report descriptor."""

    def control(self, setup: Setup, data: bytes) -> bytes:
        if setup.value == 0x2200:
            self.unplug()
        return super().control(setup, data)


def test_unplugged_while_it_is_opened() -> None:
    with pytest.raises(PortClosedError, match="is gone"):
        Shop(Leaves(identity=HONEYWELL_XENON)).open()
