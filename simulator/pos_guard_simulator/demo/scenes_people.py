"""Scenes of the second shop: what people are asked, what a manager orders, exceptions."""

from __future__ import annotations

from pos_guard.api.client import DecisionClient
from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard_simulator.demo.asked import (
    answered,
    because,
    confirms,
    refund,
    refund_of,
    said_no,
    sold,
    watched,
)
from pos_guard_simulator.demo.house import next_code
from pos_guard_simulator.demo.scene import Got, Scene, pay_by_card, sale_of
from pos_guard_simulator.demo.stage import Stage

REFUSED = "refused {}, terminal heard nothing"
APPROVED = "approved, terminal asked"


def _closed(stage: Stage) -> Got:
    """Money back on a day off, then with a manager's signed permission for an hour."""
    sold(stage, "D1001", 1250, "ben")
    before = refund_of(stage, "D1001", 300)
    with stage.socket() as manager:
        manager.request(
            "override_add",
            rules="opening-hours",
            operations="refund",
            reason="stocktaking: returns are taken",
            seconds=3600,
            person="maya",
            pin=stage.pin("maya"),
        )
    after = refund(stage, 300)
    return Got(f"{before.outcome}; with an override {after.outcome}", True, before.words)


def _reason(stage: Stage) -> Got:
    sold(stage, "D1002", 1250, "ben")

    def explain(console: DecisionClient, number: int) -> None:
        console.request("explain", decision=number, reason="wrong-item")

    return answered(stage, lambda: stage.terminal_link.refund(400), explain)


def _confirmed(stage: Stage) -> Got:
    sale = sale_of("D1003", 12800)
    stage.bill(sale)
    return answered(stage, lambda: stage.terminal_link.pay(12800), confirms(12800))


def _confirmed_wrong(stage: Stage) -> Got:
    sale = sale_of("D1004", 18800)
    stage.bill(sale)
    asked = answered(stage, lambda: stage.terminal_link.pay(18800), confirms(188000))
    words = stage.ears.words("terminal") if asked.blocked else asked.words
    return Got(asked.outcome, asked.blocked, words)


def _frozen(stage: Stage) -> Got:
    sold(stage, "D1005", 1250, "dora")
    maya = {"person": "maya", "pin": stage.pin("maya")}
    with stage.socket() as manager:
        manager.request("freeze", scope="operator", name="dora", why="three odd refunds", **maya)
    before = refund_of(stage, "D1005", 450)
    with stage.socket() as manager:
        dora = {"person": "dora", "pin": stage.pin("dora")}
        own = said_no(lambda: manager.request("unfreeze", scope="operator", name="dora", **dora))
        manager.request("unfreeze", scope="operator", name="dora", **maya)
    own = "herself no" if own else "herself yes"
    after = refund(stage, 450)
    return Got(f"{before.outcome}; thaws {own}; then {after.outcome}", True, before.words)


def _owner(stage: Stage) -> Got:
    """Above the owner's small limit: PIN alone is not enough, PIN and code are."""
    sold(stage, "D1006", 6000, "olga")
    because(stage)
    olga = {"person": "olga", "pin": stage.pin("olga")}
    code = next_code(stage.house.phones["olga"], SystemClock())
    refusals: list[str] = []

    def prove(console: DecisionClient, number: int) -> None:
        ask: dict[str, Json] = {"decision": number, **olga}
        refusals.append(said_no(lambda: console.request("prove", **ask)))
        console.request("prove", **ask, code=code)

    got = answered(stage, lambda: stage.terminal_link.refund(5000), prove)
    pin_only = "no" if refusals[0] else "yes"
    return Got(f"PIN alone {pin_only}; PIN and code: {got.outcome}", words=got.words)


def _glass(stage: Stage) -> Got:
    """The bill printer is broken, so no sale has an order: a manager breaks the glass."""
    before = watched(stage, lambda: stage.terminal_link.pay(910))
    maya = {"person": "maya", "pin": stage.pin("maya")}
    with stage.socket() as manager:
        manager.request("glass_start", reason="bill printer broken", seconds=900, **maya)
    during = watched(stage, lambda: stage.terminal_link.pay(910))
    with stage.socket() as manager:
        manager.request("glass_stop", **maya)
    after = pay_by_card(stage, sale_of("D1007", 910), asked=9100)
    log = stage.command("audit", "search", "--state", "state", "--kind", "gap")
    gaps = len(log.stdout.splitlines())
    outcome = f"{before.outcome}; glass broken: {during.outcome}, {gaps} gap on record"
    return Got(f"{outcome}; mended: {after.outcome}", True, before.words)


SCENES = (
    Scene(
        "break-glass", Words("应急放行收款，留下记录", "Break-glass: a sale passes, on record"),
        "console",
        f"{REFUSED.format('B7')}; glass broken: {APPROVED}, 1 gap on record; "
        f"mended: {REFUSED.format('B7')}",
        _glass, both=False,
    ),
    Scene(
        "hours-override", Words("非营业时间退款，经理授权", "A refund while closed; an override"),
        "badge, sale code, console",
        f"{REFUSED.format('6C')}; with an override {APPROVED}", _closed, both=False,
    ),
    Scene(
        "refund-reason", Words("退款先问原因", "A refund without a reason: it is asked for"),
        "badge, sale code, console", APPROVED, _reason, both=False,
    ),
    Scene(
        "amount-read-back", Words("大额复述大写，再次输入", "128.00 read back and entered again"),
        "bill, console", APPROVED, _confirmed, both=False,
    ),
    Scene(
        "amount-read-wrong", Words("再次输入多一个零", "Entered again with a zero too many"),
        "bill, console", REFUSED.format("B7"), _confirmed_wrong, both=False,
    ),
    Scene(
        "operator-frozen", Words("收银员被暂停", "A frozen operator, and who thaws her"),
        "badge, sale code, console",
        f"{REFUSED.format('A0')}; thaws herself no; then {APPROVED}", _frozen, both=False,
    ),
    Scene(
        "owner-alone", Words("一人店：店主 PIN 加动态码", "One person: the owner's PIN and code"),
        "badge, sale code, console",
        f"PIN alone no; PIN and code: {APPROVED}", _owner, both=False,
    ),
)  # fmt: skip
