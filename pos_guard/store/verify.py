"""Is the audit log whole? One pass over its rows: chain, tree, order, clock, head, checkpoints.

Says the number of the first record that does not fit, and what is wrong with it.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pos_guard.clock import SECOND
from pos_guard.errors import LocalError, TamperError
from pos_guard.store.chain import GENESIS, Head, check_head, link
from pos_guard.store.columns import Column
from pos_guard.store.merkle import Tree, leaf_hash

# NTP may slew a running clock; a step back of more is somebody setting it.
WALL_SLACK_US = 2 * SECOND

# The last members of a canonical record. They follow the body, whose own quotes are escaped, so
# that nothing in it can look like them.
_TAIL = re.compile(
    rb'"boot_id":("(?:[^"\\]|\\.)*"),"boot_us":(-?[0-9]+),"kind":"((?:[^"\\]|\\.)*)",'
    rb'"prev":"([0-9a-f]{64})","seq":([0-9]+),"terminal":"((?:[^"\\]|\\.)*)","wall_us":(-?[0-9]+)\}'
)

# Where a kernel does not tell its boot id (pos_guard.clock), boot times do not compare.
_NO_BOOT_ID = b'"unknown"'


class StepKind(StrEnum):
    """What a clock did."""

    BOOT = "boot"
    """Boot time went back within one boot: no clock does that."""

    WALL = "wall"
    """Wall time went back, and no ``clock`` record says that a person looked at it."""

    START = "start"
    """Wall time was behind after a start and came right again: a clock without a battery."""


@dataclass(frozen=True, slots=True)
class ClockStep:
    """A clock that went back at this record."""

    seq: int
    kind: StepKind


@dataclass(frozen=True, slots=True)
class State:
    """A log up to one record: how many, the last hash, the tree's peaks."""

    count: int = 0
    hash: bytes = GENESIS
    peaks: bytes = b""


@dataclass(frozen=True, slots=True)
class Verified:
    """A log that is whole: number of records, last hash and tree root (hex), steps of its clock.

    ``first``: the oldest record that was read; those before it are in sealed segments.
    """

    count: int
    head: str
    root: str = ""
    first: int = 1
    steps: tuple[ClockStep, ...] = ()


class Verifier:
    """Reads rows one after the other. ``roots``: what the tree must be at these sizes."""

    def __init__(
        self,
        start: State | None = None,
        *,
        terminal: str | None = None,
        roots: Mapping[int, bytes] | None = None,
    ) -> None:
        start = start or State()
        self._count = self._start = start.count
        self._hash = start.hash
        self._tree = _tree(start)
        self._terminal = terminal
        self._roots = roots or {}
        self._clock = _Clock()
        self._check_root()

    def read(self, rows: Iterable[tuple[Column, ...]]) -> None:
        """Check rows of (number, record, hash) that come next.

        :raises TamperError: with the number of the first record that does not fit.
        """
        for number, record, digest in rows:
            self._count += 1
            count = self._count
            if number != count:
                raise TamperError(f"audit record {count} is missing or out of its place", count)
            if not isinstance(record, bytes):
                raise TamperError(f"audit record {count} was changed", count)
            previous = self._hash
            self._hash = link(previous, record)
            if self._hash != digest:
                raise TamperError(f"audit record {count} was changed", count)
            self._tree.add(leaf_hash(record))
            self._read_tail(record, previous)
            if count in self._roots:
                self._check_root()

    @property
    def state(self) -> State:
        """The log up to the last record that was read."""
        return State(self._count, self._hash, self._tree.peaks_bytes())

    def finish(self, head: Head | None, mac_key: bytes) -> Verified:
        """Check the head, after all rows.

        :raises TamperError: when it is not the head of these rows.
        """
        count = self._count
        if head is None:
            raise TamperError("the head of the audit log is gone")
        check_head(head, mac_key)
        if head.count != count:
            raise TamperError(
                f"the audit log has {count} records, its head says {head.count}",
                min(head.count, count) + 1,
            )
        if head.hash != self._hash:
            raise TamperError("the head of the audit log does not fit its last record")
        if head.peaks is not None and head.peaks != self._tree.peaks_bytes():
            raise TamperError("the tree of the audit log does not fit its records")
        beyond = max(self._roots, default=0)
        if beyond > count:
            raise TamperError(
                f"a checkpoint covers {beyond} records, the log has {count}: it was put back",
                count + 1,
            )
        return Verified(
            count, self._hash.hex(), self._tree.root.hex(), self._start + 1, self._clock.steps()
        )

    def _read_tail(self, record: bytes, previous: bytes) -> None:
        count = self._count
        at = record.rfind(b',"boot_id":"')
        found = _TAIL.fullmatch(record, at + 1)
        if found is None:
            raise TamperError(f"audit record {count} is none of this program", count)
        boot_id, boot_us, kind, before, seq, terminal, wall_us = found.groups()
        if int(seq) != count or before.decode() != previous.hex():
            raise TamperError(f"audit record {count} belongs to another place", count)
        if self._terminal is not None and terminal.decode() != self._terminal:
            raise TamperError(f"audit record {count} is of another terminal", count)
        self._clock.read(count, kind, boot_id, int(boot_us), int(wall_us))

    def _check_root(self) -> None:
        wanted = self._roots.get(self._count)
        if wanted is not None and not hmac.compare_digest(wanted, self._tree.root):
            raise TamperError(
                f"the first {self._count} records are not those of the checkpoint", self._count
            )


class _Clock:
    """Follows both clocks from record to record."""

    def __init__(self) -> None:
        self._boot: tuple[bytes, int] = (b"", 0)
        self._highest = -(2**63)
        self._behind: ClockStep | None = None
        self._steps: list[ClockStep] = []

    def read(self, seq: int, kind: bytes, boot_id: bytes, boot_us: int, wall_us: int) -> None:
        started = boot_id != self._boot[0]
        if not started and boot_us < self._boot[1] and boot_id != _NO_BOOT_ID:
            self._steps.append(ClockStep(seq, StepKind.BOOT))
        self._boot = boot_id, boot_us
        if kind == b"clock":
            self._highest, self._behind = wall_us, None
        elif wall_us < self._highest - WALL_SLACK_US:
            if self._behind is None:
                self._behind = ClockStep(seq, StepKind.START if started else StepKind.WALL)
        else:
            if self._behind is not None:
                self._steps.append(self._behind)
                self._behind = None
            self._highest = max(self._highest, wall_us)

    def steps(self) -> tuple[ClockStep, ...]:
        """All steps; one that the log ends in counts as one that nobody looked at."""
        still = () if self._behind is None else (ClockStep(self._behind.seq, StepKind.WALL),)
        return (*self._steps, *still)


def _tree(start: State) -> Tree:
    try:
        return Tree.load(start.count, start.peaks)
    except LocalError as error:
        raise TamperError(f"the tree after record {start.count} was changed") from error
