"""What really happened in the shop, kept beside the guard: the invariants judge it by this."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.said import Said
from tests.simulation.shops import PLAIN, Terms
from tests.simulation.tills import WechatTill, ZvtTill
from tests.simulation.twins import Heard, RecordingProvider, RecordingTerminal

TERMINAL_ID = "52001233"
STRANGER_ID = "52009999"
MERCHANT = "1900000109"
OTHER_MERCHANT = "1900000108"

PINS = {
    "anna": "482915730264",
    "ben": "730264918357",
    "maya": "918357482916",
    "otto": "659183740258",
    "MAYA": "574902836417",
    "olga": "836417295048",
    "pia": "295048671392",
    "hugo": "671392508461",
}
"""Long ones, so that finding one in a file is never chance."""

TOTP_SECRET = b"not-in-any-file-20by"
"""Of the owner's authenticator app: 20 bytes, as letters, so that a file shows them."""

APPROVAL_S = 60.0


@dataclass(frozen=True, slots=True)
class Approval:
    """A person really said yes, with the right PIN."""

    entry: int
    approver: str
    at_us: int
    boot_id: str


@dataclass(slots=True)
class Badge:
    """A badge that was shown; ``taken`` once the cashier was told that it counts."""

    at_us: int
    person: str
    taken: bool = False


@dataclass
class Facts:
    """The books of everybody but the guard."""

    zvt_till: ZvtTill
    wechat_till: WechatTill
    provider: RecordingProvider
    terms: Terms = PLAIN
    said: Said = field(default_factory=Said)
    terminals: list[RecordingTerminal] = field(default_factory=list[RecordingTerminal])
    heard: list[Heard] = field(default_factory=list[Heard])
    approvals: list[Approval] = field(default_factory=list[Approval])
    badges: list[Badge] = field(default_factory=list[Badge])
    drawers: set[str] = field(default_factory=set[str])
    totals: dict[str, int] = field(default_factory=dict[str, int])
    secrets: set[str] = field(default_factory=lambda: {*PINS.values(), TOTP_SECRET.decode()})
    logged: list[str] = field(default_factory=list[str])

    def told(self, said: str) -> None:
        """The cashier reads that somebody is signed in."""
        for badge in reversed(self.badges):
            if said == f"{badge.person} is at the till." and not badge.taken:
                badge.taken = True
                return

    def raw_of(self, frame_hash: str) -> bytes | None:
        """The till's frame with that hash."""
        for exchange in self.zvt_till.exchanges:
            if hashlib.sha256(exchange.raw).hexdigest() == frame_hash:
                return exchange.raw
        return None

    def of_entry(self, entry: int) -> list[Heard]:
        """The frames that a device heard for one ledger entry."""
        return [heard for heard in self.heard if heard.entry == entry]


@dataclass(frozen=True, slots=True)
class Row:
    """One ledger entry as it stands on disk."""

    id: int
    link: str
    kind: str
    tender: str
    phase: str
    amount: int | None
    order_key: str | None
    sale_id: str | None
    operator: str | None
    approver: str | None
    reference: str | None
    frame_hash: str
    wall_us: int
    boot_id: str
    boot_us: int
    payer_token: str | None

    @property
    def money_out(self) -> bool:
        """It gives money back."""
        return self.kind in ("refund", "void", "reversal", "completion_void")


_COLUMNS = (
    "id, link, kind, tender, phase, amount, order_key, sale_id, operator, approver,"
    " reference, frame_hash, wall_us, boot_id, boot_us, payer_token"
)


class Disk:
    """What is committed, read over a connection of its own."""

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(
            f"{database.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None
        )

    def entries(self) -> dict[int, Row]:
        """The whole ledger, by id."""
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY id")
        return {row[0]: Row(*row) for row in rows}

    def audit(self, after: int) -> list[tuple[int, bytes, bytes]]:
        """Audit records behind a number: seq, record, hash."""
        return self._connection.execute(
            "SELECT seq, record, hash FROM audit WHERE seq > ? ORDER BY seq", (after,)
        ).fetchall()

    def last_record(self) -> int:
        """The number of the newest audit record."""
        row = self._connection.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()
        return int(row[0])

    def carts(self) -> dict[int, list[tuple[str, int]]]:
        """Articles, and how many of each, by entry."""
        rows = self._connection.execute("SELECT entry_id, lines FROM carts").fetchall()
        return {row[0]: [(line[0], line[1]) for line in json.loads(row[1])] for row in rows}

    def used_approvals(self, entry: int) -> int:
        """How many approvals of an entry are used up."""
        row = self._connection.execute(
            "SELECT count(*) FROM approvals WHERE entry_id = ? AND used = 1", (entry,)
        ).fetchone()
        return int(row[0])

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
