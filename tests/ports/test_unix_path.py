"""Local sockets work at paths that are longer than a socket address."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from pos_guard.api.client import DecisionClient
from pos_guard.errors import PortClosedError
from pos_guard.links.sides import UnixAcceptor, connector
from pos_guard.ports.address import Address, Kind
from pos_guard.ports.keeper_client import KeeperClient
from pos_guard.ports.unix_path import MAX_ADDRESS, socket_address


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    path = tmp_path / ("d" * 120)
    path.mkdir()
    return path


@pytest.mark.parametrize("size", [MAX_ADDRESS, MAX_ADDRESS + 1])
def test_the_longest_address_is_used_as_it_is(tmp_path: Path, size: int) -> None:
    path = Path(f"{tmp_path}/{'n' * (size - len(os.fsencode(tmp_path)) - 1)}")
    with socket_address(path) as address, socket.socket(socket.AF_UNIX) as server:
        assert (address == str(path)) is (size == MAX_ADDRESS)
        server.bind(address)
        assert path.is_socket()


def test_a_link_is_found_at_a_deep_path(deep: Path) -> None:
    path = deep / "printer"

    async def talk() -> bytes:
        acceptor = UnixAcceptor(str(path))
        till = await connector(Address(Kind.UNIX, path=str(path)))()
        stream = await acceptor.accept()
        try:
            await till.send(b"hello")
            return await stream.receive()
        finally:
            await till.close()
            await stream.close()
            acceptor.close()

    assert asyncio.run(talk()) == b"hello"
    assert not path.exists()


def test_a_keeper_serves_at_a_deep_path(deep: Path) -> None:
    keeper = KeeperClient.start(deep / "keeper.sock")
    try:
        assert keeper.names() == {}
    finally:
        keeper.stop()
        keeper.close()


def test_nobody_at_a_deep_path_is_said_as_anywhere_else(deep: Path) -> None:
    for path in (deep / "none.sock", deep / "none" / "none.sock"):
        with pytest.raises(PortClosedError, match=r"no pos-guard at .*: No such file"):
            DecisionClient(path)
