"""The audit log: append-only, tamper-evident, in the same transaction as what it records.

A record is canonical JSON (RFC 8785, integers only); these very bytes are stored, chained and
hashed into a Merkle tree. Bodies must hold no card number, payment code or secret: what is written
here stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Unpack

from pos_guard.clock import Clock
from pos_guard.errors import LocalError, StoreError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store.audit_index import AuditIndex, Span
from pos_guard.store.audit_record import AuditRecord, parsed
from pos_guard.store.audit_search import Filters, fits, needle, terms_of, terms_wanted
from pos_guard.store.canonical import MAX_RECORD_BYTES, canonical
from pos_guard.store.chain import Head, check_head, link, sealed
from pos_guard.store.columns import Row, as_bytes, as_int, as_text
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

# Rows read at once: few enough that a reader never holds much, many enough to be quick.
PAGE = 500

# A signature takes 0.05 ms; a busy till writes so many records in an hour or two.
WITNESS_EVERY = 1024

_OLDEST_FIRST = """
    SELECT seq, record, hash FROM audit WHERE seq BETWEEN ? AND ? AND instr(record, ?)
    ORDER BY seq LIMIT ?"""
_NEWEST_FIRST = """
    SELECT seq, record, hash FROM audit WHERE seq BETWEEN ? AND ? AND instr(record, ?)
    ORDER BY seq DESC LIMIT ?"""

# SQLite's largest integer, and its smallest: no row is beyond them.
_LAST = 2**63 - 1
_FIRST = -(2**63)


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


class AuditLog:
    """The log of one store.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock, terminal_id: str, mac_key: bytes) -> None:
        self._database = database
        self._clock = clock
        self._terminal_id = terminal_id
        self._mac_key = mac_key
        self._index = AuditIndex(database)
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

    def records(
        self, *, limit: int | None = None, **filters: Unpack[Filters]
    ) -> Iterator[AuditRecord]:
        """Records that fit all filters, oldest first; with ``limit`` the newest so many.

        With ``after``, ``limit`` takes the oldest so many instead: the next page.

        :raises TamperError: for a record that is not readable as one.
        """
        if limit is None:
            yield from self._matching(filters, newest_first=False, page=PAGE)
            return
        forward = "after" in filters
        matching = self._matching(filters, newest_first=not forward, page=min(limit, PAGE))
        # No record more is asked for: it would be the first of another page.
        found = list(islice(matching, limit))
        yield from found if forward else reversed(found)

    def record(self, seq: int) -> AuditRecord | None:
        """One record, or None."""
        row = self._database.row("SELECT seq, record, hash FROM audit WHERE seq = ?", seq)
        return None if row is None else parsed(row)

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

    @property
    def name(self) -> str:
        """The name of this log in its checkpoints: of the terminal, and random."""
        row = self._database.row("SELECT value FROM meta WHERE name = 'log'")
        if row is None:
            raise StoreError("the store does not say the name of its log")
        return f"pos-guard/{self._terminal_id}/{as_text(row[0])}"

    def head(self) -> Head | None:
        """The sealed head as it is stored, not checked; None when it is gone."""
        row = self._database.row("SELECT count, hash, mac, peaks FROM audit_head")
        if row is None:
            return None
        peaks = None if row[3] is None else as_bytes(row[3])
        return Head(as_int(row[0]), as_bytes(row[1]), as_bytes(row[2]), peaks)

    def start(self) -> State:
        """The log before the oldest record in the database: what sealed segments took away."""
        row = self._database.row(
            "SELECT last, hash, peaks FROM audit_segments WHERE dropped = 1"
            " ORDER BY last DESC LIMIT 1"
        )
        return State() if row is None else State(as_int(row[0]), as_bytes(row[1]), as_bytes(row[2]))

    def tree(self, size: int) -> Tree:
        """The tree of the first ``size`` records.

        :raises LocalError: when the last of them is in a sealed segment, or was never there.
        """
        start = self.start()
        tree = Tree.load(start.count, start.peaks)
        if size >= start.count:
            for page in self.pages(Span(start.count + 1, size)):
                for row in page:
                    tree.add(leaf_hash(as_bytes(row[1])))
        if tree.size != size:
            raise LocalError(f"record {size} is not in the database: look in the sealed segments")
        return tree

    def pages(self, span: Span | None = None) -> Iterator[Sequence[Row]]:
        """Pages of rows (number, bytes, hash), oldest first."""
        span = span or Span(_FIRST, _LAST)
        return self._scan(span, b"", newest_first=False, page=PAGE)

    def forget(self, last: int) -> None:
        """Take records out that a sealed segment holds; needs an open transaction.

        :raises StoreError: also for records that none holds.
        """
        self._index.forget(last)
        self._database.write("DELETE FROM audit WHERE seq <= ?", last)

    def _matching(
        self, filters: Filters, *, newest_first: bool, page: int
    ) -> Iterator[AuditRecord]:
        for rows in self._candidates(filters, newest_first=newest_first, page=page):
            for row in rows:
                record = parsed(row)
                if fits(record, filters):
                    yield record

    def _candidates(
        self, filters: Filters, *, newest_first: bool, page: int
    ) -> Iterator[Sequence[Row]]:
        """Rows that may fit: from the index, and all that are newer than it."""
        asked = Span(filters.get("after", _FIRST - 1) + 1, filters.get("before", _LAST + 1) - 1)
        indexed = self._index.last()
        old = _both(asked, self._index.span(filters.get("since"), filters.get("until")))
        new = _both(asked, Span(indexed + 1, _LAST))
        terms = terms_wanted(filters)
        bytes_in = needle(filters)
        if newest_first:
            yield from self._scan(new, bytes_in, newest_first=True, page=page)
        if terms:
            yield from self._index.pages(terms, old, newest_first=newest_first, page=page)
        else:
            yield from self._scan(old, bytes_in, newest_first=newest_first, page=page)
        if not newest_first:
            yield from self._scan(new, bytes_in, newest_first=False, page=page)

    def _scan(
        self, span: Span, bytes_in: bytes, *, newest_first: bool, page: int
    ) -> Iterator[Sequence[Row]]:
        """Pages of rows whose record holds these bytes."""
        sql = _NEWEST_FIRST if newest_first else _OLDEST_FIRST
        low, high = span.low, span.high
        while low <= high:
            rows = self._database.rows(sql, low, high, bytes_in, page)
            if not rows:
                return
            yield rows
            end = as_int(rows[-1][0])
            low, high = (low, end - 1) if newest_first else (end + 1, high)

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


def _both(one: Span, other: Span) -> Span:
    return Span(max(one.low, other.low), min(one.high, other.high))
