"""A printer's objects: what Windows' standard TCP/IP port, CUPS and monitoring programs ask for.

Groups: system (RFC 3418), hrDeviceTable and hrPrinterTable (RFC 2790), of the Printer MIB
(RFC 3805) the general, cover, input, marker and alert tables, and the port monitor MIB
(PWG 5107.1). A thermal printer has no marker supplies: that table has no rows. What Windows asks
is told by emupos 0.4 (windows_queue/snmp.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.frames.escpos_status import Condition
from pos_guard_simulator.snmp.ber import Oid
from pos_guard_simulator.snmp.message import Value
from pos_guard_simulator.snmp.printer_state import Trouble, error_bits, statuses, troubles
from pos_guard_simulator.snmp.view import View, gauge, named, octets, row, text, ticks, whole

_MIB2: Oid = (1, 3, 6, 1, 2, 1)
_SYSTEM: Oid = (*_MIB2, 1)
_HR: Oid = (*_MIB2, 25, 3)
_PRT: Oid = (*_MIB2, 43)
_PPM: Oid = (1, 3, 6, 1, 4, 1, 2699, 1, 2, 1)

_SCALAR: Oid = (0,)
_DEVICE: Oid = (1,)
"""hrDeviceIndex of the printer: Windows asks for 1 unless a port was told another."""

_FIRST: Oid = (1, 1)
"""The printer's first cover, input, marker, port."""

_NOBODY: Oid = (0, 0)
_SERVICES = 72
"""sysServices: end to end, and applications."""

_PORT_9100 = 11
"""prtChannelType of a plain TCP port (IANA-PRINTER-MIB)."""

_UNKNOWN = -2
"""prtInputMaxCapacity: nobody knows how long a roll is."""

_SOME, _NONE = -3, 0
"""prtInputCurrentLevel: at least one unit is left, or nothing."""


@dataclass(frozen=True, slots=True)
class PrinterFacts:
    """What does not change. ``uri`` is empty where nobody knows by what the printer is called."""

    maker: str
    name: str
    serial: str
    device_id: str
    profile: str
    uri: str
    port: int

    @property
    def title(self) -> str:
        """Maker and model."""
        return f"{self.maker} {self.name}"


@dataclass(frozen=True, slots=True)
class PrinterNow:
    """How it is now. ``up``: hundredths of a second since it began."""

    condition: Condition
    printing: bool
    up: int


def printer_view(facts: PrinterFacts, now: PrinterNow) -> View:
    """All its objects."""
    found = troubles(now.condition)
    return View(
        _system(facts, now.up)
        | _host(facts, found, printing=now.printing)
        | _printer(facts, now.condition)
        | _alerts(found)
        | _port_monitor(facts)
    )


_Objects = dict[Oid, dict[Oid, Value]]


def _system(facts: PrinterFacts, up: int) -> _Objects:
    columns = (
        (1, text(facts.title)),
        (2, named(_NOBODY)),
        (3, ticks(up)),
        (4, text("")),
        (5, text(facts.profile)),
        (6, text("")),
        (7, whole(_SERVICES)),
    )
    return row(_SYSTEM, _SCALAR, columns)


def _host(facts: PrinterFacts, found: list[Trouble], *, printing: bool) -> _Objects:
    device, printer = statuses(found, printing=printing)
    columns = (
        (1, whole(1)),
        (2, named((*_HR, 1, 5))),  # hrDevicePrinter
        (3, text(facts.title)),
        (4, named(_NOBODY)),
        (5, whole(device)),
    )
    states = ((1, whole(printer)), (2, octets(error_bits(found))))
    return row((*_HR, 2, 1), _DEVICE, columns) | row((*_HR, 5, 1), _DEVICE, states)


def _printer(facts: PrinterFacts, state: Condition) -> _Objects:
    general = ((6, whole(1)), (8, whole(1)), (16, text(facts.title)), (17, text(facts.serial)))
    cover = ((2, text("Cover")), (3, whole(3 if state.cover_open else 4)))
    roll = (
        (2, whole(6)),  # continuous roll
        (9, whole(_UNKNOWN)),
        (10, whole(_SOME if state.paper else _NONE)),
        (18, text("Paper roll")),
    )
    marker = ((2, whole(17)), (6, whole(1)))  # heat on thermal paper, one colour
    return (
        row((*_PRT, 5, 1, 1), _DEVICE, general)
        | row((*_PRT, 6, 1, 1), _FIRST, cover)
        | row((*_PRT, 8, 2, 1), _FIRST, roll)
        | row((*_PRT, 10, 2, 1), _FIRST, marker)
    )


def _alerts(found: list[Trouble]) -> _Objects:
    """The table is known when it is empty, too."""
    rows = {(1, one.number): one for one in found}
    entry = (*_PRT, 18, 1, 1)
    return {
        (*entry, 2): {index: whole(one.severity) for index, one in rows.items()},
        (*entry, 4): {index: whole(one.group) for index, one in rows.items()},
        (*entry, 5): {index: whole(1) for index in rows},
        (*entry, 7): {index: whole(one.code) for index, one in rows.items()},
        (*entry, 8): {index: text(one.words) for index, one in rows.items()},
    }


def _port_monitor(facts: PrinterFacts) -> _Objects:
    general = ((1, text("en")), (2, gauge(1)), (3, gauge(1)))
    printer = (
        (2, text(facts.title)),
        (3, text(facts.device_id)),
        (4, gauge(1)),
        (5, whole(1)),
        (6, whole(1)),
        (7, text("public")),
        (8, whole(1)),
    )
    port = (
        (2, whole(1)),
        (3, text("TCP")),
        (4, text(facts.uri)),
        (5, whole(_PORT_9100)),
        (6, whole(facts.port)),
        (7, whole(2)),
        (8, whole(0)),
        (9, whole(2)),
    )
    return (
        row((*_PPM, 1), _SCALAR, general)
        | row((*_PPM, 2, 1, 1), _DEVICE, printer)
        | row((*_PPM, 3, 1, 1), _FIRST, port)
    )
