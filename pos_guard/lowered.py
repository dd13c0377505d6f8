"""A lowering that never reached the terminal (ZVT ``84 9D``): the full payment counts again.

When a till lowers an approved amount, the first sale is VOIDED and a smaller one takes its place,
before the terminal hears of it (``lowering``). If the terminal never does, by a cable or a crash,
what it approved at first stands: the smaller sale has FAILED, and the first counts again, in one
transaction and with a case, since the customer was to pay less.
"""

from __future__ import annotations

from pos_guard import records
from pos_guard.frames.decoded import Json
from pos_guard.model import Outcome
from pos_guard.policy.policy import Policy
from pos_guard.store.ledger import Entry, Phase
from pos_guard.store.store import Store

LOWERED = "lowered"
"""The audit record that links the smaller sale (``entry``) to the first one (``before``)."""

NOT_LOWERED = "not-lowered"
"""Why the case is opened."""


def former(store: Store, number: int) -> Entry | None:
    """The sale whose place entry ``number`` took; None: it took none's."""
    record = next(store.audit.records(kind=LOWERED, entry=number, limit=1), None)
    return None if record is None else store.ledger.entry(int(str(record.body["before"])))


def stands_instead(store: Store, number: int) -> Entry | None:
    """The former of a lowered entry, where it counts again or may; None: it is void, or none."""
    before = former(store, number)
    return None if before is None or before.phase is Phase.VOIDED else before


def proved(before: Entry, outcome: Outcome) -> bool:
    """Whether a no names the former payment as what stands: its receipt, and all of its amount."""
    known = before.receipt is not None and before.amount is not None
    return known and (outcome.receipt, outcome.amount) == (before.receipt, before.amount)


def counts_again(store: Store, policy: Policy, number: int, phase: Phase) -> None:
    """The smaller sale ``number`` came to nothing: its former counts again, with a case.

    ``phase``: POSTED where the terminal says that it stands, UNKNOWN where nobody has said it yet.
    Nothing happens to an entry that lowered none. Needs an open transaction.
    """
    before = former(store, number)
    if before is None or before.phase is not Phase.VOIDED:
        return
    store.ledger.restore(before, phase)
    case: dict[str, Json] = {
        "entry": before.id,
        "why": NOT_LOWERED,
        "instead_of": number,
        "phase": str(phase),
        "link": before.link,
    }
    around = records.around_json(store, policy, before.operator)
    store.audit.append("case", case | around, actor=before.operator, approver=before.approver)
