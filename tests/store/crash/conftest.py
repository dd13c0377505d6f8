"""A recorded day, once for all tests; how many of its crashes are tried.

``POS_GUARD_CRASHES=all``: every one, as in tox's simulation environment; else a sample, another
one in each run unless ``CI`` is set.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shop import shop
from tests.store.crash.recordings import CHUNKS, Recording, recorded


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All crashes in chunks, or one sample."""
    if "share" in metafunc.fixturenames:
        every = os.environ.get("POS_GUARD_CRASHES") == "all"
        metafunc.parametrize("share", range(CHUNKS) if every else [None])


@pytest.fixture(scope="session")
def chance() -> random.Random:
    """The same in every run of CI."""
    return random.Random(5 if os.environ.get("CI") else None)


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    """A directory in memory where the system has one: no power is cut here."""
    shared = Path("/dev/shm")
    usable = shared.is_dir() and os.access(shared, os.W_OK)
    directory = Path(tempfile.mkdtemp(prefix="pos-guard-", dir=shared if usable else None))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def template(memory: Path) -> Path:
    """A store with its people, closed: copy it."""
    made = shop(memory / "template")
    made.store.close()
    return made.directory


@pytest.fixture(scope="session")
def recording(memory: Path, template: Path) -> Recording:
    """One day over a recorded disk."""
    return recorded(memory, template, durable=True)
