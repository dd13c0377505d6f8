"""The README's Python example runs as it stands."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pos_guard.clock import SystemClock
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from tests.shop import shop

ROOT = Path(__file__).parents[2]


def test_the_example_sells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop(tmp_path).store.close()
    shutil.copy(ROOT / "examples" / "policy.toml", tmp_path / "policy.toml")
    monkeypatch.chdir(tmp_path)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})
    with Store.open(tmp_path / "state", clock=SystemClock(), readonly=True) as store:
        (sold,) = store.ledger.search()
    assert (sold.phase, sold.amount, sold.receipt) == (Phase.POSTED, 1250, "0042")
