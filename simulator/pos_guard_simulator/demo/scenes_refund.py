"""Scenes of giving money back: by whom, how much, how often, and for which sale."""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.model import Words
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.scene import (
    Got,
    Scene,
    breakfast,
    card_sale,
    heard,
    sale_code,
    sale_of,
    supervised,
    told,
)
from pos_guard_simulator.demo.stage import Stage
from pos_guard_simulator.till import PayResult

REFUSED_NO_RIGHT = "refused 83, terminal heard nothing"
REFUSED_REMAINING = "refused B5, terminal heard nothing"
APPROVED = "approved, terminal asked"


def _badge(stage: Stage, operator: str) -> None:
    stage.scan_own(stage.badges[operator])


def _refund(stage: Stage, amount: int) -> Got:
    """Refund at the terminal; a supervised one answers by itself in observe mode."""
    return _watched(stage, lambda: stage.terminal_link.refund(amount))


def _watched(stage: Stage, act: Callable[[], PayResult]) -> Got:
    before = heard(stage)
    stage.ears.forget()
    result = act()
    silent = heard(stage) == before
    return told(result, silent=silent, words=stage.ears.words("terminal") if silent else "")


def _sold(stage: Stage, number: str, price: int = 1250) -> None:
    sale = breakfast(number) if price == 1250 else sale_of(number, price)
    card_sale(stage, sale)
    stage.scan_own(sale_code(stage, number))


def _no_permission(stage: Stage) -> Got:
    _badge(stage, "anna")
    _sold(stage, "B2001")
    return _refund(stage, 500)


def _within_limit(stage: Stage) -> Got:
    _badge(stage, "ben")
    _sold(stage, "B2002")
    return _refund(stage, 500)


def _too_much(stage: Stage) -> Got:
    stage.scan_own(sale_code(stage, "B2002"))
    return _refund(stage, 751)


def _remainder(stage: Stage) -> Got:
    stage.scan_own(sale_code(stage, "B2002"))
    return _refund(stage, 750)


def _again(stage: Stage) -> Got:
    stage.scan_own(sale_code(stage, "B2002"))
    return _refund(stage, 750)


def _above_limit(stage: Stage) -> Got:
    _badge(stage, "ben")
    _sold(stage, "B2003", 4500)
    return _with_second(stage, 3000, "maya")


def _self_approval(stage: Stage) -> Got:
    _badge(stage, "ben")
    _sold(stage, "B2004", 4600)
    before = heard(stage)
    stage.ears.forget()
    refund = stage.aside(lambda: stage.terminal_link.refund(3000))
    if stage.mode != "enforce":
        return told(refund.result(), silent=heard(stage) == before)
    number = stage.ears.asked("terminal", refund)
    words = _answer(stage, number, "ben")
    with stage.socket() as console:
        console.request("decline", decision=number, person="maya")
    result = refund.result()
    return told(result, silent=heard(stage) == before, words=words)


def _unreferenced(stage: Stage) -> Got:
    _badge(stage, "ben")
    stage.bill(breakfast("B2005"))
    return _with_second(stage, 1000, "maya")


def _unreferenced_cap(stage: Stage) -> Got:
    _badge(stage, "ben")
    stage.bill(breakfast("B2006"))
    return _refund(stage, 1501)


def _wechat(stage: Stage) -> Got:
    _badge(stage, "ben")
    stage.bill(breakfast("W2005000"))
    code = stage.show_code("134650000000000005")
    client = stage.wechat_client
    if code is None or not client.pay("W2005000", code, 1250).approved:
        return Got("no sale to refund", blocked=True)
    client.refund("W2005000", "R2005000", 800, 1250)
    # The second try, under the same number, is the same refund.
    result = client.refund("W2005000", "R2005000", 800, 1250)
    stage.ears.forget()
    over = client.refund("W2005000", "R2005001", 451, 1250)
    done = stage.ask(lambda: sum(move.what == "refunded" for move in stage.wechat.moved))
    state = "approved" if result.approved else f"refused {result.code}"
    more = "more approved" if over.approved else f"more refused {over.code}"
    words = stage.ears.words("wechat") if over.code == "RULE_LIMIT" else ""
    return Got(f"{state}, {done} refund at the provider, {more}", over.code == "RULE_LIMIT", words)


def _with_second(stage: Stage, amount: int, approver: str) -> Got:
    if stage.mode != "enforce":
        return _refund(stage, amount)
    pin = shop.PEOPLE[approver][2]
    return _watched(
        stage,
        lambda: supervised(stage, lambda: stage.terminal_link.refund(amount), approver, pin),
    )


def _answer(stage: Stage, number: int, person: str) -> str:
    from pos_guard.api.client import RequestRefusedError

    with stage.socket() as console:
        try:
            pin = shop.PEOPLE[person][2]
            console.request("approve", decision=number, approver=person, pin=pin)
        except RequestRefusedError as error:
            return str(error)
    return "approved"


SCENES = (
    Scene(
        "refund-no-right", Words("无权限的收银员退款", "A refund by a cashier without permission"),
        "badge, sale code", REFUSED_NO_RIGHT, _no_permission,
    ),
    Scene(
        "refund-within", Words("有权限，限额内退 5.00", "5.00 by one with it, within the limit"),
        "badge, sale code", APPROVED, _within_limit,
    ),
    Scene(
        "refund-too-much", Words("退 7.51，只剩 7.50", "7.51 where 7.50 remains"),
        "sale code", REFUSED_REMAINING, _too_much,
    ),
    Scene(
        "refund-remainder", Words("退剩余的 7.50", "The exact remainder, 7.50"),
        "sale code", APPROVED, _remainder,
    ),
    Scene(
        "refund-again", Words("再退一次", "The same refund a second time"),
        "sale code", REFUSED_REMAINING, _again,
    ),
    Scene(
        "refund-supervised", Words("超限额，经理 PIN 批准", "Above the limit: a manager's PIN"),
        "badge, sale code, console", APPROVED, _above_limit,
    ),
    Scene(
        "refund-self", Words("自己批准自己", "Above the limit, approved by himself"),
        "badge, sale code, console", "refused 6C, terminal heard nothing", _self_approval,
    ),
    Scene(
        "refund-unknown-sale", Words("无原单退款，双人", "Its sale is not known: a second person"),
        "badge, console", APPROVED, _unreferenced,
    ),
    Scene(
        "refund-unknown-cap", Words("无原单退款超上限", "The same above its own cap"),
        "badge", "refused C3, terminal heard nothing", _unreferenced_cap,
    ),
    Scene(
        "refund-wechat", Words("微信退款，重试同号", "A WeChat refund, retried, then too much"),
        "badge, frame", "approved, 1 refund at the provider, more refused RULE_LIMIT", _wechat,
    ),
)  # fmt: skip
