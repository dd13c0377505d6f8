"""``pos.printer``: a receipt printer with its paper, drawer and customer display."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from pos_guard_simulator.paper_slip import Paper
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.printer_faults import Fault
from pos_guard_simulator.pytest_plugin.faults import FaultInPlace
from pos_guard_simulator.pytest_plugin.news import News
from pos_guard_simulator.pytest_plugin.paper import Context, PosPaper, Receipt, Receipts
from pos_guard_simulator.pytest_plugin.place import Place
from pos_guard_simulator.pytest_plugin.port import PosPort
from pos_guard_simulator.pytest_plugin.shown import framed
from pos_guard_simulator.simulate_faults import Trouble

T = TypeVar("T")

WITHIN_S = 5.0
"""How long a test waits for paper: all of it takes milliseconds, but an app may be slow."""


class Body(Protocol):
    """A printer twin at its place."""

    @property
    def printer(self) -> ReceiptPrinter:
        """The twin."""
        ...

    @property
    def place(self) -> Place:
        """Its place."""
        ...

    def begin(self, trouble: Trouble) -> None:
        """A fault happens, of the printer or of its line.

        :raises ValueError: this place has no such fault.
        """
        ...

    def end(self, name: str) -> None:
        """It is put right.

        :raises ValueError: this place has no such fault.
        """
        ...

    def faults(self) -> set[str]:
        """What is wrong now."""
        ...


class PosPrinter(PosPort):
    """A receipt printer."""

    def __init__(self, body: Body, context: Context, news: News) -> None:
        super().__init__("printer", body.place)
        self.paper = PosPaper(self._look, context)
        self._body = body
        self._context = context
        self._news = news

    @property
    def twin(self) -> ReceiptPrinter:
        """The simulated printer itself; other threads may be at work in it."""
        return self._body.printer

    @property
    def receipts(self) -> Receipts:
        """What was cut off, oldest first."""
        return self.paper.receipts

    @property
    def drawer_pulses(self) -> int:
        """How often the drawer was told to open."""
        return self._settled(lambda: len(self.twin.pulses))

    @property
    def beeps(self) -> int:
        """How often the buzzer sounded."""
        return self._settled(lambda: self.twin.beeps)

    @property
    def display(self) -> str:
        """The customer display's two lines."""
        return self._settled(lambda: self.twin.display)

    @property
    def faults(self) -> set[str]:
        """What is wrong now."""
        return self._settled(self._body.faults)

    def fault(
        self,
        name: str,
        *,
        after_lines: int | None = None,
        at: int | None = None,
        direction: str = "in",
        amount: int | None = None,
    ) -> FaultInPlace:
        """Something goes wrong; docs/simulator.md lists what can.

        ``after_lines``: once so many lines are printed. A fault of the line happens ``at`` so many
        bytes from now, of what the printer is sent (``in``) or says (``out``), and lasts for
        ``amount`` bytes or milliseconds.

        :raises ValueError: there is no such fault here; the message names those that there are.
        """
        self._body.begin(trouble_of(name, after_lines, at, direction, amount))
        return FaultInPlace(name, lambda: self._body.end(name))

    def clear(self, name: str) -> None:
        """Somebody puts it right: what waited is printed.

        :raises ValueError: there is no such fault.
        """
        self._body.end(name)

    def expect(self, text: str, *, within: float = WITHIN_S) -> None:
        """Wait until this text is on the paper.

        :raises AssertionError: it is not; the message shows the paper and the line.
        """
        __tracebackhide__ = True
        if not self._news.wait(lambda: text in self.paper.text, within):
            self._fail(f"not within {within} s:", self.paper.text.missing(text))

    def next_receipt(self, *, within: float = WITHIN_S) -> Receipt:
        """Wait for the next receipt that this did not give yet.

        :raises AssertionError: none was cut off.
        """
        __tracebackhide__ = True
        number = self._given
        if not self._news.wait(lambda: len(self.paper.receipts) > number, within):
            what = f"no further receipt was cut off within {within} s; so far: {number}"
            self._fail(what, ["on the paper that was not cut:", *framed(self.paper.loose)])
        self._given = number + 1
        return self.paper.receipts[number]

    _given = 0

    def _fail(self, what: str, lines: list[str]) -> None:
        __tracebackhide__ = True
        raise AssertionError("\n".join([what, *lines, "the line:", *self._context.explain()]))

    def _settled(self, question: Callable[[], T]) -> T:
        self.place.settle()
        return self.place.ask(question)

    def _look(self, read: Callable[[Paper], object]) -> object:
        return self._settled(lambda: read(self.twin.paper))


def trouble_of(
    name: str, after_lines: int | None, at: int | None, direction: str, amount: int | None
) -> Trouble:
    """A fault as a test names it.

    :raises ValueError: there is none of that name, or it takes no such number.
    """
    from pos_guard_simulator.simulate_faults import Direction, line_plan, lines_before, planned

    fault = planned(name)
    if isinstance(fault, Fault):
        if at is not None or amount is not None:
            raise ValueError(f"{name} is a fault of the printer: it counts after_lines")
        return lines_before(fault, after_lines or 0)
    if after_lines is not None:
        raise ValueError(f"{name} is a fault of the line: it counts bytes (at)")
    return line_plan(fault, at or 0, outward=Direction(direction) is Direction.OUT, amount=amount)
