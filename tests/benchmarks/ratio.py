"""Speed as a ratio: subject and peer take turns in one run, so that both meet the same machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

LINK_BAR_US = 150.0
"""What a frame may take through a link beyond what it takes through a relay that reads nothing."""

WARM_UP = 3
"""Turns that are not counted: caches, imports on first use, pages of the write-ahead log."""


class Benchmark(Protocol):
    """What is used of pytest-benchmark's fixture."""

    extra_info: dict[str, object]

    def pedantic(self, target: Callable[[], object], **options: object) -> object: ...


def nothing() -> None:
    """What comes before a turn that needs nothing."""


@dataclass
class Side:
    """Subject or peer, and the time of each of its turns: by the clock, and of the processor.

    ``repeat``: calls in one turn, for acts of microseconds. ``before``: what a turn needs and what
    is not timed.
    """

    act: Callable[[], object]
    repeat: int = 1
    before: Callable[[], object] = nothing
    seconds: list[float] = field(default_factory=list[float])
    processor: list[float] = field(default_factory=list[float])

    def take_turn(self) -> None:
        self.before()
        start, busy = time.perf_counter(), time.process_time()
        for _ in range(self.repeat):
            self.act()
        self.seconds.append((time.perf_counter() - start) / self.repeat)
        self.processor.append((time.process_time() - busy) / self.repeat)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds[WARM_UP:])

    @property
    def late(self) -> float:
        """The 99th percentile."""
        return statistics.quantiles(self.seconds[WARM_UP:], n=100)[98]


def against(benchmark: Benchmark, subject: Side, peer: Side, *, rounds: int = 50) -> float:
    """Time ``subject`` against ``peer``; returns and records subject time / peer time (medians)."""
    benchmark.pedantic(
        subject.take_turn, setup=peer.take_turn, rounds=rounds, warmup_rounds=WARM_UP, iterations=1
    )
    ratio = subject.median / peer.median
    benchmark.extra_info.update(
        subject_us=round(subject.median * 1e6, 1),
        peer_us=round(peer.median * 1e6, 1),
        ratio=round(ratio, 2),
    )
    return ratio


def note_over(benchmark: Benchmark, subject: Side, peer: Side) -> None:
    """Record also what the subject takes more than its peer, and both in their worst hundredth.

    The processor's part as well: on a machine with other work the clock counts that work too.
    """
    busy = [statistics.median(side.processor[WARM_UP:]) for side in (subject, peer)]
    benchmark.extra_info.update(
        over_us=round((subject.median - peer.median) * 1e6, 1),
        over_processor_us=round((busy[0] - busy[1]) * 1e6, 1),
        bar_us=LINK_BAR_US,
        p99_us=(round(subject.late * 1e6), round(peer.late * 1e6)),
        p99_ratio=round(subject.late / peer.late, 2),
    )


def note_rate(benchmark: Benchmark, count: int, unit: str) -> None:
    """Record also how many of something (bytes, records) the subject did in a second."""
    micros = benchmark.extra_info["subject_us"]
    assert isinstance(micros, float)
    each = 1e6 / micros * count
    benchmark.extra_info["rate"] = (
        f"{each / 1e6:.1f} M{unit}" if each >= 1e6 else f"{each:,.0f} {unit}"
    )
