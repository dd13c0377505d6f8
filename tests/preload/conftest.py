"""The preload library comes with umockdev; where it must be there, its absence is a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from pos_guard.errors import LocalError
from pos_guard_simulator.preload.machine import Machine

REQUIRED = "POS_GUARD_REQUIRE_PRELOAD"


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A machine with no devices yet."""
    try:
        made = Machine()
    except LocalError as error:
        if os.environ.get(REQUIRED) == "1":
            raise
        pytest.skip(str(error))
    with made:
        yield made
