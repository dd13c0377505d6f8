"""docs/scenarios.md says what the code reads: every key, every level, and examples that work."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest

from pos_guard_simulator.guarded.policy import NAMES
from pos_guard_simulator.scenario import tables
from pos_guard_simulator.scenario.command import scenario
from pos_guard_simulator.scenario.file import load_scenario
from pos_guard_simulator.scenario.places import BEST_FIRST
from tests.scenario.scenes import scene

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """What stands under a headline."""
    _, _, rest = GUIDE.partition(f"# {title}\n")
    assert rest, title
    return re.split(r"\n##+ ", rest)[0]


def keys(title: str) -> set[str]:
    """The names in the first column of its tables."""
    rows = re.findall(r"^\| (`.+?) \|", section(title), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


TABLES = {
    "`[scenario]`": tables.ScenarioTable,
    "`[app]`": tables.AppTable,
    "`[device.NAME]`": tables.DeviceTable,
    "`[[step]]`": tables.StepTable,
    "`[[expect]]`": tables.ExpectTable,
    "`[guard]`": tables.GuardTable,
}


@pytest.mark.parametrize(("title", "table"), TABLES.items())
def test_every_key_is_described(title: str, table: Any) -> None:
    assert keys(title) == {one.name for one in fields(table)} - {"rest"}


WORDS = [
    ("`[scenario]`", get_args(tables.Ends)),
    ("`[device.NAME]`", get_args(tables.Level)),
    ("`[[step]]`", get_args(tables.Signal)),
    ("`[guard]`", NAMES),
    ("Where the app finds the devices", [one.upper() for one in BEST_FIRST]),
]


@pytest.mark.parametrize(("title", "words"), WORDS)
def test_every_word_is_described(title: str, words: list[str]) -> None:
    assert [word for word in words if f"`{word}`" not in section(title)] == []


def test_every_option_is_described() -> None:
    shown = set(re.findall(r"--[a-z][a-z-]*", section("What it ends with")))
    known = {name for one in scenario.params for name in one.opts if name.startswith("--")}
    assert known - shown == {"--http-public", "--http-token-file"}  # see docs/control-api.md
    assert shown <= known


def test_the_example_is_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    plan = load_scenario(scene(tmp_path, text)).plan
    assert (len(plan.steps), len(plan.expectations), plan.ends) == (1, 2, "app")


def test_the_example_in_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    scene(tmp_path, '[device.printer]\nkind = "printer"\n[scenario]\nseconds = 0\n', "till.toml")
    monkeypatch.chdir(tmp_path)
    exec(compile(text, "scenarios.md", "exec"), {})
    assert (tmp_path / "out" / "verdict.json").is_file()
