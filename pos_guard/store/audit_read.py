"""Reading the audit log: its records, by filters or one by one, its head and its tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Unpack

from pos_guard.errors import LocalError, StoreError
from pos_guard.store.audit_index import AuditIndex, Span
from pos_guard.store.audit_record import AuditRecord, parsed
from pos_guard.store.audit_search import Filters, fits, needle, terms_wanted
from pos_guard.store.chain import Head
from pos_guard.store.columns import Row, as_bytes, as_int, as_text
from pos_guard.store.database import Database
from pos_guard.store.merkle import Tree, leaf_hash
from pos_guard.store.verify import State

# Rows read at once: few enough that a reader never holds much, many enough to be quick.
PAGE = 500

_OLDEST_FIRST = """
    SELECT seq, record, hash FROM audit WHERE seq BETWEEN ? AND ? AND instr(record, ?)
    ORDER BY seq LIMIT ?"""
_NEWEST_FIRST = """
    SELECT seq, record, hash FROM audit WHERE seq BETWEEN ? AND ? AND instr(record, ?)
    ORDER BY seq DESC LIMIT ?"""

# SQLite's largest integer, and its smallest: no row is beyond them.
_LAST = 2**63 - 1
_FIRST = -(2**63)


class AuditRecords:
    """Reads the log of one store; ``AuditLog`` writes it.

    :raises StoreError: in every method, when the store cannot be read.
    """

    def __init__(self, database: Database, terminal_id: str) -> None:
        self._database = database
        self._terminal_id = terminal_id
        self._index = AuditIndex(database)

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


def _both(one: Span, other: Span) -> Span:
    return Span(max(one.low, other.low), min(one.high, other.high))
