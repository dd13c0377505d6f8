"""What can go wrong with a scanner, by the same names on every interface."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pos_guard_simulator.scanner_ssi import SsiFault


class ScannerFault(StrEnum):
    """A fault that holds from now on, for each scan, until it is cleared."""

    NO_READ = "no-read"
    """Nothing is read."""
    DOUBLE = "double"
    """Each code is sent twice."""
    SPLIT = "split"
    """Byte by byte."""
    SLOW = "slow"
    """Byte by byte, with time between them; of HID the reports."""
    MERGED = "merged"
    """Two scans come in one piece; one that stays alone comes after half a second."""
    CUT = "cut"
    """The second half of each scan is lost: a loose cable."""
    HALF_HID = "half-hid"
    """The last report of each message never comes."""
    UNPLUG = "unplug"
    """The cable is pulled in the midst of each scan."""
    WRONG_LAYOUT = "wrong-layout"
    """Reports of another layout than the descriptor says; keys for a French host."""
    WRONG_CODE_PAGE = "wrong-code-page"
    """GBK where the scanner should send UTF-8, UTF-8 where it should send something else."""
    MODEM_MANAGER = "modem-manager"
    """Before each connection ModemManager took the scanner for a modem."""
    NO_ANSWER = "no-answer"
    """Commands are carried out, not answered; a HID scanner does not even hear them."""
    SET_UP_CODE = "set-up-code"
    """Before each scan a customer shows a set-up code that takes the line end away."""
    BATTERY = "battery"
    """Of a cordless one it is low: it complains with each scan, and soon there is none."""
    OUT_OF_RANGE = "out-of-range"
    """Its base does not hear it: it complains, and the scan is lost."""


_ALWAYS: Final = {
    ScannerFault.NO_READ,
    ScannerFault.DOUBLE,
    ScannerFault.SLOW,
    ScannerFault.CUT,
    ScannerFault.UNPLUG,
    ScannerFault.WRONG_CODE_PAGE,
    ScannerFault.BATTERY,
    ScannerFault.OUT_OF_RANGE,
}

SERIAL_FAULTS: Final = frozenset(
    _ALWAYS
    | {
        ScannerFault.SPLIT,
        ScannerFault.MERGED,
        ScannerFault.MODEM_MANAGER,
        ScannerFault.NO_ANSWER,
        ScannerFault.SET_UP_CODE,
    }
)
"""On a serial line, a socket, or as CDC-ACM."""

HID_POS_FAULTS: Final = frozenset(
    _ALWAYS | {ScannerFault.HALF_HID, ScannerFault.WRONG_LAYOUT, ScannerFault.NO_ANSWER}
)
KEYBOARD_FAULTS: Final = frozenset(
    _ALWAYS | {ScannerFault.HALF_HID, ScannerFault.WRONG_LAYOUT, ScannerFault.SET_UP_CODE}
)

_SSI_HAS: Final = ("split", "slow", "merged", "cut")

SSI_FAULTS: Final = frozenset(SsiFault) - {SsiFault(fault) for fault in _SSI_HAS}
"""Faults of SSI packets beyond those: each strikes once for each time that it is armed."""

FAULT_NAMES: Final = tuple(str(fault) for fault in (*ScannerFault, *sorted(SSI_FAULTS)))

MODEM_PROBE: Final = bytes.fromhex(
    "41545e5351504f52543f0d 41540d 41540d 41540d 7e0078f07e 7e0078f07e"
)
"""What ModemManager says to a new port: AT^SQPORT?, AT three times, a QCDM question twice.

As captured on Ubuntu, in a comment of JeVois (Engine.C). The QCDM question begins as a frame of
register scanners does (7E 00), and T is a trigger to a PowerScan.
"""

MODEM_ECHO: Final = b"AT\r\r\nERROR\r\n"
"""What is left in the line of it, where something echoes and answers as a modem would."""
