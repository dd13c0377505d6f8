"""FloCafe #767: a request number covers payload and approver."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard.model import Context, Intent, IntentKind, Tender
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Person, Request
from pos_guard.policy.rules import reference_reused
from pos_guard.policy.verdict import Level, Reason
from pos_guard.snapshot import Snapshots
from pos_guard.store.ledger import Phase
from tests.shop import shop
from tests.store.store_help import BASE

POLICY = Policy("plain", 1, "EUR")
REFUND = Intent(IntentKind.REFUND, Tender.WECHAT, 500, "EUR", reference="R-1")


@pytest.mark.parametrize("kind", [*IntentKind])
@pytest.mark.parametrize("reference", [None, "R-1"])
@pytest.mark.parametrize("reused", [None, "amount", "approver"])
def test_a_number_that_stands_for_something_else_is_denied(
    kind: IntentKind, reference: str | None, reused: str | None
) -> None:
    intent = replace(REFUND, kind=kind, reference=reference)
    finding = reference_reused.check(Request(intent, reused=reused), POLICY)
    if kind is IntentKind.BALANCE or reference is None:
        assert finding is None
        return
    assert finding is not None
    denied = reused is not None
    assert finding.level is (Level.DENY if denied else Level.ALLOW)
    assert finding.reason is (Reason.DUPLICATE if denied else Reason.OK)
    assert finding.inputs == {"reference": "R-1", "differs": reused}


FIRST = replace(
    BASE,
    link="pay",
    kind=IntentKind.REFUND,
    tender=Tender.WECHAT,
    amount=500,
    payee="1900000109",
    reference="R-1",
    approver="maya",
    payer_token="p1",
)


@pytest.mark.parametrize("phase", [*Phase])
@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({}, None),
        ({"amount": 501}, "amount"),
        ({"kind": IntentKind.VOID}, "kind"),
        ({"tender": Tender.ALIPAY}, "tender"),
        ({"currency": "CNY"}, "currency"),
        ({"currency": None}, None),
        ({"payee": "1900000110"}, "payee"),
        ({"payee": None}, None),
        ({"reference": "R-2", "amount": 501}, None),
    ],
)
def test_what_differs_from_what_was_submitted_under_the_number(
    tmp_path: Path, phase: Phase, change: dict[str, object], differs: str | None
) -> None:
    corner = shop(tmp_path)
    begins = {
        Phase.REFUSED: Phase.REFUSED,
        Phase.WAITING: Phase.WAITING,
        Phase.ABANDONED: Phase.WAITING,
    }
    first = begins.get(phase, Phase.RESERVED)
    with corner.store.transaction():
        number = corner.store.ledger.add(replace(FIRST, phase=first))
        if phase is not first:
            corner.store.ledger.move(number, phase)
    intent = replace(REFUND, **change)  # type: ignore[arg-type]
    snapshots = Snapshots(corner.store, POLICY, corner.clock)
    request = snapshots.of_intent(intent, Context(), "pay", None)
    assert request.reused == (None if phase in begins else differs)
    elsewhere = snapshots.of_intent(intent, Context(), "other", None)
    assert elsewhere.reused is None
    corner.store.close()


@pytest.mark.parametrize(
    ("approver", "differs"), [(None, None), ("maya", None), ("otto", "approver")]
)
def test_flocafe_767_another_approver_is_another_request(
    tmp_path: Path, approver: str | None, differs: str | None
) -> None:
    corner = shop(tmp_path)
    with corner.store.transaction():
        corner.store.ledger.add(FIRST)
    person = None if approver is None else Person(approver, "manager")
    snapshots = Snapshots(corner.store, POLICY, corner.clock)
    request = snapshots.of_intent(replace(REFUND, payee="1900000109"), Context(), "pay", person)
    assert request.reused == differs
    corner.store.close()
