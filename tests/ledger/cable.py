"""A ledger behind a cable that breaks: before the call arrives, or before its answer comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pos_guard.ledger.port import SharedLedger, UnreachableError
from pos_guard.ledger.values import (
    Case,
    Expired,
    Lease,
    RefundAsk,
    RefundPhase,
    Reservation,
    SaleFacts,
    SharedSale,
    Sum,
)
from pos_guard.policy.request import Total

T = TypeVar("T")


class Cable:
    """``cut``: nothing arrives. ``lose(call)``: says whose answers are lost; each call counts."""

    def __init__(self, ledger: SharedLedger) -> None:
        self._ledger = ledger
        self.cut = False
        self.calls: list[str] = []
        self.drops: Callable[[str], bool] = lambda _name: False
        self.loses: Callable[[str], bool] = lambda _name: False

    def _over(self, name: str, call: Callable[[], T]) -> T:
        self.calls.append(name)
        if self.cut or self.drops(name):
            raise UnreachableError("the cable is cut")
        result = call()
        if self.loses(name):
            raise UnreachableError("the answer is lost")
        return result

    def register(self, facts: SaleFacts) -> bool:
        return self._over("register", lambda: self._ledger.register(facts))

    def withdraw(self, sale_id: str, at_us: int) -> None:
        self._over("withdraw", lambda: self._ledger.withdraw(sale_id, at_us))

    def sale(self, sale_id: str) -> SharedSale | None:
        return self._over("sale", lambda: self._ledger.sale(sale_id))

    def reserve(self, ask: RefundAsk, now_us: int) -> Reservation:
        return self._over("reserve", lambda: self._ledger.reserve(ask, now_us))

    def report(self, ask: RefundAsk, now_us: int) -> Reservation:
        return self._over("report", lambda: self._ledger.report(ask, now_us))

    def submitted(self, refund_id: str, now_us: int) -> bool:
        return self._over("submitted", lambda: self._ledger.submitted(refund_id, now_us))

    def settle(
        self, refund_id: str, phase: RefundPhase, now_us: int, amount: int | None = None
    ) -> bool:
        return self._over("settle", lambda: self._ledger.settle(refund_id, phase, now_us, amount))

    def refund(self, refund_id: str) -> RefundPhase | None:
        return self._over("refund", lambda: self._ledger.refund(refund_id))

    def expire(self, now_us: int) -> Expired:
        return self._over("expire", lambda: self._ledger.expire(now_us))

    def totals(self, sums: Sequence[Sum], but_terminal: str | None = None) -> tuple[Total, ...]:
        return self._over("totals", lambda: self._ledger.totals(sums, but_terminal))

    def take_over(self, sale_id: str, terminal: str, until_us: int, now_us: int) -> Lease:
        return self._over(
            "take_over", lambda: self._ledger.take_over(sale_id, terminal, until_us, now_us)
        )

    def release(self, sale_id: str, terminal: str) -> None:
        self._over("release", lambda: self._ledger.release(sale_id, terminal))

    def drained(self, terminal: str, at_us: int) -> None:
        self._over("drained", lambda: self._ledger.drained(terminal, at_us))

    def witness(self, terminal: str, seq: int, body: str) -> bool:
        return self._over("witness", lambda: self._ledger.witness(terminal, seq, body))

    def close_case(self, name: str, person: str, at_us: int) -> Case | None:
        return self._over("close_case", lambda: self._ledger.close_case(name, person, at_us))

    def cases(self) -> tuple[Case, ...]:
        return self._over("cases", self._ledger.cases)

    def close(self) -> None:
        self._ledger.close()
