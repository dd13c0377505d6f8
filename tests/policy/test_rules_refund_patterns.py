"""Patterns over many refunds: split, repeated, negative, to staff, voids, out of proportion."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.model import Intent, IntentKind
from pos_guard.policy.policy import Hours, RuleSetting
from pos_guard.policy.request import (
    Moment,
    OperatorState,
    PayerState,
    Person,
    Recent,
    Request,
    SaleState,
    Tier,
)
from pos_guard.policy.rules import (
    payer_net,
    payer_repeats,
    probation,
    refund_ratio,
    self_refund,
    split_under_limit,
    void_after_tender,
)
from tests.policy.cases import (
    ANNA,
    BEN,
    EMPTY,
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
from tests.policy.pattern_cases import (
    OK,
    REFUND,
    VOID,
    Told,
    answered,
    inputs_of,
    paid_by,
    recent,
    told,
)

ASKED: Told = ("REQUIRE", "pattern", "approval")
REFUSED: Told = ("DENY", "pattern", None)

# -- split-under-limit: Ben's limit is 20.00, near it is from 16.00 on ---------------------------

SPLIT = with_option(split_under_limit.ID, within_s=600)


@pytest.mark.parametrize(
    ("amounts", "asked", "expected", "earlier"),
    [
        ((), 2000, OK, 0),
        ((1900,), 1900, OK, 1),
        ((1900, 1900), 1900, ASKED, 2),
        ((1600, 1600), 1, ASKED, 2),
        ((1600, 1599), 1900, OK, 1),
        ((2000, 2000), 400, ASKED, 2),
        ((2001, 2001), 1900, OK, 0),
        ((1900, 1900, 1900), 1900, ASKED, 3),
    ],
)
def test_several_refunds_near_the_limit_and_this_one(
    amounts: tuple[int, ...], asked: int, expected: Told, earlier: int
) -> None:
    past = tuple(recent(30 * n, amount) for n, amount in enumerate(amounts))
    request = Request(refund(asked), operator=BEN, sale=sale(), recent=past)
    finding = split_under_limit.check(request, SPLIT)
    near = sum(amount for amount in amounts if 1600 <= amount <= 2000)
    assert told(finding) == expected
    assert inputs_of(finding) == {"earlier": earlier, "sum": near + asked, "limit": 2000}


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (recent(599, 1900), ASKED),
        (recent(600, 1900), OK),
        (recent(1, 1900, operator="maya"), OK),
        (recent(1, 1900, operator="maya", payer="t1"), ASKED),
        (recent(1, 1900, operator=None, payer="t1"), ASKED),
        (recent(1, 1900, VOID), OK),
        (recent(1, 1900, IntentKind.SALE), OK),
    ],
)
def test_of_this_operator_or_this_payer_within_the_window(past: Recent, expected: Told) -> None:
    both = (recent(0, 1800), past)
    request = Request(refund(1900), operator=BEN, sale=paid_by("t1"), recent=both)
    assert told(split_under_limit.check(request, SPLIT)) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"within_s": 0}, None),
        ({"within_s": 60, "earlier": 1}, ASKED),
        ({"within_s": 60, "earlier": 2}, OK),
        ({"within_s": 60, "earlier": 2, "from_percent": 50}, ASKED),
    ],
)
def test_the_policy_says_how_many_and_how_near(
    options: dict[str, int], expected: Told | None
) -> None:
    past = (recent(1, 1900), recent(2, 1000))
    request = Request(refund(1900), operator=BEN, sale=sale(), recent=past)
    policy = with_option(split_under_limit.ID, **options)
    assert told(split_under_limit.check(request, policy)) == expected


def test_a_second_person_agrees_to_a_split() -> None:
    past = (recent(1, 1900), recent(2, 1900))
    for approver, expected in ((MAYA, OK), (BEN, REFUSED), (ANNA, REFUSED)):
        request = Request(refund(1900), operator=BEN, approver=approver, sale=sale(), recent=past)
        finding = split_under_limit.check(request, SPLIT)
        assert told(finding) == expected
        assert inputs_of(finding)["approver"] == approver.id


@pytest.mark.parametrize(
    ("subject", "person"),
    [
        (refund(), EMPTY),
        (refund(), NOBODY),
        (refund(), None),
        (refund(None), BEN),
        (intent(VOID), BEN),
        (intent(), BEN),
    ],
)
def test_a_split_takes_a_limit_an_amount_and_a_refund(
    subject: Intent, person: Person | None
) -> None:
    request = Request(subject, operator=person, sale=sale(), recent=(recent(1, 1900),) * 3)
    assert split_under_limit.check(request, SPLIT) is None


@pytest.mark.parametrize(
    ("tier", "expected", "limit"),
    [(Tier.PROBATION, ASKED, 1000), (Tier.REGULAR, OK, 2000)],
)
def test_a_newcomer_does_not_split_under_his_own_lower_limit(
    tier: Tier, expected: Told, limit: int
) -> None:
    rules = {
        split_under_limit.ID: RuleSetting(options={"within_s": 600}),
        probation.ID: RuleSetting(options={"percent": 50}),
    }
    request = Request(
        refund(950),
        operator=BEN,
        sale=sale(),
        desk=OperatorState(tier),
        recent=(recent(1, 900), recent(2, 900)),
    )
    finding = split_under_limit.check(request, replace(POLICY, rules=rules))
    assert told(finding) == expected
    assert inputs_of(finding)["limit"] == limit


@given(
    amounts=st.lists(st.integers(1, 2000), max_size=12),
    asked=st.integers(1, 2000),
    percent=st.integers(1, 100),
)
@settings(max_examples=60, deadline=None)
def test_integers_decide_the_band_without_rounding(
    amounts: list[int], asked: int, percent: int
) -> None:
    policy = with_option(split_under_limit.ID, within_s=600, earlier=1, from_percent=percent)
    past = tuple(recent(1, amount) for amount in amounts)
    request = Request(refund(asked), operator=BEN, sale=sale(), recent=past)
    finding = split_under_limit.check(request, policy)
    near = [amount for amount in amounts if amount * 100 >= 2000 * percent]
    expected = ASKED if near and sum(near) + asked > 2000 else OK
    assert told(finding) == expected


# -- payer-repeats -------------------------------------------------------------------------------

REPEATS = with_option(payer_repeats.ID, within_s=3600)


@pytest.mark.parametrize(
    ("past", "expected", "count"),
    [
        ((), OK, 1),
        ((recent(payer="t1"),), OK, 2),
        ((recent(payer="t1"), recent(payer="t1")), ASKED, 3),
        # Across sales, operators, amounts and kinds of giving back.
        (
            (
                recent(5, 100, payer="t1", sale_id="S1", operator="ann"),
                recent(9, 7, VOID, payer="t1", sale_id="S2"),
            ),
            ASKED,
            3,
        ),
        ((recent(payer="t1"), recent(payer="t2")), OK, 2),
        ((recent(payer="t1"), recent(payer=None)), OK, 2),
        ((recent(payer="t1"), recent(kind=IntentKind.SALE, payer="t1")), OK, 2),
        ((recent(payer="t1"), recent(3600, payer="t1")), OK, 2),
        ((recent(payer="t1"), recent(3599, payer="t1")), ASKED, 3),
    ],
)
def test_the_same_payer_again_and_again(
    past: tuple[Recent, ...], expected: Told, count: int
) -> None:
    request = Request(refund(), operator=BEN, sale=paid_by("t1"), recent=past)
    finding = payer_repeats.check(request, REPEATS)
    assert told(finding) == expected
    assert inputs_of(finding) == {"count": count, "most": 2, "within_s": 3600}


@pytest.mark.parametrize("kind", [REFUND, VOID, IntentKind.REVERSAL, IntentKind.COMPLETION_VOID])
def test_every_way_of_giving_back_counts(kind: IntentKind) -> None:
    policy = with_option(payer_repeats.ID, within_s=60, refunds=1)
    subject = replace(intent(kind), payer_token="t1")
    request = Request(subject, operator=BEN, recent=(recent(payer="t1"),))
    assert told(payer_repeats.check(request, policy)) == ASKED
    assert told(payer_repeats.check(replace(request, approver=MAYA), policy)) == OK


@pytest.mark.parametrize(("amount", "expected"), [(50_000, OK), (50_001, REFUSED), (None, OK)])
def test_an_approver_of_a_repeat_needs_a_limit_for_its_amount(
    amount: int | None, expected: Told
) -> None:
    policy = with_option(payer_repeats.ID, within_s=60, refunds=1)
    past = (recent(payer="t1"),)
    request = Request(
        intent(VOID, amount), operator=BEN, approver=MAYA, sale=paid_by("t1"), recent=past
    )
    assert told(payer_repeats.check(request, policy)) == expected


def test_repeats_need_a_payer_a_window_and_money_out() -> None:
    many = (recent(payer="t1"),) * 9
    nobody = Request(refund(), operator=BEN, sale=sale(), recent=many)
    assert payer_repeats.check(nobody, REPEATS) is None
    known = Request(refund(), operator=BEN, sale=paid_by("t1"), recent=many)
    assert payer_repeats.check(known, POLICY) is None
    sold = Request(replace(intent(), payer_token="t1"), recent=many)
    assert payer_repeats.check(sold, REPEATS) is None


# -- payer-net -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payer", "amount", "options", "expected"),
    [
        (PayerState(1000, 0), 1000, {}, OK),
        (PayerState(1, 0), 2, {}, REFUSED),
        (PayerState(1000, 0), 1001, {}, REFUSED),
        (PayerState(1000, 999), 1, {}, OK),
        (PayerState(1000, 999), 2, {}, REFUSED),
        (PayerState(1000, 1500), 1, {}, REFUSED),
        (PayerState(1000, 999), 2, {"above": "require"}, ASKED),
        (PayerState(1000, 999), 2, {"above": "warn"}, ("WARN", "pattern", None)),
        (PayerState(1000, 999), 2, {"above": "allow"}, OK),
        (PayerState(0, 0), 1, {}, OK),
        (PayerState(0, 0), 1, {"never_charged": "require"}, ASKED),
        (PayerState(0, 500, 1), 1, {"never_charged": "deny"}, REFUSED),
        (None, 10**9, {"never_charged": "deny"}, None),
    ],
)
def test_nobody_gets_back_more_than_he_was_charged(
    payer: PayerState | None, amount: int, options: dict[str, str], expected: Told | None
) -> None:
    request = Request(refund(amount), operator=BEN, sale=sale(), payer=payer)
    finding = payer_net.check(request, with_option(payer_net.ID, **options))
    assert told(finding) == expected
    if payer is not None:
        net = payer.refunded + amount
        assert inputs_of(finding) == {"charged": payer.charged, "refunded": net}


def test_the_cashier_reads_what_the_payer_has_left() -> None:
    request = Request(refund(500), operator=BEN, payer=PayerState(1000, 800))
    finding = payer_net.check(request, POLICY)
    assert finding is not None
    assert "2.00" in finding.say.zh
    assert "5.00" in finding.say.en


def test_net_leaves_sales_and_unknown_amounts_alone() -> None:
    for subject in (intent(), intent(VOID, None), scan(), receipt()):
        assert payer_net.check(Request(subject, payer=PayerState(1, 99)), POLICY) is None


# -- self-refund ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("staff", "operator", "approver", "expected"),
    [
        ("ben", BEN, None, REFUSED),
        ("ben", BEN, MAYA, REFUSED),
        ("BEN", BEN, MAYA, REFUSED),
        ("anna", BEN, None, ASKED),
        ("anna", BEN, MAYA, OK),
        # Who is paid does not approve it, and former staff are staff.
        ("maya", BEN, MAYA, REFUSED),
        ("left-last-year", BEN, None, ASKED),
        ("left-last-year", BEN, MAYA, OK),
        ("anna", BEN, BEN, REFUSED),
        ("anna", None, None, ASKED),
        (None, BEN, None, None),
    ],
)
def test_no_refund_to_oneself_and_none_to_staff_unseen(
    staff: str | None, operator: Person | None, approver: Person | None, expected: Told | None
) -> None:
    request = Request(
        refund(100), operator=operator, approver=approver, payer=PayerState(999, staff=staff)
    )
    finding = self_refund.check(request, POLICY)
    assert told(finding) == expected
    if expected is not None:
        assert inputs_of(finding)["staff"] == staff
        assert inputs_of(finding)["operator"] == (None if operator is None else operator.id)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ("allow", OK),
        ("warn", ("WARN", "pattern", None)),
        ("require", ASKED),
        ("override", ("DENY_OVERRIDABLE", "pattern", None)),
        ("deny", REFUSED),
    ],
)
def test_the_policy_says_what_colleagues_are(others: str, expected: Told) -> None:
    policy = with_option(self_refund.ID, others=others)
    colleague = Request(refund(100), operator=BEN, payer=PayerState(999, staff="anna"))
    assert told(self_refund.check(colleague, policy)) == expected
    own = Request(refund(100), operator=BEN, payer=PayerState(999, staff="ben"))
    assert told(self_refund.check(own, policy)) == REFUSED


def test_staff_may_buy() -> None:
    for subject in (intent(), scan(), receipt()):
        request = Request(subject, operator=BEN, payer=PayerState(staff="ben"))
        assert self_refund.check(request, POLICY) is None
    assert self_refund.check(Request(refund(), operator=BEN), POLICY) is None


# -- void-after-tender ---------------------------------------------------------------------------

LATE = replace(
    with_option(void_after_tender.ID, before_settlement_s=300), hours=Hours(settled_at=1380)
)


def at(minute: int) -> Moment:
    """A Monday's minute."""
    return Moment(0, minute, "2026-11-23")


@pytest.mark.parametrize(
    ("moment", "expected", "left_s"),
    [
        (at(1374), OK, 300),
        (at(1375), ASKED, 240),
        (at(1379), ASKED, 0),
        (at(1380), OK, 86_340),
        (at(0), OK, 82_740),
        (None, ASKED, None),
    ],
)
def test_just_before_settlement(moment: Moment | None, expected: Told, left_s: int | None) -> None:
    request = Request(intent(VOID), operator=BEN, sale=sale(), moment=moment)
    finding = void_after_tender.check(request, LATE)
    assert told(finding) == expected
    assert inputs_of(finding) == {"voids": 1, "most": 2, "settles_in_s": left_s}


@pytest.mark.parametrize(
    ("minute", "expected"), [(1434, OK), (1435, ASKED), (1439, ASKED), (0, OK)]
)
def test_settlement_at_midnight(minute: int, expected: Told) -> None:
    policy = with_option(void_after_tender.ID, before_settlement_s=300)
    request = Request(intent(VOID), operator=BEN, sale=sale(), moment=at(minute))
    assert told(void_after_tender.check(request, policy)) == expected


OFTEN = with_option(void_after_tender.ID, within_s=3600)


@pytest.mark.parametrize(
    ("past", "expected", "voids"),
    [
        ((), OK, 1),
        ((recent(kind=VOID),), OK, 2),
        ((recent(kind=VOID), recent(kind=IntentKind.REVERSAL)), ASKED, 3),
        ((recent(kind=VOID), recent(kind=IntentKind.COMPLETION_VOID)), ASKED, 3),
        ((recent(kind=VOID), recent(kind=REFUND)), OK, 2),
        ((recent(kind=VOID), recent(kind=VOID, operator="maya")), OK, 2),
        ((recent(kind=VOID), recent(3600, kind=VOID)), OK, 2),
    ],
)
def test_more_voids_than_usual_by_one_person(
    past: tuple[Recent, ...], expected: Told, voids: int
) -> None:
    request = Request(intent(VOID), operator=BEN, sale=sale(), recent=past, moment=at(1379))
    finding = void_after_tender.check(request, OFTEN)
    assert told(finding) == expected
    assert inputs_of(finding)["voids"] == voids


@pytest.mark.parametrize(
    ("subject", "known", "expected"),
    [
        (intent(VOID), sale(), ASKED),
        (intent(VOID, None), sale(), ASKED),
        (intent(IntentKind.REVERSAL), sale(), ASKED),
        (intent(IntentKind.COMPLETION_VOID), sale(), ASKED),
        (refund(), sale(), None),
        (intent(IntentKind.PREAUTH_VOID), sale(), None),
        (intent(VOID), None, None),
    ],
)
def test_only_what_takes_back_a_paid_sale(
    subject: Intent, known: SaleState | None, expected: Told | None
) -> None:
    request = Request(subject, operator=BEN, sale=known, moment=at(1379))
    assert told(void_after_tender.check(request, LATE)) == expected


def test_an_approver_of_a_void_without_an_amount_answers_for_the_whole_sale() -> None:
    request = Request(
        intent(VOID, None), operator=BEN, approver=MAYA, sale=sale(50_001), moment=at(1379)
    )
    assert told(void_after_tender.check(request, LATE)) == REFUSED
    smaller = replace(request, sale=sale(50_000))
    assert told(void_after_tender.check(smaller, LATE)) == OK


# -- refund-ratio --------------------------------------------------------------------------------

RATIO = with_option(refund_ratio.ID, compare="on")


def desk(refunded: int, sold: int = 1_000_000, peers: int = 5) -> OperatorState:
    """Colleagues refund 3 % of their sales, with a deviation of 2 %: usual is up to 6 %."""
    return OperatorState(
        sold=sold, refunded=refunded, shop_ppm=30_000, spread_ppm=20_000, peers=peers
    )


@pytest.mark.parametrize(
    ("state", "amount", "options", "expected"),
    [
        (desk(58_750), 1_250, {}, OK),
        (desk(58_750), 1_251, {}, ASKED),
        (desk(200_000, peers=4), 1, {}, ASKED),
        (desk(200_000, peers=3), 1, {}, None),
        (desk(99_000, sold=100_000), 1, {}, ASKED),
        (desk(99_000, sold=99_999), 1, {}, None),
        (desk(99_000, sold=0), 1, {"min_sold": 1}, None),
        (desk(65_000), 1, {"spreads_ppm": 2_000_000}, OK),
        (desk(70_000), 1, {"spreads_ppm": 2_000_000}, ASKED),
        (desk(65_000), 1, {"floor_ppm": 70_000}, OK),
        (desk(65_000), 1, {"compare": "off"}, None),
        (None, 1, {}, None),
    ],
)
def test_far_more_refunds_than_the_colleagues(
    state: OperatorState | None, amount: int, options: dict[str, int | str], expected: Told | None
) -> None:
    policy = with_option(refund_ratio.ID, **({"compare": "on"} | options))
    request = Request(refund(amount), operator=BEN, sale=sale(9_999), desk=state)
    assert told(refund_ratio.check(request, policy)) == expected


def test_the_ratio_counts_this_refund_and_says_what_it_compared() -> None:
    request = Request(refund(2_000), operator=BEN, approver=MAYA, sale=sale(), desk=desk(60_000))
    finding = refund_ratio.check(request, RATIO)
    assert told(finding) == OK
    assert inputs_of(finding) == {"ppm": 62_000, "most_ppm": 60_000, "peers": 5, "approver": "maya"}


def test_one_cent_above_the_ratio_is_not_rounded_away() -> None:
    state = OperatorState(sold=3_000_000_000, refunded=180_000_000, shop_ppm=60_000, peers=9)
    asked = Request(refund(1), operator=BEN, sale=sale(), desk=state)
    assert told(refund_ratio.check(asked, RATIO)) == ASKED
    fewer = replace(asked, desk=replace(state, refunded=179_999_999))
    assert told(refund_ratio.check(fewer, RATIO)) == OK


# -- together ------------------------------------------------------------------------------------


def test_no_pattern_is_asked_for_until_the_policy_does() -> None:
    request = Request(
        refund(1_999),
        operator=BEN,
        sale=paid_by("t1"),
        recent=tuple(recent(n, 1_999, payer="t1", sale_id="T1-000001") for n in range(9)),
        payer=PayerState(100_000, 0, 9),
        desk=replace(desk(999_999), on_shift_us=10**12, errors=99),
        moment=at(1439),
    )
    assert answered(request) == []
    assert answered(replace(request, subject=intent(VOID, 99_999))) == []


def test_facts_count_at_once() -> None:
    own = Request(refund(100), operator=BEN, payer=PayerState(50, 0, staff="ben"))
    assert answered(own) == ["self-refund:DENY", "payer-net:DENY"]
