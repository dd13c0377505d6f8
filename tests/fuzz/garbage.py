"""Garbage of every kind, endless, from one seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping

PIECE = 64 * 1024
"""Bytes a piece: as much as a read from a socket or pty gives at the most."""

_CONTROL = bytes([0, 1, 2, 3, 4, 5, 6, 0x0A, 0x0D, 0x10, 0x15, 0x1B, 0x1D, 0x7E, 0xFF])

Fill = Callable[[random.Random, bytes], bytes]


def _random(source: random.Random, _: bytes) -> bytes:
    return source.randbytes(PIECE)


def _control(source: random.Random, _: bytes) -> bytes:
    """Nothing but the bytes that mean something to some protocol."""
    return bytes(source.choices(_CONTROL, k=PIECE))


def _endless(_: random.Random, __: bytes) -> bytes:
    """Behind the beginning of a frame: its end never comes."""
    return b"0" * PIECE


def _begun(_: random.Random, opens: bytes) -> bytes:
    """Beginnings of frames, one behind the other."""
    return (opens * (PIECE // len(opens) + 1))[:PIECE]


def _broken(source: random.Random, opens: bytes) -> bytes:
    """Beginnings, each followed by a few bytes of noise."""
    noise = source.randbytes(PIECE)
    step = max(1, len(opens)) * 4
    return b"".join(opens + noise[at : at + step] for at in range(0, PIECE, step))[:PIECE]


def _zero(_: random.Random, __: bytes) -> bytes:
    return bytes(PIECE)


def _full(_: random.Random, __: bytes) -> bytes:
    return b"\xff" * PIECE


KINDS: Mapping[str, Fill] = {
    "random": _random,
    "control": _control,
    "endless": _endless,
    "begun": _begun,
    "broken": _broken,
    "zero": _zero,
    "full": _full,
}


def pieces(opens: bytes, size: int, seed: int) -> Iterator[tuple[bytes, bool]]:
    """``size`` bytes in pieces, each with whether a new conversation begins with it.

    Of every kind half goes to one framer that never starts anew (garbage without a pause), and
    half in conversations of one piece each, so that one that gave up does not merely wait.
    """
    source = random.Random(seed)
    each = max(2, size // PIECE // len(KINDS))
    for fill in KINDS.values():
        yield opens, True
        for at in range(each):
            yield fill(source, opens), at >= each // 2
