"""The guard's own scannable codes: operator badges and the sale id on a paid receipt.

Each ends in a seal, a keyed hash that only this shop's keys can make: knowing a manager's id, or
counting sale ids, is not enough to print one. A badge can still be copied, so it is identity only
and never an approval.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import StrEnum

from pos_guard.store.keys import Keys

# 40 bits: nobody tries a million million codes at a shop's scanner.
_SEAL_BYTES = 5
_SEAL_SIGNS = 8

# Ids that we print ourselves; longer ones are no codes of ours.
MAX_ID = 64


class OwnKind(StrEnum):
    """What a code of ours stands for; the value starts the code."""

    BADGE = "PGOP"
    SALE = "PGSALE"


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A scanned code of ours. ``genuine``: its seal was made with this shop's keys."""

    kind: OwnKind
    id: str
    genuine: bool


class OwnCodes:
    """Makes and reads them."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def make(self, kind: OwnKind, own_id: str) -> str:
        """The text to print as a code: ``PGOP:anna.K3F9QX2M``."""
        return f"{kind}:{own_id}.{self._seal(kind, own_id)}"

    def read(self, text: str) -> OwnCode | None:
        """What a scanned text says, or None when it is no code of ours at all."""
        prefix, colon, rest = text.partition(":")
        if not colon or prefix not in set(OwnKind):
            return None
        kind = OwnKind(prefix)
        own_id, _, seal = rest.rpartition(".")
        genuine = 0 < len(own_id) <= MAX_ID and seal == self._seal(kind, own_id)
        return OwnCode(kind, own_id, genuine)

    def _seal(self, kind: OwnKind, own_id: str) -> str:
        digest = self._keys.token(f"own-code/{kind}", own_id)
        return base64.b32encode(digest[:_SEAL_BYTES]).decode("ascii")[:_SEAL_SIGNS]
