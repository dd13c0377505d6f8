"""One direction of a HID link, counted in reports. Sans-IO."""

from __future__ import annotations

from dataclasses import replace

from pos_guard_simulator.line_faults import LineFault, LinePlan

_OF_A_REPORT = frozenset({LineFault.DROP, LineFault.DUPLICATE})


class ReportSide:
    """Which reports pass, how often, and what strikes before one.

    ``delayed``, ``dark`` and ``paced``: why nothing passes now (NAK).
    """

    def __init__(self) -> None:
        self.delayed = False
        self.dark = False
        self.paced = False
        self._plans: list[LinePlan] = []
        self._gone = 0

    @property
    def waits(self) -> bool:
        """Nothing passes now."""
        return self.delayed or self.dark or self.paced

    def plan(self, plan: LinePlan) -> None:
        """A fault to come, counted from the reports that have gone by now."""
        moved = replace(plan, at=self._gone + plan.at)
        self._plans = sorted([*self._plans, moved], key=lambda one: one.at)

    def due(self) -> LinePlan | None:
        """What strikes before the next report, other than to that report itself; once each."""
        first = self._first()
        if first is None or first.fault in _OF_A_REPORT:
            return None
        return self._plans.pop(0)

    def copies(self) -> int:
        """How often the next report arrives; it has gone by then."""
        first = self._first()
        self._gone += 1
        if first is None or first.fault not in _OF_A_REPORT:
            return 1
        self._plans.pop(0)
        if first.amount > 1:
            self._plans.insert(0, replace(first, at=self._gone, amount=first.amount - 1))
        return 0 if first.fault is LineFault.DROP else 2

    def replugged(self) -> None:
        """A new connection: nothing holds it up; what was planned is still to come."""
        self.delayed = self.dark = self.paced = False

    def _first(self) -> LinePlan | None:
        first = self._plans[0] if self._plans else None
        return first if first is not None and first.at <= self._gone else None
