"""The table of a campaign fits a screen in both languages; JSON and JUnit for programs."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from xml.etree import ElementTree

import pytest

from pos_guard.cli.columns import width
from pos_guard.frames.decoded import Json
from pos_guard_simulator.campaign.cells import built_in_cells
from pos_guard_simulator.campaign.outcome import Cell, Outcome, Result
from pos_guard_simulator.campaign.report import as_json, cell_line, summary, write_junit

LONG = "原因很长 " * 40
RESULTS = [
    Result(Cell("sale", "terminal", "link:drop"), Outcome.SURVIVED, "", 1.0),
    Result(Cell("sale", "terminal", "decline"), Outcome.REFUSED, "sale: 6C", 2.0),
    Result(
        Cell("/long way/to/my_shop.toml", "printer", "cutter", seed=7),
        Outcome.BROKEN,
        LONG,
        0.25,
        by_ledger=False,
    ),
]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_lines_fit_a_screen(lang: str) -> None:
    lines = [*(cell_line(one, lang) for one in RESULTS), *summary(RESULTS, lang)]
    *lines, again = lines
    assert max(map(width, lines)) <= 100
    assert again.endswith("--seed 7"), "words to copy are not cut"


def test_every_built_in_cell_fits() -> None:
    for cell in built_in_cells():
        line = cell_line(Result(cell, Outcome.UNKNOWN, LONG, 1.0), "zh")
        assert cell.fault in line
        assert width(line) <= 100


def test_the_table_counts() -> None:
    *rows, count, by_ledger, by_books, again = summary(RESULTS, "en")
    assert [row.split() for row in rows] == [
        ["SCENARIO", "DEVICE", "survived", "refused", "unknown", "BROKEN"],
        ["sale", "terminal", "1", "1", "-", "-"],
        ["my_shop", "printer", "-", "-", "-", "1"],
        ["all", "1", "1", "-", "1"],
    ]
    assert count == "3 cells, 3 s if one after the other"
    assert by_ledger == "judged by the devices' books and the guard's ledger: sale"
    assert by_books.endswith("judged by the app's exit code and the devices' books: my_shop")
    assert again == (
        "again: pos-guard campaign '/long way/to/my_shop.toml' --device printer --fault cutter"
        " --seed 7"
    )


def test_for_programs(tmp_path: Path) -> None:
    told = as_json(RESULTS)
    cell = as_json(RESULTS[2:])["cells"]
    assert isinstance(cell, list)
    assert {"by": "books", "after": "", "seed": 7}.items() <= cast(
        "dict[str, Json]", cell[0]
    ).items()
    assert told["outcomes"] == {"survived": 1, "refused": 1, "unknown": 0, "broken": 1}
    write_junit(RESULTS, tmp_path / "junit.xml")
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    cases = {case.get("name"): case for case in suite}
    assert (cases["printer cutter"].findtext("failure") or "").endswith("--seed 7")
    assert cases["terminal decline"].findtext("system-out") == "refused: sale: 6C"
