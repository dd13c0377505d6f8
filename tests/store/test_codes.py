"""Payment codes that were seen: from the first time on, charged once, forgotten after a day."""

from __future__ import annotations

from pos_guard.clock import SECOND, ManualClock
from pos_guard.store.codes import CODE_LIFE_US, MAX_CODES, SeenCode
from pos_guard.store.store import Store

DAY = 24 * 3600


def seen(store: Store, token: str, *, typed: bool = False) -> None:
    with store.transaction():
        store.codes.mark_seen(token, typed=typed)


def test_a_code_is_used_for_a_day(store: Store, clock: ManualClock) -> None:
    with store.transaction():
        store.codes.mark_used("one")
        store.codes.mark_used("one")
    assert (store.codes.used("one"), store.codes.used("two")) == (True, False)
    clock.advance(DAY)
    with store.transaction():
        store.codes.mark_used("two")
    assert store.codes.used("one")
    clock.advance(1)
    with store.transaction():
        store.codes.mark_used("three")
    assert (store.codes.used("one"), store.codes.used("two")) == (False, True)


def test_setting_the_clock_forgets_no_code(store: Store, clock: ManualClock) -> None:
    with store.transaction():
        store.codes.mark_used("one")
    clock.step_wall(30 * DAY)
    with store.transaction():
        store.codes.mark_used("two")
    assert store.codes.used("one")


def test_codes_of_an_earlier_boot_age_by_wall_time(store: Store, clock: ManualClock) -> None:
    with store.transaction():
        store.codes.mark_used("one")
    clock.reboot()
    with store.transaction():
        store.codes.mark_used("two")
    assert store.codes.used("one")
    clock.step_wall(DAY + 1)
    with store.transaction():
        store.codes.mark_used("three")
    assert not store.codes.used("one")


def flooded(store: Store, clock: ManualClock) -> Store:
    """The store after a flood of codes that nobody charged, opened anew."""
    numbers = f"SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MAX_CODES}"
    with store.transaction():
        store._database.write(
            f"WITH RECURSIVE n(i) AS ({numbers})"
            " INSERT INTO codes SELECT 'flood' || i, 'boot-1', ? + i, i, 0, 0 FROM n",
            clock.boot_us(),
        )
    store.close()
    return Store.open(store.directory, clock=clock, durable=False)


def test_a_flood_of_codes_is_bounded_and_drops_the_oldest(store: Store, clock: ManualClock) -> None:
    with flooded(store, clock) as again:
        with again.transaction():
            again.codes.mark_used("newest")
        kept = again._database.row("SELECT count(*) FROM codes")
        assert kept == (MAX_CODES - MAX_CODES // 10 + 1,)
        assert again.codes.used("newest")
        assert again.codes.seen("flood1") is None
        assert again.codes.seen(f"flood{MAX_CODES}") is not None


def test_a_flood_drops_codes_that_were_never_charged_first(
    store: Store, clock: ManualClock
) -> None:
    with store.transaction():
        store.codes.mark_used("charged")
    clock.advance(10)
    with flooded(store, clock) as again:
        assert again.codes.used("charged")
        assert again.codes.seen("flood1") is None


def test_the_bound_holds_while_the_guard_runs(store: Store, clock: ManualClock) -> None:
    with flooded(store, clock) as again:
        with again.transaction():
            for number in range(MAX_CODES // 10 + 2):
                again.codes.mark_seen(f"more-{number}", typed=False)
        kept = again._database.row("SELECT count(*) FROM codes")
        assert kept is not None
        assert isinstance(kept[0], int)
        assert kept[0] <= MAX_CODES


def test_the_age_of_a_code_counts_from_its_first_scan(store: Store, clock: ManualClock) -> None:
    assert store.codes.seen("one") is None
    seen(store, "one")
    for seconds in (40, 40):
        clock.advance(seconds)
        seen(store, "one")
    assert store.codes.seen("one") == SeenCode(False, True, False, 80 * SECOND)


def test_a_code_that_was_charged_unseen_was_not_scanned(store: Store) -> None:
    with store.transaction():
        store.codes.mark_used("one")
    assert store.codes.seen("one") == SeenCode(used=True, scanned=False, typed=True, age_us=0)


def test_a_scan_makes_a_typed_code_a_scanned_one_and_typing_unmakes_nothing(store: Store) -> None:
    seen(store, "one", typed=True)
    assert store.codes.seen("one") == SeenCode(False, False, True, 0)
    seen(store, "one")
    seen(store, "one", typed=True)
    assert store.codes.seen("one") == SeenCode(False, True, False, 0)


def test_after_a_power_cut_a_code_is_too_old_and_still_used(
    store: Store, clock: ManualClock
) -> None:
    seen(store, "one")
    with store.transaction():
        store.codes.mark_used("one")
    clock.reboot()
    seen(store, "one")
    assert store.codes.seen("one") == SeenCode(True, True, False, CODE_LIFE_US)


def test_what_is_past_its_life_is_forgotten_at_the_next_start(
    store: Store, clock: ManualClock
) -> None:
    seen(store, "one")
    clock.advance(DAY + 1)
    assert store.codes.seen("one") is not None
    store.close()
    with Store.open(store.directory, clock=clock, durable=False) as again:
        assert again.codes.seen("one") is None
