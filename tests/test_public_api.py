"""What an app may rely on: the names of the root, and what importing it costs in modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pos_guard


def test_every_public_name_is_there() -> None:
    for name in pos_guard.__all__:
        assert getattr(pos_guard, name) is not None
    assert len(pos_guard.__all__) <= 30


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = pos_guard.no_such_name


def test_importing_the_root_loads_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import pos_guard; "
        "print(*sorted(set(sys.modules) - before))"
    )
    root = Path(__file__).parents[1]
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True
    )
    assert loaded.stdout.split() in (["pos_guard"], ["__future__", "pos_guard"])
