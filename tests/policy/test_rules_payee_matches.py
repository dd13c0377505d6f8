"""payee-known: each of MATCH, CLOSE, NO_MATCH and CANNOT_CHECK is said in its own words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import IntentKind, Tender
from pos_guard.policy.payees import Payees
from pos_guard.policy.request import LinkState, Request
from pos_guard.policy.rules import payee_known
from tests.policy.cases import OUT, POLICY, intent, scan
from tests.policy.state_cases import FINE, Row, row

STRANGER: Row = ("DENY", "payee", None)
LISTS = replace(POLICY, payees=replace(POLICY.payees, alipay=("2088101122136241",)))

IDS = [
    (Tender.CARD, "52001233", FINE, "match", "terminals"),
    (Tender.UNIONPAY, "52001233", FINE, "match", "terminals"),
    (Tender.CARD, "52001234", STRANGER, "close", "terminals"),
    (Tender.CARD, "5200I233", STRANGER, "close", "terminals"),
    (Tender.CARD, "52001323", STRANGER, "close", "terminals"),
    (Tender.CARD, "99999999", STRANGER, "no-match", "terminals"),
    (Tender.CARD, "1900000109", STRANGER, "no-match", "terminals"),
    (Tender.WECHAT, "1900000109", FINE, "match", "wechat"),
    (Tender.WECHAT, "1900000190", STRANGER, "close", "wechat"),
    (Tender.WECHAT, "1230000109", STRANGER, "no-match", "wechat"),
    (Tender.WECHAT, None, STRANGER, "cannot-check", "wechat"),
    (Tender.ALIPAY, "2088101122136241", FINE, "match", "alipay"),
    (Tender.ALIPAY, "208810112213624", STRANGER, "close", "alipay"),
    (Tender.ALIPAY, "2088000000000000", STRANGER, "no-match", "alipay"),
    (Tender.ALIPAY, None, STRANGER, "cannot-check", "alipay"),
]
SAYS = {
    "match": ("在名单上", "on the list"),
    "close": ("相近但不相同", "almost one of ours"),
    "no-match": ("不在名单上", "not on the list"),
    "cannot-check": ("无法核对", "cannot be checked"),
}


@pytest.mark.parametrize(("tender", "payee", "expected", "match", "name"), IDS)
def test_an_id_in_a_money_frame(
    tender: Tender, payee: str | None, expected: Row, match: str, name: str
) -> None:
    for kind in (IntentKind.SALE, *OUT):
        subject = replace(intent(tender=tender), kind=kind, payee=payee)
        finding = payee_known.check(Request(subject), LISTS)
        assert row(finding) == expected
        assert finding is not None
        assert finding.inputs == {"payee": payee, "list": name, "match": match}
        zh, en = SAYS[match]
        assert zh in finding.say.zh
        assert en in finding.say.en


def test_the_worse_of_frame_and_device_is_named() -> None:
    subject = replace(intent(), payee="52001233")
    finding = payee_known.check(Request(subject, link=LinkState("zvt", payee="52001234")), LISTS)
    assert row(finding) == STRANGER
    assert finding is not None
    assert finding.inputs["payee"] == "52001234"
    assert finding.inputs["match"] == "close"


@pytest.mark.parametrize(
    ("payees", "match"),
    [
        (("emv:pix:shop@ours",), "match"),
        (("emv:pix:shop@0urs",), "close"),
        (("pix:br.gov:shop@ours",), "close"),
        (("emv:pix:thief",), "no-match"),
        (("emv:pix:shop@ours", "emv:pix:thief"), "no-match"),
        ((), "cannot-check"),
    ],
)
def test_an_id_in_a_printed_code(payees: tuple[str, ...], match: str) -> None:
    code = replace(scan("merchant_code", "emv"), payees=payees)
    finding = payee_known.check(Request(code), LISTS)
    assert row(finding) == (FINE if match == "match" else STRANGER)
    assert finding is not None
    assert finding.inputs["match"] == match
    zh, en = SAYS[match]
    assert zh in finding.say.zh
    assert en in finding.say.en


def test_an_empty_list_cannot_be_checked_whatever_the_id() -> None:
    nobody = replace(POLICY, payees=Payees())
    for tender, payee, *_ in IDS:
        subject = replace(intent(tender=tender), payee=payee or "x")
        finding = payee_known.check(Request(subject), nobody)
        assert row(finding) == STRANGER
        assert finding is not None
        assert finding.inputs["match"] == "cannot-check"
        assert "complete it" in finding.say.en
