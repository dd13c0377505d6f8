"""A shop's whole year of payments through the real daemon, with faults; by flag, and a small one.

``POS_GUARD_SOAK=100000 pytest tests/soak`` (or ``tox -e soak``) is the long one, see docs/soak.md.
In the first half the daemon is killed again and again; the second half is one life, over which its
memory, files and threads are watched. ``POS_GUARD_SOAK_SEED`` makes it another one, and
``POS_GUARD_SOAK_REPORT`` names the file that gets what was measured.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.clock import SystemClock
from pos_guard.store.store import Store
from pos_guard_simulator.bench import Bench
from tests.soak.soak_daemon import Daemon, Sample
from tests.soak.soak_day import Rates, Soak
from tests.soak.soak_devices import devices

SMALL = 200
COUNT = int(os.environ.get("POS_GUARD_SOAK", SMALL))
SEED = int(os.environ.get("POS_GUARD_SOAK_SEED", "1"))
REPORT = os.environ.get("POS_GUARD_SOAK_REPORT")

KILLS = 1 if COUNT <= SMALL else 20
EVERY = max(COUNT // 100, 20)
"""Transactions between two looks at the daemon and its books."""

MAX_GROWTH_KIB = 3 * 1024
"""From a tenth of the last life to its end. A leak of 100 bytes in a payment would be 5 MiB."""
MAX_MORE_FDS = 6
"""Connections that come and go: one that leaks in each fault would be thousands."""
MAX_THREADS = 6
MAX_DISK_KIB = 16
"""For one transaction on the average: four audit records, ledger rows, indexes, the open log."""
RATES = Rates(fast=0.08, slow=0.005, dear=0.25) if COUNT <= SMALL else Rates()

pytestmark = [pytest.mark.timeout(60 + COUNT)]
if COUNT > SMALL:
    why = "any six digits stand somewhere in so many records"
    pytestmark.append(pytest.mark.seeds_secrets("PIN or password", why, by_chance=True))


@pytest.fixture
def soak(tmp_path: Path) -> Iterator[Soak]:
    with Bench() as bench:
        daemon = Daemon(tmp_path)
        run = Soak(tmp_path, daemon, {one.link: one for one in devices(bench)}, SEED, RATES)
        run.prepare()
        try:
            yield run
        finally:
            run.close()
            assert daemon.stop() == 0


def test_nothing_is_lost_or_doubled_and_memory_stays(soak: Soak) -> None:
    begun = time.monotonic()
    kill_every = max(COUNT // 2 // KILLS, 1)
    for number in range(1, COUNT + 1):
        soak.transact(kill=number <= COUNT // 2 and number % kill_every == 0)
        if number % EVERY == 0:
            soak.sample()
            soak.check()
            note(soak, time.monotonic() - begun)
    soak.check()
    assert soak.daemon.lives == 1 + KILLS
    assert not soak.daemon.events["failed"], "a link failed"
    assert soak.ends["sale yes"] > COUNT // 2
    assert soak.ends["approved by a person"], "no refund waited for a second person"
    assert verified(soak) > COUNT
    if COUNT > SMALL:
        flat([sample for sample in soak.samples if sample.done > COUNT * 11 // 20])


def flat(samples: list[Sample]) -> None:
    """The last life without its first tenth: the daemon holds no more at its end."""
    first, last = samples[0], samples[-1]
    assert max(one.rss for one in samples) - first.rss < MAX_GROWTH_KIB, samples
    assert max(one.fds for one in samples) - first.fds < MAX_MORE_FDS, samples
    assert max(one.threads for one in samples) <= MAX_THREADS, samples
    assert (last.disk - first.disk) / (last.done - first.done) < MAX_DISK_KIB, samples


def verified(soak: Soak) -> int:
    """How many records the audit log has; its chain is checked from the first to the last."""
    with Store.open(soak.directory / "state", clock=SystemClock(), readonly=True) as store:
        return store.audit.verify().count


def note(soak: Soak, seconds: float) -> None:
    """Write what was measured so far, for the docs and for whoever waits."""
    if REPORT is None:
        return
    said = {
        "seconds": round(seconds, 1),
        "lives": soak.daemon.lives,
        "ends": dict(sorted(soak.ends.items())),
        "events": dict(soak.daemon.events),
        "samples": [[one.done, one.rss, one.fds, one.threads, one.disk] for one in soak.samples],
    }
    Path(REPORT).write_text(json.dumps(said), encoding="utf-8")
