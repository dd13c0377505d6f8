"""Shifts and tiers: durable, one at a time, and no way to empty their counters by signing out."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.clock import SECOND, ManualClock
from pos_guard.errors import LocalError
from pos_guard.policy.request import Tier
from pos_guard.store.shifts import BREAK_US, MAX_SHIFT_US
from pos_guard.store.store import Store

PIN = "482915"
HOUR = 3600


@pytest.fixture(autouse=True)
def staff(store: Store) -> None:
    for person in ("anna", "ben"):
        store.people.add(person, person, "cashier", PIN)


def changes(store: Store) -> list[object]:
    return [record.body["change"] for record in store.audit.records(kind="shift")]


def test_a_shift_begins_once_and_ends_once(store: Store, clock: ManualClock) -> None:
    begun = store.shifts.begin("anna")
    assert (begun.boot_us, begun.wall_us) == (clock.boot_us(), clock.wall_us())
    assert store.shifts.current("anna") == begun
    assert store.shifts.current("ben") is None
    with pytest.raises(LocalError, match="open shift already"):
        store.shifts.begin("anna")
    clock.advance(60)
    assert store.shifts.on_shift_us("anna") == 60 * SECOND
    store.shifts.end("anna")
    assert store.shifts.on_shift_us("anna") is None
    with pytest.raises(LocalError, match="no open shift"):
        store.shifts.end("anna")
    assert changes(store) == ["begin", "end"]


def test_shifts_of_several_people_are_open_side_by_side(store: Store) -> None:
    store.shifts.begin("ben")
    store.shifts.begin("anna")
    assert [shift.operator for shift in store.shifts.open()] == ["ben", "anna"]


def test_a_shift_survives_restart_and_reboot(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    begun = store.shifts.begin("anna")
    clock.advance(HOUR)
    store.close()
    clock.reboot()
    clock.step_wall(60)
    with Store.open(directory, clock=clock, durable=False) as again:
        assert again.shifts.current("anna") == begun
        assert again.shifts.on_shift_us("anna") == (HOUR + 60) * SECOND


def test_after_a_reboot_a_clock_behind_shortens_no_shift_below_the_time_since_boot(
    store: Store, clock: ManualClock
) -> None:
    store.shifts.begin("anna")
    clock.reboot()
    clock.advance(300)
    clock.step_wall(-10 * HOUR)
    assert store.shifts.on_shift_us("anna") == clock.boot_us()


@pytest.mark.parametrize("reboot", [False, True])
def test_a_short_break_is_part_of_the_shift(store: Store, clock: ManualClock, reboot: bool) -> None:
    """Signing out and in must not empty the counters of a shift, nor rest anybody."""
    begun = store.shifts.begin("anna")
    clock.advance(4 * HOUR)
    store.shifts.end("anna")
    if reboot:
        clock.reboot()
    clock.advance(BREAK_US // SECOND - 1)
    assert store.shifts.begin("anna") == begun
    assert store.shifts.current("anna") == begun
    assert changes(store) == ["begin", "end", "resume"]


@pytest.mark.parametrize("reboot", [False, True])
def test_after_a_long_break_a_new_shift_begins(
    store: Store, clock: ManualClock, reboot: bool
) -> None:
    begun = store.shifts.begin("anna")
    store.shifts.end("anna")
    if reboot:
        clock.reboot()
    clock.advance(BREAK_US // SECOND)
    fresh = store.shifts.begin("anna")
    assert fresh.id != begun.id
    assert fresh.boot_us == clock.boot_us()


def test_a_forgotten_shift_ends_when_the_next_one_begins(store: Store, clock: ManualClock) -> None:
    first = store.shifts.begin("anna")
    clock.advance(MAX_SHIFT_US // SECOND)
    assert store.shifts.begin("anna").id != first.id
    assert changes(store) == ["begin", "forgotten", "begin"]
    assert len(store.shifts.open()) == 1


def test_who_ended_the_shift_of_another_stands_in_the_log(store: Store) -> None:
    store.shifts.begin("anna")
    store.shifts.end("anna", by="maya")
    records = list(store.audit.records(kind="shift"))
    assert [record.actor for record in records] == ["anna", "maya"]


@pytest.mark.parametrize("disabled", [False, True])
def test_nobody_begins_under_an_id_that_may_not_work(store: Store, disabled: bool) -> None:
    who = "ben" if disabled else "nobody"
    if disabled:
        store.people.disable("ben")
    with pytest.raises(LocalError, match="nobody may work"):
        store.shifts.begin(who)


def test_probation_ends_by_itself(store: Store, clock: ManualClock) -> None:
    until = clock.wall_us() + 100 * SECOND
    assert store.people.tier("anna") is Tier.REGULAR
    store.people.set_tier("anna", Tier.PROBATION, until_us=until, actor="maya")
    clock.advance(99)
    assert store.people.tier("anna") is Tier.PROBATION
    assert store.people.all()[0].tier is Tier.PROBATION
    clock.advance(1)
    assert store.people.tier("anna") is Tier.REGULAR


def test_probation_without_an_end_stays_until_somebody_ends_it(
    store: Store, clock: ManualClock
) -> None:
    store.people.set_tier("anna", Tier.PROBATION)
    clock.advance(400 * 24 * HOUR)
    assert store.people.tier("anna") is Tier.PROBATION
    store.people.set_tier("anna", Tier.REGULAR)
    assert store.people.tier("anna") is Tier.REGULAR


def test_who_is_not_known_counts_as_a_beginner(store: Store) -> None:
    assert store.people.tier("nobody") is Tier.PROBATION


def test_probation_cannot_end_in_the_past(store: Store, clock: ManualClock) -> None:
    with pytest.raises(LocalError, match="in the past"):
        store.people.set_tier("anna", Tier.PROBATION, until_us=clock.wall_us())
    assert store.people.tier("anna") is Tier.REGULAR
