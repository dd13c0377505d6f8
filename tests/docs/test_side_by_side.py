"""The comparison with emupos names a test for each of its rows, and each of them is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "side-by-side.md").read_text("utf-8")
ROW = re.compile(
    r"^\| (?P<what>[^|]+) \| (?P<theirs>[^|]+) \| (?P<ours>[^|]+) \| (?P<test>[^|]+) \|$"
)


def rows() -> list[re.Match[str]]:
    before_speed = PAGE.partition("## What a simulated printer must do")[0]
    found = [ROW.match(line) for line in before_speed.splitlines()]
    return [row for row in found if row and row["test"] not in ("test", "---")]


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row["what"]))
def test_each_row_has_its_test(row: re.Match[str]) -> None:
    folder = "tests"
    for name in row["test"].split(", "):
        path = name if "/" in name else f"{folder}/{name}"
        folder = path.rpartition("/")[0]
        assert list(ROOT.glob(path)), path


def test_there_are_rows() -> None:
    assert len(rows()) > 20
