"""Libraries of other languages at the levels of a line; what is missing is skipped in words."""

from __future__ import annotations

import pytest

from tests.contract.catalogue import FOREIGN
from tests.contract.levels import LINES, Level
from tests.contract.site import Site
from tests.contract.statements import Statement

CLAIMED = [
    pytest.param(statement, level, id=f"{statement.id}-{level}")
    for statement in FOREIGN
    for level in statement.claims
    if level in LINES
]


@pytest.mark.parametrize(("statement", "level"), CLAIMED)
def test_a_library(statement: Statement, level: Level, near: Site) -> None:
    assert near.level is level
    statement.check(near)
