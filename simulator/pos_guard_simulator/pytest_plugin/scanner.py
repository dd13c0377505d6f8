"""``pos.scanner``: a scanner of any model that a test holds codes before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pos_guard.errors import LocalError
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.session import Effects
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.guarded.devices import guarded_scanner
from pos_guard_simulator.line_faults import LineFault
from pos_guard_simulator.pytest_plugin.faults import FaultInPlace
from pos_guard_simulator.pytest_plugin.place import Place, UsbPlace
from pos_guard_simulator.pytest_plugin.port import PosPort
from pos_guard_simulator.pytest_plugin.room import Room
from pos_guard_simulator.pytest_plugin.scanner_link import (
    ByteLine,
    HidReports,
    RealLink,
    ScannerLink,
)
from pos_guard_simulator.pytest_plugin.wanted import WantedError
from pos_guard_simulator.scanner_make import (
    HID,
    ScannerOptions,
    cdc_identity,
    scanner_line,
    usb_scanner,
)
from pos_guard_simulator.scanner_shown import Seen, ShownScanner
from pos_guard_simulator.simulate_faults import LINK, Direction, line_plan
from pos_guard_simulator.usb_serial.cdc import UsbSerial

NAME = "scanner"
QR = "]Q1"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What became of a code that was held before the scanner: true where it read it.

    ``why`` it did not: it is disabled, waits for a trigger, or has a fault.
    """

    why: str = ""

    def __bool__(self) -> bool:
        return not self.why

    def __repr__(self) -> str:
        return f"<not read: {self.why}>" if self.why else "<read>"


class PosScanner(PosPort):
    """A scanner. Codes that it is shown before the app has opened it are lost, as with a real one.

    On the USB its timers (a slow scanner's) run in real time only.
    """

    def __init__(self, place: Place, shown: ShownScanner, link: ScannerLink) -> None:
        super().__init__(NAME, place)
        self._shown = shown
        self._link = link

    def scan(self, code: str | bytes, *, symbology: str = QR) -> Scanned:
        """Hold a code before it; ``symbology`` is an AIM identifier, such as ``]E0`` for EAN-13.

        True where it read it; otherwise the answer knows why not.

        :raises LocalError: for a text or a symbology that this scanner cannot tell.
        """
        return self._show(lambda: self._shown.show(code, symbology))

    def scan_picture(self, path: Path | str) -> Scanned:
        """Hold a picture before it: a receipt that was printed, a phone's screen.

        :raises LocalError: there is no code on it; or without the extra ``simulator``.
        """
        from pos_guard_simulator.scanner_picture import read_picture

        symbol = read_picture(Path(path), "")
        return self._show(lambda: self._shown.show(symbol.data, symbol.aim))

    def pull_trigger(self) -> None:
        """Somebody pulls its trigger."""
        self.place.do(lambda: self._link.outward(self._shown.pull()))

    @property
    def beeps(self) -> int:
        """How often the app told it to complain."""
        self.place.settle()
        count = self.place.ask(self._shown.state).get("beeps", 0)
        return count if isinstance(count, int) else 0

    def fault(
        self, name: str, *, at: int = 0, direction: str = "out", amount: int | None = None
    ) -> FaultInPlace:
        """Something goes wrong with each scan from now on; docs/simulator.md lists what can.

        A fault of its link (``link:drop`` where the scanner has one of that name too) happens
        ``at`` so many bytes from now, of what it says (``out``) or is sent (``in``), and lasts for
        ``amount`` bytes or milliseconds; of a HID scanner reports are counted (docs/faults.md).

        :raises LocalError: this scanner has no such fault; the message names those that it has.
        :raises ValueError: its link cannot have it, and why; or ``at`` for the scanner's own.
        """
        if not _of_link(name, self.fault_names):
            if at or amount is not None:
                raise ValueError(f"{name} is no fault of a link: no at, no amount")
            self.place.do(lambda: self._link.outward(self._shown.arm(name)))
        else:
            outward = Direction(direction) is Direction.OUT
            fault = LineFault(name.removeprefix(LINK))
            plan = line_plan(fault, at, outward=outward, amount=amount)
            self._link.check(plan)
            self.place.do(lambda: self._link.fail(plan))
        return FaultInPlace(name, lambda: self.clear(name))

    def clear(self, name: str) -> None:
        """It is put right.

        :raises LocalError: this scanner has no such fault.
        """
        if _of_link(name, self.fault_names):
            fault = LineFault(name.removeprefix(LINK))
            self.place.do(lambda: self._link.clear(fault))
        else:
            self.place.do(lambda: self._link.outward(self._shown.clear(name)))

    @property
    def fault_names(self) -> tuple[str, ...]:
        """What can go wrong with it."""
        return self._shown.fault_names

    def _show(self, show: Callable[[], Seen]) -> Scanned:
        seen: list[Seen] = []

        def act() -> Effects:
            seen.append(show())
            return self._link.outward(seen[0].effects)

        self.place.settle()
        self.place.do(act)
        return Scanned(seen[0].why)


def scanner(room: Room) -> PosScanner:
    """The scanner that a test wants.

    :raises WantedError: its model is not at that level.
    """
    options = ScannerOptions(room.wanted.scanner)
    language = scanner_model(options.model).language
    if NAME in room.real:
        return PosScanner(room.real_place(NAME), usb_scanner(options).shown, RealLink())
    level = room.wanted.level_of(NAME)
    if level == "usb" and language in HID:
        made = usb_scanner(options)
        place = UsbPlace(room.bus, made.device, made.do, "usbhid")
        return PosScanner(room.keep(NAME, place), made.shown, HidReports(made.device))
    try:
        line = scanner_line(options)
    except LocalError as error:
        raise WantedError(f'{error}: pos(level="usb")') from error
    faulty = FaultyLine(line, serial=level != "tcp")
    if level == "usb":
        return PosScanner(room.keep(NAME, _cdc(room, options, faulty)), line, ByteLine(faulty))
    link = partial(guarded_scanner, options.model)
    stood = room.stand(NAME, faulty, language, link)
    return PosScanner(stood, line, ByteLine(faulty))


def _cdc(room: Room, options: ScannerOptions, faulty: FaultyLine) -> UsbPlace:
    """Its line as CDC-ACM."""
    cdc = UsbSerial(faulty, cdc_identity(options.model))
    return UsbPlace(room.bus, cdc, lambda act: cdc.act(lambda _: act()), "cdc_acm")


def _of_link(name: str, own: tuple[str, ...]) -> bool:
    """Whether a fault of the link is meant: the scanner's own go first."""
    return name not in own and name.removeprefix(LINK) in list(LineFault)
