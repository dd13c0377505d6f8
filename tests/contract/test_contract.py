"""Every statement at the levels that are in the process of the tests.

``test_contract_preload``, ``test_contract_libraries`` and, in the virtual machine,
``tests/kernel/guest/test_kernel_contract`` run the same checks.
"""

from __future__ import annotations

import pytest

from tests.contract.catalogue import FOREIGN, STATEMENTS
from tests.contract.levels import LINES, Level
from tests.contract.site import Site
from tests.contract.statements import Statement

pytestmark = [
    # python-escpos reads its own data with importlib.resources.path, which newer Pythons deprecate.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:escpos"),
    pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning"),
    # pyserial 3.5 starts its reader with Thread.setDaemon and setName, which Python calls old.
    pytest.mark.filterwarnings("ignore:set(Daemon|Name)\\(\\) is deprecated:DeprecationWarning"),
]

NEAR = [
    pytest.param(statement, level, id=f"{statement.id}-{level}")
    for statement in STATEMENTS
    if statement not in FOREIGN
    for level in statement.claims
    if level in {*LINES, Level.USB}
]


@pytest.mark.parametrize(("statement", "level"), NEAR)
def test_near(statement: Statement, level: Level, near: Site) -> None:
    assert near.level is level
    statement.check(near)
