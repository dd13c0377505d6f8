"""People: equal answers to every wrong try, the lock-out, and a record of everything."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from pos_guard.clock import SECOND, ManualClock
from pos_guard.errors import LocalError, NotPermittedError, StoreError
from pos_guard.policy.request import Person
from pos_guard.store.lockout import LOCK_AFTER, LOCK_US, delay_us
from pos_guard.store.pins import WeakPinError
from pos_guard.store.signin import REFUSED, PinRefusedError
from pos_guard.store.store import Store
from tests.store.store_help import interrupted

PIN, WRONG, NEW = "482915", "730264", "918357"
MAYA = Person("maya", "manager")


@pytest.fixture(autouse=True)
def maya(store: Store) -> None:
    store.people.add("maya", "Maya 王", "manager", PIN)


def refuse(store: Store, person: str = "maya", pin: str = WRONG) -> None:
    with pytest.raises(PinRefusedError):
        store.people.verify(person, pin)


def fail(store: Store, clock: ManualClock, times: int) -> None:
    """So many wrong PINs, each after the wait that the one before cost."""
    for _ in range(times):
        clock.advance(delay_us(store.people.all()[0].failures) // SECOND)
        refuse(store)


def test_the_right_pin_says_who_it_is(store: Store) -> None:
    assert store.people.verify("maya", PIN) == MAYA
    assert store.people.get("maya") == MAYA


@pytest.mark.parametrize(
    ("person", "pin"),
    [
        ("maya", WRONG),
        ("maya", ""),
        ("maya", "x" * 1000),
        ("nobody", PIN),
        ("", PIN),
        ("MAYA", PIN),
    ],
)
def test_every_wrong_try_gets_the_same_words(store: Store, person: str, pin: str) -> None:
    with pytest.raises(NotPermittedError) as caught:
        store.people.verify(person, pin)
    assert isinstance(caught.value, PinRefusedError)
    assert str(caught.value) == REFUSED.en
    assert caught.value.say == REFUSED


def test_locked_and_disabled_get_the_same_words_too(store: Store, clock: ManualClock) -> None:
    fail(store, clock, LOCK_AFTER)
    with pytest.raises(PinRefusedError, match=REFUSED.en):
        store.people.verify("maya", PIN)
    store.people.unlock("maya")
    store.people.disable("maya")
    with pytest.raises(PinRefusedError, match=REFUSED.en):
        store.people.verify("maya", PIN)


@pytest.mark.parametrize("person", ["maya", "nobody"])
def test_every_wrong_try_does_the_same_writes(store: Store, person: str) -> None:
    """Equal work: what an unknown id costs is what a wrong PIN costs."""
    statements: list[str] = []
    connection = cast("sqlite3.Connection", store._database._connection)
    connection.set_trace_callback(statements.append)
    refuse(store, person)
    connection.set_trace_callback(None)
    verbs = [statement.split()[0] for statement in statements]
    assert verbs.count("BEGIN") == verbs.count("COMMIT") == 2
    assert [verb for verb in verbs if verb == "INSERT"] == ["INSERT"] * 3


def test_two_people_with_one_pin_are_two_people(store: Store) -> None:
    store.people.add("anna", "Anna", "cashier", PIN)
    assert store.people.verify("anna", PIN) == Person("anna", "cashier")
    assert store.people.verify("maya", PIN) == MAYA
    hashes = store._database.rows("SELECT DISTINCT pin FROM people")
    assert len(hashes) == 2


def test_waits_double_and_end_in_half_an_hour() -> None:
    seconds = [delay_us(failures) // SECOND for failures in range(12)]
    assert seconds == [0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 1800, 1800]


def test_during_the_wait_even_the_right_pin_is_refused(store: Store, clock: ManualClock) -> None:
    fail(store, clock, 3)
    refuse(store, pin=PIN)
    clock.advance(4)
    refuse(store, pin=PIN)
    clock.advance(1)
    assert store.people.verify("maya", PIN) == MAYA


def test_tries_during_the_wait_neither_count_nor_prolong(store: Store, clock: ManualClock) -> None:
    fail(store, clock, 3)
    for _ in range(20):
        refuse(store)
    assert store.people.all()[0].failures == 3
    clock.advance(5)
    assert store.people.verify("maya", PIN) == MAYA


def test_the_right_pin_forgets_the_wrong_ones(store: Store, clock: ManualClock) -> None:
    fail(store, clock, 9)
    clock.advance(delay_us(9) // SECOND)
    assert store.people.verify("maya", PIN) == MAYA
    assert store.people.all()[0].failures == 0
    refuse(store)
    assert store.people.verify("maya", PIN) == MAYA


def test_the_tenth_wrong_pin_locks_for_half_an_hour_and_restarts_do_not_help(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    fail(store, clock, LOCK_AFTER)
    for reboot in (False, True):
        store.close()
        if reboot:
            clock.reboot()
            clock.step_wall(24 * 3600)
        store = Store.open(directory, clock=clock, durable=False)
        assert store.people.all()[0].locked
        refuse(store, pin=PIN)
    clock.advance(LOCK_US // SECOND - 2)
    refuse(store, pin=PIN)
    clock.advance(1)
    assert store.people.verify("maya", PIN) == MAYA
    store.close()


def test_setting_the_clock_ends_no_wait(store: Store, clock: ManualClock) -> None:
    fail(store, clock, LOCK_AFTER)
    clock.step_wall(365 * 24 * 3600)
    refuse(store, pin=PIN)


def test_a_try_is_counted_before_the_pin_is_looked_at(store: Store, directory: Path) -> None:
    """Pulling the plug at the very moment of the comparison gains no free guess."""
    with store.transaction():
        store._database.write("UPDATE people SET pin = 'scrypt$2$8$1$A$A' WHERE id = 'maya'")
    with pytest.raises(StoreError):
        store.people.verify("maya", WRONG)
    with closing(sqlite3.connect(directory / "pos-guard.db")) as connection:
        assert connection.execute("SELECT person, failures FROM pin_attempts").fetchall() == [
            ("maya", 1)
        ]


def test_a_check_inside_a_transaction_is_refused_because_it_could_be_rolled_back(
    store: Store,
) -> None:
    with pytest.raises(StoreError, match="open already"), store.transaction():
        store.people.verify("maya", PIN)


def test_unlock_ends_the_wait_and_undoes_disable(store: Store, clock: ManualClock) -> None:
    fail(store, clock, LOCK_AFTER)
    store.people.unlock("maya")
    assert store.people.verify("maya", PIN) == MAYA
    store.people.disable("maya")
    assert store.people.get("maya") is None
    refuse(store, pin=PIN)
    store.people.unlock("maya")
    assert store.people.verify("maya", PIN) == MAYA


def test_unknown_ids_lock_nobody_and_fill_no_table(store: Store, clock: ManualClock) -> None:
    for number in range(30):
        clock.advance(LOCK_US // SECOND)
        refuse(store, f"nobody{number}")
    assert len(store._database.rows("SELECT * FROM pin_attempts")) == 1
    assert store.people.verify("maya", PIN) == MAYA


def test_a_new_pin_replaces_the_old_and_a_new_role_is_seen(store: Store) -> None:
    refuse(store)
    store.people.set_pin("maya", NEW)
    assert store.people.all()[0].failures == 0
    refuse(store, pin=PIN)
    assert store.people.verify("maya", NEW) == MAYA
    store.people.set_role("maya", "owner")
    assert store.people.verify("maya", NEW) == Person("maya", "owner")


def test_a_weak_pin_is_refused_before_anything_is_written(store: Store) -> None:
    with pytest.raises(WeakPinError):
        store.people.add("anna", "Anna", "cashier", "1234")
    with pytest.raises(WeakPinError):
        store.people.set_pin("maya", "0000")
    assert [account.id for account in store.people.all()] == ["maya"]
    assert store.people.verify("maya", PIN) == MAYA


@pytest.mark.parametrize(
    ("person", "name", "role"),
    [
        ("maya", "Again", "cashier"),
        ("", "Empty", "cashier"),
        ("a|b", "Separator", "cashier"),
        ("-flag", "Flag", "cashier"),
        ("x" * 33, "Long", "cashier"),
        ("安娜", "Id in Chinese", "cashier"),
        ("anna", "", "cashier"),
        ("anna", "  ", "cashier"),
        ("anna", "Bell\a", "cashier"),
        ("anna", "x" * 65, "cashier"),
        ("anna", "Anna", ""),
        ("anna", "Anna", "Cash Ier"),
    ],
)
def test_ids_names_and_roles_have_a_form(store: Store, person: str, name: str, role: str) -> None:
    with pytest.raises(LocalError):
        store.people.add(person, name, role, WRONG)
    assert len(store.people.all()) == 1


def test_changing_nobody_is_an_error(store: Store) -> None:
    changes: tuple[Callable[[], None], ...] = (
        lambda: store.people.set_pin("nobody", NEW),
        lambda: store.people.set_role("nobody", "cashier"),
        lambda: store.people.disable("nobody"),
        lambda: store.people.unlock("nobody"),
    )
    for change in changes:
        with pytest.raises(LocalError, match="no person nobody"):
            change()


def test_changes_join_an_open_transaction(store: Store) -> None:
    interrupted(store.transaction(), lambda: store.people.add("anna", "Anna", "cashier", WRONG))
    assert store.people.get("anna") is None


def test_every_try_and_change_is_recorded_but_no_pin(
    store: Store, clock: ManualClock, directory: Path
) -> None:
    store.people.verify("maya", PIN)
    refuse(store, pin=WRONG)
    refuse(store, person=NEW)
    store.people.disable("maya", actor="olga")
    refuse(store, pin=PIN)
    store.people.unlock("maya", actor="olga")
    fail(store, clock, 3)
    refuse(store)
    seen = [
        (record.kind, record.actor, record.body.get("why", record.body.get("change")))
        for record in store.audit.records()
    ][3:]
    assert seen == [
        ("pin-accepted", "maya", None),
        ("pin-refused", "maya", "wrong"),
        ("pin-refused", None, "unknown"),
        ("people", "olga", "disable"),
        ("pin-refused", "maya", "disabled"),
        ("people", "olga", "unlock"),
        ("pin-refused", "maya", "wrong"),
        ("pin-refused", "maya", "wrong"),
        ("pin-refused", "maya", "wrong"),
        ("pin-refused", "maya", "locked"),
    ]
    store.close()
    everything = b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
    for pin in (PIN, WRONG, NEW):
        assert pin.encode() not in everything
