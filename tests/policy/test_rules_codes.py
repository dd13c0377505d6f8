"""What was scanned: code-kind, code-channel, code-fresh."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.clock import SECOND
from pos_guard.model import Context, IntentKind, Tender
from pos_guard.policy.request import CodeState, Request
from pos_guard.policy.rules import code_channel, code_fresh, code_kind
from tests.policy.cases import (
    IN,
    OK,
    OUT,
    POLICY,
    brief,
    context,
    intent,
    receipt,
    scan,
    with_option,
)

REFUSED = ("DENY", "code")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("payment_code", OK),
        ("goods", OK),
        ("number", OK),
        ("text", OK),
        ("merchant_code", OK),
        ("order_code", REFUSED),
        ("receive_code", REFUSED),
        ("contact", REFUSED),
        ("slip", REFUSED),
        ("id_card", REFUSED),
        ("url", REFUSED),
        ("control", REFUSED),
        ("invalid", REFUSED),
        ("a kind of next year", REFUSED),
    ],
)
def test_only_codes_that_can_be_charged_or_mean_no_money_pass(
    kind: str, expected: tuple[str, str]
) -> None:
    assert brief(code_kind.check(Request(scan(kind)), POLICY)) == expected


def test_a_refused_code_speaks_in_its_own_words() -> None:
    finding = code_kind.check(Request(scan("receive_code")), POLICY)
    assert finding is not None
    assert finding.say == scan().say


def test_a_code_without_words_gets_ours() -> None:
    from pos_guard.model import Words

    silent = replace(scan("receive_code"), say=Words("", ""))
    assert brief(code_kind.check(Request(silent), POLICY)) == REFUSED


@pytest.mark.parametrize("kind", ["payment_code", "merchant_code", "goods"])
def test_a_wrong_checksum_is_refused_whatever_the_kind(kind: str) -> None:
    damaged = replace(scan(kind), checksum="bad")
    assert brief(code_kind.check(Request(damaged), POLICY)) == REFUSED


@pytest.mark.parametrize(
    ("scheme", "tender", "expected"),
    [
        ("wechat", Tender.WECHAT, OK),
        ("alipay", Tender.ALIPAY, OK),
        ("unionpay", Tender.UNIONPAY, OK),
        ("unionpay", Tender.CARD, OK),
        ("emv-cpm", Tender.CARD, OK),
        ("alipay", Tender.WECHAT, REFUSED),
        ("wechat", Tender.ALIPAY, REFUSED),
        ("wechat", Tender.CARD, REFUSED),
        ("wechat", Tender.CASH, REFUSED),
        ("emv-cpm", Tender.WECHAT, REFUSED),
        ("wechat", None, None),
        (None, Tender.WECHAT, None),
    ],
)
def test_a_scanned_code_belongs_to_the_chosen_channel(
    scheme: str | None, tender: Tender | None, expected: tuple[str, str] | None
) -> None:
    request = Request(scan(scheme=scheme), context=context(tender))
    assert brief(code_channel.check(request, POLICY)) == expected


def test_the_cashier_reads_both_channels() -> None:
    request = Request(scan(scheme="alipay"), context=context(Tender.WECHAT))
    finding = code_channel.check(request, POLICY)
    assert finding is not None
    assert "这是支付宝付款码，本单选的是微信支付" in finding.say.zh
    assert "Alipay" in finding.say.en


def test_codes_that_are_not_charged_have_no_channel() -> None:
    assert code_channel.check(Request(scan("goods"), context=context(Tender.CARD)), POLICY) is None
    assert code_channel.check(Request(receipt(), context=context(Tender.CARD)), POLICY) is None


NEW, OLD = context(scheme="alipay"), context(scheme="alipay", code_us=1, order_us=5)


@pytest.mark.parametrize(
    ("tender", "token", "known", "expected"),
    [
        (Tender.WECHAT, "t0", NEW, REFUSED),
        (Tender.ALIPAY, "t0", NEW, OK),
        (Tender.WECHAT, "t0", OLD, REFUSED),
        (Tender.WECHAT, "other", NEW, None),
        (Tender.WECHAT, None, NEW, REFUSED),
        (Tender.WECHAT, None, OLD, None),
        (Tender.CARD, None, NEW, None),
        (Tender.WECHAT, "t0", Context(), None),
        (Tender.WECHAT, None, replace(NEW, order=None), None),
    ],
)
def test_a_charge_uses_a_code_of_its_own_channel(
    tender: Tender, token: str | None, known: Context, expected: tuple[str, str] | None
) -> None:
    subject = replace(intent(tender=tender), payer_token=token)
    assert brief(code_channel.check(Request(subject, context=known), POLICY)) == expected


def test_a_refund_is_not_compared_with_the_last_code() -> None:
    back = intent(IntentKind.REFUND, tender=Tender.WECHAT)
    assert code_channel.check(Request(back, context=NEW), POLICY) is None


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (CodeState(scanned=True), OK),
        (CodeState(scanned=True, age_us=60 * SECOND), OK),
        (CodeState(scanned=True, age_us=60 * SECOND + 1), REFUSED),
        (CodeState(scanned=True, age_us=-1), REFUSED),
        (CodeState(scanned=True, used=True), REFUSED),
        (CodeState(scanned=False, used=True), REFUSED),
        (CodeState(scanned=False), ("WARN", "code")),
        (None, None),
    ],
)
def test_a_code_is_new_and_young(state: CodeState | None, expected: tuple[str, str] | None) -> None:
    charge = replace(intent(tender=Tender.WECHAT), payer_token="t0")
    assert brief(code_fresh.check(Request(charge, code=state), POLICY)) == expected
    assert brief(code_fresh.check(Request(scan(), code=state), POLICY)) == expected


@pytest.mark.parametrize(("age_s", "expected"), [(30, OK), (31, REFUSED)])
def test_the_policy_sets_the_age(age_s: int, expected: tuple[str, str]) -> None:
    policy = with_option("code-fresh", max_age_s=30)
    request = Request(scan(), code=CodeState(scanned=True, age_us=age_s * SECOND))
    assert brief(code_fresh.check(request, policy)) == expected


@pytest.mark.parametrize(
    ("option", "expected"), [("allow", OK), ("warn", ("WARN", "code")), ("deny", REFUSED)]
)
def test_a_typed_code_is_what_the_policy_says(option: str, expected: tuple[str, str]) -> None:
    charge = replace(intent(tender=Tender.WECHAT), payer_token="t0")
    request = Request(charge, code=CodeState(scanned=False))
    assert brief(code_fresh.check(request, with_option("code-fresh", typed=option))) == expected


@pytest.mark.parametrize("kind", [*IN, *OUT])
def test_only_a_charge_by_code_is_judged(kind: IntentKind) -> None:
    used = CodeState(used=True)
    without = Request(intent(kind), code=used)
    back = Request(replace(intent(kind), payer_token="t0"), code=used)
    assert code_fresh.check(without, POLICY) is None
    assert (code_fresh.check(back, POLICY) is None) == (kind in OUT)
    assert code_fresh.check(Request(scan("goods"), code=used), POLICY) is None
    assert code_kind.check(without, POLICY) is None
