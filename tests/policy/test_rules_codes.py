"""What was scanned: code-kind, code-channel, code-fresh."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.clock import SECOND
from pos_guard.model import Context, IntentKind, Scan, Tender
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
NEW, OLD = context(scheme="alipay"), context(scheme="alipay", code_us=1, order_us=5)


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


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (scan(), OK),
        (scan("receive_code"), REFUSED),
        (scan("order_code"), REFUSED),
        (scan("merchant_code", "emv"), REFUSED),
        (scan("goods", "ean13"), REFUSED),
        (scan("number", None), REFUSED),
        (replace(scan(), payable=False), REFUSED),
        (replace(scan(), checksum="bad"), REFUSED),
        (None, None),
    ],
)
def test_a_charge_carries_a_payment_code_and_nothing_else(
    code: Scan | None, expected: tuple[str, str] | None
) -> None:
    charge = replace(intent(tender=Tender.WECHAT), payer_token="t0", payer=code)
    assert brief(code_kind.check(Request(charge), POLICY)) == expected
    back = replace(charge, kind=IntentKind.REFUND)
    assert code_kind.check(Request(back), POLICY) is None


@pytest.mark.parametrize(
    ("scheme", "tender", "expected"),
    [("wechat", Tender.WECHAT, OK), ("alipay", Tender.WECHAT, REFUSED), (None, Tender.CARD, None)],
)
def test_the_code_of_a_charge_belongs_to_its_channel_whatever_was_scanned(
    scheme: str | None, tender: Tender, expected: tuple[str, str] | None
) -> None:
    charge = replace(intent(tender=tender), payer_token="t9", payer=scan(scheme=scheme))
    assert brief(code_channel.check(Request(charge, context=NEW), POLICY)) == expected


def test_the_cashier_reads_both_channels() -> None:
    request = Request(scan(scheme="alipay"), context=context(Tender.WECHAT))
    finding = code_channel.check(request, POLICY)
    assert finding is not None
    assert "这是支付宝付款码，本单选的是微信支付" in finding.say.zh
    assert "Alipay" in finding.say.en


def test_codes_that_are_not_charged_have_no_channel() -> None:
    assert code_channel.check(Request(scan("goods"), context=context(Tender.CARD)), POLICY) is None
    assert code_channel.check(Request(receipt(), context=context(Tender.CARD)), POLICY) is None


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
        (CodeState(scanned=False), OK),
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
    ("scheme", "options", "life_s"),
    [
        ("wechat", {}, 60),
        ("wechat", {"max_age_s": 600}, 60),
        ("wechat", {"max_age_s": 30}, 30),
        ("wechat", {"max_age_s": 30, "wechat_s": 45}, 45),
        ("alipay", {}, 60),
        ("alipay", {"max_age_s": 90}, 90),
        ("alipay", {"max_age_s": 90, "alipay_s": 120}, 120),
        ("unionpay", {"unionpay_s": 30}, 30),
        ("emv-cpm", {"wechat_s": 10}, 60),
        (None, {"max_age_s": 600}, 600),
    ],
)
def test_each_wallet_has_its_age_and_wechat_never_more_than_a_minute(
    scheme: str | None, options: dict[str, int], life_s: int
) -> None:
    policy = with_option("code-fresh", **options)
    for age_us, expected in ((life_s * SECOND, OK), (life_s * SECOND + 1, REFUSED)):
        state = CodeState(scanned=True, age_us=age_us, scheme=scheme)
        assert brief(code_fresh.check(Request(scan(scheme=scheme), code=state), policy)) == expected


@pytest.mark.parametrize("kind", [*IN, *OUT])
def test_only_a_charge_by_code_is_judged(kind: IntentKind) -> None:
    used = CodeState(used=True)
    without = Request(intent(kind), code=used)
    back = Request(replace(intent(kind), payer_token="t0"), code=used)
    assert code_fresh.check(without, POLICY) is None
    assert (code_fresh.check(back, POLICY) is None) == (kind in OUT)
    assert code_fresh.check(Request(scan("goods"), code=used), POLICY) is None
    assert code_kind.check(without, POLICY) is None
