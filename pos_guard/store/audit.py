"""The audit log: append-only, hash-chained, in the same transaction as what it records.

A record is canonical JSON (RFC 8785, integers only); these very bytes are stored and hashed.
Bodies must hold no card number, payment code or secret: what is written here stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack, cast

import rfc8785

from pos_guard.clock import Clock
from pos_guard.errors import StoreError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store.chain import GENESIS, Head, Verified, check_head, link, sealed, verify_records
from pos_guard.store.columns import Row, as_bytes, as_int, as_text, maybe_text
from pos_guard.store.database import Database

# A verdict with its trace takes 1 to 3 KiB. More means that a peer's text got in unbounded.
MAX_RECORD_BYTES = 65_536

# Beyond it RFC 8785 has no integers: other programs would read another number.
_MAX_INTEGER = 2**53 - 1

_PLAIN = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

_KEEP_HIGHEST = """
    INSERT INTO counters (name, value) VALUES ('wall', ?)
    ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)"""

# Rows read at once: few enough that a reader never holds much, many enough to be quick.
PAGE = 500

_OLDEST_FIRST = """
    SELECT seq, record, hash FROM audit WHERE seq > ? AND instr(record, ?) ORDER BY seq LIMIT ?"""
_NEWEST_FIRST = """
    SELECT seq, record, hash FROM audit WHERE seq < ? AND instr(record, ?)
    ORDER BY seq DESC LIMIT ?"""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One record. Times in microseconds; ``prev`` and ``hash`` are hex."""

    seq: int
    boot_id: str
    boot_us: int
    wall_us: int
    kind: str
    terminal: str
    actor: str | None
    approver: str | None
    body: Mapping[str, Json]
    prev: str
    hash: str

    def as_json(self) -> dict[str, Json]:
        """The record as ``pos-guard audit`` prints it."""
        return {
            "seq": self.seq,
            "boot_id": self.boot_id,
            "boot_us": self.boot_us,
            "wall_us": self.wall_us,
            "kind": self.kind,
            "terminal": self.terminal,
            "actor": self.actor,
            "approver": self.approver,
            "body": dict(self.body),
            "prev": self.prev,
            "hash": self.hash,
        }


class Filters(TypedDict, total=False):
    """Filters of ``AuditLog.records``; all that are given must fit.

    ``since`` (included) and ``until`` (not included): wall time in microseconds. ``operator``: who
    acted, approved, or is named as ``operator`` in the body. ``text``: anywhere in the record,
    upper or lower case. ``link``, ``entry``: as in the body.
    """

    kind: str
    since: int
    until: int
    text: str
    link: str
    entry: int
    operator: str


class AuditLog:
    """The log of one store.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock, terminal_id: str, mac_key: bytes) -> None:
        self._database = database
        self._clock = clock
        self._terminal_id = terminal_id
        self._mac_key = mac_key

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
        head = self._intact_head()
        seq = head.count + 1
        self._database.write(_KEEP_HIGHEST, self._clock.wall_us())
        record = canonical(
            {
                "seq": seq,
                "boot_id": self._clock.boot_id,
                "boot_us": self._clock.boot_us(),
                "wall_us": self._clock.wall_us(),
                "kind": kind,
                "terminal": self._terminal_id,
                "actor": actor,
                "approver": approver,
                "body": dict(body),
                "prev": head.hash.hex(),
            }
        )
        digest = link(head.hash, record)
        self._database.insert(
            "INSERT INTO audit (seq, record, hash) VALUES (?, ?, ?)", seq, record, digest
        )
        self._write_head(sealed(seq, digest, self._mac_key))
        return seq

    def begin(self) -> None:
        """Write the head of an empty log, once, in the transaction that makes the store."""
        self._write_head(sealed(0, GENESIS, self._mac_key))

    def verify(self) -> Verified:
        """Check every record and the head, over one state of the log.

        :raises TamperError: with the number of the first record that does not fit.
        """
        with self._database.snapshot():
            rows = (row for page in self._pages() for row in page)
            return verify_records(rows, self._head(), self._mac_key)

    def records(
        self, *, limit: int | None = None, **filters: Unpack[Filters]
    ) -> Iterator[AuditRecord]:
        """Records that fit all filters, oldest first; with ``limit`` the newest so many.

        :raises TamperError: for a record that is not readable as one.
        """
        if limit is None:
            yield from self._matching(filters, newest_first=False)
            return
        newest: list[AuditRecord] = []
        for record in self._matching(filters, newest_first=True):
            if len(newest) >= limit:
                break
            newest.append(record)
        yield from reversed(newest)

    def record(self, seq: int) -> AuditRecord | None:
        """One record, or None."""
        row = self._database.row("SELECT seq, record, hash FROM audit WHERE seq = ?", seq)
        return None if row is None else _parsed(row)

    def highest_wall_us(self) -> int:
        """The latest wall time at which anything was recorded, in microseconds; 0 for nothing.

        A clock that was set back stays behind it, whatever is recorded after that.
        """
        row = self._database.row("SELECT value FROM counters WHERE name = 'wall'")
        return 0 if row is None else as_int(row[0])

    def forget_highest_wall(self) -> None:
        """Begin again with the next record: a person says that the clock is right now.

        Needs an open transaction.
        """
        self._database.write("DELETE FROM counters WHERE name = 'wall'")

    def _matching(self, filters: Filters, *, newest_first: bool) -> Iterator[AuditRecord]:
        pages = self._pages(_needle(filters), newest_first=newest_first)
        for page in pages:
            for row in page:
                record = _parsed(row)
                if _fits(record, filters):
                    yield record

    def _pages(self, needle: bytes = b"", *, newest_first: bool = False) -> Iterator[Sequence[Row]]:
        """Pages of rows whose record holds the bytes ``needle``."""
        sql = _NEWEST_FIRST if newest_first else _OLDEST_FIRST
        # SQLite's largest integer, and its smallest: no row is beyond them.
        last = 2**63 - 1 if newest_first else -(2**63)
        while True:
            page = self._database.rows(sql, last, needle, PAGE)
            if not page:
                return
            yield page
            last = as_int(page[-1][0])

    def _head(self) -> Head | None:
        row = self._database.row("SELECT count, hash, mac FROM audit_head")
        return None if row is None else Head(as_int(row[0]), as_bytes(row[1]), as_bytes(row[2]))

    def _intact_head(self) -> Head:
        head = self._head()
        if head is None:
            raise TamperError("the head of the audit log is gone")
        check_head(head, self._mac_key)
        row = self._database.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        if (row or (0, GENESIS)) != (head.count, head.hash):
            raise TamperError("the end of the audit log does not fit its head", head.count)
        return head

    def _write_head(self, head: Head) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO audit_head (one, count, hash, mac) VALUES (1, ?, ?, ?)",
            head.count,
            head.hash,
            head.mac,
        )


def canonical(record: dict[str, Json]) -> bytes:
    """The one way to write a record as bytes (RFC 8785).

    :raises StoreError: for a float, a number beyond 2^53, text that is not Unicode, or too much.
    """
    try:
        raw = _PLAIN.encode(record).encode() if _is_plain(record) else _exactly(record)
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise StoreError(f"this cannot be recorded: {error}") from error
    if len(raw) > MAX_RECORD_BYTES:
        raise StoreError(f"a record of {len(raw)} bytes is too large ({MAX_RECORD_BYTES})")
    return raw


def _is_plain(value: object) -> bool:
    """Python's own encoder writes it as RFC 8785 does, eight times as fast.

    They differ in floats, in numbers beyond 2^53, and in the order of keys outside the basic plane.
    """
    if value is None or type(value) in (str, bool):
        return True
    if type(value) is int:
        return -_MAX_INTEGER <= value <= _MAX_INTEGER
    if type(value) is dict:
        members = cast("dict[object, object]", value).items()
        return all(type(key) is str and key.isascii() and _is_plain(v) for key, v in members)
    return type(value) is list and all(map(_is_plain, cast("list[object]", value)))


def _exactly(record: dict[str, Json]) -> bytes:
    _refuse_floats(record)
    return rfc8785.dumps(record)


def _refuse_floats(value: object) -> None:
    """RFC 8785 would write them; what another program then reads may be another amount."""
    if isinstance(value, float):
        raise StoreError("no float is ever recorded")
    if isinstance(value, dict):
        for inner in cast("dict[str, object]", value).values():
            _refuse_floats(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            _refuse_floats(inner)


def _parsed(row: Row) -> AuditRecord:
    seq, digest = as_int(row[0]), as_bytes(row[2])
    try:
        fields: dict[str, Json] = json.loads(as_bytes(row[1]))
        return _record(fields, digest)
    except (ValueError, TypeError, KeyError, StoreError) as error:
        raise TamperError(f"audit record {seq} was changed", seq) from error


def _record(fields: dict[str, Json], digest: bytes) -> AuditRecord:
    body = fields["body"]
    if not isinstance(body, dict):
        raise StoreError("a record without a body")
    return AuditRecord(
        seq=as_int(fields["seq"]),
        boot_id=as_text(fields["boot_id"]),
        boot_us=as_int(fields["boot_us"]),
        wall_us=as_int(fields["wall_us"]),
        kind=as_text(fields["kind"]),
        terminal=as_text(fields["terminal"]),
        actor=maybe_text(fields["actor"]),
        approver=maybe_text(fields["approver"]),
        body=body,
        prev=as_text(fields["prev"]),
        hash=digest.hex(),
    )


def _needle(filters: Filters) -> bytes:
    """Bytes that every fitting record holds: they spare parsing most others."""
    if "entry" in filters:
        return _member("entry", filters["entry"])
    if "link" in filters:
        return _member("link", filters["link"])
    return _member("kind", filters["kind"]) if "kind" in filters else b""


def _member(name: str, value: str | int) -> bytes:
    return rfc8785.dumps({name: value})[1:-1]


def _fits(record: AuditRecord, filters: Filters) -> bool:
    people = (record.actor, record.approver, record.body.get("operator"))
    text = filters.get("text")
    checks = (
        filters.get("kind", record.kind) == record.kind,
        filters.get("since", record.wall_us) <= record.wall_us,
        "until" not in filters or record.wall_us < filters["until"],
        "link" not in filters or record.body.get("link") == filters["link"],
        "entry" not in filters or record.body.get("entry") == filters["entry"],
        "operator" not in filters or filters["operator"] in people,
        text is None or text.lower() in _text(record).lower(),
    )
    return all(checks)


def _text(record: AuditRecord) -> str:
    return json.dumps(record.as_json(), ensure_ascii=False)
