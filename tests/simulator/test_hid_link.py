"""Faults of the link of a HID device, counted in reports, as a host meets them."""

from __future__ import annotations

import array
import errno
import threading
from collections.abc import Callable
from typing import Any, cast

import click
import pytest
import usb.core

from pos_guard.errors import LocalError, PortClosedError, PortTimeoutError
from pos_guard.frames.decoded import Json
from pos_guard.frames.hid_keyboard import NOTHING, changes, parse_keys
from pos_guard.frames.hid_pos import parse_report
from pos_guard.frames.hid_pos_output import HONEYWELL, build_serial
from pos_guard.frames.keys import DOWN, EV_KEY
from pos_guard.links.session import Effects
from pos_guard.ports.hid import HidPort
from pos_guard.ports.usb_device import Setup, Stalled, Unplugged
from pos_guard.ports.usb_find import UsbPlace
from pos_guard_simulator.faults.on_device import with_faults
from pos_guard_simulator.hid_link.host import reports_of
from pos_guard_simulator.hid_link.physics import NEVER
from pos_guard_simulator.line_faults import LineFault
from pos_guard_simulator.simulate import scanner
from pos_guard_simulator.simulate_device import Device, Fields, OnUsb, carry_out
from pos_guard_simulator.simulate_faults import parse_line_fault
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_scanner import UsbHidPosScanner
from pos_guard_simulator.usb_scanner_hid import IN, OUT, SET_REPORT
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

SECONDS = 10.0
LONG = b"0123456789" * 20
"""Four reports."""

BEEP = build_serial(HONEYWELL, b"\x16\x07\r")[0]


def until(device: UsbFunction, condition: Callable[[], bool]) -> bool:
    """Wait for the device to become so; it tells of every change."""
    changed = threading.Event()
    stop = device.listen(changed.set)
    try:
        while not condition():
            if not changed.wait(SECONDS):
                return False
            changed.clear()
    finally:
        stop()
    return True


def read(device: UsbHidPosScanner) -> list[bytes]:
    """What the reports that come now hold."""
    return [parse_report(one, device.layout).data for one in reports_of(device, IN, 64)]


def by_pyusb(bus: SimulatedBus) -> Any:
    """pyusb's device of the only one on the bus."""
    return usb.core.find(backend=SimulatedBackend(bus))


def heard(found: Any) -> bytes:
    """One report, as pyusb reads it."""
    data: array.array[int] = found.read(IN, 64, 500)
    return data.tobytes()


def pos_scanner(*faults: str) -> UsbHidPosScanner:
    device = UsbHidPosScanner()
    for fault in faults:
        device.arm_link(parse_line_fault(fault))
    return device


def typed(code: str, *faults: str) -> list[int]:
    """The keys that go down, as a kernel makes them of the reports."""
    device = UsbKeyboardScanner(terminator="")
    for fault in faults:
        device.arm_link(parse_line_fault(fault))
    device.scan(code)
    held, down = NOTHING, list[int]()
    for report in reports_of(device, IN, 8):
        now = parse_keys(report)
        assert now is not None
        pressed = (event for event in changes(held, now) if event.type == EV_KEY)
        down += [event.code for event in pressed if event.value == DOWN]
        held = now
    return [*down, *(-code for code in held.keys)]


A, B, C = 30, 48, 46
"""KEY_A, KEY_B, KEY_C (linux/input-event-codes.h)."""


PIECES = [LONG[:56], LONG[56:112], LONG[112:168], LONG[168:]]


@pytest.mark.parametrize(
    ("fault", "pieces"),
    [
        ("drop@out:1", [0, 2, 3]),
        ("drop@out:1x2", [0, 3]),
        ("drop@out:0x9", []),
        ("duplicate@out:1", [0, 1, 1, 2, 3]),
        ("duplicate@out:0x2", [0, 0, 1, 1, 2, 3]),
        ("drop@1", [0, 1, 2, 3]),
    ],
)
def test_reports_are_lost_and_come_twice(fault: str, pieces: list[int]) -> None:
    device = pos_scanner(fault)
    device.scan(LONG)
    assert read(device) == [PIECES[number] for number in pieces]


def test_a_key_that_was_not_released_swallows_the_next_of_its_kind() -> None:
    assert typed("aab") == [A, A, B]
    assert typed("aab", "drop@out:1") == [A, B], "its release was lost"
    assert typed("abc", "drop@out:2x2") == [A, C], "press and release were lost"
    assert typed("ab", "drop@out:3") == [A, B, -B], "it stays down: a kernel repeats it"
    assert typed("ab", "duplicate@out:0x4") == [A, B], "the same report twice says nothing new"


def test_a_halted_endpoint_refuses_until_the_host_clears_it() -> None:
    bus, device = SimulatedBus(), pos_scanner("stall@out:1")
    bus.plug(device, driver=None)
    found = by_pyusb(bus)
    device.scan(LONG)
    assert heard(found)
    for _ in range(2):
        with pytest.raises(usb.core.USBError) as caught:
            heard(found)
        assert caught.value.errno == errno.EPIPE
    found.clear_halt(IN)
    assert parse_report(heard(found), device.layout).data == PIECES[1]


def test_our_port_and_a_kernel_read_on_behind_a_halt() -> None:
    bus, device = SimulatedBus(), pos_scanner("stall@out:1", "stall@out:3")
    bus.plug(device, driver="usbhid")
    port = HidPort.open(UsbPlace(scheme="hid"), backend=SimulatedBackend(bus))
    device.scan(LONG)
    got = [parse_report(port.read(64, SECONDS), device.layout).data for _ in range(4)]
    assert got == PIECES
    port.close()
    other = pos_scanner("stall@out:2")
    other.scan(LONG)
    assert read(other) == PIECES


def test_a_halt_that_is_there_again_at_once_is_left_alone() -> None:
    device = pos_scanner("stall@out:0", "stall@out:0")
    device.scan(LONG)
    with pytest.raises(Stalled):
        read(device)


def test_clear_ends_a_halt() -> None:
    device = pos_scanner()
    device.scan(LONG)
    device.fail_link(parse_line_fault("stall@out:0"))
    with pytest.raises(Stalled):
        device.in_(IN, 64)
    device.clear_link(LineFault.STALL)
    assert read(device) == PIECES


def test_nothing_is_said_while_it_is_late() -> None:
    device = pos_scanner("delay@out:2x30")
    device.scan(LONG)
    assert read(device) == PIECES[:2]
    assert read(device) == []
    rest = list[bytes]()

    def came() -> bool:
        rest.extend(read(device))
        return len(rest) == 2

    assert until(device, came)
    assert rest == PIECES[2:]


def test_a_host_that_asks_seldom_gets_so_many_a_second() -> None:
    device = pos_scanner("back_pressure@out:1x50")
    device.scan(LONG)
    assert read(device) == PIECES[:2], "the next is 20 ms away"
    rest = list[bytes]()

    def came() -> bool:
        rest.extend(read(device))
        return bool(rest)

    assert until(device, came)
    assert rest == PIECES[2:3]
    device.clear_link(LineFault.BACK_PRESSURE)
    assert read(device) == PIECES[3:]


@pytest.mark.parametrize(
    ("fault", "back"),
    [
        ("unplug@out:2", False),
        ("re_enumerate@out:2x20", True),
        ("power_cycle@out:2x20", True),
        ("brown_out@out:2x20", True),
    ],
)
def test_it_leaves_between_two_reports(fault: str, back: bool) -> None:
    device = pos_scanner(fault)
    gone = threading.Event()
    device.listen(lambda: None if device.present else gone.set())
    device.scan(LONG)
    assert read(device) == PIECES[:2]
    assert gone.wait(SECONDS)
    if not back:
        with pytest.raises(Unplugged):
            read(device)
        device.clear_link(LineFault.UNPLUG)
    assert until(device, lambda: device.present)
    assert read(device) == [], "what was under way is lost"
    device.scan(b"7")
    assert read(device) == [b"7"]


def test_our_port_says_that_it_was_pulled_in_the_midst_of_a_code() -> None:
    bus, device = SimulatedBus(), pos_scanner("unplug@out:1")
    bus.plug(device, driver="usbhid")
    port = HidPort.open(UsbPlace(scheme="hid"), backend=SimulatedBackend(bus))
    device.scan(LONG)
    assert parse_report(port.read(64, SECONDS), device.layout).data == PIECES[0]
    with pytest.raises(PortClosedError):
        port.read(64, SECONDS)
    port.close()


def test_who_had_it_open_finds_it_gone_also_when_it_is_back_at_once() -> None:
    bus, device = SimulatedBus(), pos_scanner("re_enumerate@out:1x1")
    bus.plug(device, driver=None)
    found = by_pyusb(bus)
    device.scan(LONG)
    assert heard(found)
    assert device.in_(IN, 64) is None
    assert until(device, lambda: any(seat.address != found.address for seat in bus.seats()))
    with pytest.raises(usb.core.USBError) as caught:
        heard(found)
    assert caught.value.errno == errno.ENODEV
    again = by_pyusb(bus)
    assert again.address != found.address
    device.scan(b"7")
    assert parse_report(heard(again), device.layout).data == b"7"


def test_commands_have_the_same_faults_on_their_way() -> None:
    device = pos_scanner("drop@1", "duplicate@2")
    for _ in range(4):
        assert device.out(OUT, BEEP) == 64
    assert device.error_beeps == 4, "the second was lost, the third came twice"
    device.fail_link(parse_line_fault("stall"))
    with pytest.raises(Stalled):
        device.out(OUT, BEEP)
    device.clear_link(LineFault.STALL)
    device.fail_link(parse_line_fault("delay@0x20"))
    assert device.out(OUT, BEEP) == 0
    assert until(device, lambda: device.out(OUT, BEEP) == 64)
    lamps = UsbKeyboardScanner()
    lamps.fail_link(parse_line_fault("drop"))
    for leds in (1, 2):
        lamps.control(Setup(0x21, SET_REPORT, 0x0200, 0, 1), bytes((leds,)))
    assert list(lamps.heard) == [b"\x02"]


def test_our_port_waits_for_a_late_scanner_and_then_has_all() -> None:
    bus, device = SimulatedBus(), pos_scanner("delay@out:1x60")
    bus.plug(device, driver="usbhid")
    port = HidPort.open(UsbPlace(scheme="hid"), backend=SimulatedBackend(bus))
    device.scan(LONG)
    assert parse_report(port.read(64, SECONDS), device.layout).data == PIECES[0]
    with pytest.raises(PortTimeoutError):
        port.read(64, 0.0)
    got = [parse_report(port.read(64, SECONDS), device.layout).data for _ in range(3)]
    assert got == PIECES[1:]
    port.close()


# -- as people ask for them ---------------------------------------------------------------------


def made(model: str, *options: str) -> Device:
    """The device that ``pos-guard simulate scanner`` makes."""
    words = ["--model", model, "--usbip", "127.0.0.1:0", *options]
    device: tuple[Device, Place] = scanner.main(words, standalone_mode=False)
    return device[0]


MODELS = ["honeywell-hidpos", "generic-wedge"]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("fault", list(LineFault))
def test_each_fault_of_a_line_happens_or_is_refused_with_its_reason(
    model: str, fault: LineFault
) -> None:
    device = made(model)
    asked: dict[str, Json] = {"name": f"link:{fault}", "direction": "out", "at": 5}
    if fault not in NEVER:
        assert carry_out(device, "fault", Fields(asked)).answer == {}
        assert carry_out(device, "clear", Fields({"name": f"link:{fault}"})).answer == {}
        return
    with pytest.raises(LocalError, match="cannot happen to a HID device"):
        carry_out(device, "fault", Fields(asked))
    with pytest.raises(click.UsageError) as refused:
        made(model, "--line-fault", str(fault))
    assert NEVER[fault].en in refused.value.message


def test_from_the_command_line_on() -> None:
    device = made("honeywell-hidpos", "--line-fault", "drop@out:1x2")
    twin = cast("UsbHidPosScanner", cast("OnUsb", device.twin).function)
    assert device.scan is not None
    device.scan(LONG)
    assert read(twin) == [PIECES[0], PIECES[3]]


def test_what_is_on_the_usb_only_speaks_in_reports() -> None:
    line = made("honeywell-hidpos")
    other = UsbFunction(twin_of(line).identity, twin_of(line).configuration)
    with pytest.raises(TypeError, match="UsbFunction has no reports"):
        with_faults(Device("lamp", OnUsb(other, carried), {}))


def carried(act: Callable[[], Effects]) -> None:
    """Done, and it has no effects."""
    assert act() == []


def twin_of(device: Device) -> UsbFunction:
    return cast("OnUsb", device.twin).function
