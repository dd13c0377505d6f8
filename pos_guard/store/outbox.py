"""What the shared ledger has still to be told, in order; see schema 006 for how rows get here."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.policy.states import Phase
from pos_guard.store.columns import as_int, as_text, maybe_int
from pos_guard.store.database import Database


@dataclass(frozen=True, slots=True)
class Owed:
    """One message. ``offline``: the request went out without the ledger's answer."""

    seq: int
    entry_id: int
    phase: Phase
    amount: int | None
    offline: bool


class Outbox:
    """The messages, and the leases that this store holds of other stores' sales.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def configure(self, merchant: str, lease_us: int) -> None:
        """From now on everything is told. Needs an open transaction.

        The first time, sales and refunds of before are told, too.
        """
        first = self._database.row("SELECT 1 FROM shared_settings") is None
        self._database.write(
            "INSERT INTO shared_settings (one, merchant, lease_us) VALUES (1, ?, ?)"
            " ON CONFLICT (one) DO UPDATE SET merchant = excluded.merchant,"
            " lease_us = excluded.lease_us",
            *(merchant, lease_us),
        )
        if first:
            # A refund of before was never asked about: it happened, as one made offline did.
            self._database.write(
                "INSERT INTO shared_outbox (entry_id, phase, amount, how)"
                " SELECT id, 'reserved', amount, 'offline' FROM given_back"
                " WHERE phase IN ('reserved', 'unknown', 'posted')"
                " UNION ALL SELECT id, phase, amount, 'pending' FROM given_back"
                " WHERE phase IN ('unknown', 'posted')"
                " UNION ALL SELECT id, phase, amount, 'pending' FROM taken"
                " WHERE phase = 'posted' AND sale_id IS NOT NULL ORDER BY id"
            )

    def next(self) -> Owed | None:
        """The oldest message."""
        return self._owed("SELECT * FROM shared_outbox ORDER BY seq LIMIT 1")

    def reservation(self, entry_id: int) -> Owed | None:
        """The message that asks for an entry's reservation, while nobody answered it."""
        return self._owed(
            "SELECT * FROM shared_outbox WHERE entry_id = ? AND phase = 'reserved'", entry_id
        )

    def count(self) -> int:
        """How much is owed."""
        row = self._database.row("SELECT count(*) FROM shared_outbox")
        return 0 if row is None else as_int(row[0])

    def went_offline(self, seq: int) -> None:
        """The request is about to go out without an answer. Needs an open transaction."""
        self._database.write("UPDATE shared_outbox SET how = 'offline' WHERE seq = ?", seq)

    def told(self, seq: int) -> None:
        """The ledger has it. Needs an open transaction."""
        self._database.write("DELETE FROM shared_outbox WHERE seq = ?", seq)

    def hold(self, sale_id: str, until_us: int) -> None:
        """Keep that this store took a sale over until then. Needs an open transaction."""
        self._database.write(
            "INSERT INTO shared_leases (sale_id, until_us) VALUES (?, ?)"
            " ON CONFLICT (sale_id) DO UPDATE SET until_us = excluded.until_us",
            *(sale_id, until_us),
        )

    def held_until_us(self, sale_id: str) -> int:
        """Until when this store alone may refund the sale; 0: it may not.

        A sale of its own it holds from the start; one whose lease it took over, until its end.
        """
        row = self._database.row(
            "SELECT coalesce("
            "(SELECT until_us FROM shared_leases WHERE sale_id = ?1),"
            " (SELECT min(wall_us) + lease_us FROM taken, shared_settings WHERE sale_id = ?1"
            " AND +phase = 'posted' AND lease_us > 0), 0)",
            sale_id,
        )
        return 0 if row is None else as_int(row[0])

    def _owed(self, sql: str, *values: int) -> Owed | None:
        row = self._database.row(sql, *values)
        if row is None:
            return None
        return Owed(
            seq=as_int(row[0]),
            entry_id=as_int(row[1]),
            phase=Phase(as_text(row[2])),
            amount=maybe_int(row[3]),
            offline=as_text(row[4]) == "offline",
        )
