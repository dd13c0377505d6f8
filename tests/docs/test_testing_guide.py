"""The testing guide's example runs as it stands."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "testing.md"


def test_the_bench_example_runs_and_its_asserts_hold() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(textwrap.dedent(block), str(GUIDE), "exec"), names)
    assert "terminal" in names
