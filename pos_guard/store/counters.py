"""Sums and counts over earlier requests, for rules that judge state and request together.

Counted is what was submitted and is not known to have failed. Days and hours come from sums that
the database itself keeps (``tallies``, ``days``), so that no window costs more with more history.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import cast

from pos_guard.clock import SECOND, Clock
from pos_guard.errors import StoreError
from pos_guard.model import MONEY_IN, MONEY_OUT, IntentKind, Tender
from pos_guard.policy.policy import REFUND_UNREFERENCED
from pos_guard.policy.request import MAX_RECENT, PayerState, Recent, Total, Usual
from pos_guard.policy.states import Phase
from pos_guard.store.columns import as_int, as_text
from pos_guard.store.database import Database

_QUARTER_US = 900 * SECOND
_DAY_US = 86_400 * SECOND

HISTORY_DAYS = 30
"""Days of an operator's history; the first of them counts whole, by UTC."""

USUAL_COUNT = 1_000
"""Requests of a kind that tell what is usual."""

KEPT_US = 600 * SECOND
"""How long what is usual, and what the shop's operators do, is believed before it is asked anew."""

_FEW = 100
"""Below so many requests what is usual is asked every time: it costs little, and each counts."""

_MILLION = 1_000_000

_IN = frozenset(map(str, MONEY_IN))
_OUT = frozenset({REFUND_UNREFERENCED, *map(str, MONEY_OUT)})

_KINDS = {str(kind): kind for kind in IntentKind}
_TENDERS = {str(tender): tender for tender in Tender}

# Whole quarters from the sums; what lies before the first of them from the entries themselves.
_TALLIED = """
    SELECT coalesce(sum(amount), 0), coalesce(sum(count), 0) FROM tallies
    WHERE operator = ? AND quarter >= ? AND operation IN ({operations})"""
_BEGUN_BY = """
    SELECT coalesce(sum(amount), 0), count(*) FROM counted
    WHERE operator = ? AND wall_us >= ? AND wall_us < ? AND operation IN ({operations})
    AND kind IN ({kinds})"""
_BEGUN = _BEGUN_BY.replace("operator = ? AND ", "")

_OF_SALE = """
    SELECT coalesce(sum(amount), 0), count(*) FROM counted
    WHERE sale_id = ? AND wall_us >= ? AND operation IN ({operations})"""
_OF_PAYER = _OF_SALE.replace("sale_id = ?", "payer_token = ?")

# Half of the places for money that went back, half for the rest. The plus takes SQLite to the index
# by operator and kind: of a day's requests few went back.
_NEWEST = """
    SELECT
        id, wall_us, kind, tender, coalesce(amount, 0), operator, sale_id, order_key, payer_token,
        link
    FROM counted WHERE {whose} = ? AND wall_us > ?
    AND kind {which} ('completion_void', 'refund', 'reversal', 'void')
    ORDER BY {when} DESC LIMIT ?"""
_RECENT = {
    column: (
        _NEWEST.format(whose=column, which="IN", when=back),
        _NEWEST.format(whose=column, which="NOT IN", when="wall_us"),
    )
    for column, back in {
        "operator": "+wall_us",
        "payer_token": "wall_us",
        "order_key": "wall_us",
        "sale_id": "wall_us",
        "kind": "wall_us",
    }.items()
}

# Refused for what the machine or somebody else did: no error of the operator.
_ERRORS = """
    SELECT count(*) FROM entries WHERE operator = ? AND wall_us > ? AND +phase = 'refused'
    AND coalesce(refused_for, '') NOT IN (
        'duplicate', 'frozen', 'guard', 'offline', 'payee', 'time', 'unresolved'
    )"""

_PAYER = """
    SELECT operation, phase, coalesce(sum(amount), 0), count(*) FROM counted
    WHERE payer_token = ? GROUP BY operation, phase"""

_USUAL = """
    SELECT amount FROM entries WHERE kind = ? AND +phase = 'posted' AND amount IS NOT NULL
    ORDER BY wall_us DESC LIMIT ?"""

_HALF = MAX_RECENT // 2

_Past = tuple[int, int, str, str, int, str | None, str | None, str | None, str | None, str]
"""A row of ``_RECENT``."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose requests are added up; exactly one is given, none means the whole shop."""

    operator: str | None = None
    sale_id: str | None = None
    payer_token: str | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Refunds per million of sales over the shop's operators: mean, standard deviation, how many.

    Of operators who sold anything in ``HISTORY_DAYS``, the one who is judged included.
    """

    mean_ppm: int = 0
    deviation_ppm: int = 0
    operators: int = 0


class Counters:
    """Reads sums; the database's triggers write them with the entries themselves.

    :raises StoreError: in every method, when the store cannot be read.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._usual: dict[IntentKind, tuple[int, Usual]] = {}
        self._spread: tuple[int, Spread] | None = None

    def total(self, whose: Whose, operations: frozenset[str], since_us: int) -> Total:
        """Amount and number of requests since then (wall time in microseconds, included)."""
        named = tuple(sorted(operations))
        if whose.sale_id is not None:
            return self._total(_OF_SALE, named, whose.sale_id, since_us)
        if whose.payer_token is not None:
            return self._total(_OF_PAYER, named, whose.payer_token, since_us)
        first = -(-since_us // _QUARTER_US)
        whole = self._total(_TALLIED, named, whose.operator or "", first)
        until_us = first * _QUARTER_US
        if since_us == until_us:
            return whole
        begun = (
            self._total(_BEGUN, named, since_us, until_us)
            if whose.operator is None
            else self._total(_BEGUN_BY, named, whose.operator, since_us, until_us)
        )
        return Total(whole.amount + begun.amount, whole.count + begun.count)

    def recent(
        self,
        operator: str | None,
        payer_token: str | None,
        order_key: str | None,
        sale_id: str | None = None,
        kind: IntentKind | None = None,
    ) -> tuple[Recent, ...]:
        """Earlier requests of the last day of this operator, payer, order or sale, newest first.

        Where none of these is known: those of the same ``kind``, whoever asked.
        At most ``MAX_RECENT``, half of them money that went back, so that a busy morning of sales
        does not push out the refunds before it.
        """
        whose = {"operator": operator, "payer_token": payer_token, "order_key": order_key}
        whose["sale_id"] = sale_id
        if kind is not None and not any(whose.values()):
            whose["kind"] = str(kind)
        found: dict[int, _Past] = {}
        for column, value in whose.items():
            if value is not None:
                found.update((past[0], past) for past in self._newest(column, value))
        newest = sorted(found.values(), key=_when, reverse=True)
        back = [past for past in newest if past[2] in _OUT][:_HALF]
        rest = [past for past in newest if past[2] not in _OUT][:_HALF]
        now = self._clock.wall_us()
        return tuple(_recent_of(past, now) for past in sorted(back + rest, key=_when, reverse=True))

    def payer(self, payer_token: str) -> PayerState:
        """What this payer was charged and given back; who of the staff it is, others know."""
        rows = self._database.rows(_PAYER, payer_token)
        taken = [row for row in rows if row[0] in _IN and row[1] == Phase.POSTED]
        back = [row for row in rows if row[0] in _OUT]
        return PayerState(
            charged=sum(as_int(row[2]) for row in taken),
            refunded=sum(as_int(row[2]) for row in back),
            refunds=sum(as_int(row[3]) for row in back),
        )

    def errors(self, operator: str, within_us: int) -> int:
        """Requests of the last ``within_us`` that were refused for what this operator did."""
        row = self._database.row(_ERRORS, operator, self._clock.wall_us() - within_us)
        return 0 if row is None else as_int(row[0])

    def sold_and_refunded(self, operator: str) -> tuple[int, int]:
        """What this operator took and gave back in ``HISTORY_DAYS``, in minor units."""
        rows = self._database.rows(
            "SELECT operation, sum(amount) FROM days WHERE operator = ? AND day >= ?"
            " GROUP BY operation",
            operator,
            self._first_day(),
        )
        sums = {as_text(row[0]): as_int(row[1]) for row in rows}
        return _of(sums, _IN), _of(sums, _OUT)

    def spread(self) -> Spread:
        """How much the shop's operators give back; at most ``KEPT_US`` old."""
        now = self._clock.boot_us()
        if self._spread is None or not 0 <= now - self._spread[0] < KEPT_US:
            self._spread = now, self._spread_now()
        return self._spread[1]

    def usual(self, kind: IntentKind) -> Usual:
        """What the newest ``USUAL_COUNT`` posted requests of a kind amount to.

        At most ``KEPT_US`` old.
        """
        now, kept = self._clock.boot_us(), self._usual.get(kind)
        if kept is None or kept[1].count < _FEW or not 0 <= now - kept[0] < KEPT_US:
            kept = self._usual[kind] = now, self._usual_now(kind)
        return kept[1]

    def _total(self, sql: str, operations: tuple[str, ...], *values: str | int) -> Total:
        kinds = tuple(map(_kind_of, operations)) if "{kinds}" in sql else ()
        marks = ", ".join("?" * len(operations))
        sql = sql.format(operations=marks, kinds=marks)
        row = self._database.row(sql, *values, *operations, *kinds) or (0, 0)
        return Total(as_int(row[0]), as_int(row[1]))

    def _newest(self, column: str, value: str) -> list[_Past]:
        since = self._clock.wall_us() - _DAY_US
        back, rest = (self._database.rows(sql, value, since, _HALF) for sql in _RECENT[column])
        # The table is STRICT: each column has the type that it promises.
        return cast("list[_Past]", back + rest)

    def _first_day(self) -> int:
        return self._clock.wall_us() // _DAY_US - HISTORY_DAYS

    def _spread_now(self) -> Spread:
        rows = self._database.rows(
            "SELECT operator, operation, sum(amount) FROM days WHERE day >= ? GROUP BY 1, 2",
            self._first_day(),
        )
        sums: dict[str, dict[str, int]] = {}
        for row in rows:
            sums.setdefault(as_text(row[0]), {})[as_text(row[1])] = as_int(row[2])
        sold = [(_of(each, _IN), _of(each, _OUT)) for each in sums.values()]
        ratios = [out * _MILLION // taken for taken, out in sold if taken > 0]
        if not ratios:
            return Spread()
        mean = sum(ratios) // len(ratios)
        variance = sum((ratio - mean) ** 2 for ratio in ratios) // len(ratios)
        return Spread(mean, isqrt(variance), len(ratios))

    def _usual_now(self, kind: IntentKind) -> Usual:
        rows = self._database.rows(_USUAL, kind, USUAL_COUNT)
        amounts = sorted(as_int(row[0]) for row in rows)
        if not amounts:
            return Usual()
        last = len(amounts) - 1
        return Usual(len(amounts), amounts[last // 2], amounts[last * 99 // 100], amounts[last])


def _kind_of(operation: str) -> str:
    return str(IntentKind.REFUND) if operation == REFUND_UNREFERENCED else operation


def _of(sums: dict[str, int], operations: frozenset[str]) -> int:
    return sum(amount for operation, amount in sums.items() if operation in operations)


def _when(past: _Past) -> tuple[int, int]:
    return past[1], past[0]


def _recent_of(past: _Past, now_us: int) -> Recent:
    number, wall_us, kind, tender, amount, operator, sale_id, order_key, token, link = past
    if kind not in _KINDS or tender not in _TENDERS:
        raise StoreError(f"ledger entry {number}: {kind!r} by {tender!r} is not known")
    return Recent(
        now_us - wall_us,
        _KINDS[kind],
        _TENDERS[tender],
        amount,
        operator,
        sale_id,
        order_key,
        token,
        link,
    )
