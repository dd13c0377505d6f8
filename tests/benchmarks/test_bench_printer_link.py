"""What standing between till and printer costs: against a relay that understands nothing.

Till, printer and what is between them share one event loop, so that nothing is hidden by a second
processor. A picture is held until its cut, looked through, and sent on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.benchmarks import lane, printer_lane
from tests.benchmarks.ratio import Benchmark, Side, against, note_rate
from tests.shop import Shop, shop


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path, durable=True)
    yield made
    made.store.close()


class Lanes:
    """A till with a link before its printer, and one with a relay, in one event loop."""

    def __init__(self, runner: asyncio.Runner, corner: Shop) -> None:
        self._run = runner.run
        self._stack = AsyncExitStack()
        self._run(self._open(corner))

    async def _open(self, corner: Shop) -> None:
        enter = self._stack.enter_async_context
        self.guarded_printer, guarded = await enter(printer_lane.printer())
        self.bare_printer, bare = await enter(printer_lane.printer())
        self.same_printer, same = await enter(printer_lane.printer())
        link = await enter(printer_lane.linked(guarded, printer_lane.printer_session(corner)))
        relay = await enter(lane.bare_relay(bare, None))
        relay_on_same = await enter(printer_lane.linked(same, printer_lane.Passing()))
        self._guarded = await enter(printer_lane.till(link))
        self._bare = await enter(printer_lane.till(relay))
        self._same = await enter(printer_lane.till(relay_on_same))

    def through_link(self, data: bytes, answer: bytes) -> None:
        assert self._run(self._guarded.ask(data)) == answer

    def through_relay(self, data: bytes, answer: bytes) -> None:
        assert self._run(self._bare.ask(data)) == answer

    def through_same_ports(self, data: bytes, answer: bytes) -> None:
        assert self._run(self._same.ask(data)) == answer

    def close(self) -> None:
        self._run(self._stack.aclose())


@pytest.fixture
def lanes(corner: Shop) -> Iterator[Lanes]:
    with asyncio.Runner() as runner:
        made = Lanes(runner, corner)
        yield made
        made.close()


@pytest.mark.parametrize("peer", ["the least relay there can be", "a relay on the same ports"])
def test_a_receipt_as_a_picture_through_the_link(
    benchmark: Benchmark, lanes: Lanes, peer: str
) -> None:
    job = printer_lane.receipt_in_dots()
    same = peer == "a relay on the same ports"
    other = lanes.through_same_ports if same else lanes.through_relay
    against(
        benchmark,
        Side(lambda: lanes.through_link(job, printer_lane.PAPER)),
        Side(lambda: other(job, printer_lane.PAPER)),
        rounds=100,
    )
    note_rate(benchmark, len(job), "B")
    heard = lanes.same_printer if same else lanes.bare_printer
    assert lanes.guarded_printer.count == heard.count


def test_a_status_round_trip_through_the_link_against_a_bare_relay(
    benchmark: Benchmark, lanes: Lanes
) -> None:
    against(
        benchmark,
        Side(lambda: lanes.through_link(printer_lane.STATUS, printer_lane.ONLINE), repeat=10),
        Side(lambda: lanes.through_relay(printer_lane.STATUS, printer_lane.ONLINE), repeat=10),
        rounds=150,
    )
    info = benchmark.extra_info
    assert isinstance(info["subject_us"], float)
    assert isinstance(info["peer_us"], float)
    info["over_us"] = round(info["subject_us"] - info["peer_us"], 1)
