"""Sealed segments: old records move from the database into files, their root stays.

A file holds the records, the state of chain and tree before them, and a signed checkpoint after
them: it is checked with nothing but the key. Files are never deleted here.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from pos_guard.clock import SECOND, Clock
from pos_guard.errors import LocalError, StoreError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store import files
from pos_guard.store.audit import AuditLog
from pos_guard.store.audit_index import Span
from pos_guard.store.canonical import MAX_RECORD_BYTES, canonical
from pos_guard.store.chain import link
from pos_guard.store.checkpoints import Checkpoints
from pos_guard.store.columns import Row, as_bytes, as_int, as_text
from pos_guard.store.database import Database
from pos_guard.store.merkle import Tree, leaf_hash
from pos_guard.store.note import MAX_NOTE_BYTES
from pos_guard.store.verify import State, Verifier

DIRECTORY = "segments"
PATTERN = "audit-*.jsonl.gz"
FORMAT = "pos-guard audit segment 1"

DAY_US = 24 * 3600 * SECOND

# PCI DSS 10.5.1: twelve months, of which three are at hand at once.
HOT_DAYS = 92
KEPT_DAYS = 366


@dataclass(frozen=True, slots=True)
class Segment:
    """Records ``first`` to ``last``, and the log after them. ``wall_us``: when it was sealed."""

    first: int
    last: int
    end: State
    file: str
    digest: bytes
    wall_us: int


class Segments:
    """The segments of one log.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(
        self,
        directory: Path,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        checkpoints: Checkpoints,
    ) -> None:
        self.directory = directory / DIRECTORY
        self._database = database
        self._clock = clock
        self._audit = audit
        self._checkpoints = checkpoints

    def all(self) -> tuple[Segment, ...]:
        """All segments, oldest first."""
        rows = self._database.rows(
            "SELECT first, last, hash, peaks, file, digest, wall_us FROM audit_segments"
            " ORDER BY last"
        )
        return tuple(_segment(row) for row in rows)

    def holding(self, seq: int) -> Segment | None:
        """The segment that holds a record, or None."""
        return next((one for one in self.all() if one.first <= seq <= one.last), None)

    def tree(self, size: int) -> Tree:
        """The tree of the first ``size`` records, also where the last of them is in a segment.

        :raises LocalError: when they were never there, or the segment's file is gone.
        :raises TamperError: when that file was changed.
        """
        if size >= self._audit.start().count:
            return self._audit.tree(size)
        tree, rows = self.rows_from(size, size)
        for row in rows:
            tree.add(leaf_hash(as_bytes(row[1])))
        return tree

    def rows_from(self, seq: int, last: int) -> tuple[Tree, Iterator[Row]]:
        """Rows up to ``last``, from the segment on that holds record ``seq``; the tree before it.

        Where no segment holds it, they begin with the oldest in the database.

        :raises LocalError: while reading, when the file of a segment is gone.
        :raises TamperError: while reading, when it was changed.
        """
        segments = self.all()
        gone = [one for one in segments if one.last < seq]
        before = gone[-1].end if gone else State()
        rows = self._rows(segments[len(gone) :], before, last)
        return Tree.load(before.count, before.peaks), rows

    def seal(self, *, days: int = HOT_DAYS) -> Segment | None:
        """Move whole blocks of records older than so many days into a file; None for none.

        The log is verified first. The file is durable, and read back, before a record leaves.

        :raises TamperError: with the first record that does not fit; nothing was sealed then.
        :raises OSError: when the file cannot be written.
        """
        self._checkpoints.verify()
        before_us = self._clock.wall_us() - days * DAY_US
        start, last = self._audit.start(), self._old(before_us)
        if last <= start.count:
            return None
        end = self._end(last)
        path = self.directory / f"audit-{start.count + 1:09d}-{last:09d}.jsonl.gz"
        digest = self._write(path, start, end)
        segment = Segment(start.count + 1, last, end, path.name, digest, self._clock.wall_us())
        self.check(segment, start)
        with self._database.transaction():
            self._database.write(
                "INSERT INTO audit_segments (first, last, hash, peaks, file, digest, wall_us,"
                " dropped) VALUES (?, ?, ?, ?, ?, ?, ?, 1)",
                segment.first,
                last,
                end.hash,
                end.peaks,
                segment.file,
                digest,
                segment.wall_us,
            )
            self._audit.forget(last)
            body: dict[str, Json] = {"first": segment.first, "last": last, "file": path.name}
            self._audit.append("segment", body | {"sha256": digest.hex()})
        return segment

    def verify(self, *, absent: bool = False) -> tuple[Segment, ...]:
        """Check the file of every segment; returns those whose file is gone after its time.

        ``absent``: or before; it may have been moved to another place.

        :raises TamperError: for a file that was changed, or that is gone within ``KEPT_DAYS``.
        """
        gone: list[Segment] = []
        start = State()
        for segment in self.all():
            if segment.first != start.count + 1:
                raise TamperError("the list of sealed segments was changed", segment.first)
            if (self.directory / segment.file).exists():
                self.check(segment, start)
            elif not absent and self._is_due(segment):
                raise TamperError(
                    f"the segment {segment.file} is gone: fetch it from a backup", segment.first
                )
            else:
                gone.append(segment)
            start = segment.end
        return tuple(gone)

    def check(self, segment: Segment, start: State) -> None:
        """Check one file against what the database keeps of it; ``start``: the log before it.

        :raises TamperError: with the first record that does not fit.
        """
        path = self.directory / segment.file
        verifier = Verifier(start)
        try:
            if _digest(path) != segment.digest:
                raise TamperError(f"the segment {segment.file} was changed", segment.first)
            with gzip.open(path) as file:
                lines = _Lines(cast("BinaryIO", file), segment.first)
                if lines.header() != self._header(start, segment.last):
                    raise TamperError(f"{segment.file} is another segment", segment.first)
                verifier.read(lines.rows(start.hash))
                checkpoint = self._checkpoints.read(lines.note())
        except (OSError, EOFError, zlib.error, UnicodeError) as error:
            raise TamperError(f"{segment.file} cannot be read: {error}", segment.first) from error
        if verifier.state != segment.end:
            raise TamperError(f"{segment.file} does not end as it did", segment.first)
        root = Tree.load(segment.last, segment.end.peaks).root
        if (checkpoint.size, checkpoint.root) != (segment.last, root):
            raise TamperError(f"{segment.file} has the checkpoint of another", segment.first)

    def _is_due(self, segment: Segment) -> bool:
        return self._clock.wall_us() - segment.wall_us < (KEPT_DAYS - HOT_DAYS) * DAY_US

    def _rows(self, segments: tuple[Segment, ...], before: State, last: int) -> Iterator[Row]:
        for segment in segments:
            for row in self._read(segment, before):
                if as_int(row[0]) > last:
                    return
                yield row
            before = segment.end
        for page in self._audit.pages(Span(before.count + 1, last)):
            yield from page

    def _read(self, segment: Segment, before: State) -> Iterator[Row]:
        path = self.directory / segment.file
        if not path.exists():
            raise LocalError(f"records {segment.first} to {segment.last} were in {path}")
        try:
            if _digest(path) != segment.digest:
                raise TamperError(f"the segment {segment.file} was changed", segment.first)
            with gzip.open(path) as file:
                lines = _Lines(cast("BinaryIO", file), segment.first)
                lines.header()
                yield from lines.rows(before.hash)
        except (OSError, EOFError, zlib.error) as error:
            raise TamperError(f"{segment.file} cannot be read: {error}", segment.first) from error

    def _old(self, before_us: int) -> int:
        """The last of the blocks that are wholly older, before the first that is not."""
        row = self._database.row(
            "SELECT max(last) FROM audit_blocks WHERE last <"
            " (SELECT coalesce(min(last), 9223372036854775807) FROM audit_blocks WHERE high >= ?)",
            before_us,
        )
        return 0 if row is None or row[0] is None else as_int(row[0])

    def _end(self, last: int) -> State:
        digest = self._database.row("SELECT hash FROM audit WHERE seq = ?", last)
        if digest is None:
            raise StoreError(f"there is no audit record {last}")
        peaks = self._audit.tree(last).peaks_bytes()
        return State(last, as_bytes(digest[0]), peaks)

    def _header(self, start: State, last: int) -> bytes:
        return canonical(
            {
                "format": FORMAT,
                "log": self._audit.name,
                "first": start.count + 1,
                "last": last,
                "prev": start.hash.hex(),
                "peaks": start.peaks.hex(),
            }
        )

    def _write(self, path: Path, start: State, end: State) -> bytes:
        """Write the file under another name first; returns its SHA-256."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        part = path.with_suffix(".part")
        files.make_private(part)
        root = Tree.load(end.count, end.peaks).root
        note = self._checkpoints.sign(end.count, root).note
        with part.open("wb") as raw:
            # Neither name nor time in the gzip header: equal records give equal files.
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
                packed.write(self._header(start, end.count) + b"\n")
                for page in self._audit.pages(Span(start.count + 1, end.count)):
                    packed.writelines(as_bytes(row[1]) + b"\n" for row in page)
                packed.write(b"\n" + note.encode())
            raw.flush()
            os.fsync(raw.fileno())
        digest = _digest(part)
        part.replace(path)
        files.sync_directory(self.directory)
        return digest


class _Lines:
    """Reads one segment file, line by line and bounded."""

    def __init__(self, file: BinaryIO, first: int) -> None:
        self._file = file
        self._first = first

    def header(self) -> bytes:
        return self._line()

    def rows(self, previous: bytes) -> Iterator[Row]:
        """Rows as the database has them. The chain is made again; its end is checked."""
        seq = self._first
        while line := self._line():
            previous = link(previous, line)
            yield seq, line, previous
            seq += 1

    def note(self) -> str:
        return self._file.read(MAX_NOTE_BYTES).decode()

    def _line(self) -> bytes:
        return self._file.readline(MAX_RECORD_BYTES + 1).rstrip(b"\n")


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _segment(row: Row) -> Segment:
    last = as_int(row[1])
    end = State(last, as_bytes(row[2]), as_bytes(row[3]))
    return Segment(as_int(row[0]), last, end, as_text(row[4]), as_bytes(row[5]), as_int(row[6]))
