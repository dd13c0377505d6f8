"""Where a port is, as one line of settings: ``tcp:127.0.0.1:20007``, ``serial:/dev/ttyUSB0:9600``.

``pty:/run/pos-guard/till-printer`` names the link that a till opens, ``unix:/run/pos-guard/cups``
a local socket; ``usb:04b8:0e15`` is a printer by its USB ids, with ``:SERIAL`` among equal ones,
``usb:printer`` the only one there is, ``lp:/dev/usb/lp0`` one that the kernel's driver holds;
``http://`` and ``https://`` name a provider.

Scanners: ``hid:0c2e:0b61`` and ``cdc:1eab:1a06`` are claimed by their USB ids, ``hid:scanner`` and
``cdc:scanner`` are the only one there is; ``hidraw:/dev/hidraw0`` and
``evdev:/dev/input/by-id/usb-NAME-event-kbd`` ones that the kernel's driver holds. ``uinput:NAME``
is a keyboard for the till; there ``hid:`` and ``cdc:`` are the scanner that it is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pos_guard.ports.usb_find import UsbPlace

MAX_TEXT = 512
"""Characters of an address: a path and a number fit many times over."""

_HOST = r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)"
_TCP = re.compile(rf"tcp:{_HOST}:(?P<port>\d{{1,5}})", re.ASCII)
_HTTP = re.compile(rf"(?P<scheme>https?)://{_HOST}(?::(?P<port>\d{{1,5}}))?/?", re.ASCII)
_SERIAL = re.compile(r"serial:(?P<path>/[^:\x00-\x20]+)(?::(?P<baud>\d{2,7}))?", re.ASCII)
_PATH = re.compile(r"(?P<kind>pty|lp|unix|hidraw|evdev):(?P<path>/[^:\x00-\x20]+)", re.ASCII)
_HEX = r"[0-9A-Fa-f]{4}"
_IDS = rf"(?P<vendor>(?!0000){_HEX}):(?P<product>{_HEX})(?::(?P<serial>[!-~]{{1,126}}))?"
_USB = re.compile(
    rf"(?:(?P<kind>usb|hid|cdc):{_IDS}|(?P<any>usb:printer|(?:hid|cdc):scanner))", re.ASCII
)
_UINPUT = re.compile(r"uinput:(?P<name>[A-Za-z0-9 ._-]{1,60})", re.ASCII)

MAX_UNIX_PATH = 107
"""Bytes of a socket's path: sun_path of Linux holds 108, and ends with a zero."""

_HELP = (
    "is no address: write tcp:HOST:PORT, serial:/dev/NAME:BAUD, pty:/PATH, unix:/PATH, "
    "usb:VENDOR:PRODUCT, usb:printer, lp:/dev/usb/lp0 or https://HOST; for scanners "
    "hid:VENDOR:PRODUCT, hid:scanner, cdc:VENDOR:PRODUCT, hidraw:/dev/hidraw0, "
    "evdev:/dev/input/NAME or uinput:NAME"
)


class Kind(StrEnum):
    """What is at an address."""

    TCP = "tcp"
    SERIAL = "serial"
    PTY = "pty"
    UNIX = "unix"
    USB = "usb"
    LP = "lp"
    HID = "hid"
    CDC = "cdc"
    HIDRAW = "hidraw"
    EVDEV = "evdev"
    UINPUT = "uinput"
    HTTP = "http"
    HTTPS = "https"


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a link; which fields count is the kind's matter. Vendor 0: any such device.

    ``path`` of uinput is the keyboard's name.
    """

    kind: Kind
    host: str = ""
    port: int = 0
    path: str = ""
    baudrate: int = 9600
    vendor: int = 0
    product: int = 0
    serial: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        match self.kind:
            case Kind.TCP:
                return f"tcp:{host}:{self.port}"
            case Kind.SERIAL:
                return f"serial:{self.path}:{self.baudrate}"
            case Kind.USB | Kind.HID | Kind.CDC:
                return str(self.place)
            case Kind.HTTP | Kind.HTTPS:
                return f"{self.kind}://{host}:{self.port}"
            case _:
                return f"{self.kind}:{self.path}"

    @property
    def place(self) -> UsbPlace:
        """Which device of the USB it is."""
        return UsbPlace(self.vendor, self.product, self.serial, str(self.kind))

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read one line.

        :raises ValueError: when it is no address; the message shows how one looks.
        """
        if len(text) > MAX_TEXT:
            raise ValueError(f"is longer than {MAX_TEXT} characters")
        if match := _TCP.fullmatch(text):
            return cls(Kind.TCP, match["host"].strip("[]"), _port(match["port"]))
        if match := _SERIAL.fullmatch(text):
            return cls(Kind.SERIAL, path=match["path"], baudrate=int(match["baud"] or 9600))
        if match := _PATH.fullmatch(text):
            return cls(Kind(match["kind"]), path=_path(match))
        if match := _USB.fullmatch(text):
            kind = Kind(match["kind"] or match["any"].split(":")[0])
            vendor, product = int(match["vendor"] or "0", 16), int(match["product"] or "0", 16)
            return cls(kind, vendor=vendor, product=product, serial=match["serial"] or "")
        if match := _UINPUT.fullmatch(text):
            return cls(Kind.UINPUT, path=match["name"])
        if match := _HTTP.fullmatch(text):
            kind = Kind(match["scheme"])
            default = "443" if kind is Kind.HTTPS else "80"
            return cls(kind, match["host"].strip("[]"), _port(match["port"] or default))
        raise ValueError(_HELP)


def _path(match: re.Match[str]) -> str:
    path = match["path"]
    if match["kind"] == "unix" and len(path.encode()) > MAX_UNIX_PATH:
        raise ValueError(f"is longer than the {MAX_UNIX_PATH} bytes that a socket's path can have")
    return path


def _port(digits: str) -> int:
    port = int(digits)
    if port > 65535:
        raise ValueError(f"{digits} is no port: those end at 65535")
    return port
