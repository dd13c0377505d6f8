"""The timers of a link, on a real loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import TypeVarTuple, Unpack

from pos_guard.links.timers import Timers

SOON = 0.01

Ts = TypeVarTuple("Ts")


class Heard:
    """Notes the names, and can be waited for."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._more = asyncio.Event()
        self.timers = Timers(self)
        self.then: dict[str, Callable[[], None]] = {}

    def __call__(self, name: str) -> None:
        self.names.append(name)
        self._more.set()
        if name in self.then:
            self.then.pop(name)()

    async def until(self, *names: str) -> None:
        while self.names != list(names):
            self._more.clear()
            await self._more.wait()


def run(body: Callable[[Heard], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await body(Heard())

    asyncio.run(bounded())


def test_timers_run_out_in_the_order_of_their_times() -> None:
    async def body(heard: Heard) -> None:
        for name, seconds in (("c", 3 * SOON), ("a", SOON), ("b", 2 * SOON)):
            heard.timers.set(name, seconds)
        await heard.until("a", "b", "c")

    run(body)


def test_one_that_is_set_again_counts_from_then() -> None:
    async def body(heard: Heard) -> None:
        heard.timers.set("later", SOON)
        heard.timers.set("later", 3 * SOON)
        heard.timers.set("first", 2 * SOON)
        heard.timers.set("sooner", 60)
        heard.timers.set("sooner", 0)
        await heard.until("sooner", "first", "later")

    run(body)


def test_one_that_is_cancelled_stays_silent_and_holds_up_no_other() -> None:
    async def body(heard: Heard) -> None:
        heard.timers.set("cancelled", SOON)
        heard.timers.set("next", 2 * SOON)
        heard.timers.cancel("cancelled")
        heard.timers.cancel("never set")
        await heard.until("next")

    run(body)


def test_what_runs_out_may_set_and_cancel_others() -> None:
    async def body(heard: Heard) -> None:
        def begin() -> None:
            heard.timers.cancel("at the same time")
            heard.timers.set("again", SOON)
            heard.timers.set("soonest", 0)

        heard.then["begin"] = begin
        heard.timers.set("begin", SOON)
        heard.timers.set("at the same time", SOON + 1e-6)
        heard.timers.set("last", 4 * SOON)
        await heard.until("begin", "soonest", "again", "last")

    run(body)


def test_once_stopped_none_runs_out() -> None:
    async def body(heard: Heard) -> None:
        other = Heard()
        heard.timers.set("stopped", SOON)
        heard.timers.stop()
        other.timers.set("later", 2 * SOON)
        await other.until("later")
        assert heard.names == []

    run(body)


class CountingLoop(asyncio.SelectorEventLoop):
    """Counts what it is asked to call later."""

    asked = 0

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        self.asked += 1
        return super().call_at(when, callback, *args, context=context)


def test_the_loop_is_asked_once_for_many_timers() -> None:
    """A frame sets and cancels half a dozen: each would be a turn of the loop's own heap."""

    async def body() -> None:
        heard = Heard()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, CountingLoop)
        for _ in range(1000):
            heard.timers.set("answer", 90)
            heard.timers.set("again", 100)
            heard.timers.cancel("answer")
        assert loop.asked == 1
        heard.timers.stop()

    with asyncio.Runner(loop_factory=CountingLoop) as runner:
        runner.run(body())
