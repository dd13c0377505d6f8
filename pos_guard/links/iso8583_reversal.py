"""The guard's own reversal (0400) of a sale whose outcome nobody knows.

Only a sale, a preauthorisation or a completion is reversed so: a refund's reversal would charge
the customer. It has no MAC and no card data, so that only a network which wants neither takes it.
"""

from __future__ import annotations

from pos_guard.errors import LocalError
from pos_guard.frames.iso8583 import Message, build
from pos_guard.frames.iso8583_profile import Profile
from pos_guard.model import IntentKind
from pos_guard.money import number_of_currency
from pos_guard.store.ledger import Entry

_REVERSIBLE = {IntentKind.SALE: "22", IntentKind.PREAUTH: "10", IntentKind.COMPLETION: "20"}
"""What tills reverse by themselves after a time-out, and its 60.1."""

_TIMED_OUT = "98"
"""Why: the till had no answer in time."""


def reversal_of(entry: Entry, head: bytes, profile: Profile) -> bytes | None:
    """The 0400 for an entry, None where none may be sent or the ledger knows too little.

    ``head``: TPDU and header of this network.
    """
    kind = _REVERSIBLE.get(entry.kind)
    parts = (entry.reference or "").split("/")
    ids = (entry.payee or "").split(":")
    if kind is None or len(parts) != 3 or len(ids) != 2 or entry.amount is None:
        return None
    terminal, middle, trace = parts
    fields = {
        3: "030000" if entry.kind is IntentKind.PREAUTH else "000000",
        4: f"{entry.amount:012d}",
        11: trace,
        39: _TIMED_OUT,
        41: terminal.ljust(8),
        42: ids[0].ljust(15),
    }
    if entry.currency is not None:
        fields[49] = f"{number_of_currency(entry.currency):03d}"
    if profile.union_pay:
        fields |= {
            25: "06" if entry.kind is not IntentKind.SALE else "00",
            60: f"{kind}{middle}000",
        }
    else:
        asked = "0100" if entry.kind is IntentKind.PREAUTH else "0200"
        fields |= {7: middle, 90: f"{asked}{trace}{middle}".ljust(42, "0")}
    try:
        message = Message("0400", fields, head[: profile.tpdu], head[profile.tpdu :])
        return build(message, profile)
    except LocalError:  # numbers of another profile: the link was set up anew
        return None
