"""What a cashier is told fits how strict the policy made the rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import IntentKind, Words
from pos_guard.policy.asks import Concern
from pos_guard.policy.grades import GRADES, found
from pos_guard.policy.policy import Hours, RuleSetting
from pos_guard.policy.request import Moment, PayerState, Request
from pos_guard.policy.rule import Check
from pos_guard.policy.rules import (
    opening_hours,
    operation_fits_state,
    original_payee,
    original_payer,
    payer_net,
    self_refund,
)
from pos_guard.policy.verdict import Mode, Reason
from tests.policy.cases import BEN, POLICY, refund, sale

ASKED = Request(refund(500), operator=BEN, sale=sale(10_000))
SAY = Words("有误。", "Something is odd.")

SAID = {
    "allow": "Something is odd.",
    "warn": "Something is odd. Please note it.",
    "require": "Something is odd. To go on all the same, ask a manager to approve.",
    "override": "Something is odd. A manager may permit an exception.",
    "deny": "Something is odd.",
}


@pytest.mark.parametrize("word", GRADES)
def test_each_word_says_what_it_means(word: str) -> None:
    concern = Concern("x", Reason.TIME, SAY, {})
    finding = found(word, concern, ASKED, POLICY)
    assert finding.say.en == SAID[word]
    assert ("经理" in finding.say.zh) is (word in ("require", "override"))


# Rule, its check, its option, and a request that concerns it.
SALE = sale(10_000)
UNKNOWN = replace(ASKED, sale=replace(SALE, payee=None, payer_token=None))
CONCERNS: dict[str, tuple[Check, str, Request]] = {
    "original-payer": (original_payer.check, "unknown", UNKNOWN),
    "original-payee": (original_payee.check, "unknown", UNKNOWN),
    "payer-net": (payer_net.check, "never_charged", replace(ASKED, payer=PayerState())),
    "self-refund": (self_refund.check, "others", replace(ASKED, payer=PayerState(staff="anna"))),
    "opening-hours": (
        opening_hours.check,
        "refunds",
        replace(ASKED, moment=Moment(0, 0, "2026-01-05")),
    ),
    "operation-fits-state": (
        operation_fits_state.check,
        "after_settlement",
        replace(
            ASKED,
            subject=replace(refund(500), kind=IntentKind.VOID),
            sale=replace(SALE, settled=True),
        ),
    ),
}


@pytest.mark.parametrize("rule", CONCERNS)
@pytest.mark.parametrize("word", ["warn", "require", "override", "deny"])
def test_nobody_is_sent_to_a_manager_by_a_mere_warning_or_a_plain_no(rule: str, word: str) -> None:
    check, option, asked = CONCERNS[rule]
    setting = RuleSetting(Mode.ENFORCE, {option: word})
    closed = Hours(open=((),) * 7)
    finding = check(asked, replace(POLICY, hours=closed, rules={rule: setting}))
    assert finding is not None
    assert ("manager" in finding.say.en) is (word in ("require", "override"))
    assert ("经理" in finding.say.zh) is (word in ("require", "override"))
