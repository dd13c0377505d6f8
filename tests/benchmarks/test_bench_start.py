"""What starting costs, against a bare interpreter that does nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.benchmarks.ratio import Benchmark, Side, against


@pytest.mark.parametrize(
    "arguments",
    [["-c", "import pos_guard"], ["-m", "pos_guard", "--version"]],
    ids=["import", "version"],
)
def test_start_against_bare_python(benchmark: Benchmark, arguments: list[str]) -> None:
    def run(*what: str) -> None:
        subprocess.run([sys.executable, *what], check=True, capture_output=True)

    against(benchmark, Side(lambda: run(*arguments)), Side(lambda: run("-c", "pass")), rounds=20)
