"""Feeds garbage to one framer in a process of its own, and prints by how much the process grew.

Started by test_fuzz_memory: ``python -m tests.fuzz.memory FRAMER BYTES SEED``.
"""

from __future__ import annotations

import gc
import json
import random
import resource
import sys
import time
from pathlib import Path

from tests.fuzz.framers import FRAMERS
from tests.fuzz.garbage import PIECE, pieces

_PAGE = resource.getpagesize()


def resident() -> int:
    """Bytes of this process in memory now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def run(name: str, size: int, seed: int) -> dict[str, float]:
    """The most that the process grew over its start, the frames and errors, and the time."""
    framed = FRAMERS[name]
    feed = framed.make()
    feed(random.Random(seed).randbytes(PIECE))  # what a first piece imports is no growth
    feed = framed.make()
    gc.collect()
    before = most = resident()
    events = fed = 0
    longest = 0.0
    start = time.perf_counter()
    for piece, anew in pieces(framed.opens, size, seed):
        feed = framed.make() if anew else feed
        began = time.perf_counter()
        events += feed(piece)
        longest = max(longest, time.perf_counter() - began)
        fed += len(piece)
        most = max(most, resident())
    return {
        "fed": fed,
        "events": events,
        "grown": most - before,
        "seconds": time.perf_counter() - start,
        "longest": longest,
    }


if __name__ == "__main__":
    assert int(sys.argv[2]) >= PIECE
    sys.stdout.write(json.dumps(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
