"""Serial machines at the levels without USB: in memory, on a pty, over TCP and RFC 2217."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pos_guard.links.session import Effects, ToApp
from pos_guard_simulator.bench import Bench, Twin
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.pytest_plugin.clock import PosClock
from pos_guard_simulator.pytest_plugin.frames import FrameLog
from pos_guard_simulator.pytest_plugin.memory import MemoryPlace
from pos_guard_simulator.pytest_plugin.news import News
from pos_guard_simulator.pytest_plugin.port import register_urls
from pos_guard_simulator.pytest_plugin.watched import Watched
from pos_guard_simulator.rfc2217_line import LineSettings, Rfc2217Line
from pos_guard_simulator.simulated_printer import PrinterSeat
from tests.contract.levels import Level
from tests.contract.line_twin import ROOM, LineTwin
from tests.contract.site import Value
from tests.integration.clients.status_client import PORT, own_host

NETWORK_PRINTER = "network-printer"
"""At an address of its own, and the port of network printers."""

PRINTERS = ("line-printer", NETWORK_PRINTER)


class Line(Protocol):
    """A machine at its place."""

    address: str

    @property
    def settings(self) -> LineSettings | None:
        """How the program has set the line, where that is seen."""
        ...

    def act(self, call: Callable[[], Effects]) -> None:
        """Do something to the machine; what it says is sent."""
        ...

    def unplug(self) -> None:
        """Pull the cable."""
        ...


class _Memory:
    def __init__(self, name: str, twin: Twin) -> None:
        register_urls()
        log = FrameLog(name, "escpos")
        watched = Watched(twin, PosClock(), log, News(), frozen=False)
        self._place = MemoryPlace(name, watched)
        self.address = self._place.address

    @property
    def settings(self) -> LineSettings | None:
        return self._place.settings

    def act(self, call: Callable[[], Effects]) -> None:
        self._place.do(call)

    def unplug(self) -> None:
        self._place.close()

    def drive(self, line: str, on: bool) -> None:
        self._place.set_lines({line: on})


class _OnBench:
    """At a port of the bench."""

    def __init__(self, bench: Bench, name: str, address: str) -> None:
        self.address = address
        self._bench = bench
        self._name = name

    @property
    def settings(self) -> LineSettings | None:
        return None

    def act(self, call: Callable[[], Effects]) -> None:
        self._bench.call(self._name, call)

    def unplug(self) -> None:
        self._bench.unplug(self._name)


class _Remote(_OnBench):
    """A serial port across a network."""

    def __init__(self, bench: Bench, name: str, twin: Twin) -> None:
        self._line = Rfc2217Line(twin)
        super().__init__(bench, name, f"rfc2217://{bench.tcp(name, self._line)}")

    @property
    def settings(self) -> LineSettings | None:
        return self._line.settings  # each connection has its own

    def act(self, call: Callable[[], Effects]) -> None:
        super().act(lambda: self._line.outward(call()))

    def drive(self, line: str, on: bool) -> None:
        self._bench.call(self._name, lambda: self._line.set_lines({line: on}))


class LineHands:
    """``call`` names a method here; each is about the machine of that name."""

    def __init__(self, level: Level, bench: Bench, directory: Path) -> None:
        self._level = level
        self._bench = bench
        self._directory = directory
        self._lines: dict[str, Line] = {}
        self._twins: dict[str, LineTwin | PrinterSeat] = {}

    def call(self, method: str, name: str, *arguments: str | int) -> Value:
        """Do it."""
        value: Value = getattr(self, method)(name, *arguments)
        return value

    def plug(self, name: str, kind: str) -> list[str]:
        """Connect a machine: its address."""
        self._twins[name] = PrinterSeat(ReceiptPrinter()) if kind in PRINTERS else LineTwin()
        if kind == NETWORK_PRINTER:
            address = self._bench.tcp(name, self._twins[name], own_host(), PORT)
            self._lines[name] = _OnBench(self._bench, name, f"socket://{address}")
        else:
            self._lines[name] = self._made(name, self._twins[name])
        return [self._lines[name].address]

    def _made(self, name: str, twin: Twin) -> Line:
        match self._level:
            case Level.MEMORY:
                return _Memory(name, twin)
            case Level.PTY:
                link = str(self._directory / name)
                return _OnBench(self._bench, name, self._bench.pty(name, twin, link))
            case Level.RFC2217:
                return _Remote(self._bench, name, twin)
            case _:
                return _OnBench(self._bench, name, f"socket://{self._bench.tcp(name, twin)}")

    def unplug(self, name: str) -> None:
        """Disconnect it."""
        self._lines[name].unplug()

    def say(self, name: str, data: str) -> None:
        """It sends these bytes, in hex."""
        self._lines[name].act(lambda: [ToApp(bytes.fromhex(data))])

    def heard(self, name: str) -> str:
        """All bytes that it was sent, in hex."""
        return self._machine(name).heard.hex()

    def is_open(self, name: str) -> bool:
        """Somebody is connected."""
        return self._machine(name).open

    def stall(self, name: str) -> None:
        """It takes nothing more."""
        self._set_room(name, 0)

    def go_on(self, name: str) -> None:
        """It takes bytes again."""
        self._set_room(name, ROOM)

    def paper(self, name: str) -> list[str]:
        """The text of every slip that the printer cut."""
        return [slip.text for slip in self._seat(name).printer.paper.receipts]

    def fail(self, name: str, fault: str, lines: int = 0) -> None:
        """Something is wrong with the printer, now or when it has printed so many more lines."""
        seat = self._seat(name)
        self._lines[name].act(lambda: seat.fail(Fault(fault), lines))

    def mend(self, name: str, fault: str) -> None:
        """No longer."""
        seat = self._seat(name)
        self._lines[name].act(lambda: seat.clear(Fault(fault)))

    def wire(self, name: str, line: str, on: int) -> None:
        """It drives cts, dsr, ri or cd."""
        made = self._lines[name]
        assert isinstance(made, _Remote | _Memory)
        made.drive(line, bool(on))

    def dtr(self, name: str) -> bool:
        """The program has raised DTR."""
        return self._settings(name).dtr

    def rts(self, name: str) -> bool:
        """The program asks to send."""
        return self._settings(name).rts

    def in_break(self, name: str) -> bool:
        """The program holds the line in BREAK."""
        return self._settings(name).break_condition

    def baudrate(self, name: str) -> int:
        """Bits a second that the line was set to."""
        return self._settings(name).baudrate

    def parity(self, name: str) -> str:
        """The parity that the line was set to."""
        return self._settings(name).parity

    def _settings(self, name: str) -> LineSettings:
        settings = self._lines[name].settings
        assert settings is not None
        return settings

    def _seat(self, name: str) -> PrinterSeat:
        twin = self._twins[name]
        assert isinstance(twin, PrinterSeat)
        return twin

    def _machine(self, name: str) -> LineTwin:
        twin = self._twins[name]
        assert isinstance(twin, LineTwin)
        return twin

    def _set_room(self, name: str, room: int) -> None:
        def act() -> Effects:
            self._machine(name).room = room
            return []

        self._lines[name].act(act)
