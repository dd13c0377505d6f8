"""Where the checks work: one fixture for each kind of level."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.errors import LocalError
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.preload.machine import Machine
from tests.contract.far_eyes import BusEyes, LineEyes
from tests.contract.far_process import FarProcess
from tests.contract.levels import Level
from tests.contract.line_hands import LineHands
from tests.contract.site import Site
from tests.contract.usb_cables import BusCable
from tests.contract.usb_hands import UsbHands

REQUIRED = "POS_GUARD_REQUIRE_PRELOAD"


@pytest.fixture(scope="module")
def far() -> Iterator[FarProcess]:
    """A program on a preloaded machine; the library comes with umockdev."""
    try:
        machine = Machine()
    except LocalError as error:
        if os.environ.get(REQUIRED) == "1":
            raise
        pytest.skip(str(error))
    with machine:
        process = FarProcess(machine)
        yield process
        process.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Ptys and TCP ports."""
    with Bench() as made:
        yield made


@pytest.fixture
def near(level: Level, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A place of work in this very process."""
    if level is Level.USB:
        cable = BusCable()
        site = Site(level, UsbHands(cable), BusEyes(cable.bus))
    else:
        site = Site(level, LineHands(level, request.getfixturevalue("bench"), tmp_path), LineEyes())
    try:
        yield site
    finally:
        site.close()
