"""Every statement about the kernel's drivers, with the kernel itself, and over USB/IP to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.catalogue import STATEMENTS
from tests.contract.levels import GUEST, Level
from tests.contract.site import Site
from tests.contract.statements import Statement
from tests.kernel.guest.kernel_eyes import KernelEyes
from tests.kernel.guest.processes import Player

pytestmark = [
    # python-escpos reads its own data with importlib.resources.path, which newer Pythons deprecate.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:escpos"),
    pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning"),
]

CLAIMED = [
    pytest.param(statement, level, id=f"{statement.id}-{level}")
    for statement in STATEMENTS
    for level in statement.claims
    if level in GUEST
]


@pytest.fixture
def site(level: Level, player: Player) -> Iterator[Site]:
    """A place of work in this kernel."""
    eyes = KernelEyes()
    found = Site(level, player.hands(level), eyes)
    try:
        yield found
    finally:
        found.close()
        eyes.close()


@pytest.mark.parametrize(("statement", "level"), CLAIMED)
def test_the_kernel(statement: Statement, level: Level, site: Site) -> None:
    assert site.level is level
    statement.check(site)
