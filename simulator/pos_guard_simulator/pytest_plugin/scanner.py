"""``pos.scanner``: a scanner of any model that a test holds codes before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pos_guard.errors import LocalError
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.session import Effects
from pos_guard_simulator.guarded.devices import guarded_scanner
from pos_guard_simulator.pytest_plugin.faults import FaultInPlace
from pos_guard_simulator.pytest_plugin.place import Place, UsbPlace
from pos_guard_simulator.pytest_plugin.port import PosPort
from pos_guard_simulator.pytest_plugin.room import Room
from pos_guard_simulator.pytest_plugin.wanted import WantedError
from pos_guard_simulator.scanner_make import HID, ScannerOptions, scanner_line, usb_scanner
from pos_guard_simulator.scanner_shown import Seen, ShownScanner

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

    def __init__(self, place: Place, shown: ShownScanner) -> None:
        super().__init__(NAME, place)
        self._shown = shown

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
        self.place.do(self._shown.pull)

    @property
    def beeps(self) -> int:
        """How often the app told it to complain."""
        self.place.settle()
        count = self.place.ask(self._shown.state).get("beeps", 0)
        return count if isinstance(count, int) else 0

    def fault(self, name: str) -> FaultInPlace:
        """Something goes wrong with each scan from now on; docs/simulator.md lists what can.

        :raises LocalError: this scanner has no such fault; the message names those that it has.
        """
        self.place.do(lambda: self._shown.arm(name))
        return FaultInPlace(name, lambda: self.clear(name))

    def clear(self, name: str) -> None:
        """It is put right.

        :raises LocalError: this scanner has no such fault.
        """
        self.place.do(lambda: self._shown.clear(name))

    @property
    def fault_names(self) -> tuple[str, ...]:
        """What can go wrong with it."""
        return self._shown.fault_names

    def _show(self, show: Callable[[], Seen]) -> Scanned:
        seen: list[Seen] = []

        def act() -> Effects:
            seen.append(show())
            return seen[0].effects

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
        return PosScanner(room.real_place(NAME), usb_scanner(options).shown)
    if room.wanted.level_of(NAME) == "usb":
        made = usb_scanner(options)
        driver = "usbhid" if language in HID else "cdc_acm"
        place = UsbPlace(room.bus, made.device, made.do, driver)
        return PosScanner(room.keep(NAME, place), made.shown)
    try:
        line = scanner_line(options)
    except LocalError as error:
        raise WantedError(f'{error}: pos(level="usb")') from error
    link = partial(guarded_scanner, options.model)
    return PosScanner(room.stand(NAME, line, language, link), line)
