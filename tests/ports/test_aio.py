from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pos_guard.errors import PortClosedError, PortError, PortTimeoutError
from pos_guard.links.sides import PtyAcceptor, TcpAcceptor, connector
from pos_guard.ports.address import Address
from pos_guard.ports.aio import (
    DescriptorStream,
    connect_tcp,
    stream_over_pty,
    stream_over_serial,
)
from pos_guard.ports.base import Stream
from pos_guard.ports.pty import open_pty
from pos_guard.ports.serial import SerialSettings

Make = Callable[[], Awaitable[tuple[Stream, Stream]]]


async def tcp_pair() -> tuple[Stream, Stream]:
    acceptor = TcpAcceptor("127.0.0.1", 0)
    client = await connect_tcp(*acceptor.address, 5)
    server = await acceptor.accept()
    acceptor.close()
    return client, server


async def serial_pair() -> tuple[Stream, Stream]:
    pty = open_pty()
    line = stream_over_serial(SerialSettings(pty.path))
    master = stream_over_pty(pty.master)
    os.close(pty.slave)
    os.close(pty.master)
    return line, master


async def turn() -> None:
    """Let everything have its turn that is ready now."""
    turned = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(turned.set_result, None)
    await turned


async def exactly(stream: Stream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await stream.receive()
        assert more
        data += more
    return data


def run(body: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await body()

    asyncio.run(bounded())


@pytest.mark.parametrize("make", [tcp_pair, serial_pair])
def test_every_stream_keeps_the_contract(make: Make) -> None:
    async def body() -> None:
        near, far = await make()
        for one, other in ((near, far), (far, near)):
            sending = asyncio.get_running_loop().create_task(one.send(bytes(range(256)) * 2000))
            assert await exactly(other, 512_000) == bytes(range(256)) * 2000
            await sending
        await far.close()
        await far.close()
        assert await near.receive() == b""
        with pytest.raises(PortError):
            await send_until_refused(near)
        await near.close()
        assert await near.receive() == b""
        with pytest.raises(PortClosedError):
            await near.send(b"x")

    run(body)


async def send_until_refused(stream: Stream) -> None:
    for _ in range(100):
        await stream.send(b"x" * 4096)
        await asyncio.wait({asyncio.get_running_loop().create_task(stream.receive())}, timeout=0.01)


@pytest.mark.parametrize("make", [tcp_pair, serial_pair])
def test_close_wakes_whoever_waits(make: Make) -> None:
    async def body() -> None:
        near, far = await make()
        reading = asyncio.get_running_loop().create_task(near.receive())
        writing = asyncio.get_running_loop().create_task(near.send(b"x" * (64 << 20)))
        await asyncio.wait({reading, writing}, timeout=0.1)
        await near.close()
        assert await reading == b""
        with pytest.raises(PortClosedError) as caught:
            await writing
        assert 0 < caught.value.sent < 64 << 20
        await far.close()

    run(body)


def test_a_peer_that_floods_does_not_starve_the_loop() -> None:
    async def body() -> None:
        near, far = await tcp_pair()
        flood = asyncio.get_running_loop().create_task(far.send(b"x" * (8 << 20)))
        ticks: list[int] = []
        loop = asyncio.get_running_loop()

        def tick() -> None:
            ticks.append(1)
            loop.call_soon(tick)

        loop.call_soon(tick)
        got = 0
        while got < 1 << 20:
            got += len(await near.receive(4096))
        assert len(ticks) >= 256
        flood.cancel()
        await asyncio.wait({flood})
        await near.close()
        await far.close()

    run(body)


def test_what_cannot_be_connected_says_why() -> None:
    async def body() -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        with pytest.raises(PortError, match=f"127.0.0.1:{port}"):
            await connect_tcp("127.0.0.1", port, 2)
        with pytest.raises(PortError):
            await connect_tcp("no-such-host.invalid", 9, 10)
        with pytest.raises(PortTimeoutError, match="did not answer"):
            await connect_tcp("127.0.0.1", port, 0)
        with pytest.raises(PortClosedError, match="not there"):
            await connector(Address.parse("serial:/dev/pos-guard-nowhere"))()

    run(body)


def test_an_address_in_use_is_a_port_error() -> None:
    async def body() -> None:
        acceptor = TcpAcceptor("127.0.0.1", 0)
        with pytest.raises(PortError, match="in use"):
            TcpAcceptor(*acceptor.address)
        acceptor.close()

    run(body)


def test_bytes_that_waited_for_a_restart_are_read_and_those_before_a_hang_up_are_not(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        pty = open_pty(str(tmp_path / "till"))
        os.write(pty.slave, b"waited")
        acceptor = PtyAcceptor(os.dup(pty.master))
        first = await acceptor.accept()
        assert await exactly(first, 6) == b"waited"
        os.write(pty.slave, b"stale")
        await first.close()
        second = await acceptor.accept()
        os.write(pty.slave, b"fresh")
        assert await exactly(second, 5) == b"fresh"
        await second.close()
        acceptor.close()
        pty.close()

    run(body)


def test_a_pty_that_nobody_holds_is_accepted_once_a_till_opens_it() -> None:
    """Its keeper was killed: this went round and round, and wrote two lines of log each time."""

    async def body() -> None:
        pty = open_pty()
        acceptor = PtyAcceptor(os.dup(pty.master))
        os.close(pty.slave)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(acceptor.accept(), 0.6)
        till = os.open(pty.path, os.O_RDWR | os.O_NOCTTY)
        stream = await asyncio.wait_for(acceptor.accept(), 10)
        os.write(till, b"hello")
        assert await exactly(stream, 5) == b"hello"
        await stream.close()
        acceptor.close()
        os.close(till)
        os.close(pty.master)

    run(body)


def test_a_socket_that_was_reset_reads_as_gone() -> None:
    async def body() -> None:
        near, far = await tcp_pair()
        assert isinstance(far, DescriptorStream)
        await near.send(b"unread")
        await far.close()  # with unread data: a reset
        with pytest.raises(PortError):
            await send_until_refused(near)
        await near.close()

    run(body)


def test_each_piece_is_taken_as_it_comes_until_no_more_is_wanted() -> None:
    async def body() -> None:
        near, far = await tcp_pair()
        assert isinstance(near, DescriptorStream)
        heard: list[bytes] = []

        def take(data: bytes) -> bool:
            heard.append(data)
            return len(heard) < 3

        taking = asyncio.get_running_loop().create_task(near.receive_each(4, take))
        await far.send(b"abcd")
        await far.send(b"efghijklm")
        assert await taking
        assert heard == [b"abcd", b"efgh", b"ijkl"]
        assert await near.receive() == b"m"
        await far.close()
        assert not await near.receive_each(4, take)
        assert len(heard) == 3
        await near.close()
        assert not await near.receive_each(4, take)

    run(body)


def test_what_a_cancelled_reader_left_is_taken_first() -> None:
    async def body() -> None:
        near, far = await tcp_pair()
        assert isinstance(near, DescriptorStream)
        reading = asyncio.get_running_loop().create_task(near.receive(4))
        await turn()
        await far.send(b"leftmore")
        await turn()  # read, and its reader not yet woken
        reading.cancel()
        await asyncio.wait({reading})
        assert reading.cancelled()
        heard = bytearray()

        def take(data: bytes) -> bool:
            heard.extend(data)
            return len(heard) < 8

        assert await near.receive_each(4, take)
        assert heard == b"leftmore"
        await near.close()
        await far.close()

    run(body)


def test_whatever_the_taker_raises_is_raised_where_its_caller_waits() -> None:
    async def body() -> None:
        near, far = await tcp_pair()
        assert isinstance(near, DescriptorStream)

        def take(data: bytes) -> bool:
            raise ValueError(data)

        await far.send(b"x")
        with pytest.raises(ValueError, match="x"):
            await near.receive_each(4, take)
        await near.close()
        await far.close()

    run(body)


def test_a_stream_that_is_closed_ends_who_takes_from_it() -> None:
    async def body() -> None:
        near, far = await tcp_pair()
        assert isinstance(near, DescriptorStream)
        taking = asyncio.get_running_loop().create_task(near.receive_each(4, lambda _: True))
        await turn()
        await near.close()
        assert not await taking
        await far.close()

    run(body)


def test_who_takes_each_piece_is_not_starved_and_starves_nobody() -> None:
    async def body() -> None:
        near, far = await tcp_pair()
        assert isinstance(near, DescriptorStream)
        flood = asyncio.get_running_loop().create_task(far.send(b"x" * (8 << 20)))
        loop = asyncio.get_running_loop()
        ticks = got = 0

        def tick() -> None:
            nonlocal ticks
            ticks += 1
            loop.call_soon(tick)

        def take(data: bytes) -> bool:
            nonlocal got
            got += len(data)
            return got < 1 << 20

        loop.call_soon(tick)
        assert await near.receive_each(4096, take)
        assert ticks >= 250
        flood.cancel()
        await asyncio.wait({flood})
        await near.close()
        await far.close()

    run(body)
