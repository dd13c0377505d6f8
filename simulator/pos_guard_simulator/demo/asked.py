"""Helpers of the second shop's scenes: refunds with a reason, questions and their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from pos_guard.api.client import DecisionClient, RequestRefusedError
from pos_guard.frames.decoded import Json
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.scene import Got, card_sale, heard, sale_code, sale_of, told
from pos_guard_simulator.demo.stage import Stage
from pos_guard_simulator.till import PayResult

Answer = Callable[[DecisionClient, int], None]
"""What somebody says at the console to a request that waits, by its number."""


def sold(stage: Stage, number: str, price: int, operator: str | None = None) -> None:
    """A paid sale by card whose receipt was scanned, with that operator at the till."""
    if operator is not None:
        stage.scan_own(stage.badges[operator])
    card_sale(stage, sale_of(number, price))
    stage.scan_own(sale_code(stage, number))


def because(stage: Stage, reason: str = "defective") -> None:
    """The till says why money goes back."""
    with stage.socket() as app:
        app.context(reason=reason)


def refund(stage: Stage, amount: int) -> Got:
    """Refund at the terminal; what till and terminal saw, and the words of a refusal."""
    return watched(stage, lambda: stage.terminal_link.refund(amount))


def refund_of(stage: Stage, number: str, amount: int) -> Got:
    """Scan that order's receipt, say why, and refund."""
    stage.scan_own(sale_code(stage, number))
    because(stage)
    return refund(stage, amount)


def watched(stage: Stage, act: Callable[[], PayResult]) -> Got:
    """What till and terminal saw of an act that nobody is asked about."""
    before = heard(stage)
    stage.ears.forget()
    result = act()
    silent = heard(stage) == before
    return told(result, silent=silent, words=stage.ears.words("terminal") if silent else "")


def answered(stage: Stage, act: Callable[[], PayResult], answer: Answer) -> Got:
    """What came of an act that asks somebody; the words are the question's."""
    before = heard(stage)
    stage.ears.forget()
    result = stage.aside(act)
    number = stage.ears.asked("terminal", result)
    asked = stage.last_words("terminal")
    with stage.socket() as console:
        answer(console, number)
    return told(result.result(), silent=heard(stage) == before, words=asked)


def declines(person: str) -> Answer:
    """The answer of somebody who says no."""

    def say(console: DecisionClient, number: int) -> None:
        console.request("decline", decision=number, person=person)

    return say


def confirms(amount: int) -> Answer:
    """The answer of a cashier who enters an amount again."""

    def say(console: DecisionClient, number: int) -> None:
        console.request("confirm", decision=number, amount=amount)

    return say


def in_app(stage: Stage, kind: str, amount: int, receipt: str, **more: Json) -> dict[str, Json]:
    """One request of a till that asks over the decision socket, submitted where it is allowed.

    Its device is not played here: it always approves, under the receipt number ``receipt``.
    """
    with stage.socket() as app:
        money: dict[str, Json] = {"currency": shop.CURRENCY, "payee": shop.TERMINAL_ID}
        verdict = app.ask(kind, "card", amount, **money, **more)
        if verdict["allowed"]:
            number = cast("int", verdict["decision"])
            app.result(number, "approved", amount=amount, receipt=receipt, **money)
    return verdict


def words_of(stage: Stage, verdict: dict[str, Json]) -> str:
    """A verdict's words for the cashier."""
    return cast("dict[str, str]", verdict["say"])[stage.lang]


def said_no(act: Callable[[], object]) -> str:
    """Why the guard did not do an order; empty when it did."""
    try:
        act()
    except RequestRefusedError as error:
        return str(error)
    return ""
