"""Overrides and break-glass: they expire on both clocks, end with the boot, resist edits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import LocalError, NotPermittedError
from pos_guard.policy.policy import Policy, Role
from pos_guard.policy.request import Override, Person
from pos_guard.store import glass, grants, overrides, totp
from pos_guard.store.overrides import Wanted
from pos_guard.store.permit import Credentials, permitted
from pos_guard.store.signin import CodeMissingError
from pos_guard.store.store import Store

PIN, SECRET = "482915", b"maya-second-factor-1"
POLICY = Policy(
    "shop",
    1,
    "EUR",
    {name: Role(name, may_resolve=name == "manager") for name in ("manager", "cashier")},
)
LIMIT = Wanted(rules=frozenset({"within-limit"}), reason="flood sale", up_to=50_000)


@pytest.fixture(autouse=True)
def staff(store: Store) -> None:
    store.people.add("maya", "Maya", "manager", PIN)
    store.people.add("anna", "Anna", "cashier", PIN)


def edit(store: Store, change: str) -> None:
    """Somebody else writes into the file."""
    with store.transaction():
        store._database.write(f"UPDATE grants SET {change}")


def cases(store: Store) -> list[object]:
    return [record.body["case"] for record in store.audit.records(kind="case")]


def test_an_override_says_what_for(store: Store) -> None:
    wanted = Wanted(
        rules=frozenset({"within-limit", "hours"}),
        operations=frozenset({"refund"}),
        roles=frozenset({"cashier"}),
        up_to=50_000,
        reason="盘点 stock-taking",
    )
    made = store.overrides.add("maya", wanted)
    assert made == Override(
        "override-1",
        frozenset({"within-limit", "hours"}),
        frozenset({"refund"}),
        frozenset({"cashier"}),
        50_000,
        "maya",
    )
    assert store.overrides.active() == (made,)
    opened = store.overrides.open()[0]
    assert (opened.person, opened.reason) == ("maya", "盘点 stock-taking")
    record = next(iter(store.audit.records(kind="override")))
    assert (record.actor, record.body["change"], record.body["id"]) == ("maya", "begin", made.id)
    assert record.body["terms"] == opened.terms


@pytest.mark.parametrize(
    "spoil",
    [
        lambda clock: clock.advance(3600),
        lambda clock: clock.step_wall(3600),
        lambda clock: clock.reboot(),
    ],
    ids=["time", "wall clock forward", "reboot"],
)
def test_it_ends_when_either_clock_says_so_or_the_machine_restarts(
    store: Store, clock: ManualClock, spoil: Callable[[ManualClock], None]
) -> None:
    store.overrides.add("maya", LIMIT)
    store.glass.start("maya", "the disk is full", 3600)
    clock.advance(1)
    assert len(store.overrides.active()) == 1
    assert store.glass.active() == "break-glass-2"
    spoil(clock)
    assert store.overrides.active() == ()
    assert store.glass.active() is None


def test_turning_the_clock_back_prolongs_nothing(store: Store, clock: ManualClock) -> None:
    store.overrides.add("maya", LIMIT)
    for _ in range(4):
        clock.advance(900)
        clock.step_wall(-900)
    assert store.overrides.active() == ()


def test_it_is_there_after_a_restart_of_the_program_within_one_boot(
    store: Store, clock: ManualClock, directory: Path
) -> None:
    made = store.overrides.add("maya", LIMIT)
    store.close()
    with Store.open(directory, clock=clock, durable=False) as again:
        assert again.overrides.active() == (made,)


def test_it_is_revoked_once(store: Store) -> None:
    made = store.overrides.add("maya", LIMIT)
    store.overrides.revoke(made.id, "maya")
    assert store.overrides.active() == ()
    for wrong in (made.id, "override-9", "break-glass-1", "override-", "override-1e3", "", "7"):
        with pytest.raises(LocalError):
            store.overrides.revoke(wrong, "maya")
    assert [r.body["change"] for r in store.audit.records(kind="override")] == ["begin", "end"]


@pytest.mark.parametrize(
    "change",
    [
        "until_boot_us = until_boot_us + 1",
        "until_wall_us = until_wall_us + 86400000000",
        "terms = replace(terms, '50000', '99999')",
        "terms = replace(terms, 'within-limit', 'never-over')",
        "terms = '{'",
        "terms = '[]'",
        "person = 'anna'",
        "reason = 'another'",
        "seal = 'hmac:00'",
        "seal = 'ed25519:zz'",
        "seal = ''",
        "wall_us = wall_us + 1",
    ],
)
def test_an_edited_row_counts_for_nothing_and_becomes_one_case(store: Store, change: str) -> None:
    store.overrides.add("maya", LIMIT)
    if change == "terms = '{'":
        store._database._connection.execute("PRAGMA ignore_check_constraints = ON")
    edit(store, change)
    for _ in range(3):
        assert store.overrides.active() == ()
    assert cases(store) == ["grant-edited"]


def test_a_row_of_another_kind_or_boot_is_no_grant_here(store: Store, clock: ManualClock) -> None:
    store.overrides.add("maya", LIMIT)
    edit(store, "kind = 'break-glass'")
    assert store.glass.active() is None
    edit(store, "kind = 'override', boot_id = 'boot-2'")
    clock.reboot()
    assert store.overrides.active() == ()
    assert cases(store) == ["grant-edited"]


def test_edited_rows_do_not_crowd_out_a_good_one(store: Store) -> None:
    for _ in range(grants.MAX_OPEN):
        store.overrides.add("maya", LIMIT)
    with pytest.raises(LocalError, match="open already"):
        store.overrides.add("maya", LIMIT)
    edit(store, "reason = 'another'")
    good = store.overrides.add("maya", LIMIT)
    assert store.overrides.active() == (good,)


def test_inside_the_transaction_of_a_verdict_the_case_is_part_of_it(store: Store) -> None:
    store.overrides.add("maya", LIMIT)
    edit(store, "reason = 'another'")
    with store.transaction():
        assert store.overrides.active() == ()
    assert cases(store) == ["grant-edited"]


def test_a_reader_passes_an_edited_row_over(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    made = store.overrides.add("maya", LIMIT)
    with Store.open(directory, clock=clock, readonly=True) as reader:
        assert reader.overrides.active() == (made,)
        edit(store, "reason = 'another'")
        assert reader.overrides.active() == ()
    assert cases(store) == []


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(rules=frozenset(), reason="r"),
        Wanted(rules=frozenset({f"rule-{n}" for n in range(17)}), reason="r"),
        Wanted(rules=frozenset({"Within Limit"}), reason="r"),
        Wanted(rules=frozenset({"hours"}), roles=frozenset({"Any Body"}), reason="r"),
        Wanted(rules=frozenset({"hours"}), operations=frozenset({"steal"}), reason="r"),
        Wanted(rules=frozenset({"hours"}), up_to=0, reason="r"),
        Wanted(rules=frozenset({"hours"}), reason=""),
        Wanted(rules=frozenset({"hours"}), reason="  "),
        Wanted(rules=frozenset({"hours"}), reason="x" * 201),
        Wanted(rules=frozenset({"hours"}), reason="bell\a"),
        Wanted(rules=frozenset({"hours"}), reason="r", life_s=0),
        Wanted(rules=frozenset({"hours"}), reason="r", life_s=overrides.MAX_LIFE_S + 1),
    ],
)
def test_what_is_no_exception_is_refused(store: Store, wanted: Wanted) -> None:
    with pytest.raises(LocalError):
        store.overrides.add("maya", wanted)
    assert store.overrides.active() == ()


def test_one_break_glass_at_a_time_for_at_most_eight_hours(
    store: Store, clock: ManualClock
) -> None:
    for life in (0, glass.MAX_LIFE_S + 1):
        with pytest.raises(LocalError, match="8 hours"):
            store.glass.start("maya", "fire", life)
    store.glass.start("maya", "fire", glass.MAX_LIFE_S)
    with pytest.raises(LocalError, match="is open already"):
        store.glass.start("maya", "fire", 60)
    clock.advance(60)
    assert store.glass.stop("maya").id == 1
    assert store.glass.active() is None
    with pytest.raises(LocalError, match="no break-glass"):
        store.glass.stop("maya")
    changes = [(r.actor, r.body["change"]) for r in store.audit.records(kind="break-glass")]
    assert changes == [("maya", "begin"), ("maya", "end")]


def test_a_right_is_the_roles_and_proven_with_all_that_a_person_has(
    store: Store, clock: ManualClock
) -> None:
    maya = Credentials("maya", PIN)
    assert permitted(store.people, POLICY, maya) == Person("maya", "manager")
    with pytest.raises(NotPermittedError, match="ask a manager"):
        permitted(store.people, POLICY, Credentials("anna", PIN))
    with pytest.raises(NotPermittedError):
        permitted(store.people, POLICY, Credentials("maya", "730264"))
    with pytest.raises(NotPermittedError):
        permitted(store.people, Policy("none", 1, "EUR"), maya)
    store.people.set_second("maya", SECRET, totp.code_at(SECRET, totp.step_of(clock.wall_us())))
    with pytest.raises(CodeMissingError):
        permitted(store.people, POLICY, maya)
    assert PIN not in repr(maya)
