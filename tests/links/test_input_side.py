"""The till of a keyboard scanner: one keyboard, one conversation after another."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator

import pytest

from pos_guard.errors import PortClosedError, PortError
from pos_guard.frames.keys import EV_KEY, EV_LED, SYN, KeyEvent, build_events
from pos_guard.links.input_side import UinputAcceptor
from pos_guard.ports import uinput
from pos_guard.ports.memory import MemoryPort, memory_pair

SECONDS = 60.0
CAPS = build_events([KeyEvent(EV_LED, 1, 1), SYN])
A_KEY = build_events([KeyEvent(EV_KEY, 30, 1), SYN, KeyEvent(EV_KEY, 30, 0), SYN])


class Keyboards:
    """What was plugged in: names, and the other end of each port."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.ends: list[MemoryPort] = []

    def create(self, name: str) -> MemoryPort:
        ours, far = memory_pair()
        self.names.append(name)
        self.ends.append(far)
        return ours

    def close(self) -> None:
        for end in self.ends:
            end.close()


@pytest.fixture
def keyboards() -> Iterator[Keyboards]:
    made = Keyboards()
    yield made
    made.close()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(SECONDS):
            await test()

    asyncio.run(limited())


def test_what_is_sent_is_typed_and_lights_are_heard(keyboards: Keyboards) -> None:
    async def test() -> None:
        acceptor = UinputAcceptor("till", keyboards.create)
        till = await acceptor.accept()
        await till.send(A_KEY)
        (far,) = keyboards.ends
        assert await asyncio.to_thread(far.read, 4096, SECONDS) == A_KEY
        await asyncio.to_thread(far.write, CAPS, SECONDS)
        assert await till.receive() == CAPS
        await till.close()
        acceptor.close()

    run(test)
    assert keyboards.names == ["till"]


def test_the_keyboard_stays_plugged_in_between_conversations(keyboards: Keyboards) -> None:
    async def test() -> None:
        acceptor = UinputAcceptor("till", keyboards.create)
        first = await acceptor.accept()
        hearing = asyncio.create_task(first.receive())
        waiting = asyncio.create_task(acceptor.accept())
        done, _ = await asyncio.wait({waiting}, timeout=0.05)
        assert not done
        await first.close()
        await first.close()
        assert await hearing == b""
        with pytest.raises(PortClosedError):
            await first.send(A_KEY)
        second = await waiting
        await second.send(A_KEY)
        assert await asyncio.to_thread(keyboards.ends[0].read, 4096, SECONDS) == A_KEY
        await second.close()
        acceptor.close()

    run(test)
    assert keyboards.names == ["till"]


def test_lights_for_a_conversation_that_ended_are_heard_by_the_next(keyboards: Keyboards) -> None:
    async def test() -> None:
        acceptor = UinputAcceptor("till", keyboards.create)
        first = await acceptor.accept()
        hearing = asyncio.create_task(first.receive())
        await asyncio.wait({hearing}, timeout=0.05)
        await first.close()
        assert await hearing == b""
        second = await acceptor.accept()
        await asyncio.to_thread(keyboards.ends[0].write, CAPS, SECONDS)
        assert await second.receive() == CAPS
        await second.close()
        acceptor.close()

    run(test)


def test_a_keyboard_that_is_lost_is_plugged_in_again(keyboards: Keyboards) -> None:
    async def test() -> None:
        acceptor = UinputAcceptor("till", keyboards.create)
        first = await acceptor.accept()
        keyboards.ends[0].close()
        assert await first.receive() == b""
        await first.close()
        second = await acceptor.accept()
        await second.send(A_KEY)
        assert await asyncio.to_thread(keyboards.ends[1].read, 4096, SECONDS) == A_KEY
        await second.close()
        acceptor.close()
        with pytest.raises(PortClosedError):
            await asyncio.to_thread(keyboards.ends[1].read, 4096, SECONDS)

    run(test)
    assert keyboards.names == ["till", "till"]


@pytest.mark.skipif(os.access(uinput.DEVICE, os.W_OK), reason="this machine has uinput")
def test_a_machine_without_uinput_is_told_so_at_once() -> None:
    async def test() -> None:
        with pytest.raises(PortError, match=r"uinput"):
            UinputAcceptor("till")

    run(test)
