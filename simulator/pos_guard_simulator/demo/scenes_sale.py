"""Scenes of taking money: the right amount, slips of the hand, split tenders, other sources."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.scene import (
    Got,
    Scene,
    breakfast,
    card_sale,
    paid_paper,
    pay_by_card,
    receipt,
    told,
)
from pos_guard_simulator.demo.stage import Stage
from pos_guard_simulator.till import CARD, Payment

APPROVED_AND_PRINTED = "approved, terminal asked, PAID printed"


def _card(stage: Stage) -> Got:
    sale = breakfast("A1001")
    got = pay_by_card(stage, sale)
    return Got(f"{got.outcome}, {receipt(stage, sale).outcome}", got.blocked, got.words)


def _cash(stage: Stage) -> Got:
    before = paid_paper(stage.slips())
    stage.till.sell_for_cash(breakfast("A1002"), 2000)
    printed = paid_paper(stage.slips()) - before
    return Got(f"{printed} PAID printed, drawer opened", blocked=printed == 0)


def _split(stage: Stage) -> Got:
    sale = breakfast("A1003")
    got = pay_by_card(stage, sale, asked=750)
    before = paid_paper(stage.slips())
    stage.till.finish_cash(sale, 500, [Payment(CARD, 750)])
    printed = paid_paper(stage.slips()) - before
    outcome = f"{got.outcome}, {printed} PAID printed"
    return Got(outcome, blocked=got.blocked or not printed)


def _display(stage: Stage) -> Got:
    stage.till.printer.show_total(860)
    stage.slips()
    result = stage.terminal_link.pay(860)
    return told(result, silent=not result.approved)


def _socket(stage: Stage) -> Got:
    with stage.socket() as app:
        app.context(order={"id": "A1005", "total": 430, "currency": shop.CURRENCY})
    result = stage.terminal_link.pay(430)
    return told(result, silent=not result.approved)


def _ten(stage: Stage) -> Got:
    return pay_by_card(stage, breakfast("A1006"), asked=12500)


def _hundred(stage: Stage) -> Got:
    return pay_by_card(stage, breakfast("A1007"), asked=125000)


def _twice(stage: Stage) -> Got:
    card_sale(stage, breakfast("A1008"))
    return pay_by_card(stage, breakfast("A1008"))


SCENES = (
    Scene(
        "sale-card", Words("刷卡收款 12.50", "Sale of 12.50 by card"),
        "bill", APPROVED_AND_PRINTED, _card,
    ),
    Scene(
        "sale-cash", Words("现金收款 12.50，找零 7.50", "The same in cash, 7.50 change"),
        "bill", "1 PAID printed, drawer opened", _cash,
    ),
    Scene(
        "sale-split", Words("刷卡 7.50 加现金 5.00", "7.50 by card and 5.00 in cash"),
        "bill", "approved, terminal asked, 1 PAID printed", _split,
    ),
    Scene(
        "sale-display", Words("金额来自顾客显示屏", "The total from the customer display"),
        "display", "approved, terminal asked", _display,
    ),
    Scene(
        "sale-socket", Words("金额由收银软件告知", "The total told over the decision socket"),
        "decision socket", "approved, terminal asked", _socket,
    ),
    Scene(
        "slip-x10", Words("输错金额 125.00", "125.00 typed for 12.50"),
        "bill", "refused B7, terminal heard nothing", _ten,
    ),
    Scene(
        "slip-x100", Words("输错金额 1250.00", "1250.00 typed for 12.50"),
        "bill", "refused B7, terminal heard nothing", _hundred,
    ),
    Scene(
        "sale-twice", Words("同一账单收两次", "The same bill charged twice"),
        "bill", "refused 6C, terminal heard nothing", _twice,
    ),
)  # fmt: skip
