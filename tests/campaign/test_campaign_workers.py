"""Cells in processes of their own: in order, and none of them can stop the campaign."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard_simulator.campaign import workers
from pos_guard_simulator.campaign.outcome import Cell, Outcome
from pos_guard_simulator.campaign.workers import played
from tests.campaign.echo_play import play


def cells(*faults: str) -> list[Cell]:
    return [Cell("sale", "printer", fault) for fault in faults]


def test_results_come_in_order_and_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    wanted = cells("survived", "dies", "refused", "unknown", "dies", "survived")
    results = list(played(wanted, play, 2, tmp_path))
    assert [result.cell for result in results] == wanted
    assert [str(result.outcome) for result in results] == [
        "survived", "broken", "refused", "unknown", "broken", "survived",
    ]  # fmt: skip
    assert "died" in results[1].why
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{n:04d}" for n in range(1, 7)]
    assert (tmp_path / "0003" / "here").read_text(encoding="utf-8") == "refused"


def test_one_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CELL_SECONDS", 3.0)
    first, second = played(cells("hangs", "survived"), play, 1)
    assert (first.outcome, first.why[:4]) == (Outcome.BROKEN, "hung")
    assert second.outcome is Outcome.SURVIVED


def test_no_cells_no_processes() -> None:
    assert list(played([], play, 4)) == []
