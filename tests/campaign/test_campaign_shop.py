"""Cells with a whole shop: devices, the guard as a process, a till, and a fault in their midst."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard_simulator.campaign.cell import play
from pos_guard_simulator.campaign.outcome import Cell, Outcome


@pytest.mark.parametrize(
    ("scenario", "device", "fault", "outcome"),
    [
        ("sale", "terminal", "silent-after", Outcome.SURVIVED),
        ("refund", "machine", "full_disk", Outcome.REFUSED),
        ("refund", "machine", "kill", Outcome.SURVIVED),
        ("supervised", "people", "wrong_pin", Outcome.SURVIVED),
        ("qr", "provider", "silent-moved", Outcome.SURVIVED),
        ("print", "printer", "link:unplug", Outcome.REFUSED),
    ],
)
def test_what_becomes_of_a_cell(
    tmp_path: Path, scenario: str, device: str, fault: str, outcome: Outcome
) -> None:
    result = play(Cell(scenario, device, fault), tmp_path)
    # A starved machine may let a till hear nothing, but never the wrong thing.
    assert result.outcome in (outcome, Outcome.UNKNOWN), result.why


def test_a_shop_that_cannot_be_set_up_is_broken(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder", encoding="utf-8")
    result = play(Cell("scan", "scanner", "no-read"), tmp_path)
    assert result.outcome is Outcome.BROKEN
    assert result.why.startswith(("could not be played", "crashed"))
