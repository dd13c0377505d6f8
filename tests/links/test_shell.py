"""The shell over real sockets and ptys, with sessions that are small but real."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
import serial

from pos_guard.errors import PortClosedError, StoreError
from pos_guard.links import wire
from pos_guard.links.events import Asked, LinkEvent, LinkFailed, Side, SideChanged, Told
from pos_guard.links.session import (
    AskPerson,
    CancelTimer,
    CloseApp,
    CloseDevice,
    Effects,
    QuietSession,
    SetTimer,
    Tell,
    ToApp,
    ToDevice,
)
from pos_guard.links.shell import Connect, LinkShell
from pos_guard.links.sides import PtyAcceptor, TcpAcceptor
from pos_guard.model import Words
from pos_guard.ports.aio import connect_tcp, stream_over_socket
from pos_guard.ports.base import Stream
from pos_guard.ports.pty import open_pty

SECONDS = 10.0


class Relay(QuietSession):
    """Passes bytes on; obeys one-letter orders from the till; notes what it was told."""

    def __init__(self) -> None:
        self.name = "relay"
        self.told: list[str] = []

    def app_connected(self) -> Effects:
        self.told.append("app up")
        return []

    def app_closed(self) -> Effects:
        self.told.append("app down")
        return []

    def device_connected(self) -> Effects:
        self.told.append("device up")
        return []

    def device_closed(self) -> Effects:
        self.told.append("device down")
        return [ToApp(b"[device down]")]

    def app_data(self, data: bytes) -> Effects:
        orders: dict[bytes, Effects] = {
            b"bye": [ToApp(b"last words"), CloseApp("asked to")],
            b"cut": [CloseDevice("asked to")],
            b"ask": [AskPerson(7, Words("", "ask"))],
            b"tell": [Tell("DENY", Words("", "no"))],
            b"timer": [SetTimer("a", 60), SetTimer("b", 0.01), SetTimer("a", 0.02)],
            b"no timer": [SetTimer("a", 0.01), CancelTimer("a"), SetTimer("b", 0.03)],
        }
        return orders.get(data, [ToDevice(data)])

    def device_data(self, data: bytes) -> Effects:
        return [ToApp(data)]

    def timer(self, name: str) -> Effects:
        return [ToApp(f"[{name}]".encode())]

    def answered(self, decision: int) -> Effects:
        return [ToApp(f"[answered {decision}]".encode())]


class FullDisk(Relay):
    """A session whose store cannot be written."""

    def app_data(self, data: bytes) -> Effects:
        raise StoreError(f"disk is full at byte {len(data)}")


@dataclass
class Rig:
    """A shell between a TCP till and a TCP device that the test plays."""

    shell: LinkShell
    acceptor: TcpAcceptor
    devices: TcpAcceptor
    running: asyncio.Task[None]
    events: list[LinkEvent]
    changed: asyncio.Event

    async def till(self) -> Stream:
        return await connect_tcp(*self.acceptor.address, SECONDS)

    async def event(self, kind: type[LinkEvent]) -> LinkEvent:
        """The first event of a kind."""
        while True:
            for event in self.events:
                if isinstance(event, kind):
                    return event
            self.changed.clear()
            await self.changed.wait()

    async def close(self) -> None:
        self.running.cancel()
        await asyncio.wait({self.running})
        self.acceptor.close()
        self.devices.close()


async def make_rig(session: Relay) -> Rig:
    acceptor, devices = TcpAcceptor("127.0.0.1", 0), TcpAcceptor("127.0.0.1", 0)
    events: list[LinkEvent] = []
    changed = asyncio.Event()

    def note(event: LinkEvent) -> None:
        events.append(event)
        changed.set()

    shell = LinkShell(session, acceptor, lambda: connect_tcp(*devices.address, SECONDS), note)
    running = asyncio.get_running_loop().create_task(shell.run())
    return Rig(shell, acceptor, devices, running, events, changed)


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await test()

    asyncio.run(bounded())


async def exactly(stream: Stream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await stream.receive(count - len(data))
        assert more, f"hung up after {data!r}"
        data += more
    return data


def test_bytes_pass_both_ways_and_both_sides_are_told() -> None:
    async def body() -> None:
        session = Relay()
        rig = await make_rig(session)
        device = await rig.devices.accept()
        till = await rig.till()
        await till.send(b"hello")
        assert await exactly(device, 5) == b"hello"
        await device.send(b"world")
        assert await exactly(till, 5) == b"world"
        await till.close()
        next_till = await rig.till()
        await next_till.send(b"again")
        assert await exactly(device, 5) == b"again"
        await next_till.close()
        await device.close()
        await rig.close()
        assert session.told[:4] == ["device up", "app up", "app down", "app up"]
        assert SideChanged("relay", Side.APP, up=True) in rig.events

    run(body)


def test_a_second_till_is_refused_while_the_first_talks() -> None:
    async def body() -> None:
        rig = await make_rig(Relay())
        first = await rig.till()
        second = await rig.till()
        assert await second.receive() == b""
        await first.send(b"ask")
        await first.send(b"bye")
        await first.close()
        await second.close()
        await rig.close()

    run(body)


def test_close_app_lets_the_last_words_out_then_hangs_up() -> None:
    async def body() -> None:
        session = Relay()
        rig = await make_rig(session)
        till = await rig.till()
        await till.send(b"bye")
        assert await exactly(till, 10) == b"last words"
        assert await till.receive() == b""
        await till.close()
        again = await rig.till()
        await again.send(b"bye")
        assert await exactly(again, 10) == b"last words"
        await again.close()
        await rig.close()

    run(body)


def test_a_lost_device_is_told_and_connected_again() -> None:
    async def body() -> None:
        session = Relay()
        rig = await make_rig(session)
        device = await rig.devices.accept()
        till = await rig.till()
        await device.close()
        assert await exactly(till, 13) == b"[device down]"
        device = await rig.devices.accept()
        await till.send(b"cut")
        assert await device.receive() == b""
        await device.close()
        device = await rig.devices.accept()
        await till.send(b"still here")
        await exactly(till, 13)
        assert await exactly(device, 10) == b"still here"
        down = [e.reason for e in rig.events if isinstance(e, SideChanged) and not e.up]
        assert down == ["", "asked to"]
        await device.close()
        await till.close()
        await rig.close()

    run(body)


def test_timers_run_replace_and_cancel() -> None:
    async def body() -> None:
        rig = await make_rig(Relay())
        till = await rig.till()
        await till.send(b"timer")
        assert await exactly(till, 6) == b"[b][a]"
        await till.send(b"no timer")
        assert await exactly(till, 3) == b"[b]"
        await till.close()
        await rig.close()

    run(body)


def test_questions_become_events_and_answers_reach_the_session() -> None:
    async def body() -> None:
        rig = await make_rig(Relay())
        till = await rig.till()
        await till.send(b"ask")
        assert await rig.event(Asked) == Asked("relay", 7, Words("", "ask"))
        rig.shell.answered(7)
        assert await exactly(till, 12) == b"[answered 7]"
        await till.send(b"tell")
        assert await rig.event(Told) == Told("relay", "DENY", Words("", "no"))
        await till.close()
        await rig.close()

    run(body)


def test_a_session_that_raises_closes_both_sides_and_ends_the_link(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body() -> None:
        rig = await make_rig(FullDisk())
        device = await rig.devices.accept()
        till = await rig.till()
        await till.send(b"money")
        assert await till.receive() == b""
        assert await device.receive() == b"", "not one byte reached the device"
        await asyncio.wait({rig.running})
        assert rig.running.done()
        assert rig.events[-1] == LinkFailed("relay", "StoreError: disk is full at byte 5")
        await till.close()
        await device.close()
        await rig.close()

    run(body)
    assert "the session failed" in caplog.text


def test_a_device_that_takes_nothing_slows_the_till_and_loses_no_byte() -> None:
    async def body() -> None:
        rig = await make_rig(Relay())
        device = await rig.devices.accept()
        till = await rig.till()
        job = os.urandom(64) * 1024 * 256
        sending = asyncio.get_running_loop().create_task(till.send(job))
        done, _ = await asyncio.wait({sending}, timeout=0.3)
        assert not done, "the till must be slowed down"
        assert await exactly(device, len(job)) == job
        await sending
        await till.close()
        await device.close()
        await rig.close()

    run(body)


def test_a_till_that_reads_nothing_is_hung_up_on_at_the_bound() -> None:
    async def body() -> None:
        session = Relay()
        rig = await make_rig(session)
        device = await rig.devices.accept()
        till = await rig.till()
        await till.send(b"hello")
        await exactly(device, 5)
        flood = asyncio.get_running_loop().create_task(device.send(b"x" * (64 << 20)))
        while "app down" not in session.told:
            await asyncio.wait({flood}, timeout=0.05)
        await till.close()
        await rig.close()
        await device.close()
        await asyncio.wait({flood})
        assert isinstance(flood.exception(), (PortClosedError, type(None)))

    run(body)


def test_a_device_that_is_not_there_is_told_once_and_tried_again() -> None:
    async def body() -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        tries = 0
        tried_twice = asyncio.Event()
        events: list[LinkEvent] = []

        async def connect() -> Stream:
            nonlocal tries
            tries += 1
            if tries > 2:
                tried_twice.set()
            return await connect_tcp("127.0.0.1", port, 1)

        acceptor = TcpAcceptor("127.0.0.1", 0)
        device: Connect = connect
        shell = LinkShell(Relay(), acceptor, device, events.append)
        running = asyncio.get_running_loop().create_task(shell.run())
        await tried_twice.wait()
        running.cancel()
        await asyncio.wait({running})
        acceptor.close()
        assert [event.side for event in events if isinstance(event, SideChanged)] == [Side.DEVICE]

    run(body)


def test_a_till_on_a_pty_keeps_its_port_through_a_hang_up() -> None:
    async def body() -> None:
        session = Relay()
        pty = open_pty()
        acceptor = PtyAcceptor(os.dup(pty.master))
        devices = TcpAcceptor("127.0.0.1", 0)
        shell = LinkShell(
            session, acceptor, lambda: connect_tcp(*devices.address, SECONDS), lambda _event: None
        )
        running = asyncio.get_running_loop().create_task(shell.run())
        device = await devices.accept()
        with serial.Serial(pty.path, timeout=5) as till:
            await asyncio.to_thread(till.write, b"bye")
            assert await asyncio.to_thread(till.read, 10) == b"last words"
            while session.told.count("app up") < 2:
                await asyncio.wait({running}, timeout=0.01)
            await asyncio.to_thread(till.write, b"print this\x00\xff")
            assert await exactly(device, 12) == b"print this\x00\xff"
        await device.close()
        running.cancel()
        await asyncio.wait({running})
        acceptor.close()
        devices.close()
        pty.close()

    run(body)


def test_the_queue_of_a_wire_is_bounded() -> None:
    async def body() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            client = socket.create_connection(server.getsockname())
            accepted, _ = server.accept()
        queue = wire.Wire(stream_over_socket(client))
        assert queue.put(b"x" * wire.MAX_QUEUED)
        assert not queue.put(b"x")
        queue.finish()
        assert not queue.put(b"")
        queue.abort()
        await queue.closed()
        accepted.close()

    run(body)


def test_a_short_answer_leaves_at_once_and_a_long_job_is_taken_whole() -> None:
    async def body() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            client = socket.create_connection(server.getsockname())
            accepted, _ = server.accept()
        client.setblocking(False)
        queue = wire.Wire(stream_over_socket(client))
        assert queue.put(b"\x16")
        assert accepted.recv(16) == b"\x16"  # nobody but the system had to run for that
        job = bytes(2 << 20)
        assert queue.put(job)
        assert queue.put(b"end")
        accepted.setblocking(False)
        loop, got = asyncio.get_running_loop(), b""
        while not got.endswith(b"end"):
            got += await loop.sock_recv(accepted, 1 << 20)
        assert got == job + b"end"
        queue.abort()
        await queue.closed()
        accepted.close()

    run(body)
