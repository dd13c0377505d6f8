"""A real file system that fills up, is read-only, or does not let a file grow."""

from __future__ import annotations

import resource
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.decision import Decision
from pos_guard.errors import DiskError, DiskTrouble
from pos_guard.guard import Guard
from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.money import Money
from pos_guard.store.disk import CHECKED_US
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from tests.shop import Shop, shop
from tests.store.crash.recovery import over_refunded
from tests.store.crash.small_disks import SmallDisk, small_disk

MOST = 2000
"""Sales until a disk without room must have said so."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as mounted:
        yield mounted


@contextmanager
def opened(directory: Path) -> Generator[Shop, None, None]:
    made = shop(directory, durable=True)
    try:
        yield made
    finally:
        made.store.close()


def sale(corner: Shop) -> Decision:
    intent = Intent(IntentKind.SALE, Tender.CARD, 1000, "EUR")
    return corner.guard.judge(intent, link="zvt")


def refund(corner: Shop, sale_id: str, amount: int) -> Decision:
    assert corner.guard.tell_original(sale_id, Source.SCAN)
    intent = Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR")
    return corner.guard.judge(intent, link="zvt")


def sold_until_refused(corner: Shop) -> tuple[list[int], Decision | DiskError]:
    """Sales that were acknowledged, until one is refused or its outcome cannot be written."""
    done: list[int] = []
    for number in range(MOST):
        try:
            corner.order(1000)
            decision = sale(corner)
            if not decision.allowed:
                return done, decision
            corner.guard.settle(decision.id, Outcome(Result.APPROVED, 1000, "EUR", f"{number:04}"))
            done.append(decision.id)
        except DiskError as error:
            return done, error
    raise AssertionError("the disk is never full")


def test_a_full_disk_refuses_says_what_to_do_and_goes_on_once_there_is_room(
    disk: SmallDisk,
) -> None:
    with opened(disk.path) as corner:
        corner.sign_in("ben")
        first = corner.paid_sale(5000)
        assert refund(corner, first, 700).allowed
        corner.order(1000)
        disk.fill()
        done, said = sold_until_refused(corner)
        assert isinstance(said, DiskError | Decision)
        assert str(disk.path) in (str(said) if isinstance(said, DiskError) else said.say.en)
        refusal = sale(corner)
        assert not refusal.allowed
        assert "磁盘已满" in refusal.say.zh
        assert str(corner.directory) in refusal.say.zh
        assert "make room on the disk of" in refusal.say.en
        # What only asks still works, and so does the record of before.
        assert [entry.amount for entry in corner.guard.unresolved("zvt")] == []
        assert corner.store.audit.verify().count > len(done)
        disk.empty()
        corner.clock.advance(CHECKED_US // 1_000_000)
        left = corner.store.ledger.reserved()
        for entry in left:
            corner.guard.settle(entry.id, Outcome(Result.APPROVED, entry.amount, "EUR", "9999"))
        again = corner.paid_sale(1000, receipt="9998")
        corner.sign_in("ben")
        assert refund(corner, again, 1000).allowed
        reopened = corner.reopened()
    with reopened.store as store:
        phases = {entry.id: entry.phase for entry in store.ledger.search(limit=MOST)}
        assert {phases[number] for number in done} <= {Phase.POSTED}
        assert not list(over_refunded(store.ledger.search(limit=MOST)))
        store.checkpoints.verify()


def test_on_a_full_disk_no_guard_starts_and_it_says_why(disk: SmallDisk) -> None:
    with opened(disk.path) as corner:
        sold = corner.paid_sale(5000)
    disk.fill()
    with pytest.raises(DiskError, match="make room on the disk of") as caught:
        Store.open(corner.directory, clock=ManualClock())
    assert (caught.value.trouble, caught.value.where) == (DiskTrouble.FULL, str(corner.directory))
    with Store.open(corner.directory, clock=ManualClock(), readonly=True) as reader:
        assert reader.ledger.sale(sold) is not None
    disk.empty()
    with Store.open(corner.directory, clock=ManualClock()) as store:
        store.checkpoints.verify()
        assert store.ledger.sale(sold) is not None


def test_no_store_is_made_on_a_full_disk_and_half_of_one_is_none(disk: SmallDisk) -> None:
    disk.fill()
    with pytest.raises(DiskError) as caught:
        Store.create(disk.path / "state", clock=ManualClock(), terminal_id="T1")
    assert caught.value.trouble is DiskTrouble.FULL
    disk.empty()
    with Store.create(disk.path / "state", clock=ManualClock(), terminal_id="T1") as store:
        assert store.audit.verify().count == 2


def test_a_read_only_disk_can_be_read_and_no_guard_starts(disk: SmallDisk) -> None:
    with opened(disk.path) as corner:
        sold = corner.paid_sale(5000)
    disk.remount("ro")
    with pytest.raises(DiskError, match="read-only") as caught:
        Store.open(corner.directory, clock=ManualClock())
    assert caught.value.trouble is DiskTrouble.READONLY
    with Store.open(corner.directory, clock=ManualClock(), readonly=True) as reader:
        assert reader.ledger.sale(sold) is not None
        reader.checkpoints.verify()
    disk.remount("rw")
    with Store.open(corner.directory, clock=ManualClock()) as store:
        assert Guard(store, corner.guard.policy, corner.clock).unresolved("zvt") == ()


@contextmanager
def no_file_above(size: int) -> Generator[None, None, None]:
    """A limit of the process, as systemd and ulimit set it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_may_not_grow_refuses_and_goes_on_once_it_may(tmp_path: Path) -> None:
    with opened(tmp_path) as corner:
        corner.paid_sale(5000)
        wal = corner.directory / "pos-guard.db-wal"
        with no_file_above(wal.stat().st_size + 40_000):
            done, _ = sold_until_refused(corner)
            corner.guard.context()
            refusal = sale(corner)
            assert not refusal.allowed
            assert "磁盘" in refusal.say.zh
            assert str(corner.directory) in refusal.say.en
        for entry in corner.store.ledger.reserved():
            corner.guard.settle(entry.id, Outcome(Result.APPROVED, entry.amount, "EUR", "9999"))
        corner.paid_sale(2000, receipt="9998")
        corner.store.checkpoints.verify()
        assert corner.guard.tell_order(None, Money(5, "EUR"), Source.BILL).total.amount == 5
        phases = {entry.id: entry.phase for entry in corner.store.ledger.search(limit=MOST)}
        assert {phases[number] for number in done} <= {Phase.POSTED}
