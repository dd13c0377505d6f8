"""The search index of the audit log: which terms stand in which records, block by block.

A block of records is indexed at once, in the transaction that writes its last one; newer records
are read one by one. So an append touches no more pages than the log itself. Nothing here is
trusted: whatever is found is read from the log and checked, and ``verify`` builds all of it again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pos_guard.errors import TamperError
from pos_guard.store.audit_record import AuditRecord, parsed
from pos_guard.store.audit_search import terms_of
from pos_guard.store.columns import Row, as_bytes, as_int
from pos_guard.store.database import Database

# Few enough that a search reads the rest at once, enough that the pages of the index are written
# together: one verdict has some ten terms, each in another place of the table.
BLOCK = 64

# How far the terms of a question are counted to find the rarest.
_COUNTED = 256

# A prime, for the product that stands for a set of rows: 2^127 - 1.
_PRIME = 2**127 - 1
_SEQ_BITS = 64


@dataclass(frozen=True, slots=True)
class Span:
    """Record numbers, both included."""

    low: int
    high: int


class AuditIndex:
    """Terms and times of the records of one log. Writing needs an open transaction.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # Terms of records since the last block, with the hash that says that it is still this one.
        self._fresh: dict[int, tuple[bytes, int, set[int]]] = {}

    def last(self) -> int:
        """The newest record that is indexed."""
        row = self._database.row("SELECT max(last) FROM audit_blocks")
        return 0 if row is None or row[0] is None else as_int(row[0])

    def note(self, seq: int, digest: bytes, wall_us: int, terms: set[int]) -> None:
        """A record was appended; every ``BLOCK`` of them, they are indexed."""
        self._fresh[seq] = digest, wall_us, terms
        if seq % BLOCK == 0:
            self._add_up_to(seq)
            self._fresh.clear()

    def rebuild(self) -> None:
        """Index every record again that is in the database."""
        self._database.write("DELETE FROM audit_terms")
        self._database.write("DELETE FROM audit_blocks")
        row = self._database.row("SELECT min(seq), max(seq) FROM audit")
        if row is None or row[0] is None:
            return
        first, newest = as_int(row[0]), as_int(row[1])
        for end in range(-(-first // BLOCK) * BLOCK, newest - newest % BLOCK + 1, BLOCK):
            self._add_up_to(end)

    def forget(self, last: int) -> None:
        """Take out the records up to that number, which are about to leave the database."""
        rows = self._database.rows("SELECT seq, record, hash FROM audit WHERE seq <= ?", last)
        gone = [(term, as_int(row[0])) for row in rows for term in _terms(parsed(row))]
        self._database.write_many("DELETE FROM audit_terms WHERE term = ? AND seq = ?", gone)
        self._database.write("DELETE FROM audit_blocks WHERE last <= ?", last)

    def span(self, since: int | None, until: int | None) -> Span:
        """Between which numbers indexed records of these wall times stand; (1, 0) for nowhere."""
        if since is None and until is None:
            return Span(1, self.last())
        row = self._database.row(
            "SELECT min(first), max(last) FROM audit_blocks"
            " WHERE (?1 IS NULL OR high >= ?1) AND (?2 IS NULL OR low < ?2)",
            since,
            until,
        )
        if row is None or row[0] is None:
            return Span(1, 0)
        return Span(as_int(row[0]), as_int(row[1]))

    def pages(
        self, terms: set[int], span: Span, *, newest_first: bool, page: int
    ) -> Iterator[Sequence[Row]]:
        """Rows of the log whose records have all these terms (at least one), by number."""
        rarest_first = sorted(terms, key=lambda term: self._count(term, span))
        sql = _joined(len(terms), newest_first=newest_first)
        low, high = span.low, span.high
        while low <= high:
            rows = self._database.rows(sql, *rarest_first, low, high, page)
            if rows:
                yield rows
            if len(rows) < page:
                return
            end = as_int(rows[-1][0])
            low, high = (low, end - 1) if newest_first else (end + 1, high)

    def verify(self, pages: Iterator[Sequence[Row]]) -> None:
        """Build the index of these pages (the whole log) again and compare.

        :raises TamperError: when a row is missing, changed or too much.
        """
        newest = self.last()
        times: dict[int, tuple[int, int, int]] = {}
        key = secrets.randbits(120)
        built = 1
        for row in (row for page in pages for row in page if as_int(row[0]) <= newest):
            record = parsed(row)
            block = -(-record.seq // BLOCK) * BLOCK
            first, low, high = times.get(block, (record.seq, record.wall_us, record.wall_us))
            times[block] = first, min(low, record.wall_us), max(high, record.wall_us)
            for term in _terms(record):
                built = built * _factor(key, term, record.seq) % _PRIME
        stored = 1
        for row in self._database.each("SELECT term, seq FROM audit_terms"):
            stored = stored * _factor(key, as_int(row[0]), as_int(row[1])) % _PRIME
        rows = self._database.rows("SELECT last, first, low, high FROM audit_blocks ORDER BY last")
        if built != stored or rows != [(last, *times[last]) for last in sorted(times)]:
            raise TamperError("the search index of the audit log was changed")

    def _add_up_to(self, last: int) -> None:
        rows = self._database.rows(
            "SELECT seq, hash FROM audit WHERE seq > ? AND seq <= ? ORDER BY seq", self.last(), last
        )
        terms: list[Row] = []
        walls: list[int] = []
        for row in rows:
            seq = as_int(row[0])
            wall_us, found = self._known(seq, as_bytes(row[1]))
            walls.append(wall_us)
            terms += [(term, seq) for term in found]
        terms.sort()
        self._database.write_many("INSERT INTO audit_terms (term, seq) VALUES (?, ?)", terms)
        if rows:
            self._database.write(
                "INSERT INTO audit_blocks (last, first, low, high) VALUES (?, ?, ?, ?)",
                last,
                rows[0][0],
                min(walls),
                max(walls),
            )

    def _known(self, seq: int, digest: bytes) -> tuple[int, set[int]]:
        """Wall time and terms of a record: as noted, or read (after a restart or a rollback)."""
        noted = self._fresh.get(seq)
        if noted is not None and noted[0] == digest:
            return noted[1], noted[2]
        (row,) = self._database.rows("SELECT seq, record, hash FROM audit WHERE seq = ?", seq)
        record = parsed(row)
        return record.wall_us, _terms(record)

    def _count(self, term: int, span: Span) -> int:
        row = self._database.row(
            "SELECT count(*) FROM (SELECT 1 FROM audit_terms"
            " WHERE term = ? AND seq BETWEEN ? AND ? LIMIT ?)",
            term,
            span.low,
            span.high,
            _COUNTED,
        )
        return 0 if row is None else as_int(row[0])


def _terms(record: AuditRecord) -> set[int]:
    return terms_of(record.kind, record.actor, record.approver, record.body)


def _factor(key: int, term: int, seq: int) -> int:
    """One row of a set, for a product that nobody can keep who does not know the key."""
    return key + ((term + (1 << 63) << _SEQ_BITS) | seq)


def _joined(terms: int, *, newest_first: bool) -> str:
    """The records that have so many terms; CROSS JOIN keeps SQLite to the order, rarest first."""
    others = "".join(
        f" CROSS JOIN audit_terms AS t{n} ON t{n}.term = ?{n + 1} AND t{n}.seq = t0.seq"
        for n in range(1, terms)
    )
    order = "DESC" if newest_first else "ASC"
    return (
        f"SELECT audit.seq, record, hash FROM audit_terms AS t0{others}"  # noqa: S608 (numbers only)
        " CROSS JOIN audit ON audit.seq = t0.seq WHERE t0.term = ?1"
        f" AND t0.seq BETWEEN ?{terms + 1} AND ?{terms + 2} ORDER BY t0.seq {order}"
        f" LIMIT ?{terms + 3}"
    )
