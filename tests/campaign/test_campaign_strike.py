"""Where the fault of a cell strikes: the same seed in the same place, another seed elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard_simulator.campaign.cells import built_in_cells
from pos_guard_simulator.campaign.outcome import Cell
from pos_guard_simulator.campaign.place import PAYMENT, STEPS, place_of
from pos_guard_simulator.campaign.scenarios import BUILT_IN
from pos_guard_simulator.simulate_faults import LINK

DEVICES = ("printer", "scanner", "terminal", "provider")


@pytest.mark.parametrize("seed", [0, 1, 77])
def test_the_same_cell_strikes_in_the_same_place(seed: int) -> None:
    for cell in built_in_cells(devices=DEVICES, seed=seed):
        assert place_of(cell) == place_of(cell)


def test_without_a_seed_it_strikes_where_it_hurts_most() -> None:
    for cell in built_in_cells(devices=DEVICES):
        place = place_of(cell)
        assert place.step == STEPS.get((cell.scenario, cell.device), (PAYMENT,))[0]
        assert set(place.fields) == ({"at", "direction"} if cell.fault.startswith(LINK) else set())


@pytest.mark.parametrize(
    ("cell", "places"),
    [
        (Cell("sale", "printer", "cutter"), 25),
        (Cell("sale", "printer", "link:drop"), 35),
        (Cell("sale", "terminal", "link:delay"), 35),
        (Cell("sale", "terminal", "decline"), 3),
        (Cell("scan", "scanner", "no-read"), 2),
    ],
)
def test_seeds_are_different_campaigns(cell: Cell, places: int) -> None:
    found = [place_of(replace(cell, seed=seed)) for seed in range(40)]
    assert len({(place.step, str(place.fields)) for place in found}) >= places


def test_people_and_the_kill_are_moved_too() -> None:
    slow = [place_of(Cell("supervised", "people", "slow_supervisor", n)) for n in range(40)]
    assert slow[0].supervisor_seconds == 1.5
    assert len({place.supervisor_seconds for place in slow}) > 8
    pins = [place_of(Cell("supervised", "people", "wrong_pin", seed)) for seed in range(9)]
    assert {place.wrong_pins for place in pins} == {1, 2}
    kills = [place_of(Cell("sale", "machine", "kill", seed)) for seed in range(9)]
    assert {place.kill_when for place in kills} == {"working", "done"}
    assert {place.step for place in kills} == {PAYMENT}, "there is a payment to kill it in"


def test_every_step_is_one_of_a_scenario_and_its_devices() -> None:
    for scenario, device in STEPS:
        assert device in BUILT_IN[scenario].devices
