"""The person at the till: the owner alone, newcomers, and those who had a long day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.clock import SECOND
from pos_guard.model import Intent, IntentKind
from pos_guard.policy.policy import Alone, Policy, Role
from pos_guard.policy.request import Answers, OperatorState, Person, Request, Tier
from pos_guard.policy.rules import fatigue, probation, within_limit
from tests.policy.cases import (
    ANNA,
    BEN,
    MAYA,
    NOBODY,
    POLICY,
    intent,
    receipt,
    refund,
    sale,
    scan,
    with_option,
)
from tests.policy.pattern_cases import OK, VOID, Told, inputs_of, told

# -- the owner rule ------------------------------------------------------------------------------

OWNER = Person("olga", "owner")
SELF = Person("Olga", "owner")
HERSELF: Told = ("REQUIRE", "over-limit", "owner")
OTHERS: Told = ("REQUIRE", "over-limit", "approval")
REFUSED: Told = ("DENY", "over-limit", None)
CODE = Answers(totp=True)


def one_person(alone: Alone | None) -> Policy:
    """A shop whose owner refunds 20.00 without a question."""
    owner = Role("owner", frozenset({"sale", "refund"}), 2_000, alone=alone, may_approve=True)
    return replace(POLICY, roles={**POLICY.roles, "owner": replace(owner, approve_limit=99_999)})


def waited(seconds: int) -> Answers:
    """The same request was asked first so long ago."""
    return Answers(waited_us=seconds * SECOND)


BOTH = Alone(10_000, totp=True, delay_s=600)
DELAY = Alone(10_000, totp=False, delay_s=600)
CODE_ONLY = Alone(10_000)


@pytest.mark.parametrize(
    ("alone", "amount", "answers", "expected", "how"),
    [
        (CODE_ONLY, 2_000, Answers(), OK, None),
        (CODE_ONLY, 2_001, Answers(), HERSELF, None),
        (CODE_ONLY, 2_001, CODE, OK, "totp"),
        (CODE_ONLY, 10_000, CODE, OK, "totp"),
        (CODE_ONLY, 10_001, CODE, OTHERS, None),
        # A delay of 0 is no delay that has passed.
        (CODE_ONLY, 2_001, waited(10**6), HERSELF, None),
        (BOTH, 2_001, Answers(), HERSELF, None),
        (BOTH, 2_001, CODE, OK, "totp"),
        (BOTH, 2_001, waited(599), HERSELF, None),
        (BOTH, 2_001, waited(600), OK, "delay"),
        (BOTH, 2_001, Answers(None, totp=True, waited_us=600 * SECOND), OK, "totp"),
        (BOTH, 10_001, waited(10**6), OTHERS, None),
        (DELAY, 2_001, CODE, HERSELF, None),
        (DELAY, 2_001, waited(600), OK, "delay"),
        (Alone(10_000, totp=False, delay_s=1), 2_001, waited(0), HERSELF, None),
        (Alone(10_000, totp=False, delay_s=1), 2_001, waited(1), OK, "delay"),
        (
            Alone(10_000, totp=False),
            2_001,
            Answers(None, totp=True, waited_us=10**15),
            OTHERS,
            None,
        ),
        (None, 2_001, CODE, OTHERS, None),
    ],
)
def test_the_owner_stands_for_it_alone_by_code_or_by_waiting(
    alone: Alone | None, amount: int, answers: Answers, expected: Told, how: str | None
) -> None:
    request = Request(refund(amount), operator=OWNER, sale=sale(99_999), answers=answers)
    finding = within_limit.check(request, one_person(alone))
    assert told(finding) == expected
    inputs: dict[str, object] = {"amount": amount, "limit": 2_000}
    assert inputs_of(finding) == (inputs if how is None else inputs | {"owner": how})


@pytest.mark.parametrize(
    ("approver", "answers", "expected"),
    [
        (MAYA, Answers(), OK),
        (MAYA, CODE, OK),
        (OWNER, Answers(), REFUSED),
        # Never self-approval, whatever else was proved.
        (OWNER, CODE, REFUSED),
        (SELF, CODE, REFUSED),
        (ANNA, Answers(), REFUSED),
    ],
)
def test_a_second_person_will_do_as_well_and_never_oneself(
    approver: Person, answers: Answers, expected: Told
) -> None:
    request = Request(
        refund(2_001), operator=OWNER, approver=approver, sale=sale(9_999), answers=answers
    )
    finding = within_limit.check(request, one_person(BOTH))
    assert told(finding) == expected
    assert inputs_of(finding)["approver"] == approver.id


def test_a_code_is_no_use_to_roles_without_the_rule() -> None:
    for person in (BEN, MAYA, NOBODY):
        request = Request(refund(99_999), operator=person, sale=sale(99_999), answers=CODE)
        assert told(within_limit.check(request, one_person(BOTH))) == OTHERS


@pytest.mark.parametrize(
    ("alone", "answers", "parts", "absent"),
    [
        (CODE_ONLY, Answers(), ("动态口令", "authenticator"), "seconds"),
        (DELAY, Answers(), ("600 秒后", "in 600 seconds"), "authenticator"),
        (BOTH, Answers(None, waited_us=1), ("动态口令", "，或", ", or ask again in 600 s"), "#"),
        (BOTH, waited(599), ("1 秒后", "in 1 seconds"), "#"),
        (
            Alone(9_999, totp=False, delay_s=1),
            Answers(),
            ("1 秒后", "in 1 seconds"),
            "authenticator",
        ),
    ],
)
def test_the_owner_reads_what_to_do(
    alone: Alone, answers: Answers, parts: tuple[str, ...], absent: str
) -> None:
    request = Request(refund(2_001), operator=OWNER, sale=sale(9_999), answers=answers)
    finding = within_limit.check(request, one_person(alone))
    assert finding is not None
    text = finding.say.zh + finding.say.en
    assert [part for part in parts if part not in text] == []
    assert absent not in text


# -- probation -----------------------------------------------------------------------------------

HALF = with_option(probation.ID, percent=50)
NEW = OperatorState(Tier.PROBATION)


@pytest.mark.parametrize(
    ("desk", "percent", "amount", "expected", "limit"),
    [
        (NEW, 50, 1_000, OK, 1_000),
        (NEW, 50, 1_001, OTHERS, 1_000),
        (NEW, 33, 660, OK, 660),
        (NEW, 33, 661, OTHERS, 660),
        (NEW, 0, 0, OK, 0),
        (NEW, 0, 1, OTHERS, 0),
        (NEW, 99, 1_980, OK, 1_980),
        (NEW, 100, 99_999, None, None),
        (OperatorState(Tier.REGULAR), 50, 99_999, None, None),
        (None, 50, 99_999, None, None),
    ],
)
def test_a_newcomer_has_a_part_of_the_limit(
    desk: OperatorState | None, percent: int, amount: int, expected: Told | None, limit: int | None
) -> None:
    request = Request(refund(amount), operator=BEN, sale=sale(99_999), desk=desk)
    finding = probation.check(request, with_option(probation.ID, percent=percent))
    assert told(finding) == expected
    if expected is not None:
        assert inputs_of(finding) == {"amount": amount, "limit": limit, "percent": percent}


@pytest.mark.parametrize(
    ("approver", "expected"), [(MAYA, OK), (BEN, REFUSED), (ANNA, REFUSED), (None, OTHERS)]
)
def test_a_newcomer_above_it_has_company(approver: Person | None, expected: Told) -> None:
    request = Request(refund(1_001), operator=BEN, approver=approver, sale=sale(9_999), desk=NEW)
    assert told(probation.check(request, HALF)) == expected


def test_a_newcomer_of_an_unknown_role_has_no_limit_at_all() -> None:
    request = Request(refund(1), operator=NOBODY, sale=sale(), desk=NEW)
    assert told(probation.check(request, HALF)) == OTHERS


def test_newcomers_sell_like_everybody() -> None:
    for subject in (intent(amount=99_999), intent(VOID, None), scan(), receipt()):
        assert probation.check(Request(subject, operator=BEN, desk=NEW), HALF) is None
    assert probation.check(Request(refund(), desk=NEW), HALF) is None


# -- fatigue -------------------------------------------------------------------------------------

AGAIN: Told = ("REQUIRE", "unconfirmed", "confirmation")
HOUR = 3600 * SECOND


@pytest.mark.parametrize(
    ("options", "on_shift_us", "errors", "expected"),
    [
        ({"hours": 10}, 10 * HOUR, 0, OK),
        ({"hours": 10}, 10 * HOUR + 1, 0, AGAIN),
        ({"hours": 10}, None, 0, OK),
        ({"hours": 10}, 0, 50, OK),
        ({"errors": 3}, 20 * HOUR, 2, OK),
        ({"errors": 3}, 0, 3, AGAIN),
        ({"errors": 3}, None, 4, AGAIN),
        ({"hours": 10, "errors": 3}, 1, 0, OK),
        ({"hours": 10, "errors": 3}, 11 * HOUR, 9, AGAIN),
        ({"hours": 10, "from_amount": 1_250}, 11 * HOUR, 0, AGAIN),
        ({"hours": 10, "from_amount": 1_251}, 11 * HOUR, 0, OK),
        ({}, 999 * HOUR, 999, None),
        ({"hours": 0, "errors": 0}, 9_999 * HOUR, 99, None),
    ],
)
@pytest.mark.parametrize("subject", [intent(), refund(), intent(VOID), intent(IntentKind.PREAUTH)])
def test_a_second_look_after_a_long_shift_or_some_slips(
    subject: Intent,
    options: dict[str, int],
    on_shift_us: int | None,
    errors: int,
    expected: Told | None,
) -> None:
    desk = OperatorState(on_shift_us=on_shift_us, errors=errors)
    finding = fatigue.check(
        Request(subject, operator=BEN, desk=desk), with_option(fatigue.ID, **options)
    )
    assert told(finding) == expected
    if expected is not None:
        shift_s = None if on_shift_us is None else on_shift_us // SECOND
        assert inputs_of(finding) == {"shift_s": shift_s, "errors": errors}


@pytest.mark.parametrize(
    ("confirmed", "expected"),
    [(1_250, OK), (12_500, ("DENY", "amount", None)), (None, AGAIN)],
)
def test_the_amount_once_more_is_all_that_is_asked(confirmed: int | None, expected: Told) -> None:
    desk = OperatorState(on_shift_us=12 * HOUR)
    request = Request(intent(), operator=BEN, desk=desk, answers=Answers(confirmed=confirmed))
    assert told(fatigue.check(request, with_option(fatigue.ID, hours=10))) == expected


def test_questions_scans_and_paper_tire_nobody() -> None:
    policy, desk = with_option(fatigue.ID, hours=1), OperatorState(on_shift_us=12 * HOUR)
    for subject in (intent(IntentKind.BALANCE), intent(VOID, None), scan(), receipt()):
        assert fatigue.check(Request(subject, desk=desk), policy) is None
    assert fatigue.check(Request(intent()), policy) is None
