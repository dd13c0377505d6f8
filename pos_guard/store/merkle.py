"""The Merkle tree of the audit log (RFC 6962 section 2.1), as pure functions over hashes.

A log keeps only the tree's peaks (the roots of its whole subtrees, largest first), at most one for
each bit of its size: a record is added without looking at older ones. Proofs are made on demand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pos_guard.errors import LocalError

HASH_BYTES = 32


def leaf_hash(record: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Tree:
    """A tree that grows: its size and its peaks, largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list[bytes])

    @classmethod
    def load(cls, size: int, peaks: bytes) -> Tree:
        """From what ``peaks_bytes`` gave.

        :raises LocalError: when there are not as many peaks as a tree of this size has.
        """
        if size < 0 or len(peaks) != HASH_BYTES * size.bit_count():
            raise LocalError(f"these are not the peaks of a tree of {size} records")
        cut = range(0, len(peaks), HASH_BYTES)
        return cls(size, [peaks[at : at + HASH_BYTES] for at in cut])

    def add(self, leaf: bytes) -> None:
        """One more leaf, by its hash."""
        peaks, size = self.peaks, self.size
        while size & 1:
            leaf = node_hash(peaks.pop(), leaf)
            size >>= 1
        peaks.append(leaf)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The hash of the whole tree."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def peaks_bytes(self) -> bytes:
        """All peaks in one piece."""
        return b"".join(self.peaks)


class Leaves:
    """The leaf hashes of a log, whose oldest may be known only by their peaks; makes proofs.

    ``base``: the tree of the leaves that are gone; ``leaves``: the hashes of those after it.
    """

    def __init__(self, leaves: Iterable[bytes], base: Tree | None = None) -> None:
        self._base = base or Tree()
        self._leaves = list(leaves)
        self.size = self._base.size + len(self._leaves)

    def root(self, size: int | None = None) -> bytes:
        """The root of the first ``size`` leaves.

        :raises LocalError: when that many are not there, or their end is in what is gone.
        """
        return self._range(0, self.size if size is None else size)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of leaf ``index`` (from 0) in the tree of ``size`` leaves (2.1.1).

        :raises LocalError: when that leaf is not there, or gone.
        """
        if not self._base.size <= index < size <= self.size:
            raise LocalError(f"there is no leaf {index} to prove in a tree of {size}")
        path: list[bytes] = []
        low, high = 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, old: int, size: int) -> list[bytes]:
        """Proof that the tree of ``size`` leaves begins with that of ``old`` (2.1.2).

        :raises LocalError: for sizes that are not there, or end in what is gone.
        """
        if not self._base.size <= old <= size <= self.size:
            raise LocalError(f"nothing can be proved between sizes {old} and {size}")
        if old in {0, size}:
            return []
        proof: list[bytes] = []
        low, high = 0, size
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                proof.append(self._range(middle, high))
                high = middle
            else:
                proof.append(self._range(low, middle))
                low = middle
        if low:
            proof.append(self._range(low, high))
        return proof[::-1]

    def _range(self, low: int, high: int) -> bytes:
        """The root of a subtree of RFC 6962's recursion."""
        gone = self._base.size
        if high > self.size or (low < gone and high < gone and not self._whole(low, high)):
            raise LocalError(f"the leaves {low} to {high} are not here")
        tree = Tree(max(0, min(gone, high) - low), self._peaks(low, high))
        for leaf in self._leaves[max(0, low - gone) : max(0, high - gone)]:
            tree.add(leaf)
        return tree.root

    def _peaks(self, low: int, high: int) -> list[bytes]:
        """The peaks of what is gone that lie between ``low`` and ``high``."""
        return [peak for at, end, peak in self._spans() if low <= at and end <= high]

    def _whole(self, low: int, high: int) -> bool:
        ends = {0} | {end for _, end, _ in self._spans()}
        return low in ends and high in ends

    def _spans(self) -> Iterable[tuple[int, int, bytes]]:
        at = 0
        for peak in self._base.peaks:
            size = 1 << ((self._base.size - at).bit_length() - 1)
            yield at, at + size, peak
            at += size


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an audit path leads to (RFC 9162 2.1.3.2); None for one of a wrong length."""
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = node_hash(step, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, step)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(
    old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that one tree begins with the other (RFC 9162 2.1.4.2)."""
    if not 0 <= old <= size:
        return False
    if old == 0:
        return not proof and old_root == Tree().root
    if old == size:
        return not proof and old_root == root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    return _both_roots(old, size, path) == (old_root, root)


def _both_roots(old: int, size: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, step)
        node, last = node >> 1, last >> 1
    return (first, second) if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)
