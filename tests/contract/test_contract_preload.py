"""Every statement that holds for a program on a preloaded machine."""

from __future__ import annotations

import pytest

from tests.contract.catalogue import STATEMENTS
from tests.contract.far_process import FarProcess
from tests.contract.levels import Level
from tests.contract.statements import Statement

CLAIMED = [
    pytest.param(statement, id=statement.id)
    for statement in STATEMENTS
    if Level.PRELOAD in statement.claims
]


@pytest.mark.parametrize("statement", CLAIMED)
def test_preloaded(statement: Statement, far: FarProcess) -> None:
    assert far.run(statement.id) == ""
