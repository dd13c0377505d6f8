"""The kinds of events that can be named in a scenario: a wrong word would never come true."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard_simulator.control_http.table import operations_of
from pos_guard_simulator.scenario.values import APP, GUARD
from pos_guard_simulator.simulate_device import Device

OF_LINES = frozenset({"connected", "closed", "hangs-up", "frame", "bytes"})

_MONEY = frozenset({"moved", "changed", "screen"})

OF_KINDS: Mapping[str, frozenset[str]] = {
    "printer": frozenset({"receipt", "paper", "drawer", "beeps", "display", "faults"}),
    "scanner": frozenset(
        {"scans", "missed", "beeps", "good_beeps", "leds", "enabled", "reads", "faults"}
    ),
    "terminal": _MONEY,
    "host": _MONEY,
    "provider": _MONEY,
    "tape": frozenset({"unknown"}),
}
"""What a device tells of itself, by its kind."""

OF_OTHERS: Mapping[str, frozenset[str]] = {
    APP: frozenset({"started", "ended"}),
    GUARD: frozenset({"verdict", "told", "asked"}),
}


def event_kinds(device: Device) -> frozenset[str] | None:
    """All events of a device: of its line, of its own, and of what is asked of it.

    None: of a device that is not in the table here any word may be right.
    """
    own = OF_KINDS.get(device.kind)
    return None if own is None else OF_LINES | own | operations_of(device).keys()
