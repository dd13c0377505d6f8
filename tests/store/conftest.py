"""A fresh store for each test: cheap PIN hashes, no fsync, a clock that moves when told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.store.store import Store


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def store(directory: Path, clock: ManualClock) -> Iterator[Store]:
    with Store.create(
        directory, clock=clock, terminal_id="T1", durable=False, scrypt_log2n=2
    ) as made:
        yield made
