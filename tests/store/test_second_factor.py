"""PIN and second factor together: one use a code, one lock for both, no way around."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.clock import SECOND, ManualClock
from pos_guard.errors import LocalError, StoreError
from pos_guard.policy.request import Person
from pos_guard.store import totp
from pos_guard.store.lockout import LOCK_AFTER, delay_us
from pos_guard.store.signin import CodeMissingError, PinRefusedError, Proof
from pos_guard.store.store import Store

ANNAS = b"anna-second-factor-1"
PIN, WRONG = "482915", "730264"
SECRET = b"12345678901234567890"
MAYA = Person("maya", "manager")


def now(clock: ManualClock, off: int = 0) -> str:
    return totp.code_at(SECRET, totp.step_of(clock.wall_us()) + off)


@pytest.fixture(autouse=True)
def maya(store: Store, clock: ManualClock) -> None:
    store.people.add("maya", "Maya", "manager", PIN)
    store.people.set_second("maya", SECRET, now(clock))
    clock.advance(30)


def refuse(store: Store, pin: str = PIN, code: str | None = "000000", who: str = "maya") -> None:
    with pytest.raises(PinRefusedError):
        store.people.prove(who, pin, code)


def test_both_together_prove_a_person(store: Store, clock: ManualClock) -> None:
    assert store.people.prove("maya", PIN, now(clock)) == Proof(MAYA, second=True)
    assert store.people.all()[0].second


def test_a_code_counts_once_also_after_a_restart(
    store: Store, clock: ManualClock, directory: Path
) -> None:
    code = now(clock)
    store.people.prove("maya", PIN, code)
    refuse(store, code=code)
    store.close()
    with Store.open(directory, clock=clock, durable=False) as again:
        refuse(again, code=code)


def test_a_code_of_before_one_that_was_used_is_gone(store: Store, clock: ManualClock) -> None:
    earlier = now(clock)
    clock.advance(30)
    store.people.prove("maya", PIN, now(clock))
    refuse(store, code=earlier)


def test_turning_the_clock_back_brings_no_code_back(store: Store, clock: ManualClock) -> None:
    code = now(clock)
    store.people.prove("maya", PIN, code)
    clock.advance(600)
    clock.step_wall(-600)
    refuse(store, code=code)


def test_the_code_that_enrolled_is_used(store: Store, clock: ManualClock) -> None:
    refuse(store, code=now(clock, -1))


def test_a_right_pin_alone_proves_nothing_but_signs_in(store: Store) -> None:
    with pytest.raises(CodeMissingError) as caught:
        store.people.prove("maya", PIN, None)
    assert caught.value.say.zh
    assert store.people.verify("maya", PIN) == MAYA


def test_whether_somebody_has_one_is_not_told_without_the_pin(store: Store) -> None:
    refuse(store, WRONG, None)
    refuse(store, WRONG, "000000")
    refuse(store, WRONG, None, "nobody")
    refuse(store, WRONG, "000000", "nobody")


def test_without_a_second_factor_no_code_is_needed_and_none_is_right(store: Store) -> None:
    store.people.add("anna", "Anna", "cashier", WRONG)
    assert store.people.prove("anna", WRONG, None) == Proof(Person("anna", "cashier"), second=False)
    refuse(store, WRONG, "000000", "anna")


def test_a_right_code_does_not_empty_the_count_of_wrong_pins(
    store: Store, clock: ManualClock
) -> None:
    for _ in range(2):
        refuse(store, WRONG, now(clock))
        clock.advance(30)
    assert store.people.all()[0].failures == 4


def test_a_right_pin_does_not_empty_the_count_of_wrong_codes(
    store: Store, clock: ManualClock
) -> None:
    """Who knows the PIN must not guess codes for ever by signing in between."""
    for tried in range(1, LOCK_AFTER + 1):
        clock.advance(delay_us(tried - 1) // SECOND)
        refuse(store, PIN, "000000")
        if delay_us(tried) == 0:
            store.people.verify("maya", PIN)
    assert store.people.all()[0].failures == LOCK_AFTER
    assert store.people.all()[0].locked
    clock.advance(60)
    refuse(store, PIN, now(clock))
    with pytest.raises(PinRefusedError):
        store.people.verify("maya", PIN)


def test_unlock_and_a_new_pin_empty_both_counts(store: Store) -> None:
    for empty in (store.people.unlock, lambda person: store.people.set_pin(person, PIN)):
        refuse(store)
        assert store.people.all()[0].failures == 1
        empty("maya")
        assert store.people.all()[0].failures == 0


def test_a_lost_phone_is_forgotten(store: Store) -> None:
    store.people.drop_second("maya", actor="olga")
    assert store.people.prove("maya", PIN, None) == Proof(MAYA, second=False)
    with pytest.raises(LocalError, match="no second factor"):
        store.people.drop_second("maya")


@pytest.mark.parametrize(("secret", "off"), [(SECRET, 5), (SECRET[:-1], 0), (SECRET + b"x", 0)])
def test_a_factor_that_the_app_does_not_show_is_not_set(
    store: Store, clock: ManualClock, secret: bytes, off: int
) -> None:
    store.people.drop_second("maya")
    with pytest.raises(LocalError):
        store.people.set_second("maya", secret, now(clock, off))
    assert not store.people.has_second("maya")


def test_the_secret_is_nowhere_in_the_clear(store: Store, directory: Path) -> None:
    store.close()
    files = [path.read_bytes() for path in directory.rglob("*") if path.is_file()]
    assert files
    assert not any(SECRET in data for data in files)


def test_a_secret_that_was_edited_or_swapped_fails_closed(store: Store, clock: ManualClock) -> None:
    store.people.add("anna", "Anna", "cashier", WRONG)
    store.people.set_second(
        "anna",
        ANNAS,
        totp.code_at(ANNAS, totp.step_of(clock.wall_us())),
    )
    with store.transaction():
        store._database.write(
            "UPDATE second_factors SET secret ="
            " (SELECT secret FROM second_factors WHERE person = 'anna') WHERE person = 'maya'"
        )
    with pytest.raises(StoreError, match="was changed"):
        store.people.prove("maya", PIN, totp.code_at(ANNAS, totp.step_of(clock.wall_us()) + 1))
