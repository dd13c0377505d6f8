"""The example that the plugin's guide points to: an app that knows nothing of us, and its tests."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pos_guard_simulator.pytest_plugin.wanted import DEVICES, LEVELS, Wanted
from tests.plugin.plugin_run import OPTIONS

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "pytest-plugin.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "test-your-app"


def test_the_example_passes(pytester: pytest.Pytester) -> None:
    shutil.copytree(EXAMPLE, pytester.path, dirs_exist_ok=True)
    pytester.syspathinsert()
    pytester.runpytest_inprocess(*OPTIONS).assert_outcomes(passed=5)


def test_the_example_fails_where_the_app_is_wrong(pytester: pytest.Pytester) -> None:
    shutil.copytree(EXAMPLE, pytester.path, dirs_exist_ok=True)
    app = pytester.path / "till_app.py"
    text = app.read_text(encoding="utf-8").replace("given - self.total", "given - self.total - 1")
    app.write_text(text, encoding="utf-8")
    pytester.syspathinsert()
    result = pytester.runpytest_inprocess(*OPTIONS, "-k", "test_no_paper or test_other_models")
    result.assert_outcomes(passed=1, failed=1)


def test_the_app_of_the_example_knows_nothing_of_us() -> None:
    assert "import pos_guard" not in (EXAMPLE / "till_app.py").read_text(encoding="utf-8")
    assert "from pos_guard" not in (EXAMPLE / "till_app.py").read_text(encoding="utf-8")


def test_the_guide_names_every_level_device_and_option() -> None:
    named = set(re.findall(r"`(\w+)`", GUIDE))
    assert {*LEVELS, *DEVICES} <= named
    assert set(Wanted.__slots__) <= named
