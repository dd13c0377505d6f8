"""The recipes for CI systems: they are YAML, say the same, and their lines do what they should."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast

import pytest

from tests.examples.example_run import BEFORE, EXAMPLES, Example, example, lines_of, with_packages

yaml = pytest.importorskip("yaml", reason="no reader of YAML on this machine (pip: pyyaml)")


def parsed(name: str) -> dict[str, Any]:
    text = (EXAMPLES / "ci" / name).read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text))


def github() -> list[str]:
    steps = parsed("github-actions.yml")["jobs"]["receipts"]["steps"]
    return [step["run"] for step in steps if "run" in step]


def gitlab() -> list[str]:
    return [str(line) for line in parsed("gitlab-ci.yml")["receipts"]["script"]]


@pytest.fixture
def project(tmp_path: Path) -> Example:
    """A repository as the recipes expect it."""
    made = with_packages(example("node", tmp_path))
    shutil.copy(EXAMPLES / "ci" / "till.toml", made.place)
    return made


def test_both_say_the_same_and_the_readme_too() -> None:
    assert github() == gitlab()
    short = lines_of((EXAMPLES / "ci" / "README.md").read_text(encoding="utf-8"))
    assert [line for line in github() if line in short] == short


def test_each_line_runs(project: Example) -> None:
    install, packages, tests, scenario = github()
    assert install.startswith(BEFORE)
    assert packages.startswith(BEFORE)
    project.passes(tests)
    project.passes(scenario)
    report = (project.place / "report.xml").read_text(encoding="utf-8")
    assert 'failures="0"' in report
    assert list((project.place / "receipts").rglob("*.png"))


def test_a_wrong_receipt_fails_the_job_and_its_report_says_why(project: Example) -> None:
    sale = project.place / "sale.mjs"
    sale.write_text(sale.read_text(encoding="utf-8").replace("199", "200"), encoding="utf-8")
    assert project.shell(github()[-1]).returncode == 1
    report = (project.place / "report.xml").read_text(encoding="utf-8")
    assert "5.50" in report


def test_what_is_kept_is_what_is_made() -> None:
    steps = parsed("github-actions.yml")["jobs"]["receipts"]["steps"]
    kept = steps[-1]["with"]["path"].split()
    assert kept == ["receipts", "report.xml"]
    artifacts = parsed("gitlab-ci.yml")["receipts"]["artifacts"]
    assert [*artifacts["paths"], artifacts["reports"]["junit"]] == kept
