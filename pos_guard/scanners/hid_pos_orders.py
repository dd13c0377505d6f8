"""What a HID POS scanner can be told, and by which output reports."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.frames import honeywell, registers
from pos_guard.frames.hid_descriptor import ReportDescriptor
from pos_guard.frames.hid_pos_output import (
    HONEYWELL,
    NEWLAND,
    SERIAL_SIZE,
    TriggerReport,
    build_serial,
    find_serial,
    find_trigger,
)
from pos_guard.frames.symbology import Vendor
from pos_guard.scanners.language import Command

_HONEYWELL = {
    Command.TRIGGER: honeywell.TRIGGER,
    Command.STOP: honeywell.UNTRIGGER,
    Command.NO: honeywell.BEEP,
    Command.IDENTIFY: honeywell.build_menu(["REVINF"], permanent=True),
}
_NEWLAND = {
    Command.TRIGGER: registers.write(0x0002, b"\x01"),
    Command.STOP: registers.write(0x0002, b"\x02"),
}
"""FM30, newlandaidc.com wiki 435. STOP is its ``02``, which ends a reading session."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to send for a command; ``answered``: the scanner answers it."""

    reports: tuple[bytes, ...]
    answered: bool = False


class Orders:
    """The commands of one scanner. Remembers whether reading is forbidden.

    The standard's trigger report is used before a maker's own commands. Honeywell's report FD is
    found by its id; Newland's commands have to be set, as their report id is also the usual one
    of a trigger report.
    """

    def __init__(self, descriptor: ReportDescriptor | None, vendor: Vendor) -> None:
        self.trigger: TriggerReport | None = None
        self.vendor = vendor
        self._size = SERIAL_SIZE
        self._forbidden = False
        if descriptor is not None and vendor != Vendor.NEWLAND:
            self.trigger = find_trigger(descriptor)
            size = find_serial(descriptor, HONEYWELL)
            self.vendor = Vendor.HONEYWELL if size and vendor == Vendor.NONE else vendor
            self._size = size or SERIAL_SIZE
        elif descriptor is not None:
            self._size = find_serial(descriptor, NEWLAND) or SERIAL_SIZE

    @property
    def can(self) -> frozenset[Command]:
        """The commands that this scanner understands."""
        return frozenset(self._standard()) | frozenset(self._serial())

    def order(self, command: Command) -> Order:
        """What to send for a command that is in ``can``."""
        trigger = self._standard()
        if self.trigger is not None and command in trigger:
            if command in (Command.ENABLE, Command.DISABLE):
                self._forbidden = command is Command.DISABLE
            held = self.trigger.prevent if self._forbidden else None
            return Order((self.trigger.build(trigger[command], held),))
        data = self._serial()[command]
        report = NEWLAND if self.vendor == Vendor.NEWLAND else HONEYWELL
        answered = report == NEWLAND or data.startswith(honeywell.MENU)
        return Order(tuple(build_serial(report, data, self._size)), answered)

    def passed(self, report: bytes) -> None:
        """Somebody else's trigger report went to the scanner: it may forbid reading."""
        trigger = self.trigger
        if trigger is None or trigger.prevent is None or len(report) != trigger.size:
            return
        if not trigger.report or report[0] == trigger.report:
            self._forbidden = bool(report[trigger.prevent // 8] >> trigger.prevent % 8 & 1)

    def _standard(self) -> dict[Command, int | None]:
        trigger = self.trigger
        if trigger is None:
            return {}
        bits = {
            Command.TRIGGER: trigger.initiate,
            Command.DISABLE: trigger.prevent,
            Command.YES: trigger.good_beep,
            Command.NO: trigger.error_beep,
        }
        found = {command: bit for command, bit in bits.items() if bit is not None}
        return {**found, **({Command.ENABLE: None} if Command.DISABLE in found else {})}

    def _serial(self) -> dict[Command, bytes]:
        tables = {Vendor.HONEYWELL: _HONEYWELL, Vendor.NEWLAND: _NEWLAND}
        return tables.get(self.vendor, {})
