"""The audit log: append-only, tamper-evident, in the same transaction as what it records.

A record is canonical JSON (RFC 8785, integers only); these very bytes are stored, chained and
hashed into a Merkle tree. Bodies must hold no card number, payment code or secret: what is written
here stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pos_guard.clock import Clock
from pos_guard.errors import LocalError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store.audit_read import PAGE, AuditRecords
from pos_guard.store.audit_record import AuditRecord
from pos_guard.store.audit_search import Filters, terms_of
from pos_guard.store.canonical import MAX_RECORD_BYTES, canonical
from pos_guard.store.chain import check_head, link, sealed
from pos_guard.store.columns import as_int
from pos_guard.store.database import Database
from pos_guard.store.merkle import Tree, leaf_hash
from pos_guard.store.verify import State, Verified, Verifier

__all__ = ["MAX_RECORD_BYTES", "PAGE", "AuditLog", "AuditRecord", "Filters", "canonical"]

_INSERT = "INSERT INTO audit (seq, record, hash) VALUES (?, ?, ?)"

# The latest wall time stands beside the head: each table more is a page more in every commit.
_WRITE_HEAD = """
    INSERT INTO audit_head (one, count, hash, mac, peaks, wall_us) VALUES (1, ?, ?, ?, ?, ?)
    ON CONFLICT (one) DO UPDATE SET count = excluded.count, hash = excluded.hash,
    mac = excluded.mac, peaks = excluded.peaks, wall_us = max(wall_us, excluded.wall_us)"""

# A signature takes 0.05 ms; a busy till writes so many records in an hour or two.
WITNESS_EVERY = 1024


@dataclass(frozen=True, slots=True)
class _End:
    """The end of the log inside a transaction, where nobody else can change it.

    ``wall_us``: the latest wall time of what is not sealed yet; None: all of it is.
    """

    count: int
    hash: bytes
    tree: Tree
    wall_us: int | None = None

    def followed_by(self, digest: bytes, leaf: bytes, wall_us: int) -> _End:
        tree = Tree(self.tree.size, list(self.tree.peaks))
        tree.add(leaf)
        highest = wall_us if self.wall_us is None else max(wall_us, self.wall_us)
        return _End(self.count + 1, digest, tree, highest)

    def sealed(self) -> _End:
        return _End(self.count, self.hash, self.tree)


class AuditLog(AuditRecords):
    """The log of one store.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock, terminal_id: str, mac_key: bytes) -> None:
        super().__init__(database, terminal_id)
        self._clock = clock
        self._mac_key = mac_key
        self._witness: Callable[[], object] | None = None
        self._unsealed: _End | None = None
        # The end as it was committed here, and the state of the file that it is the end of.
        self._committed: tuple[_End, int] | None = None
        self._state = 0
        database.write_late(self)

    def append(
        self,
        kind: str,
        body: Mapping[str, Json],
        *,
        actor: str | None = None,
        approver: str | None = None,
    ) -> int:
        """Write one record in the open transaction; returns its number.

        :raises TamperError: when the head or the last record does not fit: a log that was cut is
            not continued, so that it cannot look whole again.
        :raises StoreError: also for a float, or a record over ``MAX_RECORD_BYTES``.
        """
        end = self._end()
        seq, wall_us = end.count + 1, self._clock.wall_us()
        record = canonical(
            {
                "seq": seq,
                "boot_id": self._clock.boot_id,
                "boot_us": self._clock.boot_us(),
                "wall_us": wall_us,
                "kind": kind,
                "terminal": self._terminal_id,
                "actor": actor,
                "approver": approver,
                "body": dict(body),
                "prev": end.hash.hex(),
            }
        )
        digest = link(end.hash, record)
        self._database.insert(_INSERT, seq, record, digest)
        self._unsealed = end.followed_by(digest, leaf_hash(record), wall_us)
        self._index.note(seq, digest, wall_us, terms_of(kind, actor, approver, body))
        if self._witness is not None and seq % WITNESS_EVERY == 0:
            self._witness()
        return seq

    def flush(self) -> None:
        """Seal what was appended in the open transaction: one head for all of it.

        Every commit begins with it; before that, whoever reads the head in here calls it.
        """
        end = self._unsealed
        if end is not None and end.wall_us is not None:
            self._write_head(State(end.count, end.hash, end.tree.peaks_bytes()), end.wall_us)
            self._unsealed = end.sealed()

    def mark(self) -> object:
        """For ``Database``: the end of the log as it is now."""
        return self._unsealed

    def back_to(self, mark: object) -> None:
        """For ``Database``: what came after ``mark`` was rolled back."""
        self._unsealed = mark if isinstance(mark, _End) else None
        self._committed = None

    def kept(self) -> None:
        """For ``Database``: the transaction is on disk."""
        if self._unsealed is not None:
            self._committed = self._unsealed, self._state
            self._unsealed = None

    def begin(self) -> None:
        """Write the head of an empty log, once, in the transaction that makes the store."""
        self._name()
        self._write_head(State())

    def witness(self, act: Callable[[], object]) -> None:
        """Call this in the transaction of every ``WITNESS_EVERY``-th record: keep a checkpoint."""
        self._witness = act

    def upgrade(self) -> None:
        """Give a log that an older program wrote its tree and its index, after checking it.

        :raises TamperError: with the number of the first record that does not fit.
        """
        head = self.head()
        if head is None or head.peaks is not None:
            return
        with self._database.transaction():
            verifier = Verifier()
            verifier.read(row for page in self.pages() for row in page)
            verifier.finish(head, self._mac_key)
            self._write_head(verifier.state)
            self._index.rebuild()
            self._name()

    def reseal(self, mac_key: bytes) -> None:
        """Seal the head with a new key from now on; needs an open transaction.

        :raises TamperError: when the head does not fit the present key.
        """
        end = self._end()
        self._mac_key = mac_key
        self._write_head(State(end.count, end.hash, end.tree.peaks_bytes()))

    def verify(
        self, roots: Mapping[int, bytes] | None = None, seen: Callable[[int], None] | None = None
    ) -> Verified:
        """Check every record and the head, over one state of the log.

        ``roots``: what the tree must have been at these sizes (checkpoints). ``seen`` hears how far
        it is, page by page.

        :raises TamperError: with the number of the first record that does not fit.
        """
        with self._database.snapshot():
            verifier = Verifier(self.start(), terminal=self._terminal_id, roots=roots)
            for page in self.pages():
                verifier.read(page)
                if seen is not None:
                    seen(verifier.state.count)
            return verifier.finish(self.head(), self._mac_key)

    def verify_index(self) -> None:
        """Build the search index again and compare.

        :raises TamperError: when it was changed.
        """
        with self._database.snapshot():
            self._index.verify(self.pages())

    def highest_wall_us(self) -> int:
        """The latest wall time at which anything was recorded, in microseconds; 0 for nothing.

        A clock that was set back stays behind it, whatever is recorded after that.
        """
        row = self._database.row("SELECT wall_us FROM audit_head")
        stored = 0 if row is None else as_int(row[0])
        end = self._unsealed
        return stored if end is None or end.wall_us is None else max(stored, end.wall_us)

    def forget_highest_wall(self) -> None:
        """Begin again with the next record: a person says that the clock is right now.

        Needs an open transaction.
        """
        self.flush()
        self._database.write("UPDATE audit_head SET wall_us = 0")

    def forget(self, last: int) -> None:
        """Take records out that a sealed segment holds; needs an open transaction.

        :raises StoreError: also for records that none holds.
        """
        self._index.forget(last)
        self._database.write("DELETE FROM audit WHERE seq <= ?", last)

    def _end(self) -> _End:
        """The end of the log, checked at the first use in a transaction.

        Read only where another connection may have written since the last commit of this one.
        """
        if self._unsealed is None:
            self._state = self._database.state()
            known = self._committed
            if known is not None and known[1] == self._state:
                self._unsealed = known[0]
            else:
                self._unsealed = self._checked_end()
        return self._unsealed

    def _checked_end(self) -> _End:
        head = self.head()
        if head is None:
            raise TamperError("the head of the audit log is gone")
        check_head(head, self._mac_key)
        row = self._database.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        if row is None:
            row = (self.start().count, self.start().hash)
        if row != (head.count, head.hash):
            raise TamperError("the end of the audit log does not fit its head", head.count)
        try:
            return _End(head.count, head.hash, Tree.load(head.count, head.peaks or b""))
        except LocalError as error:
            raise TamperError("the tree of the audit log was changed") from error

    def _write_head(self, state: State, wall_us: int = 0) -> None:
        head = sealed(state.count, state.hash, self._mac_key, state.peaks)
        self._database.write(_WRITE_HEAD, head.count, head.hash, head.mac, head.peaks, wall_us)

    def _name(self) -> None:
        self._database.write(
            "INSERT OR IGNORE INTO meta (name, value) VALUES ('log', ?)", secrets.token_hex(8)
        )
