"""What is checked at a scan beyond its kind: typed, one at a time, amount, deviations, ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import IntentKind, Scan, Tender
from pos_guard.money import Money
from pos_guard.policy.policy import MANUAL_CODE, Policy, Role, RuleSetting
from pos_guard.policy.request import CodeState, OrderState, Person, Request
from pos_guard.policy.rules import (
    code_amount,
    code_deviations,
    code_lookalike,
    code_one_attempt,
    code_own,
    code_typed,
    payee_known,
    receipt_payees,
)
from pos_guard.policy.verdict import Mode
from tests.policy.cases import (
    ANNA,
    MAYA,
    OK,
    POLICY,
    brief,
    intent,
    order,
    receipt,
    refund,
    scan,
    with_option,
)

REFUSED = ("DENY", "code")
NO_RIGHT = ("DENY", "not-permitted")
ASK = ("REQUIRE", "not-permitted")
TYPIST = Person("tom", "typist")
CHARGE = replace(intent(tender=Tender.WECHAT), payer_token="t0")
TYPED, AGAIN = CodeState(typed=True), CodeState(typed=True, rescans=1)


def typing(**options: str | int) -> Policy:
    """The test policy with a role that may type codes, and options of the rule."""
    roles = {**POLICY.roles, "typist": Role("typist", frozenset({"sale", MANUAL_CODE}))}
    return replace(POLICY, roles=roles, rules={"code-typed": RuleSetting(Mode.ENFORCE, options)})


class TestTyped:
    @pytest.mark.parametrize(
        ("state", "operator", "expected"),
        [
            (CodeState(scanned=True), None, OK),
            (TYPED, None, REFUSED),
            (TYPED, TYPIST, REFUSED),
            (AGAIN, None, NO_RIGHT),
            (AGAIN, ANNA, NO_RIGHT),
            (AGAIN, Person("eve", "role-that-was-deleted"), NO_RIGHT),
            (AGAIN, TYPIST, OK),
            (CodeState(), ANNA, ("WARN", "code")),
            (None, TYPIST, None),
        ],
    )
    def test_scan_again_first_then_it_takes_the_right(
        self, state: CodeState | None, operator: Person | None, expected: tuple[str, str] | None
    ) -> None:
        for subject in (CHARGE, scan()):
            request = Request(subject, operator=operator, code=state)
            assert brief(code_typed.check(request, typing())) == expected

    @pytest.mark.parametrize(
        ("wanted", "done", "expected"), [(0, 0, OK), (2, 1, REFUSED), (2, 2, OK), (2, 9, OK)]
    )
    def test_the_policy_says_how_often(
        self, wanted: int, done: int, expected: tuple[str, str]
    ) -> None:
        state = CodeState(typed=True, rescans=done)
        request = Request(CHARGE, operator=TYPIST, code=state)
        assert brief(code_typed.check(request, typing(rescans=wanted))) == expected

    @pytest.mark.parametrize(
        ("approver", "expected"),
        [(None, ASK), (MAYA, OK), (TYPIST, NO_RIGHT), (ANNA, NO_RIGHT)],
    )
    def test_a_policy_may_want_a_second_person(
        self, approver: Person | None, expected: tuple[str, str]
    ) -> None:
        request = Request(CHARGE, operator=TYPIST, approver=approver, code=AGAIN)
        policy = typing(second_person="always")
        assert brief(code_typed.check(request, policy)) == expected
        shown = replace(request, subject=scan(), approver=None)
        assert brief(code_typed.check(shown, policy)) == OK

    def test_an_approver_has_a_limit(self) -> None:
        dear = replace(CHARGE, amount=50001)
        request = Request(dear, operator=TYPIST, approver=MAYA, code=AGAIN)
        assert brief(code_typed.check(request, typing(second_person="always"))) == NO_RIGHT

    @pytest.mark.parametrize(
        ("option", "expected"), [("allow", OK), ("warn", ("WARN", "code")), ("deny", REFUSED)]
    )
    def test_a_code_nobody_saw_is_what_the_policy_says(
        self, option: str, expected: tuple[str, str]
    ) -> None:
        request = Request(CHARGE, code=CodeState())
        assert brief(code_typed.check(request, typing(unseen=option))) == expected

    def test_other_subjects_are_not_judged(self) -> None:
        for subject in (refund(), intent(), receipt(), scan("goods")):
            assert code_typed.check(Request(subject, code=TYPED), typing()) is None

    def test_only_a_refusal_to_scan_again_is_marked_as_one(self) -> None:
        first = code_typed.check(Request(CHARGE, operator=TYPIST, code=TYPED), typing())
        second = code_typed.check(Request(CHARGE, operator=ANNA, code=AGAIN), typing())
        assert first is not None
        assert second is not None
        assert (first.inputs.get(code_typed.RESCAN), second.inputs.get(code_typed.RESCAN)) == (
            True,
            None,
        )


@pytest.mark.parametrize(
    ("subject", "attempts", "expected"),
    [
        (scan(), 0, OK),
        (scan(), 1, ("DENY", "unresolved")),
        (scan(), 7, ("DENY", "unresolved")),
        (scan("goods"), 1, None),
        (scan("merchant_code"), 1, None),
        (replace(scan(), typed=True), 1, ("DENY", "unresolved")),
    ],
)
def test_no_second_code_while_an_attempt_is_open(
    subject: Scan, attempts: int, expected: tuple[str, str] | None
) -> None:
    for known in (order(), None):
        request = Request(subject, order=known, open_attempts=attempts)
        assert brief(code_one_attempt.check(request, POLICY)) == expected


def test_one_attempt_is_a_question_for_scans_only() -> None:
    assert code_one_attempt.check(Request(CHARGE, open_attempts=1), POLICY) is None


AMOUNT, CURRENCY, WARNED = ("DENY", "amount"), ("DENY", "currency"), ("WARN", "amount")


def asking(amount: int | None, currency: str | None = "EUR") -> Scan:
    """A merchant code that asks for an amount."""
    money = None if amount is None or currency is None else Money(amount, currency)
    return replace(scan("merchant_code", "emv"), money=money, currency=currency)


@pytest.mark.parametrize(
    ("code", "known", "expected"),
    [
        (asking(1250), order(1250), OK),
        (asking(None), order(1250), OK),
        (asking(None, None), order(1250), OK),
        (asking(None, None), None, OK),
        (asking(1251), order(1250), AMOUNT),
        (asking(125), order(1250), AMOUNT),
        (asking(1250), order(1250, posted=1250), AMOUNT),
        (asking(750), order(1250, posted=500), OK),
        (asking(1250), order(1250, unknown=1250), AMOUNT),
        (asking(1250, "USD"), order(1250), CURRENCY),
        (asking(None, "USD"), order(1250), CURRENCY),
        (asking(None, "USD"), None, CURRENCY),
        (asking(1250), None, WARNED),
        (replace(asking(1250), kind="payment_code"), order(1), None),
        (replace(asking(1250), kind="slip"), order(1), None),
    ],
)
def test_a_merchant_code_asks_for_what_the_order_owes(
    code: Scan, known: OrderState | None, expected: tuple[str, str] | None
) -> None:
    assert brief(code_amount.check(Request(code, order=known), POLICY)) == expected


@pytest.mark.parametrize(("option", "expected"), [("allow", OK), ("deny", AMOUNT)])
def test_without_an_order_the_policy_says(option: str, expected: tuple[str, str]) -> None:
    policy = with_option("code-amount", missing_order=option)
    assert brief(code_amount.check(Request(asking(1250)), policy)) == expected
    assert code_amount.check(Request(CHARGE), policy) is None


def test_both_amounts_are_told() -> None:
    finding = code_amount.check(Request(asking(1251), order=order(1250)), POLICY)
    assert finding is not None
    assert "12.51" in finding.say.zh
    assert "12.50" in finding.say.en


@pytest.mark.parametrize(
    ("problems", "options", "expected"),
    [
        ((), {}, OK),
        (("crc-case",), {}, OK),
        (("byte-lengths", "empty-62"), {}, OK),
        (("crc",), {}, OK),
        (("absent-58",), {}, REFUSED),
        (("crc-case", "absent-58"), {}, REFUSED),
        (("a name of next year",), {}, REFUSED),
        (("crc-case",), {"tolerated": ""}, REFUSED),
        (("absent-58",), {"tolerated": "absent-58 absent-60"}, OK),
        (("crc-case",), {"tolerated": "absent-58"}, REFUSED),
        (("absent-58",), {"other": "warn"}, ("WARN", "code")),
        (("absent-58",), {"other": "allow"}, OK),
    ],
)
def test_a_merchant_code_keeps_to_its_format_but_for_a_list(
    problems: tuple[str, ...], options: dict[str, str], expected: tuple[str, str]
) -> None:
    code = replace(scan("merchant_code", "emv"), problems=problems)
    policy = with_option("code-deviations", **options)
    finding = code_deviations.check(Request(code), policy)
    assert brief(finding) == expected
    assert finding is not None
    assert finding.inputs["deviations"] == " ".join(problems)


def test_every_tolerated_deviation_has_its_reason() -> None:
    assert all(len(why) > 20 for why in code_deviations.TOLERATED.values())
    for kind in ("payment_code", "invalid", "url"):
        odd = replace(scan(kind), problems=("absent-58",))
        assert code_deviations.check(Request(odd), POLICY) is None


@pytest.mark.parametrize("kind", ["receive_code", "merchant_code", "url"])
def test_our_own_sticker_is_named_and_asks_for_the_pay_code(kind: str) -> None:
    finding = code_own.check(Request(replace(scan(kind), sticker="counter 1")), POLICY)
    assert brief(finding) == REFUSED
    assert finding is not None
    assert "本店" in finding.say.zh
    assert "付款码" in finding.say.zh
    assert "counter 1" in finding.say.en
    assert code_own.check(Request(scan(kind)), POLICY) is None
    assert code_own.check(Request(CHARGE), POLICY) is None


@pytest.mark.parametrize(
    ("problems", "imitated"),
    [
        (("lookalike:qr.alipay.com",), "qr.alipay.com"),
        (("userinfo", "lookalike:u.wechat.com"), "u.wechat.com"),
        (("host",), None),
        ((), None),
    ],
)
def test_an_address_that_imitates_a_wallet_is_named(
    problems: tuple[str, ...], imitated: str | None
) -> None:
    finding = code_lookalike.check(Request(replace(scan("url"), problems=problems)), POLICY)
    assert brief(finding) == (None if imitated is None else REFUSED)
    if finding is not None and imitated is not None:
        assert imitated in finding.say.zh
        assert imitated in finding.say.en
    assert code_lookalike.check(Request(CHARGE), POLICY) is None


OURS = "emv:pix:shop@ours"


@pytest.mark.parametrize(
    ("kind", "payees", "own", "expected", "match"),
    [
        ("merchant_code", (OURS,), (), OK, "match"),
        ("merchant_code", ("emv:pix:shop@0urs",), (), ("DENY", "payee"), "close"),
        ("merchant_code", ("pix:br:SHOP@OURS",), (), ("DENY", "payee"), "close"),
        ("merchant_code", ("emv:pix:thief@x",), (), ("DENY", "payee"), "no-match"),
        ("merchant_code", (), (), ("DENY", "payee"), "cannot-check"),
        ("merchant_code", ("emv:x:second",), ("emv:x:second",), OK, "match"),
        ("receive_code", (), (), ("WARN", "payee"), "cannot-check"),
        ("order_code", (), (), ("WARN", "payee"), "cannot-check"),
        ("order_code", ("wechat:mch_id:1",), (), ("DENY", "payee"), "no-match"),
    ],
)
def test_whom_a_scanned_code_pays_is_said_in_four_words(
    kind: str,
    payees: tuple[str, ...],
    own: tuple[str, ...],
    expected: tuple[str, str],
    match: str,
) -> None:
    code = replace(scan(kind, "emv"), payees=payees)
    finding = payee_known.check(Request(code, own_codes=own), POLICY)
    assert brief(finding) == expected
    assert finding is not None
    assert finding.inputs["match"] == match


@pytest.mark.parametrize(
    ("own", "expected"), [((), ("DENY", "payee")), (("alipay:qr.alipay.com:fkx1",), OK)]
)
def test_a_registered_sticker_may_stand_on_paper(
    own: tuple[str, ...], expected: tuple[str, str]
) -> None:
    paper = replace(receipt(), payees=("alipay:qr.alipay.com:fkx1",))
    assert brief(receipt_payees.check(Request(paper, own_codes=own), POLICY)) == expected


def test_kinds_that_move_no_money_are_left_alone() -> None:
    back = intent(IntentKind.REFUND, tender=Tender.WECHAT)
    for rule in (code_amount, code_deviations, code_own, code_lookalike, code_one_attempt):
        assert rule.check(Request(back), POLICY) is None
