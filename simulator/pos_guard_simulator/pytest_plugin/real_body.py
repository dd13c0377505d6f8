"""A real printer as a body: it prints, and what only a hand can do skips the test."""

from __future__ import annotations

from functools import partial
from typing import NoReturn

from pos_guard.frames.printer_models import printer_model
from pos_guard.links.session import Effects
from pos_guard.ports.address import Address
from pos_guard_simulator.guarded.devices import guarded_printer
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.pytest_plugin.place import Place
from pos_guard_simulator.pytest_plugin.real import RealLine, by_hand
from pos_guard_simulator.pytest_plugin.room import Room
from pos_guard_simulator.simulate_faults import Trouble

NAME = "printer"


class RealBody:
    """The app's port leads to the real printer; ``printer`` is the twin that reads along."""

    def __init__(self, room: Room, address: Address) -> None:
        """Open the printer.

        :raises PortError: it is not there, or another program has it.
        """
        level = room.wanted.level_of(NAME)
        if level == "usb":
            by_hand("level usb leads to no real printer: another level does, or the app itself")
        self.printer = ReceiptPrinter(printer_model(room.wanted.printer))
        self._line = RealLine(address, self.printer)
        room.undo.callback(self._line.close)
        model = room.wanted.printer
        self.place: Place = room.stand(
            NAME, self._line, self.printer.model.language, partial(guarded_printer, model)
        )
        room.undo.callback(self._line.stop)
        self._line.listen(self._say)

    def begin(self, trouble: Trouble) -> NoReturn:
        """Skip: a person does it."""
        del trouble
        by_hand("faults are made by a person: open the cover, take the paper out")

    def end(self, name: str) -> NoReturn:
        """Skip: a person does it."""
        by_hand(f"{name} is put right by a person")

    def faults(self) -> NoReturn:
        """Skip: a person sees it."""
        by_hand("what is wrong with the printer, a person must see")

    def _say(self, effects: Effects) -> None:
        self.place.do(lambda: effects)
