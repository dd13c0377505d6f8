"""Scanners that are HID devices: hidraw, evdev, and claimed through libusb."""

from __future__ import annotations

import fcntl
import os
from typing import Any

import evdev
import usb.util

from tests.contract.files import code_of, opened, pulling, readable
from tests.contract.levels import Level
from tests.contract.site import Device, Site
from tests.contract.statements import Family
from tests.contract.waiting import SECONDS, wait_until

NODES = (Level.PRELOAD, Level.USBIP, Level.KERNEL)

RAW = Family(
    "hidraw",
    "A HID POS scanner at /dev/hidraw0",
    "drivers/hid/hidraw.c, seen on Linux 6.1",
    NODES,
)
KEYS = Family(
    "evdev",
    "A keyboard-wedge scanner at /dev/input/event5",
    "drivers/input/evdev.c and usbhid, through python-evdev, seen on Linux 6.1",
    NODES,
)
BUS = Family(
    "hid-pyusb",
    "A HID POS scanner through pyusb",
    "USB HID 1.11; libusb 1.0.26 and pyusb 1.3.1 on Linux 6.1",
    (Level.USB, *NODES),
)

COMMAND = b"\x04\x01"
TYPED = ["KEY_LEFTSHIFT", "KEY_A", "KEY_B", "KEY_1", "KEY_ENTER"]


def ask(fd: int, code: int, size: int) -> bytes:
    """One of hidraw's read ioctls."""
    answer = bytearray(size)
    fcntl.ioctl(fd, 2 << 30 | size << 16 | ord("H") << 8 | code, answer)
    return bytes(answer)


@RAW.states("descriptor", "It tells the report descriptor.")
def tells_its_descriptor(site: Site) -> None:
    scanner = site.plug("pos")
    raw = opened(site, scanner.node)
    size = int.from_bytes(ask(raw, 1, 4), "little")
    buffer = bytearray(size.to_bytes(4, "little") + bytes(4096))
    fcntl.ioctl(raw, 2 << 30 | len(buffer) << 16 | ord("H") << 8 | 2, buffer)
    assert buffer[4 : 4 + size].hex() == scanner.do("descriptor")


@RAW.states("identity", "It tells bus, vendor, product, and the name of maker and product.")
def tells_what_it_is(site: Site) -> None:
    raw = opened(site, site.plug("pos").node)
    assert ask(raw, 3, 8) == bytes.fromhex("03000000 2e0c 0709")
    assert ask(raw, 4, 64).rstrip(b"\0") == b"Honeywell Xenon 1900"


@RAW.states(
    "at-once",
    "A report that comes right after the open is read.",
    preload="the open is noticed a moment later, with the first call on it at the latest",
)
def a_report_right_after_the_open(site: Site) -> None:
    scanner = site.plug("pos")
    raw = opened(site, scanner.node)
    scanner.do("scan", "1")
    assert len(os.read(raw, 4096)) == 64


@RAW.states(
    "reports", "One read gives one whole report, and every program gets each of them.", carried=True
)
def reports_are_read_whole(site: Site) -> None:
    scanner = site.plug("pos")
    readers = [opened(site, scanner.node) for _ in range(2)]
    for reader in readers:
        ask(reader, 3, 8)  # whoever plays the node knows of the open now
    scanner.do("scan", "hello")
    for reader in readers:
        report = os.read(reader, 4096)
        assert (len(report), report[:10]) == (64, b"\x02\x05]Q1hello")


@RAW.states("write", "A write is an output report to the device.")
def a_write_is_a_report(site: Site) -> None:
    scanner = site.plug("pos")
    raw = opened(site, scanner.node)
    assert os.write(raw, COMMAND) == 2
    wait_until(lambda: scanner.texts("heard") == [COMMAND.hex()])


@RAW.states("nothing", "Without a report a nonblocking read is EAGAIN, and select waits.")
def nothing_to_read(site: Site) -> None:
    scanner = site.plug("pos")
    raw = opened(site, scanner.node, os.O_RDONLY | os.O_NONBLOCK)
    assert code_of(lambda: os.read(raw, 64)) == "EAGAIN"
    assert not readable(raw, 0.1)
    scanner.do("scan", "1")
    assert readable(raw, SECONDS)
    assert len(os.read(raw, 64)) == 64


@RAW.states("unplug", "Unplugging ends a read that waits with EIO; a write after it is ENODEV.")
def a_scanner_is_pulled_out(site: Site) -> None:
    scanner = site.plug("pos")
    raw = opened(site, scanner.node)
    pulling(site, scanner).join()
    assert code_of(lambda: os.read(raw, 64)) == "EIO"
    assert code_of(lambda: os.write(raw, COMMAND)) == "ENODEV"
    wait_until(lambda: not os.path.exists(scanner.node))


@BUS.states("report", "Taken from usbhid and claimed, it gives whole reports and takes commands.")
def pyusb_reads_reports(site: Site) -> None:
    scanner = site.plug("pos")
    device = scanner.usb()
    device.detach_kernel_driver(0)
    usb.util.claim_interface(device, 0)
    scanner.do("scan", "6901234567892")
    report = device.read(0x81, 64, 5000).tobytes()
    assert (len(report), report[5:18]) == (64, b"6901234567892")
    assert device.write(0x02, COMMAND, 5000) == 2
    wait_until(lambda: scanner.texts("heard") == [COMMAND.hex()])


@BUS.states("bound", "While usbhid has it a claim is EBUSY.")
def a_bound_scanner_is_not_claimed(site: Site) -> None:
    device = site.plug("pos").usb()
    assert code_of(lambda: usb.util.claim_interface(device, 0)) == "EBUSY"


@BUS.states("unplug", "Unplugging ends a read that waits: ENODEV.")
def unplugging_ends_a_read(site: Site) -> None:
    scanner = site.plug("pos")
    device = scanner.usb()
    device.detach_kernel_driver(0)
    usb.util.claim_interface(device, 0)
    pulling(site, scanner)
    assert code_of(lambda: device.read(0x81, 64, 0)) == "ENODEV"


# -- keyboards ------------------------------------------------------------------------------------


def keys_of(site: Site, keyboard: Device) -> Any:
    """python-evdev's device, closed when the check is over."""
    keys: Any = evdev.InputDevice(keyboard.node)
    site.later(keys.close)
    return keys


def events_of(keys: Any) -> list[Any]:
    """What there is to read; nothing, where another program's events woke this one."""
    try:
        return list(keys.read())
    except BlockingIOError:
        return []


def typed(keys: Any) -> list[str]:
    """The names of the keys that go down until Enter is up again."""
    names: list[str] = []
    while True:
        assert readable(keys.fd, SECONDS)
        for event in events_of(keys):
            if event.type == evdev.ecodes.EV_KEY:
                names += [str(evdev.ecodes.KEY[event.code])] * (event.value == 1)
                if event.code == evdev.ecodes.KEY_ENTER and not event.value:
                    return names


@KEYS.states("identity", "It is listed with its name, bus and vendor, and has all keys and lamps.")
def a_keyboard_is_listed(site: Site) -> None:
    keyboard = site.plug("keyboard")
    assert keyboard.node in evdev.list_devices()
    keys = keys_of(site, keyboard)
    assert (keys.name, keys.info.vendor, keys.info.bustype) == (
        "Metrologic MS7120 Barcode Scanner",
        0x0C2E,
        3,
    )
    can = keys.capabilities()
    assert {evdev.ecodes.KEY_ENTER, evdev.ecodes.KEY_A} < set(can[evdev.ecodes.EV_KEY])
    assert evdev.ecodes.LED_CAPSL in can[evdev.ecodes.EV_LED]


@KEYS.states(
    "typed",
    "Boot reports arrive as KEY_* events, with LEFTSHIFT an event of its own.",
    carried=True,
)
def reports_are_keys(site: Site) -> None:
    keyboard = site.plug("keyboard")
    keys = keys_of(site, keyboard)
    assert not readable(keys.fd, 0.1)
    keyboard.do("scan", "Ab1")
    assert typed(keys) == TYPED


@KEYS.states("grab", "A second grab is EBUSY, and who has no grab sees nothing.")
def a_keyboard_is_grabbed_by_one(site: Site) -> None:
    keyboard = site.plug("keyboard")
    keys, other = keys_of(site, keyboard), keys_of(site, keyboard)
    keys.grab()
    assert code_of(other.grab) == "EBUSY"
    keyboard.do("scan", "Ab1")
    assert typed(keys) == TYPED
    assert other.read_one() is None
    keys.ungrab()
    keyboard.do("scan", "Ab1")
    assert typed(other) == TYPED


@KEYS.states("close-ungrabs", "A grab ends with the descriptor.")
def a_grab_ends_when_it_is_closed(site: Site) -> None:
    keyboard = site.plug("keyboard")
    keys: Any = evdev.InputDevice(keyboard.node)
    other = keys_of(site, keyboard)
    keys.grab()
    keys.close()
    wait_until(lambda: code_of(other.grab) == "")


@KEYS.states(
    "lamps",
    "A lamp that a program lights arrives at the device as an output report.",
)
def a_lamp_is_lit(site: Site) -> None:
    keyboard = site.plug("keyboard")
    keys = keys_of(site, keyboard)
    keys.set_led(evdev.ecodes.LED_CAPSL, 1)
    wait_until(lambda: keyboard.do("leds") == 2)
    assert keys.leds() == [evdev.ecodes.LED_CAPSL]


@KEYS.states(
    "select",
    "select() wakes only who has something to read.",
    preload="it wakes every program that has the node open: then a read is EAGAIN",
)
def only_who_has_events_is_woken(site: Site) -> None:
    keyboard = site.plug("keyboard")
    keys, other = keys_of(site, keyboard), keys_of(site, keyboard)
    keys.grab()
    keyboard.do("scan", "Ab1")
    assert readable(keys.fd, SECONDS)
    assert not readable(other.fd, 0)


@KEYS.states(
    "dropped", "Who does not read in time finds SYN_DROPPED, and what came before is lost."
)
def keys_are_dropped(site: Site) -> None:
    keyboard = site.plug("keyboard")
    keys, witness = keys_of(site, keyboard), keys_of(site, keyboard)
    keyboard.do("scan", "1" * 60)
    witness_ended = False
    while not witness_ended:
        assert readable(witness.fd, SECONDS)
        witness_ended = any(event.code == evdev.ecodes.KEY_ENTER for event in events_of(witness))
    dropped = (evdev.ecodes.EV_SYN, evdev.ecodes.SYN_DROPPED)
    assert dropped in [(event.type, event.code) for event in keys.read()]


@KEYS.states("unplug", "Unplugged: select wakes, reading is ENODEV, and it is listed no more.")
def a_keyboard_is_pulled_out(site: Site) -> None:
    keyboard = site.plug("keyboard")
    keys = keys_of(site, keyboard)
    pulling(site, keyboard)
    assert readable(keys.fd, SECONDS)
    assert code_of(lambda: list(keys.read())) == "ENODEV"
    wait_until(lambda: keyboard.node not in evdev.list_devices())
