"""Which faults go with which scenario: the cells of a campaign."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from pos_guard_simulator.campaign.outcome import Cell
from pos_guard_simulator.campaign.place import MACHINE, PEOPLE
from pos_guard_simulator.campaign.scenarios import BUILT_IN
from pos_guard_simulator.campaign.shop import PRINTER, PROVIDER, SCANNER, TERMINAL
from pos_guard_simulator.faults.catalogue import faults_for, of_group
from pos_guard_simulator.faults.entry import FaultEntry, Group
from pos_guard_simulator.simulate_faults import LINK

PLACES: Mapping[str, tuple[str, str]] = {
    PRINTER: ("", "pty"),
    SCANNER: ("serial", "pty"),
    TERMINAL: ("zvt", "tcp"),
    PROVIDER: ("", "tcp"),
}
"""Profile and level of each device of the built-in scenarios."""

_CODES = {"refuse": "refuse:83"}
"""Words that need a code."""


def built_in_cells(
    scenarios: Sequence[str] = (),
    faults: Collection[str] = (),
    devices: Collection[str] = (),
    seed: int = 0,
) -> Iterator[Cell]:
    """Every cell of these scenarios, or of all; only these faults and devices, if any are named."""
    for name in scenarios or tuple(BUILT_IN):
        scenario = BUILT_IN[name]
        for device in scenario.devices:
            if devices and device not in devices:
                continue
            for entry in _entries(device):
                if chosen(entry, faults):
                    yield Cell(name, device, fault_name(entry), seed, key=entry.key)


def chosen(entry: FaultEntry, faults: Collection[str]) -> bool:
    """Whether this fault was asked for: by its name, its key, or as the request takes it."""
    return not faults or not {entry.name, entry.key, fault_name(entry)}.isdisjoint(faults)


def fault_name(entry: FaultEntry) -> str:
    """As the ``fault`` request takes it; a line's with its prefix, so that no other is meant."""
    if entry.group is Group.LINK:
        return f"{LINK}{entry.name}"
    return _CODES.get(entry.name, entry.name)


def _entries(device: str) -> Iterator[FaultEntry]:
    if device == PEOPLE:
        yield from of_group(Group.PEOPLE)
    elif device == MACHINE:
        yield from of_group(Group.MACHINE)
    else:
        profile, level = PLACES[device]
        yield from (one for one in faults_for(device, profile) if level in one.levels)
