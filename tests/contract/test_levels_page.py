"""The page of levels shows what the checks claim, and the claims are whole."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.contract.catalogue import FAMILIES, STATEMENTS
from tests.contract.levels import GUEST, Level
from tests.contract.render import PAGE, rendered
from tests.contract.statements import Family, Statement


def test_the_page_shows_the_statements() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == rendered(page), "render it again: python -m tests.contract.render"


def test_every_id_is_one_statement() -> None:
    assert [
        name for name, count in Counter(one.id for one in STATEMENTS).items() if count > 1
    ] == []


def test_every_statement_holds_somewhere_and_every_level_claims_some() -> None:
    assert [statement.id for statement in STATEMENTS if not statement.claims] == []
    assert {level for statement in STATEMENTS for level in statement.claims} == set(Level)


def test_what_the_kernel_does_holds_for_what_is_attached_to_it_over_tcp() -> None:
    for statement in STATEMENTS:
        own = set(GUEST) & set(statement.claims)
        assert own != {Level.USBIP}, statement.id
        assert own == set(GUEST) or not (statement.carried and own), statement.id


def test_a_level_without_the_thing_can_neither_claim_nor_differ() -> None:
    family = Family("f", "F", "nowhere", (Level.PTY, Level.TCP))
    with pytest.raises(ValueError, match="rfc2217"):
        family.states("a", "A.", rfc2217="nothing there")
    with pytest.raises(ValueError, match="tcp"):
        family.states("a", "A.", levels=(Level.PTY,), tcp="nothing there")


def test_families_have_statements_of_their_own_name() -> None:
    def names(statement: Statement) -> str:
        return statement.id.split(".")[0]

    for family in FAMILIES:
        assert {names(one) for one in family.statements} == {family.name}
