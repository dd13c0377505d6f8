"""What is known of a scanner model, as data: one TOML file each in ``data/scanners``.

Facts only, each file with its sources and with what nobody has confirmed; ``like`` names a model
of which a file only says how it differs. Reading the files: scanner_model_file; all of them:
scanner_models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Language = Literal[
    "lines",
    "honeywell",
    "datalogic",
    "de2120",
    "newland",
    "em3000",
    "register",
    "ssi",
    "hid-pos",
    "hid-keyboard",
    "evdev",
]
LineEnd = Literal["cr", "lf", "crlf", "tab", "any", "idle"]
CodeIds = Literal["none", "zebra", "honeywell", "newland", "datalogic"]
Layout = Literal["", "honeywell-64", "newland-64", "62", "microscan"]

COMMANDS = ("trigger", "stop", "enable", "disable", "yes", "no", "identify", "lock")
"""What a scanner may be told: the names of ``scanners.language.Command``."""

QUIRKS: Mapping[str, str] = MappingProxyType(
    {
        "mute-on-error": "no answer at all to a command with a wrong CRC or form"
        " (Grow GM65 manual p. 31, 32)",
        "not-on-file-disables": "F sounds the error beep and reads no more until E"
        " (Datalogic PowerScan manual p. 381)",
        "output-register-is-encoding": "register 000D chooses the characters, not the interface"
        " (GM812 manual V1.2.1, after saadimalik211/cv-scanner)",
        "sensitivity-at-0003": "register 0003 is the sensitivity: what closes the set-up codes of"
        " a GM65 changes it (Newland FM30 manual p. 26)",
        "trigger-needs-mode": "a trigger does something only in the manual or the command mode"
        " (Honeywell: serial trigger mode; register engines: register 0000)",
    }
)
"""Named differences, with who found them: for twins, for drivers, and for people."""


@dataclass(frozen=True, slots=True)
class UsbId:
    """What a USB device calls itself. ``product`` None: any of that vendor."""

    vendor: int
    product: int | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """One register, or some bits of it: ``values`` name what may stand in the bits of ``mask``.

    ``size``: how many registers belong to it, low byte first; such a one has no mask.
    """

    address: int
    mask: int = 0xFF
    size: int = 1
    values: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def most(self) -> int:
        """The bits that a value may have."""
        return self.mask if self.size == 1 else 256**self.size - 1


@dataclass(frozen=True, slots=True)
class ScannerModel:
    """One model. Serial lines have eight data bits, no parity and one stop bit.

    ``end``, ``prefix`` and ``suffix``: how a scan ends and what stands around it as the scanner
    comes from its factory; ``aim``: AIM identifiers are taken off where they come; ``code_ids``:
    whose code identifiers it is set to send. ``encoding``: how it sends text, a codec of Python.
    ``commands``: bytes to send, of plain line scanners. ``registers`` and ``actions``: of register
    scanners; an action is ``register=value`` to write, ``register`` to read. ``read_ms``: how
    long one reading session lasts, 0 without end. ``layout``: of HID POS reports where no
    descriptor says it. ``quirks`` are names from QUIRKS, ``unverified`` what has one source only,
    or none.
    """

    name: str
    title: str
    sources: tuple[str, ...]
    language: Language
    usb: tuple[UsbId, ...] = ()
    baudrate: int = 9600
    end: LineEnd = "any"
    prefix: bytes = b""
    suffix: bytes = b""
    aim: bool = True
    code_ids: CodeIds = "none"
    encoding: str = "utf-8"
    commands: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    registers: Mapping[str, Register] = field(default_factory=lambda: MappingProxyType({}))
    actions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    read_ms: int = 5000
    layout: Layout = ""
    quirks: frozenset[str] = frozenset()
    unverified: tuple[str, ...] = ()
