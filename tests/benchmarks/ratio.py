"""Speed as a ratio: subject and peer take turns in one run, so that both meet the same machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class Benchmark(Protocol):
    """What is used of pytest-benchmark's fixture."""

    extra_info: dict[str, object]

    def pedantic(self, target: Callable[[], object], **options: object) -> object: ...


@dataclass
class Peer:
    """The other side of the ratio; its turns are timed between the subject's."""

    act: Callable[[], object]
    repeat: int = 1
    seconds: list[float] = field(default_factory=list[float])

    def take_turn(self) -> None:
        start = time.perf_counter()
        for _ in range(self.repeat):
            self.act()
        self.seconds.append((time.perf_counter() - start) / self.repeat)


def against(
    benchmark: Benchmark,
    subject: Callable[[], object],
    peer: Callable[[], object],
    *,
    rounds: int = 50,
    repeat: int = 1,
) -> float:
    """Time ``subject`` against ``peer``; returns and records subject time / peer time (medians).

    ``repeat``: calls in one turn, for acts of microseconds.
    """
    other = Peer(peer, repeat)
    mine: list[float] = []

    def turn() -> None:
        start = time.perf_counter()
        for _ in range(repeat):
            subject()
        mine.append((time.perf_counter() - start) / repeat)

    benchmark.pedantic(turn, setup=other.take_turn, rounds=rounds, warmup_rounds=3)
    ratio = statistics.median(mine) / statistics.median(other.seconds)
    benchmark.extra_info.update(
        subject_us=round(statistics.median(mine) * 1e6, 1),
        peer_us=round(statistics.median(other.seconds) * 1e6, 1),
        ratio=round(ratio, 2),
    )
    return ratio
