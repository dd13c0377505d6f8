"""Who paid and who was paid: original-payer, original-payee, tender-chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.policy.request import LinkState, Person, Request, SaleState
from pos_guard.policy.rules import original_payee, original_payer, tender_chosen
from tests.policy.cases import (
    BEN,
    IN,
    MAYA,
    OTHER,
    OUT,
    POLICY,
    context,
    intent,
    receipt,
    refund,
    sale,
    scan,
    with_option,
)
from tests.policy.state_cases import FINE, Row, row

OTHER_PAYER: Row = ("DENY", "original", None)
OTHER_PAYEE: Row = ("DENY", "payee", None)


@pytest.mark.parametrize("kind", OUT)
@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ("t0", "t0", FINE),
        ("t0", "t1", OTHER_PAYER),
        ("t0", None, None),
        (None, "t0", None),
        (None, None, None),
    ],
)
def test_money_goes_back_to_the_payer(
    kind: IntentKind, here: str | None, there: str | None, expected: Row | None
) -> None:
    subject = replace(intent(kind), payer_token=here)
    finding = original_payer.check(
        Request(subject, sale=replace(sale(), payer_token=there)), POLICY
    )
    assert row(finding) == expected
    if finding is not None:
        assert finding.inputs == {"payer_known": True, "sale_payer": True}


UNKNOWN = [
    ("allow", None, None),
    ("warn", None, ("WARN", None)),
    ("require", None, ("REQUIRE", "approval")),
    ("require", MAYA, ("ALLOW", None)),
    ("require", BEN, ("DENY", None)),
    ("override", None, ("DENY_OVERRIDABLE", None)),
    ("deny", MAYA, ("DENY", None)),
]


def graded(expected: tuple[str, str | None] | None, reason: str) -> Row | None:
    """A row of ``UNKNOWN`` for a rule with this reason."""
    if expected is None:
        return None
    level, need = expected
    return level, "ok" if level == "ALLOW" else reason, need


@pytest.mark.parametrize(("option", "approver", "expected"), UNKNOWN)
def test_an_unknown_payer_is_what_the_policy_says(
    option: str, approver: Person | None, expected: tuple[str, str | None] | None
) -> None:
    policy = with_option("original-payer", unknown=option)
    request = Request(refund(), operator=BEN, approver=approver, sale=sale())
    assert row(original_payer.check(request, policy)) == graded(expected, "original")


@pytest.mark.parametrize(
    ("subject", "reported", "paid_to", "expected"),
    [
        (refund(), "52001233", "52001233", FINE),
        (refund(), "52009999", "52001233", OTHER_PAYEE),
        (replace(refund(), payee="52001233"), None, "52001233", FINE),
        (replace(refund(), payee="52009999"), "52001233", "52001233", OTHER_PAYEE),
        (refund(), None, "52001233", None),
        (refund(), "52001233", None, None),
        (refund(tender=Tender.CASH), "52009999", "52001233", None),
        (refund(tender=Tender.VOUCHER), "52009999", "52001233", None),
        (replace(refund(tender=Tender.WECHAT), payee="1900000108"), None, "190", OTHER_PAYEE),
    ],
)
def test_the_account_that_took_the_money_gives_it_back(
    subject: Intent, reported: str | None, paid_to: str | None, expected: Row | None
) -> None:
    state = replace(sale(), payee=paid_to)
    request = Request(subject, link=LinkState("zvt", payee=reported), sale=state)
    finding = original_payee.check(request, POLICY)
    assert row(finding) == expected
    if finding is not None:
        assert finding.inputs == {"payee": subject.payee or reported, "sale_payee": paid_to}


@pytest.mark.parametrize(("option", "approver", "expected"), UNKNOWN)
def test_an_unknown_payee_is_what_the_policy_says(
    option: str, approver: Person | None, expected: tuple[str, str | None] | None
) -> None:
    policy = with_option("original-payee", unknown=option)
    request = Request(refund(), operator=BEN, approver=approver, sale=sale())
    assert row(original_payee.check(request, policy)) == graded(expected, "payee")


NO_SALE: SaleState | None = None


def test_only_money_out_of_a_known_sale_has_an_original() -> None:
    policy = with_option("original-payer", unknown="deny")
    for rule in (original_payer, original_payee):
        for kind in (*IN, *OTHER):
            assert rule.check(Request(intent(kind), sale=sale()), policy) is None
        for subject in (scan(), receipt()):
            assert rule.check(Request(subject, sale=sale()), policy) is None
        assert rule.check(Request(refund(), sale=NO_SALE), policy) is None


@pytest.mark.parametrize("chosen", list(Tender))
@pytest.mark.parametrize("charged", list(Tender))
def test_every_way_of_paying_meets_every_choice(chosen: Tender, charged: Tender) -> None:
    policy = with_option("tender-chosen", other="deny")
    request = Request(intent(tender=charged), context=context(chosen))
    finding = tender_chosen.check(request, policy)
    same = chosen is charged or {chosen, charged} == {Tender.CARD, Tender.UNIONPAY}
    assert row(finding) == (FINE if same else ("DENY", "code", None))
    assert finding is not None
    assert finding.inputs == {"tender": str(charged), "chosen": str(chosen)}


def test_the_choice_matters_where_the_policy_says_so() -> None:
    request = Request(intent(), context=context(Tender.WECHAT))
    assert tender_chosen.check(request, POLICY) is None
    warns = with_option("tender-chosen", other="warn")
    finding = tender_chosen.check(request, warns)
    assert row(finding) == ("WARN", "code", None)
    assert finding is not None
    assert "微信支付" in finding.say.zh
    assert "WeChat Pay was chosen, but a card is charged" in finding.say.en
    assert tender_chosen.check(Request(intent(), context=context()), warns) is None
    for subject in (refund(), scan(), receipt()):
        assert tender_chosen.check(Request(subject, context=context(Tender.CASH)), warns) is None
