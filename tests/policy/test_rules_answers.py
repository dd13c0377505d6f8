"""What people have to say: reason-given, customer-matches, amount-confirmed, amount-usual."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import IntentKind
from pos_guard.money import MAX_AMOUNT
from pos_guard.policy.policy import Policy, Role, RuleSetting
from pos_guard.policy.request import Answers, Person, Request, Usual
from pos_guard.policy.rules import amount_confirmed, amount_usual, customer_matches, reason_given
from pos_guard.policy.verdict import Mode
from tests.policy.cases import (
    ANNA,
    BEN,
    EMPTY,
    IN,
    MAYA,
    NOBODY,
    OTHER,
    OUT,
    POLICY,
    intent,
    receipt,
    refund,
    sale,
    scan,
    with_option,
)
from tests.policy.state_cases import FINE, Row, row, told

REASONS = replace(
    POLICY,
    reasons=frozenset({"broken", "wrong-item", "goodwill"}),
    roles={
        **POLICY.roles,
        "senior": replace(POLICY.roles["senior"], reasons=frozenset({"broken", "retired-code"})),
        "empty": Role("empty", reasons=frozenset()),
    },
)
ASK: Row = ("REQUIRE", "needs-reason", "reason")
NO_REASON: Row = ("DENY", "needs-reason", None)


@pytest.mark.parametrize("kind", OUT)
@pytest.mark.parametrize(
    ("who", "reason", "expected", "on_record", "codes"),
    [
        (MAYA, "broken", FINE, "broken", 3),
        (MAYA, "goodwill", FINE, "goodwill", 3),
        (MAYA, None, ASK, None, 3),
        (MAYA, "whim", NO_REASON, None, 3),
        (MAYA, "Broken", NO_REASON, None, 3),
        (MAYA, "", NO_REASON, None, 3),
        (BEN, "broken", FINE, "broken", 1),
        (BEN, "goodwill", NO_REASON, "goodwill", 1),
        (BEN, "retired-code", NO_REASON, None, 1),
        (BEN, None, ASK, None, 1),
        (EMPTY, "broken", NO_REASON, "broken", 0),
        (EMPTY, None, ASK, None, 0),
        (NOBODY, "broken", FINE, "broken", 3),
        (None, None, ASK, None, 3),
    ],
)
def test_money_out_has_a_reason_of_the_list_and_of_the_role(
    kind: IntentKind,
    who: Person | None,
    reason: str | None,
    expected: Row,
    on_record: str | None,
    codes: int,
) -> None:
    request = Request(intent(kind), context=told(reason=reason), operator=who, sale=sale())
    finding = reason_given.check(request, REASONS)
    assert row(finding) == expected
    assert finding is not None
    assert finding.inputs == {"code": on_record, "codes": codes}


def test_the_cashier_reads_the_codes_to_choose_from() -> None:
    asked = reason_given.check(Request(refund(), operator=MAYA), REASONS)
    assert asked is not None
    assert "broken、goodwill、wrong-item" in asked.say.zh
    assert "broken, goodwill, wrong-item" in asked.say.en
    none = reason_given.check(Request(refund(), operator=EMPTY), REASONS)
    assert none is not None
    assert "manager" in none.say.en
    many = replace(POLICY, reasons=frozenset(f"code-{number:02}" for number in range(40)))
    short = reason_given.check(Request(refund()), many)
    assert short is not None
    assert "code-07" in short.say.en
    assert "code-08" not in short.say.en


def test_a_code_that_nobody_listed_is_not_repeated() -> None:
    context = told(reason="4111 1111 1111 1111")
    finding = reason_given.check(Request(refund(), context=context), REASONS)
    assert "4111" not in str(finding)


WITH_OTHER = replace(POLICY, reasons=frozenset({"broken", "other"}))


@pytest.mark.parametrize(
    ("said", "expected", "code"),
    [
        ("other", ASK, "other"),
        ("other:", ASK, "other"),
        ("other:   ", ASK, "other"),
        ("other: the box was open", FINE, "other"),
        ("other：包装破损", FINE, "other"),
        # No other code takes words, and words are no code.
        ("broken: in two", NO_REASON, None),
        ("another: thing", NO_REASON, None),
        ("the box was open", NO_REASON, None),
    ],
)
def test_the_reason_other_needs_words(said: str, expected: Row, code: str | None) -> None:
    request = Request(refund(), context=told(reason=said), operator=MAYA, sale=sale())
    finding = reason_given.check(request, WITH_OTHER)
    assert row(finding) == expected
    assert finding is not None
    assert finding.inputs == {"code": code, "codes": 2}
    assert "box" not in str(finding.inputs)


def test_other_is_a_code_only_where_the_policy_lists_it() -> None:
    request = Request(refund(), context=told(reason="other: a gift"), operator=MAYA, sale=sale())
    assert row(reason_given.check(request, REASONS)) == NO_REASON


def test_no_reason_is_asked_for_without_a_list_or_for_money_in() -> None:
    for kind in (*IN, *OTHER):
        assert reason_given.check(Request(intent(kind)), REASONS) is None
    for kind in OUT:
        assert reason_given.check(Request(intent(kind)), POLICY) is None
    for subject in (scan(), receipt()):
        assert reason_given.check(Request(subject), REASONS) is None


KNOWN = replace(sale(), order_key="A-2026-1187", receipt="000042")
ASK_CUSTOMER: Row = ("REQUIRE", "needs-reason", "reason")
NOT_HIS: Row = ("DENY", "original", None)


@pytest.mark.parametrize(
    ("said", "expected", "fits"),
    [
        ("1187", FINE, "order"),
        ("61187", FINE, "order"),
        ("6-1187", FINE, "order"),
        ("a20261187", FINE, "order"),
        ("187", NOT_HIS, None),
        ("1188", NOT_HIS, None),
        ("1178", NOT_HIS, None),
        ("2026", NOT_HIS, None),
        ("0042", FINE, "receipt"),
        ("000042", FINE, "receipt"),
        ("42", NOT_HIS, None),
        ("0000042", NOT_HIS, None),
        ("12.50", FINE, "amount"),
        ("12.5", FINE, "amount"),
        (" 12.50 ", FINE, "amount"),
        ("12.51", NOT_HIS, None),
        ("125.0", NOT_HIS, None),
        ("1250", NOT_HIS, None),
        ("12,50", NOT_HIS, None),
        ("1.25e1", NOT_HIS, None),
        ("１２.５０", NOT_HIS, None),
        ("", ASK_CUSTOMER, None),
        (" - ", ASK_CUSTOMER, None),
        (None, ASK_CUSTOMER, None),
    ],
)
def test_the_customer_knows_the_sale(said: str | None, expected: Row, fits: str | None) -> None:
    policy = with_option("customer-matches", above=1000)
    request = Request(refund(1001), context=told(customer=said), sale=KNOWN)
    finding = customer_matches.check(request, policy)
    assert row(finding) == expected
    assert finding is not None
    assert finding.inputs == {"amount": 1001, "above": 1000, "digits": 4, "fits": fits}


def test_how_many_digits_are_enough_is_the_policys() -> None:
    request = Request(refund(), context=told(customer="1187"), sale=KNOWN)
    for digits, expected in ((3, FINE), (4, FINE), (5, NOT_HIS)):
        policy = with_option("customer-matches", above=1, digits=digits)
        assert row(customer_matches.check(request, policy)) == expected
    asked = customer_matches.check(
        Request(refund(), sale=KNOWN), with_option("customer-matches", above=1, digits=6)
    )
    assert asked is not None
    assert "末 6 位" in asked.say.zh
    assert "last 6 digits" in asked.say.en


def test_a_short_number_is_said_whole() -> None:
    policy = with_option("customer-matches", above=1)
    for said, expected in (("42", FINE), ("2", NOT_HIS), ("042", NOT_HIS)):
        request = Request(refund(), context=told(customer=said), sale=replace(KNOWN, receipt="42"))
        assert row(customer_matches.check(request, policy)) == expected


def test_a_sale_without_numbers_is_known_by_its_amount() -> None:
    policy = with_option("customer-matches", above=1)
    for said, expected in (("12.50", FINE), ("None", NOT_HIS), ("0000", NOT_HIS)):
        request = Request(refund(), context=told(customer=said), sale=sale())
        assert row(customer_matches.check(request, policy)) == expected


def test_what_the_customer_said_is_not_on_record() -> None:
    policy = with_option("customer-matches", above=1)
    request = Request(refund(), context=told(customer="13800138000"), sale=KNOWN)
    assert "13800138000" not in str(customer_matches.check(request, policy))


def test_small_refunds_voids_and_unknown_sales_need_no_cross_check() -> None:
    policy = with_option("customer-matches", above=1250)
    assert customer_matches.check(Request(refund(), sale=KNOWN), policy) is None
    assert row(customer_matches.check(Request(refund(None), sale=KNOWN), policy)) == ASK_CUSTOMER
    strict = with_option("customer-matches", above=1)
    assert customer_matches.check(Request(refund()), strict) is None
    assert customer_matches.check(Request(refund(), sale=KNOWN), POLICY) is None
    for kind in (*IN, *OTHER, IntentKind.VOID, IntentKind.REVERSAL):
        assert customer_matches.check(Request(intent(kind), sale=KNOWN), strict) is None
    for subject in (scan(), receipt()):
        assert customer_matches.check(Request(subject, sale=KNOWN), strict) is None


AGAIN: Row = ("REQUIRE", "unconfirmed", "confirmation")
SLIP: Row = ("DENY", "amount", None)


@pytest.mark.parametrize("kind", [*IN, IntentKind.REFUND, IntentKind.PREAUTH])
@pytest.mark.parametrize(
    ("amount", "confirmed", "expected", "slip"),
    [
        (1000, None, FINE, None),
        (1001, None, AGAIN, None),
        (1001, 1001, FINE, None),
        (1000, 9, FINE, None),
        (12500, 1250, SLIP, "/10"),
        (1250, 12500, SLIP, "x10"),
        (1250, 125000, SLIP, "x100"),
        (125000, 1250, SLIP, "/100"),
        (1250, 2150, SLIP, "swapped-digits"),
        (1250, 1251, SLIP, None),
        (1250, 0, SLIP, None),
        (MAX_AMOUNT, None, AGAIN, None),
        (None, None, None, None),
        (0, None, None, None),
        (MAX_AMOUNT + 1, None, None, None),
    ],
)
def test_a_large_amount_is_entered_again(
    kind: IntentKind,
    amount: int | None,
    confirmed: int | None,
    expected: Row | None,
    slip: str | None,
) -> None:
    policy = with_option("amount-confirmed", above=1000)
    request = Request(intent(kind, amount), answers=Answers(confirmed=confirmed))
    finding = amount_confirmed.check(request, policy)
    assert row(finding) == expected
    if finding is not None:
        assert finding.inputs.get("slip") == slip
        assert (finding.inputs["amount"], finding.inputs["above"]) == (amount, 1000)


@pytest.mark.parametrize(
    ("confirmed", "zh", "en"),
    [
        (12500, "125.00 是 12.50 的 10 倍", "125.00 is ten times 12.50"),
        (125000, "1250.00 是 12.50 的 100 倍", "1250.00 is a hundred times 12.50"),
        (125, "1.25 是 12.50 的十分之一", "1.25 is a tenth of 12.50"),
        (2150, "两位数字颠倒", "21.50 is 12.50 with two digits swapped"),
        (1300, "13.00", "13.00"),
    ],
)
def test_the_slip_is_named(confirmed: int, zh: str, en: str) -> None:
    policy = with_option("amount-confirmed", above=1000)
    request = Request(intent(), answers=Answers(confirmed=confirmed))
    finding = amount_confirmed.check(request, policy)
    assert finding is not None
    assert zh in finding.say.zh
    assert en in finding.say.en


def test_the_amount_is_read_back_in_digits_and_capitals() -> None:
    policy = replace(with_option("amount-confirmed", above=1000), currency="CNY")
    finding = amount_confirmed.check(Request(intent(amount=12_345)), policy)
    assert finding is not None
    assert "123.45，大写：人民币壹佰贰拾叁元肆角伍分。" in finding.say.zh
    assert "123.45 CNY (人民币壹佰贰拾叁元肆角伍分)" in finding.say.en


def test_nothing_is_entered_again_where_the_policy_is_silent_or_nothing_is_paid() -> None:
    large = intent(amount=MAX_AMOUNT)
    assert amount_confirmed.check(Request(large), POLICY) is None
    policy = with_option("amount-confirmed", above=1)
    for kind in (IntentKind.VOID, IntentKind.REVERSAL, IntentKind.BALANCE):
        assert amount_confirmed.check(Request(intent(kind)), policy) is None
    for subject in (scan(), receipt()):
        assert amount_confirmed.check(Request(subject), policy) is None


USUAL = Usual(count=100, median=900, p99=2000, highest=5000)


def unusual(**options: str | int) -> Policy:
    """amount-usual at three times the usual, with other options."""
    rules = {"amount-usual": RuleSetting(Mode.ENFORCE, {"times": 3, **options})}
    return replace(POLICY, rules=rules)


@pytest.mark.parametrize(
    ("options", "usual", "amount", "confirmed", "expected"),
    [
        ({}, USUAL, 6000, None, FINE),
        ({}, USUAL, 6001, None, AGAIN),
        ({}, USUAL, 6001, 6001, FINE),
        ({}, USUAL, 60010, 6001, SLIP),
        ({"of": "highest"}, USUAL, 15000, None, FINE),
        ({"of": "highest"}, USUAL, 15001, None, AGAIN),
        ({}, replace(USUAL, count=99), 99999, None, None),
        ({"min_count": 99}, replace(USUAL, count=99), 99999, None, AGAIN),
        ({}, replace(USUAL, p99=0), 99999, None, None),
        ({}, None, 99999, None, None),
        ({}, USUAL, None, None, None),
        ({"times": 0}, USUAL, 99999, None, None),
    ],
)
def test_an_unusual_amount_is_entered_again(
    options: dict[str, str | int],
    usual: Usual | None,
    amount: int | None,
    confirmed: int | None,
    expected: Row | None,
) -> None:
    for kind in (IntentKind.SALE, IntentKind.REFUND, IntentKind.VOID):
        request = Request(intent(kind, amount), usual=usual, answers=Answers(confirmed=confirmed))
        finding = amount_usual.check(request, unusual(**options))
        assert row(finding) == expected
        if finding is not None and expected == AGAIN:
            base = 5000 if options.get("of") == "highest" else 2000
            assert finding.inputs == {"amount": amount, "usual": base, "times": 3}
            assert f"{base // 100}.00" in finding.say.en


def test_amounts_are_usual_where_the_policy_is_silent_or_nothing_moves() -> None:
    request = Request(intent(amount=MAX_AMOUNT), operator=ANNA, usual=USUAL)
    assert amount_usual.check(request, POLICY) is None
    for subject in (intent(IntentKind.BALANCE), scan(), receipt()):
        assert amount_usual.check(Request(subject, usual=USUAL), unusual()) is None
