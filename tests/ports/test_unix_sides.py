"""Local sockets as a link's sides: who may connect, and what is left behind."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pos_guard.errors import PortBusyError, PortError
from pos_guard.links.sides import UnixAcceptor, connector
from pos_guard.ports.address import Address
from pos_guard.ports.aio import connect_unix
from pos_guard.ports.base import Stream


def run(body: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await body()

    asyncio.run(bounded())


async def joined(path: Path) -> tuple[UnixAcceptor, Stream, Stream]:
    acceptor = UnixAcceptor(str(path))
    near = await connector(Address.parse(f"unix:{path}"))()
    return acceptor, near, await acceptor.accept()


def test_bytes_go_both_ways_until_one_side_closes(tmp_path: Path) -> None:
    async def body() -> None:
        acceptor, near, far = await joined(tmp_path / "run" / "cups")
        await near.send(b"job")
        assert await far.receive() == b"job"
        await far.send(b"\x12")
        assert await near.receive() == b"\x12"
        await far.close()
        assert await near.receive() == b""
        await near.close()
        acceptor.close()

    run(body)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_user_and_the_group_may_connect(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "run" / "cups"
    before = os.umask(umask)
    try:
        acceptor = UnixAcceptor(str(path))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750
    acceptor.close()
    assert not path.exists()


def test_what_a_killed_daemon_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "cups"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as killed:
        killed.bind(str(path))
    UnixAcceptor(str(path)).close()


def test_a_socket_in_use_and_a_file_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cups"
    acceptor = UnixAcceptor(str(path))
    with pytest.raises(PortError, match="another program listens there"):
        UnixAcceptor(str(path))
    acceptor.close()
    path.write_text("mine", encoding="ascii")
    with pytest.raises(PortError, match="no socket"):
        UnixAcceptor(str(path))
    assert path.read_text(encoding="ascii") == "mine"


def test_nobody_there_says_where(tmp_path: Path) -> None:
    async def body() -> None:
        with pytest.raises(PortError, match="nowhere: No such file"):
            connect_unix(str(tmp_path / "nowhere"))

    run(body)


def test_a_program_that_accepts_nobody_is_busy(tmp_path: Path) -> None:
    path = str(tmp_path / "full")

    async def body() -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(path)
            listener.listen(0)
            first = connect_unix(path)
            with pytest.raises(PortBusyError, match="accepts nobody now"):
                connect_unix(path)
            await first.close()

    run(body)
