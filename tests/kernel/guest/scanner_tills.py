"""Tills that know nothing of us, reading a scanner, and what sysfs says of its nodes."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
from pathlib import Path
from typing import Any

import serial
import usb.core
import usb.util

from tests.contract.waiting import SECONDS
from tests.kernel.guest.kernel_events import KernelEvents

EVIOCGRAB = 0x40044590
EVENT = struct.Struct("@LLHHi")
KEYS = {code: digit for digit, code in zip("1234567890", range(2, 12), strict=True)} | {28: "\n"}


def nodes(kind: str, configuration: str) -> list[str]:
    """The nodes of the device with this serial number whose configuration is called so."""
    pattern = {"pos": "hidraw/hidraw*", "serial": "tty/ttyACM*"}.get(kind, "input/event*")
    found = [path for path in Path("/sys/class").glob(pattern) if usb_of(path).name]
    ours = [path for path in found if facts(usb_of(path)) == (kind, configuration)]
    prefix = "/dev/input" if pattern.startswith("input") else "/dev"
    return [f"{prefix}/{path.name}" for path in ours]


def real(kind: str) -> list[Path]:
    """The real scanner's device."""
    devices = [path.parent for path in Path("/sys/bus/usb/devices").glob("*/serial")]
    return [device for device in devices if facts(device) == (kind, "")]


def claimed(kind: str) -> bool:
    """The guard holds it through usbfs."""
    drivers = (
        [path.resolve().name for path in real(kind)[0].glob("*:*/driver")] if real(kind) else []
    )
    return "usbfs" in drivers


def grabbed() -> bool:
    """Another program cannot grab the real keyboard."""
    for node in nodes("keyboard", ""):
        with open(node, "rb") as file:
            try:
                fcntl.ioctl(file, EVIOCGRAB, 1)
            except OSError as error:
                return error.errno == errno.EBUSY
            fcntl.ioctl(file, EVIOCGRAB, 0)
    return False


def usb_of(path: Path) -> Path:
    """The USB device that a node belongs to; the root for none."""
    place = path.resolve()
    while place != Path("/") and not (place / "idVendor").exists():
        place = place.parent
    return place


def facts(device: Path) -> tuple[str, str]:
    return text(device / "serial"), text(device / "configuration")


def text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


class HidrawTill:
    """Reads the reports of a scanner as a file."""

    def __init__(self, node: str) -> None:
        self._fd = os.open(node, os.O_RDWR)

    def scan(self) -> str:
        assert select.select([self._fd], [], [], SECONDS)[0]
        return pos_text(os.read(self._fd, 4096))

    def command(self, report: bytes) -> None:
        assert os.write(self._fd, report) == len(report)

    def close(self) -> None:
        os.close(self._fd)


class PyusbTill:
    """Claims the scanner and reads its endpoint."""

    def __init__(self, node: str) -> None:
        place = usb_of(Path("/sys/class/hidraw") / Path(node).name)
        bus, address = int(text(place / "busnum")), int(text(place / "devnum"))
        self._device: Any = usb.core.find(bus=bus, address=address)
        self._device.detach_kernel_driver(0)
        usb.util.claim_interface(self._device, 0)

    def scan(self) -> str:
        return pos_text(bytes(self._device.read(0x81, 64, int(SECONDS * 1000))))

    def command(self, report: bytes) -> None:
        assert self._device.write(0x02, report, 5000) == len(report)

    def close(self) -> None:
        events = KernelEvents()
        usb.util.release_interface(self._device, 0)
        self._device.attach_kernel_driver(0)
        usb.util.dispose_resources(self._device)
        events.wait(ACTION="add", SUBSYSTEM="hidraw")
        events.close()


class SerialTill:
    """pyserial."""

    def __init__(self, node: str) -> None:
        self._line = serial.Serial(node, timeout=SECONDS)

    def scan(self) -> str:
        return self._line.read_until(b"\r").decode().rstrip("\r")

    def command(self, data: bytes) -> None:
        self._line.write(data)

    def close(self) -> None:
        self._line.close()


class KeyTill:
    """Reads what is typed."""

    def __init__(self, node: str) -> None:
        self._fd = os.open(node, os.O_RDONLY)
        self._typed = ""

    def scan(self) -> str:
        while "\n" not in self._typed:
            assert select.select([self._fd], [], [], SECONDS)[0]
            for *_, kind, code, value in EVENT.iter_unpack(os.read(self._fd, 64 * EVENT.size)):
                if kind == 1 and value == 1:
                    self._typed += KEYS.get(code, "?")
        scan, self._typed = self._typed.split("\n", 1)
        return scan

    def close(self) -> None:
        os.close(self._fd)


def pos_text(report: bytes) -> str:
    assert (len(report), report[0]) == (64, 2)
    return report[5 : 5 + report[1]].decode()
