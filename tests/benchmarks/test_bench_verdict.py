"""A verdict with its full trace over the shipped retail policy, against the same in Cedar."""

from __future__ import annotations

from dataclasses import replace

import cedarpy

from pos_guard.model import Context, Intent, IntentKind, Known, Source, Tender
from pos_guard.policy import engine
from pos_guard.policy.load import parse_policy
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import (
    Answers,
    Disk,
    Freeze,
    LinkState,
    Moment,
    Network,
    OperatorState,
    PayerState,
    Person,
    Recent,
    RefundPace,
    Request,
    SaleState,
    SaleStatus,
    Tier,
    Total,
    Usual,
)
from tests.benchmarks.cedar_retail import cedar_case, cedar_policies, cedar_says
from tests.benchmarks.ratio import Benchmark, Side, against

POLICY: Policy = parse_policy(
    """
name = "bench"
version = 1
currency = "EUR"
extends = ["card-data", "retail", "wechat", "alipay", "schemes"]
[payees]
terminals = ["52001233"]
[hours]
tue = ["09:00-22:00"]
settled_at = "22:00"
""",
    "policy.toml",
)

MINUTE_US = 60_000_000
DAY_US = 1440 * MINUTE_US

BEN, MAYA, ANNA = Person("ben", "senior"), Person("maya", "manager"), Person("anna", "cashier")

REFUND = Intent(IntentKind.REFUND, Tender.CARD, 2500, "EUR", "0001", None, "R1", "p1")
SALE = SaleState(
    "T1-1",
    80_000,
    "EUR",
    Tender.CARD,
    "52001233",
    posted=1000,
    age_us=5 * DAY_US,
    settled=True,
    payer_token="p1",
    order_key="A4711",
)
KNOWN = Context(reason=Known("defective", Source.APP, 1), customer=Known("4711", Source.APP, 1))

PAST = tuple(
    Recent(
        age * 15 * MINUTE_US,
        IntentKind.SALE,
        Tender.CARD,
        1000 + age,
        "ben",
        f"S{age}",
        f"O{age}",
        f"q{age}",
        "till",
    )
    for age in range(1, 13)
)

BACK = Recent(
    20 * MINUTE_US, IntentKind.REFUND, Tender.CARD, 2500, "ben", "S90", "O90", "p1", "till"
)

USUAL = Request(
    REFUND,
    KNOWN,
    LinkState("till", payee="52001233"),
    BEN,
    sale=SALE,
    pace=RefundPace(5 * DAY_US, 1, DAY_US),
    totals={limit.id: Total(1000, 1) for limit in POLICY.limits},
    recent=PAST,
    payer=PayerState(90_000, 1000, 1),
    desk=OperatorState(on_shift_us=60 * MINUTE_US, sold=500_000, refunded=1000, peers=1),
    usual=Usual(500, 1200, 90_000, 95_000),
    moment=Moment(1, 720, "2026-11-24"),
)


def amount(cents: int) -> Intent:
    return replace(REFUND, amount=cents)


def totals(limit: str, total: Total) -> dict[str, Total]:
    return {**USUAL.totals, limit: total}


CASES = {
    "an ordinary refund": USUAL,
    "at the limit": replace(USUAL, subject=amount(5000)),
    "above the limit": replace(USUAL, subject=amount(5001)),
    "approved": replace(USUAL, subject=amount(6000), approver=MAYA),
    "approved by himself": replace(USUAL, subject=amount(6000), approver=replace(MAYA, id="ben")),
    "approved without the right": replace(USUAL, subject=amount(6000), approver=ANNA),
    "above the approver's limit": replace(USUAL, subject=amount(70_000), approver=BEN),
    "more than is left": replace(USUAL, sale=replace(SALE, unknown=77_000)),
    "another tender": replace(USUAL, sale=replace(SALE, tender=Tender.WECHAT)),
    "another terminal": replace(USUAL, link=LinkState("till", payee="66")),
    "another payer": replace(USUAL, sale=replace(SALE, payer_token="p2")),
    "a void sale": replace(USUAL, sale=replace(SALE, status=SaleStatus.VOIDED)),
    "no reason": replace(USUAL, context=replace(KNOWN, reason=None)),
    "not signed in with the right": replace(USUAL, operator=Person("ida", "restocker")),
    "a shift's sum": replace(USUAL, totals=totals("refunds-of-a-shift", Total(27_501, 2))),
    "a shift's sum, just": replace(USUAL, totals=totals("refunds-of-a-shift", Total(27_500, 2))),
    "an hour's number": replace(USUAL, totals=totals("refunds-of-an-hour", Total(0, 4))),
    "an hour's number, approved": replace(
        USUAL, totals=totals("refunds-of-an-hour", Total(0, 4)), approver=MAYA
    ),
    "a day's stop": replace(
        USUAL, totals=totals("refunds-of-a-day-stop", Total(999_999, 9)), approver=MAYA
    ),
    "a large one of a stranger": replace(
        USUAL, subject=amount(30_000), context=replace(KNOWN, customer=None), approver=MAYA
    ),
    "more back than charged": replace(USUAL, payer=PayerState(3000, 1000, 1)),
    "the same again": replace(USUAL, recent=(replace(BACK, age_us=MINUTE_US), *PAST)),
    "the same again, confirmed": replace(
        USUAL, recent=(replace(BACK, age_us=MINUTE_US), *PAST), answers=Answers(2500)
    ),
    "a third to this payer": replace(
        USUAL, recent=(replace(BACK, amount=10), replace(BACK, amount=20), *PAST)
    ),
    "split under the limit": replace(
        USUAL, recent=(replace(BACK, amount=4500, payer_token="q0"), *PAST)
    ),
    "a newcomer": replace(
        USUAL, subject=amount(2600), desk=OperatorState(Tier.PROBATION, sold=500_000)
    ),
    "far more than colleagues": replace(
        USUAL, desk=OperatorState(sold=500_000, refunded=90_000, shop_ppm=20_000, peers=6)
    ),
    "closed": replace(USUAL, moment=Moment(1, 120, "2026-11-24")),
    "to oneself": replace(USUAL, payer=PayerState(90_000, 1000, 1, "ben")),
    "a frozen till": replace(USUAL, freezes=(Freeze("terminal", "T1", "error"),)),
    "an unknown outcome": replace(USUAL, link=LinkState("till", unresolved=1, payee="52001233")),
    "a clock not trusted": replace(USUAL, clock_trusted=False),
    "a failing disk": replace(USUAL, disk=Disk.BAD),
    "offline": replace(USUAL, network=Network.OFFLINE),
    "offline, of another shop": replace(
        USUAL, network=Network.OFFLINE, sale=replace(SALE, home=False)
    ),
    "a request number again": replace(USUAL, same_reference=True),
    "a refund of a refund": replace(USUAL, original_kind=IntentKind.REFUND),
}


def test_a_verdict_with_its_trace_against_cedar_on_the_same_requests(
    benchmark: Benchmark,
) -> None:
    policy = replace(
        POLICY,
        roles={**POLICY.roles, "restocker": replace(POLICY.roles["cashier"], may=frozenset())},
    )
    policies = cedarpy.PolicySet.from_str(cedar_policies(policy))
    requests = list(CASES.values())
    cases = [cedar_case(request, policy) for request in requests]
    agreed = dict[str, int]()
    for name, case in zip(CASES, cases, strict=True):
        verdict = engine.judge(CASES[name], policy)
        assert len(verdict.findings) > 20
        ours = "allow" if verdict.allowed else "ask" if verdict.needs_person else "refuse"
        assert ours == cedar_says(case, policies), (name, verdict.decisive)
        agreed[ours] = agreed.get(ours, 0) + 1
    assert min(agreed["allow"], agreed["ask"], agreed["refuse"]) >= 5, agreed

    def judged() -> None:
        for request in requests:
            engine.judge(request, policy)

    def theirs() -> None:
        for case in cases:
            cedar_says(case, policies)

    ratio = against(benchmark, Side(judged), Side(theirs), rounds=60)
    benchmark.extra_info["times faster"] = round(1 / ratio, 1)
