"""``--seeds=N``: how many shops are played; ``--seed=K``: exactly one, with its trace."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.simulation.floor import make_template

SEEDS = 50
CHUNKS = 20
"""Tests that share the seeds, so that worker processes share the work."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two flags."""
    group = parser.getgroup("simulation")
    group.addoption("--seeds", type=int, default=SEEDS, help="how many seeds to play")
    group.addoption("--seed", type=int, default=None, help="play this seed only; print its trace")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Chunks of seeds, or the one that was asked for."""
    if "seeds" not in metafunc.fixturenames:
        return
    one: int | None = metafunc.config.getoption("--seed", None)
    if one is not None:
        metafunc.parametrize("seeds", [range(one, one + 1)], ids=[f"seed-{one}"])
        return
    count: int = metafunc.config.getoption("--seeds", SEEDS)
    starts = [count * chunk // CHUNKS for chunk in range(CHUNKS + 1)]
    ranges = [range(a, b) for a, b in pairwise(starts) if b > a]
    metafunc.parametrize("seeds", ranges, ids=[f"{r.start}-{r.stop - 1}" for r in ranges])


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    """A directory in memory where the system has one: no disk takes part in a simulation."""
    shared = Path("/dev/shm")
    usable = shared.is_dir() and os.access(shared, os.W_OK)
    directory = Path(tempfile.mkdtemp(prefix="pos-guard-", dir=shared if usable else None))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def template(memory: Path) -> Path:
    """A store with its people, copied for every seed."""
    return make_template(memory)
