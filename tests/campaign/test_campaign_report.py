"""The table of a campaign fits a screen in both languages; JSON and JUnit for programs."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from pos_guard.cli.columns import width
from pos_guard_simulator.campaign.cells import built_in_cells
from pos_guard_simulator.campaign.outcome import Cell, Outcome, Result
from pos_guard_simulator.campaign.report import as_json, cell_line, summary, write_junit

LONG = "原因很长 " * 40
RESULTS = [
    Result(Cell("sale", "terminal", "link:drop"), Outcome.SURVIVED, "", 1.0),
    Result(Cell("sale", "terminal", "decline"), Outcome.REFUSED, "sale: 6C", 2.0),
    Result(Cell("/long/way/to/my_shop.toml", "printer", "cutter"), Outcome.BROKEN, LONG, 0.25),
]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_lines_fit_a_screen(lang: str) -> None:
    lines = [*(cell_line(one, lang) for one in RESULTS), *summary(RESULTS, lang)]
    assert max(map(width, lines)) <= 100


def test_every_built_in_cell_fits() -> None:
    for cell in built_in_cells():
        line = cell_line(Result(cell, Outcome.UNKNOWN, LONG, 1.0), "zh")
        assert cell.fault in line
        assert width(line) <= 100


def test_the_table_counts() -> None:
    *rows, count = summary(RESULTS, "en")
    assert [row.split() for row in rows] == [
        ["SCENARIO", "DEVICE", "survived", "refused", "unknown", "BROKEN"],
        ["sale", "terminal", "1", "1", "-", "-"],
        ["my_shop", "printer", "-", "-", "-", "1"],
        ["all", "1", "1", "-", "1"],
    ]
    assert count == "3 cells in 3 s"


def test_for_programs(tmp_path: Path) -> None:
    told = as_json(RESULTS)
    assert told["outcomes"] == {"survived": 1, "refused": 1, "unknown": 0, "broken": 1}
    write_junit(RESULTS, tmp_path / "junit.xml")
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    cases = {case.get("name"): case for case in suite}
    assert cases["printer cutter"].find("failure") is not None
    assert cases["terminal decline"].findtext("system-out") == "refused: sale: 6C"
