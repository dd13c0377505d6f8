"""Where a port is, as one line of settings: ``tcp:127.0.0.1:20007``, ``serial:/dev/ttyUSB0:9600``.

``pty:/run/pos-guard/till-printer`` names the link that a till opens; ``http://`` and ``https://``
name a provider.
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
_PTY = re.compile(r"pty:(?P<path>/[^:\x00-\x20]+)", re.ASCII)

_HELP = "is no address: write tcp:HOST:PORT, serial:/dev/NAME:BAUD, pty:/PATH or https://HOST"


class Kind(StrEnum):
    """What is at an address."""

    TCP = "tcp"
    SERIAL = "serial"
    PTY = "pty"
    HTTP = "http"
    HTTPS = "https"


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a link: ``host`` and ``port``, or ``path`` and ``baudrate``, as the kind says."""

    kind: Kind
    host: str = ""
    port: int = 0
    path: str = ""
    baudrate: int = 9600

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        match self.kind:
            case Kind.TCP:
                return f"tcp:{host}:{self.port}"
            case Kind.SERIAL:
                return f"serial:{self.path}:{self.baudrate}"
            case Kind.PTY:
                return f"pty:{self.path}"
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
        if match := _PTY.fullmatch(text):
            return cls(Kind.PTY, path=match["path"])
        if match := _HTTP.fullmatch(text):
            kind = Kind(match["scheme"])
            default = "443" if kind is Kind.HTTPS else "80"
            return cls(kind, match["host"].strip("[]"), _port(match["port"] or default))
        raise ValueError(_HELP)


def _port(digits: str) -> int:
    port = int(digits)
    if port > 65535:
        raise ValueError(f"{digits} is no port: those end at 65535")
    return port
