"""Where a port is, as one line of settings: ``tcp:127.0.0.1:20007``, ``serial:/dev/ttyUSB0:9600``.

``pty:/run/pos-guard/till-printer`` names the link that a till opens, ``unix:/run/pos-guard/cups``
a local socket; ``usb:04b8:0e15`` is a printer by its USB ids, with ``:SERIAL`` among equal ones,
``usb:printer`` the only one there is, ``lp:/dev/usb/lp0`` one that the kernel's driver holds;
``http://`` and ``https://`` name a provider.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_TEXT = 512
"""Characters of an address: a path and a number fit many times over."""

_HOST = r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)"
_TCP = re.compile(rf"tcp:{_HOST}:(?P<port>\d{{1,5}})", re.ASCII)
_HTTP = re.compile(rf"(?P<scheme>https?)://{_HOST}(?::(?P<port>\d{{1,5}}))?/?", re.ASCII)
_SERIAL = re.compile(r"serial:(?P<path>/[^:\x00-\x20]+)(?::(?P<baud>\d{2,7}))?", re.ASCII)
_PATH = re.compile(r"(?P<kind>pty|lp|unix):(?P<path>/[^:\x00-\x20]+)", re.ASCII)
_HEX = r"[0-9A-Fa-f]{4}"
_USB = re.compile(
    rf"usb:(?:printer|(?P<vendor>(?!0000){_HEX}):(?P<product>{_HEX})(?::(?P<serial>[!-~]{{1,126}}))?)",
    re.ASCII,
)

MAX_UNIX_PATH = 107
"""Bytes of a socket's path: sun_path of Linux holds 108, and ends with a zero."""

_HELP = (
    "is no address: write tcp:HOST:PORT, serial:/dev/NAME:BAUD, pty:/PATH, unix:/PATH, "
    "usb:VENDOR:PRODUCT, usb:printer, lp:/dev/usb/lp0 or https://HOST"
)


class Kind(StrEnum):
    """What is at an address."""

    TCP = "tcp"
    SERIAL = "serial"
    PTY = "pty"
    UNIX = "unix"
    USB = "usb"
    LP = "lp"
    HTTP = "http"
    HTTPS = "https"


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a link; which fields count is the kind's matter. Vendor 0: any printer."""

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
            case Kind.PTY | Kind.UNIX | Kind.LP:
                return f"{self.kind}:{self.path}"
            case Kind.USB if not self.vendor:
                return "usb:printer"
            case Kind.USB:
                serial = f":{self.serial}" if self.serial else ""
                return f"usb:{self.vendor:04x}:{self.product:04x}{serial}"
            case Kind.HTTP | Kind.HTTPS:
                return f"{self.kind}://{host}:{self.port}"

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
            vendor, product = int(match["vendor"] or "0", 16), int(match["product"] or "0", 16)
            return cls(Kind.USB, vendor=vendor, product=product, serial=match["serial"] or "")
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
