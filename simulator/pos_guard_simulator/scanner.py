"""A simulated serial scanner: what it is shown goes out as a line; what it is told, it notes."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.links.session import Effects, ToApp

MAX_LOG = 65_536
"""Bytes of commands kept: a test that sends more has lost its way."""


@dataclass(frozen=True, slots=True)
class ScannerTwinSettings:
    """How the scanner is set: its line end (CR as retail scanners come), prefix, suffix, encoding.

    ``aim`` sends the symbology identifier before the code. ``beep``: bytes of the command that
    makes it complain (Honeywell: ``16 07 0D``). ``split`` cuts what it sends into pieces of so
    many bytes, as USB and slow lines do; 0 sends a scan whole.
    """

    terminator: bytes = b"\r"
    prefix: bytes = b""
    suffix: bytes = b""
    encoding: str = "utf-8"
    aim: bool = False
    beep: bytes = b"\x16\x07\r"
    split: int = 0


class Scanner:
    """A scanner that answers nothing. Sans-IO; a twin for the bench."""

    def __init__(self, settings: ScannerTwinSettings | None = None) -> None:
        self.settings = settings or ScannerTwinSettings()
        self.host_there = False
        self.scans = 0
        self._heard = bytearray()

    @property
    def heard(self) -> bytes:
        """Everything that the host sent, newest last."""
        return bytes(self._heard)

    @property
    def beeps(self) -> int:
        """How often it was told to complain."""
        return self._heard.count(self.settings.beep) if self.settings.beep else 0

    def line(self, payload: str | bytes, symbology: str = "]Q1") -> bytes:
        """The bytes on the wire for one code; ``symbology`` is its AIM identifier."""
        setting = self.settings
        code = payload.encode(setting.encoding) if isinstance(payload, str) else payload
        aim = symbology.encode("ascii") if setting.aim else b""
        return setting.prefix + aim + code + setting.suffix + setting.terminator

    def scan(self, payload: str | bytes, symbology: str = "]Q1") -> Effects:
        """Somebody shows it a code."""
        self.scans += 1
        data = self.line(payload, symbology)
        size = self.settings.split or len(data) or 1
        return [ToApp(data[start : start + size]) for start in range(0, len(data), size)]

    def cut(self, payload: str | bytes, keep: int) -> Effects:
        """A scan that breaks off after ``keep`` bytes: the cable was pulled."""
        return [ToApp(self.line(payload)[:keep])]

    def connected(self) -> Effects:
        """Somebody opened the port."""
        self.host_there = True
        return []

    def data(self, data: bytes) -> Effects:
        """The host sent a command: noted, never answered."""
        self._heard += data
        del self._heard[:-MAX_LOG]
        return []

    def closed(self) -> Effects:
        """The host hung up."""
        self.host_there = False
        return []

    def timer(self, name: str) -> Effects:
        """It sets no timers."""
        del name
        return []
