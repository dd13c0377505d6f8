"""Scenes of the second shop: what no single refund shows, and what the ledger remembers."""

from __future__ import annotations

from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.asked import (
    answered,
    because,
    declines,
    in_app,
    refund_of,
    sold,
    words_of,
)
from pos_guard_simulator.demo.house import BENS_WALLET
from pos_guard_simulator.demo.scene import Got, Scene, breakfast, sale_code
from pos_guard_simulator.demo.stage import Stage

REFUSED = "refused {}, terminal heard nothing"
APPROVED = "approved, terminal asked"
MUG = "4006381333931"


def _shift_limit(stage: Stage) -> Got:
    """A helper may give back 30.00 a shift: 18.00, and then no 15.00."""
    with stage.socket() as desk:
        desk.request("shift", change="begin", person="hana", pin=stage.pin("hana"))
    sold(stage, "E1001", 1800, "hana")
    first = refund_of(stage, "E1001", 1800)
    sold(stage, "E1002", 1500)
    second = refund_of(stage, "E1002", 1500)
    return Got(f"18.00 {first.outcome}; 15.00 {second.outcome}", True, second.words)


def _twice(stage: Stage) -> Got:
    sold(stage, "E1003", 2400, "ben")
    first = refund_of(stage, "E1003", 600)
    stage.scan_own(stage.badges["ben"])
    second = _asked_refund(stage, "E1003", 600, "ben")
    return Got(f"{first.outcome}; again: asked, {second.outcome}", True, second.words)


def _split(stage: Stage) -> Got:
    """60.00 in pieces of just under 20.00: the third asks a manager, who looks and says no."""
    sold(stage, "E1004", 6000, "dora")
    parts = [refund_of(stage, "E1004", 1900), refund_of(stage, "E1004", 1800)]
    third = _asked_refund(stage, "E1004", 1700, "maya")
    passed = sum(not part.blocked for part in parts)
    return Got(f"{passed} approved; third: asked, {third.outcome}", True, third.words)


def _asked_refund(stage: Stage, number: str, amount: int, who: str) -> Got:
    """A refund about which somebody is asked, who says no."""
    stage.scan_own(sale_code(stage, number))
    because(stage)
    return answered(stage, lambda: stage.terminal_link.refund(amount), declines(who))


def _self(stage: Stage) -> Got:
    """Ben buys with his own wallet, and refunds it himself."""
    stage.scan_own(stage.badges["ben"])
    stage.bill(breakfast("W3001000"))
    code, client = stage.show_code(BENS_WALLET), stage.wechat_client
    if code is None or not client.pay("W3001000", code, 1250).approved:
        return Got("no sale to refund", blocked=True)
    because(stage)
    stage.ears.forget()
    result = client.refund("W3001000", "R3001000", 500, 1250)
    done = stage.ask(lambda: sum(move.what == "refunded" for move in stage.wechat.moved))
    words = "" if result.approved else stage.ears.words("wechat")
    return Got(f"refused {result.code}, {done} refund at the provider", not done, words)


def _refund_of_refund(stage: Stage) -> Got:
    _app_order(stage, "E1005", 1200)
    sale = in_app(stage, "sale", 1200, "7001")
    _app_says(stage, reason="defective")
    back = in_app(stage, "refund", 300, "7002", original="7001")
    _app_says(stage, reason="defective")
    again = in_app(stage, "refund", 300, "7003", original="7002")
    done = [bool(verdict["allowed"]) for verdict in (sale, back, again)]
    outcome = f"sale {_yes(done[0])}, refund {_yes(done[1])}, its refund {_yes(done[2])}"
    return Got(outcome, not done[2], words_of(stage, again))


def _items(stage: Stage) -> Got:
    """Two mugs are sold; one comes back, then two more."""
    _app_order(stage, "E1006", 1200, mugs=2)
    sale = in_app(stage, "sale", 1200, "7011")
    verdicts = [sale]
    for receipt, mugs in (("7012", 1), ("7013", 2)):
        _app_says(stage, original=sale["sale_id"], reason="defective", purpose="return")
        _app_says(stage, cart=_mugs(mugs))
        amount = 600 if mugs == 1 else 500
        verdicts.append(in_app(stage, "refund", amount, receipt))
    done = [_yes(bool(verdict["allowed"])) for verdict in verdicts]
    outcome = f"2 sold {done[0]}, 1 returned {done[1]}, 2 more {done[2]}"
    return Got(outcome, not verdicts[2]["allowed"], words_of(stage, verdicts[2]))


def _app_order(stage: Stage, number: str, total: int, mugs: int = 0) -> None:
    order: dict[str, Json] = {"id": number, "total": total, "currency": shop.CURRENCY}
    _app_says(stage, operator="ben", order=order)
    if mugs:
        _app_says(stage, cart=_mugs(mugs))


def _app_says(stage: Stage, **pieces: Json) -> None:
    with stage.socket() as app:
        app.context(**pieces)


def _mugs(count: int) -> dict[str, Json]:
    return {"lines": [{"sku": MUG, "quantity": count, "price": 600}]}


def _yes(allowed: bool) -> str:
    return "allowed" if allowed else "refused"


SCENES = (
    Scene(
        "limit-shift", Words("一班内退款达到上限", "The limit of a shift is reached"),
        "badge, sale code, decision socket",
        f"18.00 {APPROVED}; 15.00 {REFUSED.format('C3')}", _shift_limit, both=False,
    ),
    Scene(
        "refund-twice", Words("几分钟内同一笔退两次", "The same refund twice within minutes"),
        "badge, sale code, console",
        f"{APPROVED}; again: asked, {REFUSED.format('6C')}", _twice, both=False,
    ),
    Scene(
        "refund-split", Words("拆成几笔，每笔略低于限额", "Split into parts just under the limit"),
        "badge, sale code, console",
        f"2 approved; third: asked, {REFUSED.format('6C')}", _split, both=False,
    ),
    Scene(
        "refund-to-oneself", Words("退款到自己的钱包", "A refund to the operator's own wallet"),
        "badge, scan, frame", "refused RULE_LIMIT, 0 refund at the provider", _self, both=False,
    ),
    Scene(
        "refund-of-refund", Words("对退款再退款", "The refund of a refund"),
        "decision socket", "sale allowed, refund allowed, its refund refused",
        _refund_of_refund, both=False,
    ),
    Scene(
        "items-too-many", Words("退回的件数多于售出", "More items come back than were sold"),
        "decision socket", "2 sold allowed, 1 returned allowed, 2 more refused",
        _items, both=False,
    ),
)  # fmt: skip
