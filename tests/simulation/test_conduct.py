"""Each check of the model of conduct, and of edited files, can fail: one broken thing at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard.guard import Guard
from pos_guard.store.audit import AuditLog
from tests.simulation.conduct import Case, Conduct, Judged
from tests.simulation.facts import MERCHANT, Badge, Row
from tests.simulation.floor import Floor
from tests.simulation.rules import BrokenRuleError
from tests.simulation.said import Pass, Shift
from tests.simulation.tamper import edited
from tests.simulation.twins import Heard

STAFFED, ALONE = 1, 2
SOLD = Row(
    1, "zvt", "sale", "card", "posted", 9000, "A1", "S1", "ben", None, None, "x", 0, "b", 0, None
)
BACK = replace(SOLD, id=9, kind="refund", phase="reserved", amount=1000, order_key=None)

Break = Callable[[Floor, Case], Case]


def case_of(floor: Floor, row: Row = BACK) -> Case:
    """A refund of ben's that is right in all ways: signed in, on shift, with a reason."""
    wall, said = floor.world.clock.wall_us(), floor.facts.said
    floor.facts.badges.append(Badge(0, row.operator or ""))
    said.shifts.append(Shift(row.operator or "", wall, sure=True))
    said.reasons.append((floor.world.now_us, "defective"))
    row = replace(row, wall_us=wall)
    sold = replace(SOLD, wall_us=wall)
    return Case(row, Judged(50, wall, wall, "defective"), [], {1: sold, 9: row}, gap=False)


def _earlier(floor: Floor, case: Case) -> Case:
    del floor
    return replace(case, past=[replace(case.row, id=8, amount=500, sale_id="S0")])


def _same_again(floor: Floor, case: Case) -> Case:
    del floor
    return replace(case, past=[replace(case.row, id=8)])


def _row(**changed: object) -> Break:
    def broken(floor: Floor, case: Case) -> Case:
        del floor
        return replace(case, row=replace(case.row, **changed))  # type: ignore[arg-type] # a table

    return broken


def _judged(**changed: object) -> Break:
    def broken(floor: Floor, case: Case) -> Case:
        judged = replace(case.judged, **changed)  # type: ignore[arg-type] # a table
        del floor
        return replace(case, judged=judged)

    return broken


def _frozen(floor: Floor, case: Case) -> Case:
    floor.facts.said.frozen["sale", "S1"] = 10
    return case


def _offline(floor: Floor, case: Case) -> Case:
    floor.facts.said.offline = 10
    return replace(case, row=replace(case.row, amount=5001))


def _bad_disk(floor: Floor, case: Case) -> Case:
    floor.facts.said.disk_bad_us = floor.world.now_us - 60_000_000
    return case


def _settled(floor: Floor, case: Case) -> Case:
    floor.facts.said.batches.append((10, frozenset({1})))
    return replace(case, row=replace(case.row, kind="reversal"))


def _no_shift(floor: Floor, case: Case) -> Case:
    floor.facts.said.shifts.clear()
    return case


def _unsaid(floor: Floor, case: Case) -> Case:
    floor.facts.said.reasons.clear()
    return case


NIGHT_US = 1_767_225_600_000_000 + 125 * 60_000_000

BROKEN: dict[str, tuple[Break, str]] = {
    "a limit with what came before": (_earlier, "4-right-person"),
    "the same again, unconfirmed": (_same_again, "4-right-person"),
    "above the own limit": (_row(amount=5001), "4-right-person"),
    "approved by himself": (_row(amount=5001, approver="BEN"), "4-right-person"),
    "approved by nobody": (_row(amount=5001, approver="maya"), "4-right-person"),
    "without its sale": (_row(sale_id=None), "4-right-person"),
    "somebody else's badge": (_row(operator="otto"), "4-right-person"),
    "a reason of no list": (_judged(reason="because"), "4-right-person"),
    "a reason that nobody said": (_unsaid, "4-right-person"),
    "no shift": (_no_shift, "4-right-person"),
    "at night": (_judged(wall_us=NIGHT_US), "4-right-person"),
    "a void of what is settled": (_settled, "4-right-person"),
    "a frozen sale": (_frozen, "8-fail-closed"),
    "too much while offline": (_offline, "8-fail-closed"),
    "a bad disk": (_bad_disk, "8-fail-closed"),
    "a clock behind the log": (_judged(highest_us=NIGHT_US), "8-fail-closed"),
}


def test_what_is_right_passes(template: Path, memory: Path) -> None:
    with Floor(STAFFED, template, memory, Guard) as floor:
        Conduct(floor.world, floor.facts, floor.disk).check(case_of(floor))
        assert floor.world.seen["refund within the limit"] == 1


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_found_and_named(name: str, template: Path, memory: Path) -> None:
    broken, rule = BROKEN[name]
    with Floor(STAFFED, template, memory, Guard) as floor:
        case = broken(floor, case_of(floor))
        with pytest.raises(BrokenRuleError) as found:
            Conduct(floor.world, floor.facts, floor.disk).check(case)
        assert found.value.rule == rule


@pytest.mark.parametrize("proved", [False, True])
def test_the_owner_stands_for_it_only_with_a_proof(
    template: Path, memory: Path, *, proved: bool
) -> None:
    with Floor(ALONE, template, memory, Guard) as floor:
        case = case_of(floor, replace(BACK, operator="olga", amount=6000, boot_id="boot-1"))
        conduct = Conduct(floor.world, floor.facts, floor.disk)
        if proved:
            floor.facts.said.proofs.add((9, "olga"))
            conduct.check(case)
            assert floor.world.seen["owner proved"] == 1
        else:
            with pytest.raises(BrokenRuleError, match="above the limit"):
                conduct.check(case)


def test_a_sale_through_the_glass_leaves_a_gap(template: Path, memory: Path) -> None:
    with Floor(STAFFED, template, memory, Guard) as floor:
        case = case_of(floor, replace(BACK, kind="sale", amount=12_000))
        floor.facts.said.glass.append(Pass(frozenset(), "boot-1", 10**12))
        conduct = Conduct(floor.world, floor.facts, floor.disk)
        conduct.check(replace(case, gap=True))
        with pytest.raises(BrokenRuleError, match="without a gap"):
            conduct.check(case)


def test_a_check_that_believes_any_log_is_found(
    template: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Floor(STAFFED, template, memory, Guard) as floor:
        edits = {edited(floor.directory, floor.world.clock, floor.world.dice) for _ in range(8)}
        assert len(edits) > 1
        monkeypatch.setattr(AuditLog, "verify", lambda _: None)
        with pytest.raises(BrokenRuleError, match="nobody found the edit"):
            _edit_often(floor)


def _edit_often(floor: Floor) -> None:
    for _ in range(40):
        edited(floor.directory, floor.world.clock, floor.world.dice)


def put_carts(floor: Floor, *carts: tuple[int, int]) -> None:
    """Note of entries how many pieces of one article they were for, behind the guard's back."""
    with closing(sqlite3.connect(floor.directory / "pos-guard.db")) as connection, connection:
        for number, quantity in carts:
            lines = json.dumps([["4006381333931", quantity, 500]])
            connection.execute("INSERT INTO carts VALUES (?, ?)", (number, lines))


@pytest.mark.parametrize(
    ("back", "again", "phase", "right"),
    [
        (2, None, "posted", True),
        (3, None, "posted", False),
        (1, 1, "posted", True),
        (1, 2, "posted", False),
        (1, 2, "reserved", False),
        (1, 2, "unknown", False),
        (1, 2, "failed", True),
        (1, 2, "refused", True),
    ],
)
def test_goods_that_came_back_twice_are_found(
    back: int, again: int | None, phase: str, template: Path, memory: Path, *, right: bool
) -> None:
    with Floor(STAFFED, template, memory, Guard) as floor:
        put_carts(floor, (1, 2), (8, back), *([] if again is None else [(9, again)]))
        entries = {1: SOLD, 8: replace(BACK, id=8, phase="posted"), 9: replace(BACK, phase=phase)}
        _holds(lambda: floor.invariants._goods_came_once(entries), "3-never-over-refunded", right)


@pytest.mark.parametrize("asked", [1000, 999, 1001])
def test_another_amount_under_a_known_number_is_found(
    asked: int, template: Path, memory: Path
) -> None:
    body = json.dumps({"out_refund_no": "R1", "amount": {"refund": asked}}).encode()
    target = "/v3/refund/domestic/refunds"
    head = f'POST {target} HTTP/1.1\r\nAuthorization: mchid="{MERCHANT}"\r\n\r\n'.encode()
    frame = f"POST {target}\n".encode() + body
    with Floor(STAFFED, template, memory, Guard) as floor:
        floor.facts.wechat_till.sent.append(frame)
        heard = Heard("wechat", head + body, 0)
        entries = {9: replace(BACK, link="wechat", reference="R1")}

        def look() -> None:
            floor.invariants._provider_entry(heard, head + body, entries)

        _holds(look, "2-same-bytes", asked == BACK.amount)


def _holds(look: Callable[[], None], rule: str, right: bool) -> None:
    if right:
        look()
        return
    with pytest.raises(BrokenRuleError) as found:
        look()
    assert found.value.rule == rule
