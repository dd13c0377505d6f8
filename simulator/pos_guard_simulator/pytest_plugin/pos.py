"""``pos``: a whole payment terminal for one test. Each part is made when it is first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pos_guard_simulator.line_faults import LineFault
from pos_guard_simulator.printer_faults import Fault
from pos_guard_simulator.pytest_plugin import profiles
from pos_guard_simulator.pytest_plugin.clock import PosClock
from pos_guard_simulator.pytest_plugin.faults import FaultInPlace
from pos_guard_simulator.pytest_plugin.paper import Context, Matcher
from pos_guard_simulator.pytest_plugin.printer import Body, PosPrinter
from pos_guard_simulator.pytest_plugin.printer_body import LinePrinter, UsbBody
from pos_guard_simulator.pytest_plugin.room import Room
from pos_guard_simulator.pytest_plugin.scanner import PosScanner, Scanned, scanner
from pos_guard_simulator.pytest_plugin.scripted import PosHost, PosTerminal
from pos_guard_simulator.pytest_plugin.wanted import Wanted, WantedError, one_of
from pos_guard_simulator.scanner_faults import FAULT_NAMES
from pos_guard_simulator.systems.having import Needs, lacking

if TYPE_CHECKING:
    from pos_guard.ports.address import Address
    from pos_guard_simulator.pytest_plugin.shop import Heard, PosGuard, Shop
    from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

FAULTY = ("printer", "scanner", "terminal", "host")


class Pos:
    """A whole terminal: ``printer``, ``scanner``, ``terminal``, ``host``, ``guard``, ``shop``."""

    def __init__(
        self,
        wanted: Wanted,
        directory: Callable[[], Path],
        snapshots: Matcher,
        real: Mapping[str, Address],
    ) -> None:
        """Nothing is started yet.

        :raises WantedError: there is no such model or profile; the message names those there are.
        """
        profiles.check(wanted)
        if wanted.guard:
            _needs_a_store("a guard")
        self.wanted = wanted
        self._directory = directory
        self._snapshots = snapshots
        self._room = Room(wanted, directory, real)
        if wanted.guard:
            from pos_guard_simulator.pytest_plugin.guarding import Guarding

            self._room.guarding = Guarding(lambda: self.guard, self._heard)

    @property
    def clock(self) -> PosClock:
        """The time of all devices, the guard and the shop."""
        return self._room.clock

    @cached_property
    def printer(self) -> PosPrinter:
        """The receipt printer."""
        room = self._room
        context = Context(self.wanted.currency, lambda: room.explain("printer"), self._snapshots)
        return PosPrinter(_printer_body(room), context, room.news)

    @cached_property
    def scanner(self) -> PosScanner:
        """The scanner."""
        return scanner(self._room)

    @cached_property
    def terminal(self) -> PosTerminal:
        """The payment terminal."""
        return profiles.terminal(self._room)

    @cached_property
    def host(self) -> PosHost:
        """The payment host: an acquirer or a provider."""
        return profiles.host(self._room)

    @cached_property
    def shop(self) -> Shop:
        """People, policy and store behind the guard.

        :raises WantedError: the system has nothing that a store can be made of.
        """
        _needs_a_store("a shop")
        from pos_guard_simulator.guarded.policy import OWN, USUAL_PAYEES, policy_of
        from pos_guard_simulator.pytest_plugin.shop import Shop

        wanted = self.wanted
        guarding = self._room.guarding
        lists = USUAL_PAYEES if guarding is None else profiles.payees(wanted.terminal, wanted.host)
        policy = policy_of(wanted.currency, lists, wanted.guard or OWN)
        directory = self._directory() / "shop"
        shop = Shop(directory, self.clock.source, policy, self._heard, frozen=wanted.frozen)
        if guarding is not None:
            shop.on_answer = guarding.answered
        self._room.undo.callback(shop.close)
        return shop

    @property
    def guard(self) -> PosGuard:
        """The guard over the shop's store; with ``pos(guard=True)`` all devices are behind it."""
        return self.shop.guard

    @cached_property
    def _heard(self) -> Heard:
        from pos_guard_simulator.pytest_plugin.shop import Heard

        def frames() -> list[str]:
            return [line for lines in self.explain().values() for line in lines]

        return Heard(self._room.news, self.settle, frames)

    @cached_property
    def usb_backend(self) -> SimulatedBackend:
        """The bus of level ``usb`` as a pyusb backend: ``usb.core.find(backend=…)``."""
        from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

        return SimulatedBackend(self._room.bus)

    def scan(self, code: str | bytes, *, symbology: str = "]Q1") -> Scanned:
        """Hold a code before the scanner; see ``PosScanner.scan``."""
        return self.scanner.scan(code, symbology=symbology)

    def fault(self, name: str, *, device: str = "", after_lines: int | None = None) -> FaultInPlace:
        """Something goes wrong at the device that has this fault; ``device`` where two have it.

        That of a terminal or host is always named: ``device="terminal"``.
        ``after_lines``: once the printer has printed so many lines. ``printer.fault`` takes more.

        :raises ValueError: no device has it, or two have; the message says which.
        """
        where = one_of("device with faults named", device or self._device_of(name), FAULTY)
        if where == "printer":
            return self.printer.fault(name, after_lines=after_lines)
        if after_lines is not None:
            raise ValueError(f"a {where} prints no lines: no after_lines")
        if where == "scanner":
            return self.scanner.fault(name)
        return (self.terminal if where == "terminal" else self.host).fault(name)

    def power_cut(self, seconds: float = 0.0) -> None:
        """The power goes, and comes back after so many seconds of ``clock``.

        A printer loses its buffers; network connections are reset, USB devices come back under
        another address; the guard's process starts again from what it had recorded. A serial line
        has no connection to lose. The terminal's journal is on its own battery.
        """
        if "printer" in self.__dict__:
            self.printer.fault(str(Fault.POWER_OFF))
        self.clock.advance(seconds)
        if "printer" in self.__dict__:
            self.printer.clear(str(Fault.POWER_OFF))
        for place in self._room.places.values():
            place.cut()
        self.clock.source.reboot()
        if "shop" in self.__dict__:
            self.shop.restart()
        if self._room.guarding is not None:
            self._room.guarding.restart()

    def settle(self) -> None:
        """Wait until the devices have all that the app has sent."""
        for place in self._room.places.values():
            place.settle()

    def explain(self) -> Mapping[str, list[str]]:
        """What went over each device's line, by device."""
        return {device: log.lines() for device, log in self._room.logs.items()}

    def close(self) -> None:
        """Take everything down."""
        self._room.undo.close()

    @property
    def has_verdicts(self) -> bool:
        """A guard was used in this test."""
        return "shop" in self.__dict__

    @property
    def has_printer(self) -> bool:
        """A printer was used in this test."""
        return "printer" in self.__dict__

    def _device_of(self, name: str) -> str:
        printers = name in {*map(str, Fault), *map(str, LineFault), "paper_end"}
        scanners = name in FAULT_NAMES
        if printers and scanners:
            raise ValueError(
                f'printer and scanner have {name!r}: say device="printer" or "scanner"'
            )
        if printers or scanners:
            return "printer" if printers else "scanner"
        known = sorted({*map(str, Fault), *map(str, LineFault), *FAULT_NAMES})
        raise WantedError(f"there is no fault {name!r}, only: {', '.join(known)}")


def _printer_body(room: Room) -> Body:
    if "printer" in room.real:
        from pos_guard_simulator.pytest_plugin.real_body import RealBody

        return RealBody(room, room.real["printer"])
    return UsbBody(room) if room.wanted.level_of("printer") == "usb" else LinePrinter(room)


def _needs_a_store(what: str) -> None:
    if why := lacking(Needs.STORE):
        raise WantedError(f"{what} needs a store: {why}")
