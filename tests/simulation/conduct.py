"""Rules 4 and 8 at the moment a device hears of money: who, how much, when, and what forbids it.

A model of its own: it adds up the ledger's rows by the numbers in ``shops`` and by what people
really said (``said``), and knows nothing of the product's rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.simulation.facts import APPROVAL_S, Disk, Facts, Row
from tests.simulation.rules import hold
from tests.simulation.shops import Cap
from tests.simulation.world import World

SECOND = 1_000_000
BADGE_WINDOW_S = 130
"""A held request keeps the operator of when it was asked; people think up to 110 s."""

REASON_WINDOW_S = 300 + BADGE_WINDOW_S
DISK_KNOWN_S = 40
"""How long the guard may go by its last look at the disk, and a little more."""

CLOCK_SLACK_US = 2 * SECOND
DAY_US = 86_400 * SECOND
_IN = ("sale", "completion", "tip")
_CONFIRMED = (*_IN, "refund", "preauth")
_VOIDS = ("void", "reversal", "completion_void")

Problem = tuple[str, str]
"""Which rule, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Judged:
    """When the log says that an entry was reserved, and with which reason code.

    ``highest_us``: the latest wall time of any record before it.
    """

    seq: int
    wall_us: int
    highest_us: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """One money frame that a device hears for the first time; ``past`` was reserved before it."""

    row: Row
    judged: Judged
    past: Sequence[Row]
    entries: dict[int, Row]
    gap: bool

    @property
    def operation(self) -> str:
        """As policies name it."""
        return operation_of(self.row)

    @property
    def amount(self) -> int:
        """Minor units."""
        return self.row.amount or 0


def operation_of(row: Row) -> str:
    """The kind of a row; a refund without its sale apart."""
    return "refund_unreferenced" if row.kind == "refund" and row.sale_id is None else row.kind


class Conduct:
    """Checks what people do at one shop."""

    def __init__(self, world: World, facts: Facts, disk: Disk) -> None:
        self._world = world
        self.facts = facts
        self._terms = facts.terms
        self._said = facts.said
        self._disk = disk

    def check(self, case: Case) -> None:
        """Everything that this request had to fulfil."""
        problems = list(self._problems(case))
        if case.row.money_out:
            problems += self._back(case)
        elif problems and self.glass():
            hold("8-fail-closed", case.gap, f"{problems}: through the glass, without a gap")
            self._world.count("sale through the glass")
            return
        for rule, what in problems:
            hold(rule, condition=False, what=what)
        if self._terms.with_people:
            self._world.count(f"judged by the terms: {case.row.kind}")

    def _problems(self, case: Case) -> Iterator[Problem]:
        yield from self._frozen(case)
        yield from self._unconfirmed(case)
        yield from self._offline(case)

    def _back(self, case: Case) -> Iterator[Problem]:
        row, judged = case.row, case.judged
        if judged.wall_us < judged.highest_us - CLOCK_SLACK_US:
            yield "8-fail-closed", f"entry {row.id}: the clock is behind the log"
        bad = self._said.disk_bad_us
        if bad is not None and self._world.now_us - bad > DISK_KNOWN_S * SECOND:
            yield "8-fail-closed", f"{row.kind} {row.id} while the disk is bad"
        yield from self._settled(case)
        yield from self._closed(case)
        yield from self._reasons(case)
        yield from self._people(case)

    # -- what stops everybody ------------------------------------------------------------------

    def _frozen(self, case: Case) -> Iterator[Problem]:
        row = case.row
        scopes = {("terminal", "T1"), ("operator", row.operator), ("operator", row.approver)}
        if row.money_out:
            scopes.add(("sale", row.sale_id))
        for scope, since in self._said.frozen.items():
            if scope in scopes and since < case.judged.seq:
                yield "8-fail-closed", f"{row.kind} {row.id} although {scope} is frozen"

    def _offline(self, case: Case) -> Iterator[Problem]:
        row, since = case.row, self._said.offline
        if since is None or case.judged.seq < since:
            return
        if not row.money_out:
            most = self._terms.offline_sale
        elif row.sale_id is None:
            most = -1
        else:
            most = min(self._terms.offline_refund, self._terms.refund.get(row.operator or "", 0))
        self._world.count(f"{row.kind} offline")
        if case.amount > most:
            yield "8-fail-closed", f"{row.kind} of {case.amount} while offline, {most} may go"

    def _settled(self, case: Case) -> Iterator[Problem]:
        row = case.row
        if row.kind not in _VOIDS or row.sale_id is None:
            return
        sold = {
            one.id
            for one in case.entries.values()
            if one.sale_id == row.sale_id and not one.money_out
        }
        for since, settled in self._said.batches:
            if since < case.judged.seq and sold & settled:
                yield "4-right-person", f"{row.kind} {row.id} of {row.sale_id}, which is settled"

    def _closed(self, case: Case) -> Iterator[Problem]:
        first, end = self._terms.closed
        minute = case.judged.wall_us // (60 * SECOND) % 1440
        if first <= minute < end:
            self._world.count("money back at night")
            if not self._overridden("opening-hours", case.amount):
                yield "4-right-person", f"{case.row.kind} {case.row.id} at minute {minute}: closed"

    # -- what somebody has to say --------------------------------------------------------------

    def _unconfirmed(self, case: Case) -> Iterator[Problem]:
        row, above = case.row, self._terms.unconfirmed
        large = above is not None and case.amount > above
        if row.kind not in _CONFIRMED or not (large or self._again(case)):
            return
        if (row.id, case.amount) in self._said.confirmed:
            self._world.count("amount confirmed")
        elif self._reentered(row):
            self._world.count("amount entered again")
        else:
            yield "4-right-person", f"{row.kind} {row.id} of {case.amount} was never confirmed"

    def _again(self, case: Case) -> bool:
        """The same amount for the same sale or order, within the window of duplicates."""
        row, within_us = case.row, self._terms.duplicate_s * SECOND
        return any(
            case.judged.wall_us - past.wall_us < within_us
            and (past.tender, past.amount) == (row.tender, row.amount)
            and past.money_out == row.money_out
            and _same(past, row)
            for past in case.past
        )

    def _reentered(self, row: Row) -> bool:
        if row.kind != "sale" or row.link != "zvt":
            return False
        sent = self.facts.zvt_till.exchanges
        now = self._world.now_us
        same = [one for one in sent if one.raw == self.facts.raw_of(row.frame_hash)]
        return any(19 * SECOND // 10 <= now - one.started_us <= 66 * SECOND for one in same)

    def _reasons(self, case: Case) -> Iterator[Problem]:
        reasons, given = self._terms.reasons, case.judged.reason
        if not reasons:
            return
        since = self._world.now_us - REASON_WINDOW_S * SECOND
        said = {code for when, code in self._said.reasons if when >= since}
        if given not in reasons or given not in said:
            yield "4-right-person", f"{case.row.kind} {case.row.id} for {given!r}, said were {said}"

    # -- people --------------------------------------------------------------------------------

    def _people(self, case: Case) -> Iterator[Problem]:
        rule, row, amount = "4-right-person", case.row, case.amount
        operator, terms = row.operator, self._terms
        if operator is None or operator not in terms.refund:
            yield rule, f"{row.kind} {row.id} by {operator}"
            return
        shown = self._recent_badges()
        if operator not in shown:
            yield rule, f"{row.kind} {row.id} by {operator}, badges were {shown}"
        unreferenced = row.sale_id is None
        if unreferenced and amount > terms.unreferenced.get(operator, -1):
            yield rule, f"{amount} without its sale by {operator}"
        why = list(self._reasons_to_ask(case))
        if not why:
            self._world.count("refund within the limit")
            return
        if self._owner_stands(case) and not unreferenced:
            self._world.count("owner stood for it")
            return
        yield from self._second_person(case, f"{row.kind} {row.id} ({', '.join(why)})")

    def _reasons_to_ask(self, case: Case) -> Iterator[str]:
        row, amount = case.row, case.amount
        if row.sale_id is None:
            self._world.count("refund without its sale")
            yield "without its sale"
        limit = self._terms.refund[row.operator or ""]
        if amount > limit and not self._overridden("within-limit", amount):
            yield "above the limit"
        for cap in self._terms.caps:
            if case.operation not in cap.operations or not self._over(cap, case):
                continue
            self._world.count(f"over {cap.id}")
            if self._overridden("limits", amount) and cap.then != "deny":
                self._world.count("limit overridden")
                continue
            hold("4-right-person", cap.then == "require", f"{row.kind} {row.id} is over {cap.id}")
            yield f"over {cap.id}"

    def _over(self, cap: Cap, case: Case) -> bool:
        since = self._since(cap, case)
        mine = [past for past in case.past if past.wall_us >= since]
        counted = [past for past in mine if operation_of(past) in cap.operations]
        whose = {"operator": "operator", "sale": "sale_id", "payer": "payer_token"}.get(cap.per)
        if whose is not None:
            who = getattr(case.row, whose)
            if who is None:
                return False
            counted = [past for past in counted if getattr(past, whose) == who]
        total = sum(past.amount or 0 for past in counted) + case.amount
        too_much = cap.amount is not None and total > cap.amount
        return too_much or (cap.count is not None and len(counted) + 1 > cap.count)

    def _since(self, cap: Cap, case: Case) -> int:
        now = case.judged.wall_us
        if cap.window == "day":
            return now // DAY_US * DAY_US
        if cap.window == "shift":
            begun = self._said.begun_us(case.row.operator or "")
            hold("4-right-person", begun is not None, f"{case.row.id}: {cap.id} without a shift")
            assert begun is not None
            return begun
        return now - int(cap.window) * SECOND + 1

    def _owner_stands(self, case: Case) -> bool:
        row = case.row
        limit, delay_s = self._terms.alone.get(row.operator or "", (0, 0))
        if case.amount > limit:
            return False
        if (row.id, row.operator or "") in self._said.proofs:
            self._world.count("owner proved")
            return True
        before = self._world.clock.boot_us() - delay_s * SECOND
        waited = any(
            (one.link, one.kind, one.amount, one.operator, one.boot_id)
            == (row.link, row.kind, row.amount, row.operator, self._world.clock.boot_id)
            and one.boot_us <= before
            for one in case.entries.values()
            if one.id != row.id
        )
        if waited:
            self._world.count("owner waited")
        return waited

    def _second_person(self, case: Case, what: str) -> Iterator[Problem]:
        rule, row, approver = "4-right-person", case.row, case.row.approver
        operator, most = row.operator or "", self._terms.approves.get(row.approver or "", -1)
        what = f"{what} of {case.amount} by {operator}, approved by {approver}"
        if approver is None or approver.casefold() == operator.casefold() or case.amount > most:
            yield rule, what
            return
        now, boot = self._world.now_us, self._world.clock.boot_id
        given = [
            yes
            for yes in self.facts.approvals
            if (yes.entry, yes.approver, yes.boot_id) == (row.id, approver, boot)
            and now - yes.at_us <= (APPROVAL_S + 5) * SECOND
        ]
        if not given:
            yield rule, f"{what}, who never said so in time"
        if self._disk.used_approvals(row.id) < 1:
            yield rule, f"{what}: the approval is not used up"
        self._world.count("approval used")

    def _recent_badges(self) -> set[str]:
        """Whoever may be signed in: the last badge that surely counted, and all shown since."""
        oldest = self._world.now_us - BADGE_WINDOW_S * SECOND
        shown: set[str] = set()
        for badge in reversed(self.facts.badges):
            shown.add(badge.person)
            if badge.taken and badge.at_us < oldest:
                break
        return shown

    def _overridden(self, rule: str, amount: int) -> bool:
        clock = self._world.clock
        return self._said.overridden(rule, clock.boot_id, clock.boot_us() - 2 * SECOND, amount)

    def glass(self) -> bool:
        """Break-glass may be in force."""
        clock = self._world.clock
        return self._said.glass_broken(clock.boot_id, clock.boot_us() - 2 * SECOND)


def _same(past: Row, row: Row) -> bool:
    """Of the same sale, where money goes back; else of the same order."""
    if row.money_out:
        return row.sale_id is not None and past.sale_id == row.sale_id
    return past.kind == row.kind and row.order_key is not None and past.order_key == row.order_key
