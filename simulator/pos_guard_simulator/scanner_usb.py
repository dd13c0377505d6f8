"""USB scanner twins as people use them, with the faults of ``scanner_faults``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pos_guard.frames import honeywell
from pos_guard.frames.decoded import Json
from pos_guard.frames.symbology import Vendor
from pos_guard.frames.symbology import symbology as symbol_of
from pos_guard.frames.symbology_ids import code_ids
from pos_guard.links.session import Effects
from pos_guard_simulator.faults.cordless import Cordless
from pos_guard_simulator.scanner_faults import HID_POS_FAULTS, KEYBOARD_FAULTS, ScannerFault
from pos_guard_simulator.scanner_shown import Seen, ShownScanner, check_fault, encoded
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_scanner import HidFault, UsbHidPosScanner
from pos_guard_simulator.usb_scanner_keyboard import AltCode, UsbKeyboardScanner

NOT_TRIGGERED = "not triggered"

QR_CODE_ID = 0x73
"""Honeywell's code identifier of a QR code."""

_AS_HID = {
    ScannerFault.NO_READ: HidFault.NO_READ,
    ScannerFault.DOUBLE: HidFault.DOUBLE,
    ScannerFault.SLOW: HidFault.SLOW,
    ScannerFault.CUT: HidFault.HALF,
    ScannerFault.HALF_HID: HidFault.HALF,
    ScannerFault.UNPLUG: HidFault.UNPLUG,
    ScannerFault.WRONG_LAYOUT: HidFault.WRONG_LAYOUT,
}


class SessionHidPosScanner(UsbHidPosScanner):
    """A HID POS scanner with reading sessions, which hears nothing while it is ``deaf``."""

    deaf = False
    in_session = False

    def reported(self, report: bytes) -> None:
        """A report of the host: carried out unless it is deaf."""
        if not self.deaf:
            super().reported(report)

    def pull(self) -> None:
        """Somebody pulls its trigger."""
        with self._lock:
            self._pull()
        self.changed()

    def _pull(self) -> None:
        self.in_session = True
        super()._pull()

    def _read(self, code: bytes, symbology: str, code_id: int = QR_CODE_ID) -> None:
        super()._read(code, symbology, code_id)
        self.in_session = False

    def _command(self, data: bytes) -> None:
        if data == honeywell.UNTRIGGER:
            self.in_session = False
        super()._command(data)


class _Hid:
    """What the two kinds share: their faults, and codes that were shown in vain."""

    def __init__(self, device: UsbHidPosScanner | UsbKeyboardScanner) -> None:
        self.faults: frozenset[ScannerFault] = frozenset()
        self.missed = 0
        self.cordless = Cordless()
        self._hid = device

    def _change(self, faults: frozenset[ScannerFault]) -> None:
        self.faults = faults
        self._hid.faults = frozenset(_AS_HID[fault] for fault in faults if fault in _AS_HID)

    def _arm(self, fault: str, known: frozenset[ScannerFault]) -> Effects:
        check_fault(fault, known)
        self._change(self.faults | {ScannerFault(fault)})
        return []

    def _clear(self, fault: str, known: frozenset[ScannerFault]) -> Effects:
        check_fault(fault, known)
        if fault == ScannerFault.BATTERY:
            self.cordless.charge()
        self._change(self.faults - {ScannerFault(fault)})
        return []

    def _why_not(self) -> str:
        if not self._hid.present:
            return "not plugged in"
        return str(ScannerFault.NO_READ) if ScannerFault.NO_READ in self.faults else ""

    def _missed(self, why: str) -> Seen:
        self.missed += 1
        return Seen(why=why)

    def _state(self) -> dict[str, Json]:
        return {
            "faults": [str(fault) for fault in sorted(self.faults)],
            "scans": self._hid.scans,
            "missed": self.missed,
            "locked": False,
            "plugged": self._hid.present,
            "lost": self._hid.lost,
            "heard": sum(map(len, self._hid.heard)),
        }


class HidPosShown(_Hid):
    """A HID POS scanner; ``host_trigger``: each scan needs a trigger of the host, or a pulled one.

    Commands that forbid reading hold as ever.
    """

    def __init__(self, device: SessionHidPosScanner, *, host_trigger: bool = False) -> None:
        super().__init__(device)
        self.device = device
        self._host_trigger = host_trigger

    @property
    def fault_names(self) -> tuple[str, ...]:
        """The faults that this scanner can have."""
        return tuple(sorted(map(str, HID_POS_FAULTS)))

    def show(self, code: str | bytes, symbology: str = "]Q1") -> Seen:
        """Somebody shows it a code.

        :raises LocalError: see ShownScanner.
        """
        wrong = ScannerFault.WRONG_CODE_PAGE in self.faults
        data = encoded(code, self.device.encoding, wrong=wrong)
        if why := self._why_not() or self.cordless.refuses(self.faults):
            return self._missed(why)
        self.device.scan(data, symbology, _code_id(symbology, data))
        return Seen()

    def lay(self, code: str | bytes, symbology: str = "]Q1") -> Effects:
        """Put a code before it: its reports wait for the host, or the code for a trigger."""
        if self._why_not() == NOT_TRIGGERED:
            self.device.hold(encoded(code, self.device.encoding), symbology)
            return []
        return self.show(code, symbology).effects

    def pull(self) -> Effects:
        """Somebody pulls its trigger."""
        self.device.pull()
        return []

    def arm(self, fault: str) -> Effects:
        """A fault begins; see ShownScanner."""
        return self._arm(fault, HID_POS_FAULTS)

    def clear(self, fault: str) -> Effects:
        """It ends; see ShownScanner."""
        return self._clear(fault, HID_POS_FAULTS)

    def state(self) -> Mapping[str, Json]:
        """What it did and was told so far."""
        return {
            **self._state(),
            "beeps": self.device.error_beeps + self.cordless.beeps,
            "good_beeps": self.device.good_beeps,
            "triggers": self.device.triggers,
            "enabled": self.device.reading,
            "reads": not self._why_not(),
        }

    def _change(self, faults: frozenset[ScannerFault]) -> None:
        super()._change(faults)
        self.device.deaf = ScannerFault.NO_ANSWER in faults

    def _why_not(self) -> str:
        if not self.device.reading:
            return "disabled"
        if self._host_trigger and not self.device.in_session:
            return NOT_TRIGGERED
        return super()._why_not()


class KeyboardShown(_Hid):
    """A scanner that types."""

    def __init__(self, device: UsbKeyboardScanner) -> None:
        super().__init__(device)
        self.device = device
        self._terminator = device.terminator
        self._alt = device.alt

    @property
    def fault_names(self) -> tuple[str, ...]:
        """The faults that this scanner can have."""
        return tuple(sorted(map(str, KEYBOARD_FAULTS)))

    def show(self, code: str | bytes, symbology: str = "]Q1") -> Seen:
        """Somebody shows it a code, which it types; bytes that are no UTF-8 as Latin-1."""
        del symbology
        if why := self._why_not() or self.cordless.refuses(self.faults):
            return self._missed(why)
        self.device.scan(code if isinstance(code, str) else _text(code))
        return Seen()

    def lay(self, code: str | bytes, symbology: str = "]Q1") -> Effects:
        """Put a code before it, which it types at once: the keys wait for the host."""
        return self.show(code, symbology).effects

    def pull(self) -> Effects:
        """Somebody pulls its trigger: it reads all the time anyway."""
        return []

    def arm(self, fault: str) -> Effects:
        """A fault begins; see ShownScanner."""
        return self._arm(fault, KEYBOARD_FAULTS)

    def clear(self, fault: str) -> Effects:
        """It ends; see ShownScanner."""
        return self._clear(fault, KEYBOARD_FAULTS)

    def state(self) -> Mapping[str, Json]:
        """What it did and was told so far; ``leds`` are those of a keyboard."""
        return {
            **self._state(),
            "beeps": self.cordless.beeps,
            "good_beeps": 0,
            "leds": self.device.leds,
            "enabled": True,
            "reads": not self._why_not(),
        }

    def _change(self, faults: frozenset[ScannerFault]) -> None:
        super()._change(faults)
        gone = ScannerFault.SET_UP_CODE in faults
        self.device.terminator = "" if gone else self._terminator
        other = AltCode.GBK if self._alt is AltCode.UNICODE else AltCode.UNICODE
        self.device.alt = other if ScannerFault.WRONG_CODE_PAGE in faults else self._alt


@dataclass(frozen=True, slots=True)
class UsbScanner:
    """A scanner on the USB. ``device`` goes on a bus; ``shown`` is used within ``do``."""

    device: UsbFunction
    shown: ShownScanner
    do: Callable[[Callable[[], Effects]], None]
    """Runs something that somebody does to it, and carries out its effects; of any thread."""


def _text(code: bytes) -> str:
    try:
        return code.decode()
    except UnicodeDecodeError:
        return code.decode("latin-1")


def _code_id(aim: str, data: bytes) -> int:
    """Honeywell's identifier of a symbology; the QR code's for one that has none."""
    symbol = symbol_of(aim, data)
    ids = code_ids(Vendor.HONEYWELL)
    return next(
        (ord(one) for one, named in ids.items() if named == symbol and len(one) == 1), QR_CODE_ID
    )
