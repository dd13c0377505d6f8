"""Everything that a snapshot says around a request, each piece as the store has it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Unpack
from zoneinfo import ZoneInfo

import pytest

from pos_guard.clock import SECOND, ManualClock
from pos_guard.errors import StoreError
from pos_guard.model import Context, Intent, IntentKind, Known, Order, Source, Tender
from pos_guard.money import Money
from pos_guard.policy.policy import Hours, Limit, Per, Policy, Window
from pos_guard.policy.request import (
    Answers,
    Disk,
    Freeze,
    Moment,
    Network,
    PayerState,
    Person,
    Request,
    Tier,
    Total,
    Usual,
)
from pos_guard.snapshot import Snapshots
from pos_guard.snapshot_time import day_start_us, moment, settled_by_hours
from pos_guard.store.disk import BAD_BYTES, CHECKED_US, LOW_BYTES, DiskWatch, probe
from pos_guard.store.ledger import NewEntry, Phase
from pos_guard.store.overrides import Wanted
from tests.shop import Shop, shop
from tests.store.store_help import BASE, Changes

OPERATIONS = frozenset({"refund", "void"})
PLAIN = Policy("plain", 1, "EUR")
BEN, MAYA = Person("ben", "senior"), Person("maya", "manager")
REFUND = Intent(IntentKind.REFUND, Tender.CARD, 100, "EUR")


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


def known(corner: Shop, sale: str | None = None, operator: str = "ben") -> Context:
    now = corner.clock.boot_us()
    original = None if sale is None else Known(sale, Source.SCAN, now)
    return Context(Known(operator, Source.SCAN, now), original=original)


def taken(
    corner: Shop,
    policy: Policy = PLAIN,
    intent: Intent = REFUND,
    context: Context | None = None,
    approver: Person | None = None,
) -> Request:
    snapshots = Snapshots(corner.store, policy, corner.clock)
    return snapshots.of_intent(intent, context or known(corner), "zvt", approver)


def book(corner: Shop, ago: int = 0, of: NewEntry = BASE, **changes: Unpack[Changes]) -> int:
    """One posted entry; ``of``: what it is like but for the changes."""
    at = corner.clock.wall_us() - ago * SECOND
    entry = replace(replace(of, **changes), phase=Phase.POSTED, wall_us=at)
    with corner.store.transaction():
        return corner.store.ledger.add(entry)


def limit(per: Per, window: Window, **more: object) -> Policy:
    made = Limit("one", OPERATIONS, per, window, amount=1000)
    return replace(PLAIN, limits=(replace(made, **more),))  # type: ignore[arg-type]


PAID = replace(BASE, sale_id="T1-000001", payer_token="p1")
BACK = replace(BASE, kind=IntentKind.REFUND, operator="ben", sale_id="T1-000001", amount=100)


@pytest.mark.parametrize(
    ("per", "expected"),
    [
        (Per.OPERATOR, Total(100, 1)),
        (Per.SALE, Total(300, 2)),
        (Per.PAYER, Total(700, 3)),
        (Per.TERMINAL, Total(1500, 4)),
        (Per.SHOP, Total(1500, 4)),
    ],
)
def test_a_limit_adds_up_whose_it_is(corner: Shop, per: Per, expected: Total) -> None:
    book(corner, of=PAID)
    book(corner, of=BACK)
    book(corner, of=BACK, operator="anna", amount=200)
    book(corner, of=BACK, operator="anna", amount=400, sale_id="T1-000002")
    book(corner, kind=IntentKind.VOID, operator="anna", amount=800)
    with corner.store.transaction():
        corner.store._database.write(
            "UPDATE entries SET payer_token = 'p1' WHERE sale_id = 'T1-000002'"
        )
    policy = limit(per, Window.ROLLING, seconds=60)
    assert taken(corner, policy, context=known(corner, "T1-000001")).totals == {"one": expected}


@pytest.mark.parametrize(
    ("per", "window", "sale", "operator"),
    [
        (Per.OPERATOR, Window.TRANSACTION, True, "ben"),
        (Per.OPERATOR, Window.ROLLING, True, "nobody"),
        (Per.OPERATOR, Window.SHIFT, True, "ben"),
        (Per.SALE, Window.DAY, False, "ben"),
        (Per.PAYER, Window.DAY, True, "ben"),
    ],
)
def test_what_nobody_can_add_up_is_missing(
    corner: Shop, per: Per, window: Window, sale: bool, operator: str
) -> None:
    book(corner, sale_id="T1-000001")
    context = known(corner, "T1-000001" if sale else None, operator)
    assert taken(corner, limit(per, window, seconds=60), context=context).totals == {}


def test_a_limit_on_other_operations_is_not_added_up(corner: Shop) -> None:
    sale = Intent(IntentKind.SALE, Tender.CARD, 100, "EUR")
    assert taken(corner, limit(Per.OPERATOR, Window.DAY), sale).totals == {}


def test_a_shift_counts_from_its_beginning(corner: Shop) -> None:
    book(corner, of=BACK, ago=10)
    corner.store.shifts.begin("ben")
    corner.clock.advance(60)
    book(corner, of=BACK, ago=30)
    request = taken(corner, limit(Per.OPERATOR, Window.SHIFT), context=known(corner, "T1-000001"))
    assert request.desk is not None
    assert request.desk.on_shift_us == 60 * SECOND
    policy = limit(Per.OPERATOR, Window.SHIFT)
    book(corner, sale_id="T1-000001")
    assert taken(corner, policy, context=known(corner, "T1-000001")).totals == {
        "one": Total(100, 1)
    }


def test_an_approvers_own_limits_are_added_up_for_him(corner: Shop) -> None:
    book(corner, sale_id="T1-000001")
    book(corner, of=BACK)
    book(corner, of=BACK, operator="maya", amount=40)
    policy = limit(Per.OPERATOR, Window.DAY)
    request = taken(corner, policy, context=known(corner, "T1-000001"), approver=MAYA)
    assert request.totals == {"one": Total(100, 1)}
    assert request.approver_totals == {"one": Total(40, 1)}


def test_a_request_that_waited_does_not_count_itself(corner: Shop) -> None:
    with corner.store.transaction():
        waiting = replace(BACK, phase=Phase.WAITING, wall_us=corner.clock.wall_us())
        corner.store.ledger.add(waiting)
    book(corner, sale_id="T1-000001")
    request = taken(corner, limit(Per.OPERATOR, Window.DAY), context=known(corner, "T1-000001"))
    assert request.totals == {"one": Total()}
    assert request.sale is not None
    assert request.sale.remaining == 1250


def test_payer_operator_and_the_usual_come_along(corner: Shop) -> None:
    corner.store.people.set_tier("ben", Tier.PROBATION)
    corner.store.tokens.add("anna", "p1")
    book(corner, of=PAID, operator="ben", order_key="A-1")
    book(corner, of=BACK)
    request = taken(corner, context=known(corner, "T1-000001"))
    assert request.payer == PayerState(1250, 100, 1, "anna")
    assert request.desk is not None
    assert (request.desk.tier, request.desk.sold, request.desk.refunded) == (
        Tier.PROBATION,
        1250,
        100,
    )
    assert request.usual == Usual(1, 100, 100, 100)
    assert [past.amount for past in request.recent] == [100, 1250]
    balance = taken(corner, intent=Intent(IntentKind.BALANCE, Tender.CARD))
    assert (balance.recent, balance.desk, balance.usual) == ((), None, None)


def test_freezes_answers_network_and_disk_come_along(corner: Shop) -> None:
    with corner.store.transaction():
        corner.store.freezes.freeze("operator", "ben", "why")
        corner.store.freezes.freeze("sale", "T1-000009", "why")
    snapshots = Snapshots(corner.store, PLAIN, corner.clock)
    snapshots.networks.tell(Network.OFFLINE)
    snapshots.disk = DiskWatch(lambda: Disk.BAD, corner.clock)
    answers = Answers(confirmed=100, totp=True, waited_us=3)
    request = snapshots.of_intent(REFUND, known(corner), "zvt", None, answers)
    assert request.freezes == (Freeze("operator", "ben", "why"),)
    assert (request.answers, request.network, request.disk) == (
        answers,
        Network.OFFLINE,
        Disk.BAD,
    )
    assert request.moment == Moment(3, 0, "2026-01-01")
    assert (request.overrides, request.break_glass) == ((), None)


def test_an_original_that_is_a_refund_is_named_as_one(corner: Shop) -> None:
    book(corner, of=BACK, receipt="0042")
    asked = replace(REFUND, original="0042")
    request = taken(corner, intent=asked)
    assert (request.sale, request.original_kind) == (None, IntentKind.REFUND)
    assert taken(corner, intent=replace(REFUND, original="0043")).original_kind is None


def test_a_state_that_cannot_be_read_denies(corner: Shop) -> None:
    snapshots = Snapshots(corner.store, PLAIN, corner.clock)
    context = known(corner)
    corner.store.close()
    with pytest.raises(StoreError):
        snapshots.of_intent(REFUND, context, "zvt", None)


def test_a_sale_that_the_till_undid_is_no_sale_that_nobody_knows(corner: Shop) -> None:
    corner.sign_in("ben")
    sale = corner.paid_sale(1250)
    number = corner.store.ledger.search(sale_id=sale)[0].id
    corner.guard.revoke(number)
    for intent in (replace(REFUND, original="0001"), REFUND):
        corner.guard.tell_original(sale, Source.SCAN)
        decision = corner.guard.judge(intent, link="zvt")
        assert not decision.allowed
        assert not decision.needs_person


@pytest.mark.parametrize(
    ("hours", "sold", "now", "settled"),
    [
        (Hours(), "2026-03-10 12:00", "2026-03-20 12:00", None),
        (Hours("Nowhere/At all"), "2026-03-10 12:00", "2026-03-20 12:00", None),
        (Hours("Asia/Shanghai"), "2026-03-10 23:59", "2026-03-10 23:59", False),
        (Hours("Asia/Shanghai"), "2026-03-10 23:59", "2026-03-11 00:00", True),
        (Hours("Asia/Shanghai"), "2026-03-11 00:00", "2026-03-11 00:00", False),
        (Hours("Asia/Shanghai", settled_at=1380), "2026-03-10 22:59", "2026-03-10 23:00", True),
        (Hours("Asia/Shanghai", settled_at=1380), "2026-03-10 22:58", "2026-03-10 22:59", False),
        (Hours("Asia/Shanghai", settled_at=1380), "2026-03-10 23:00", "2026-03-11 22:59", False),
        (Hours("Europe/Berlin", settled_at=150), "2026-03-29 01:59", "2026-03-29 03:30", True),
        (Hours("Europe/Berlin", settled_at=150), "2026-03-29 01:59", "2026-03-29 03:29", False),
        (Hours("Europe/Berlin", settled_at=150), "2026-03-28 02:31", "2026-03-29 01:59", False),
    ],
)
def test_what_was_paid_before_the_hour_of_settlement_is_settled(
    hours: Hours, sold: str, now: str, settled: bool | None
) -> None:
    zone = hours.zone if "/" in hours.zone and " " not in hours.zone else "UTC"
    assert settled_by_hours(hours, at(sold, zone), at(now, zone)) is settled


def test_a_card_sale_without_batches_is_settled_by_the_hour(corner: Shop) -> None:
    policy = replace(PLAIN, hours=Hours("Asia/Shanghai"))
    book(corner, sale_id="T1-000001")
    book(corner, sale_id="T1-000002", tender=Tender.WECHAT)
    states = []
    for seconds in (0, 16 * 3600):
        corner.clock.advance(seconds)
        for sale in ("T1-000001", "T1-000002"):
            found = taken(corner, policy, context=known(corner, sale)).sale
            assert found is not None
            states.append(found.settled)
    assert states == [False, None, True, None]


def at(text: str, zone: str, fold: int = 0) -> int:
    local = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone), fold=fold)
    return int(local.timestamp()) * SECOND


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("UTC", "2026-11-22 16:05", Moment(6, 965, "2026-11-22")),
        ("Asia/Shanghai", "2026-11-23 00:00", Moment(0, 0, "2026-11-23")),
        ("Asia/Kathmandu", "2026-01-01 23:59", Moment(3, 1439, "2026-01-01")),
        ("Europe/Berlin", "2026-03-29 03:00", Moment(6, 180, "2026-03-29")),
    ],
)
def test_the_moment_is_that_of_the_shops_wall(zone: str, now: str, expected: Moment) -> None:
    assert moment(Hours(zone), at(now, zone)) == expected


@pytest.mark.parametrize("fold", [0, 1])
def test_an_hour_that_comes_twice_reads_the_same_twice(fold: int) -> None:
    now = at("2026-10-25 02:30", "Europe/Berlin", fold)
    assert moment(Hours("Europe/Berlin"), now) == Moment(6, 150, "2026-10-25")


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [
        ("Europe/Berlin", "2026-03-29 12:00", 11),
        ("Europe/Berlin", "2026-10-25 12:00", 13),
        ("Asia/Shanghai", "2026-03-29 12:00", 12),
        # No midnight: the clock goes from 23:59 to 01:00.
        ("Asia/Beirut", "2026-03-29 12:00", 11),
        # Midnight comes twice: the day begins with the first.
        ("America/Havana", "2026-11-01 12:00", 13),
        ("Asia/Kathmandu", "2026-03-29 00:00", 0),
    ],
)
def test_a_day_begins_with_its_first_instant(zone: str, now: str, hours: int) -> None:
    instant = at(now, zone)
    assert instant - day_start_us(Hours(zone), instant) == hours * 3600 * SECOND  # type: ignore[operator]


@pytest.mark.parametrize("zone", ["Nowhere", "", "../etc/passwd", "Europe", "Europe/Berlin\0"])
def test_a_zone_that_is_not_known_gives_no_moment(corner: Shop, zone: str) -> None:
    hours = Hours(zone)
    assert moment(hours, 0) is None
    assert day_start_us(hours, 0) is None
    book(corner, sale_id="T1-000001")
    policy = replace(limit(Per.OPERATOR, Window.DAY), hours=hours)
    request = taken(corner, policy, context=known(corner, "T1-000001"))
    assert (request.moment, dict(request.totals)) == (None, {})


@pytest.mark.parametrize("wall_us", [2**62, -(2**62)])
def test_a_clock_that_shows_no_date_gives_no_moment(wall_us: int) -> None:
    assert moment(Hours(), wall_us) is None


def test_the_disk_is_looked_at_again_after_half_a_minute_of_boot_time() -> None:
    clock, answers = ManualClock(), [Disk.GOOD, Disk.LOW, Disk.BAD]
    watch = DiskWatch(lambda: answers.pop(0), clock)
    assert [watch.state(), watch.state()] == [Disk.GOOD] * 2
    clock.step_wall(10_000)
    clock.advance(CHECKED_US // SECOND - 1)
    assert watch.state() is Disk.GOOD
    clock.advance(1)
    assert watch.state() is Disk.LOW
    clock.reboot()
    assert watch.state() is Disk.BAD


def test_a_directory_that_is_gone_is_a_bad_disk(tmp_path: Path) -> None:
    assert probe(tmp_path) in (Disk.GOOD, Disk.LOW)
    assert list(tmp_path.iterdir()) == []
    assert probe(tmp_path / "gone") is Disk.BAD


@pytest.mark.parametrize(
    ("size", "filled", "state"),
    [
        (LOW_BYTES * 2, 0, Disk.GOOD),
        (LOW_BYTES, LOW_BYTES // 2, Disk.LOW),
        (BAD_BYTES, BAD_BYTES // 2, Disk.BAD),
        (BAD_BYTES, BAD_BYTES, Disk.BAD),
    ],
)
def test_a_real_file_system_that_fills_up(
    tmp_path: Path, size: int, filled: int, state: Disk
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system of that size")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let anybody mount a file system")
    try:
        (tmp_path / "ballast").write_bytes(bytes(filled))
        assert probe(tmp_path) is state
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_an_order_in_the_context_brings_its_requests(corner: Shop) -> None:
    book(corner, order_key="A-1", operator="eve", ago=5)
    order = Known(Order("A-1", Money(1250, "EUR")), Source.BILL, corner.clock.boot_us())
    request = taken(corner, context=replace(known(corner), order=order))
    assert [past.operator for past in request.recent] == ["eve"]


@pytest.mark.parametrize("gone", ["disabled", "no right"])
def test_whoever_left_leaves_no_exception_behind(corner: Shop, gone: str) -> None:
    wanted = Wanted(rules=frozenset({"within-limit"}), reason="flood sale")
    corner.store.overrides.add("maya", wanted)
    corner.store.glass.start("maya", "the terminal is broken", 600)
    before = taken(corner, corner.guard.policy)
    assert ([one.by for one in before.overrides], before.break_glass) == (
        ["maya"],
        "break-glass-2",
    )
    if gone == "disabled":
        corner.store.people.disable("maya")
    else:
        corner.store.people.set_role("maya", "senior")
    after = taken(corner, corner.guard.policy)
    assert (after.overrides, after.break_glass) == ((), None)
