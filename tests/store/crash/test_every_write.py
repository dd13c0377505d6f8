"""Whatever part of its writes a power cut leaves, a store opens as it was at a moment of late.

Every write, truncation, deletion and sync of a whole day was recorded below SQLite. From these the
disk is put together as it may be after a power cut at any moment, and opened by the program itself:
nothing that was acknowledged is lost, nothing is half there, the log verifies, no sale can be
over-refunded, and what was under way is unknown.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import pytest

from pos_guard.store import files
from tests.store.crash.disk_states import Crash, sample
from tests.store.crash.recordings import CHUNKS, Recording, recorded
from tests.store.crash.recovery import WAL, Recovery
from tests.store.crash.tape import Act

SAMPLE = 90
"""Crashes of each kind in an ordinary run: a few seconds."""

REORDERED = 2000
"""Crashes that leave any of the writes since the last sync, of which there are too many for all."""


def test_the_day_wrote_all_that_there_is_to_tear(recording: Recording) -> None:
    acts = Counter((event.file, event.act) for event in recording.events)
    assert acts[files.DATABASE, Act.WRITE] > 100  # checkpoints, and not at the restarts alone
    assert acts[files.DATABASE, Act.SYNC] > 4
    assert acts[WAL, Act.WRITE] > 500
    assert acts[WAL, Act.DELETE] == 2  # at the two restarts
    assert len(recording.history) > 60
    # One sync or more for each commit that wrote, or it was not durable when it returned.
    assert acts[WAL, Act.SYNC] >= len(recording.history) - 2


def cases(
    recording: Recording, kind: str, share: int | None, chance: random.Random
) -> Iterator[Crash]:
    """All crashes of a kind, this share of them, or a sample."""
    disk = recording.disk
    if kind == "reordered":
        count = SAMPLE if share is None else REORDERED // CHUNKS
        return disk.reordered(chance if share is None else random.Random(share), count)
    crashes = disk.prefixes()
    if kind == "torn":
        torn = (disk.torn(crash, sectors=True) for crash in crashes)
        crashes = chain.from_iterable(torn)
    if share is not None:
        return sample(crashes, share, CHUNKS)
    found = list(crashes)
    return islice(iter(chance.sample(found, len(found))), SAMPLE)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["prefixes", "torn", "reordered"])
def test_a_power_cut_loses_nothing_that_was_acknowledged(
    recording: Recording, memory: Path, chance: random.Random, kind: str, share: int | None
) -> None:
    recovery = Recovery(memory / f"crashed-{kind}-{share}", recording.state, recording.history)
    left_behind = (None, recording.shm, bytes(32768), chance.randbytes(32768))
    found: list[str] = []
    count = 0
    for crash in cases(recording, kind, share, chance):
        images = recording.disk.images(crash)
        problems = recovery.problems(images, crash.now, left_behind[count % len(left_behind)])
        found += [f"{crash}: {problem}" for problem in problems]
        count += 1
    assert not found, f"{len(found)} of {count}:\n" + "\n".join(found[:5])
    assert count >= SAMPLE


@pytest.mark.parametrize("kind", ["prefixes", "reordered"])
def test_a_store_that_does_not_sync_would_be_found_out(
    memory: Path, template: Path, chance: random.Random, kind: str
) -> None:
    careless = recorded(memory / kind, template, durable=False)
    recovery = Recovery(memory / f"careless-{kind}", careless.state, careless.history)
    found = [
        problem
        for crash in islice(cases(careless, kind, None, chance), 30)
        for problem in recovery.problems(careless.disk.images(crash), crash.now, None)
    ]
    assert len(found) > 10
