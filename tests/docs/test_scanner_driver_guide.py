"""The guide of the scanner driver: its examples run, and its words are those of the code."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pos_guard_drivers.scanner import ScannerSettings

GUIDE = Path(__file__).parents[2] / "docs" / "scanners.md"
TEXT = GUIDE.read_text(encoding="utf-8")


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_every_example_runs_and_its_asserts_hold(block: str) -> None:
    exec(compile(block, str(GUIDE), "exec"), {})


def test_every_setting_is_explained() -> None:
    assert [one.name for one in fields(ScannerSettings) if f"| `{one.name}` |" not in TEXT] == []


def test_every_reason_of_a_lost_scan_is_named() -> None:
    from pos_guard_drivers import scanner_scan as lost

    assert all(f"`{why}`" in TEXT for why in (lost.CUT, lost.OVERLONG, lost.DAMAGED, lost.FULL))
