"""HTTP clients that others wrote, with connections that they keep, through a running link."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from pos_guard.links.provider import ProviderSession
from pos_guard.links.shell import LinkShell
from pos_guard.links.sides import TcpAcceptor, connector
from pos_guard.model import Source
from pos_guard.money import Money
from pos_guard.ports.address import Address
from pos_guard.store.ledger import Phase
from pos_guard_simulator.provider_twin import ProviderTwin, Script
from tests.hooks.provider_server import TwinServer
from tests.hooks.test_provider_hooks import PAY, QUERY, SIGNED, V3, payment
from tests.shop import MERCHANT, POLICY, Shop, shop

Answer = tuple[int, str]
Send = Callable[[str, str, Any], Answer]


class Link:
    """A provider link that runs, between any client and a simulated provider."""

    def __init__(self, where: Shop, server: TwinServer) -> None:
        self.shop = where
        self.server = server
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Link:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(10)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        session = ProviderSession("pay", self.shop.guard, V3.host, profile=V3)
        acceptor = TcpAcceptor("127.0.0.1", 0)
        device = connector(Address.parse(f"http://127.0.0.1:{self.server.port}"))
        shell = LinkShell(session, acceptor, device, lambda _: None)
        self.port = acceptor.address[1]
        self._task = self._loop.create_task(shell.run())
        self._ready.set()
        await asyncio.wait({self._task})
        acceptor.close()

    def phases(self) -> list[Phase]:
        """Of every entry, oldest first."""
        found = sorted(self.shop.store.ledger.search(), key=lambda entry: entry.id)
        return [entry.phase for entry in found]


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Link]:
    """A cashier who has billed 12.50."""
    yuan = shop(tmp_path, policy=POLICY.replace('"EUR"', '"CNY"'))
    yuan.sign_in("anna")
    yuan.guard.tell_order(None, Money(1250, "CNY"), Source.BILL)
    twin = ProviderTwin(V3, yuan.clock, frozenset({MERCHANT}))
    with TwinServer(twin) as server, Link(yuan, server) as running:
        yield running
    yuan.store.close()


def said(body: bytes) -> str:
    read = json.loads(body)
    return str(read.get("trade_state") or read.get("code"))


@contextmanager
def by_httpx(port: int) -> Generator[Send]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=SIGNED) as client:

        def send(method: str, path: str, body: Any) -> Answer:
            reply = client.request(method, path, json=body)
            return reply.status_code, said(reply.content)

        yield send


@contextmanager
def by_requests(port: int) -> Generator[Send]:
    with requests.Session() as session:

        def send(method: str, path: str, body: Any) -> Answer:
            url = f"http://127.0.0.1:{port}{path}"
            reply = session.request(method, url, json=body, headers=SIGNED, timeout=10)
            return reply.status_code, said(reply.content)

        yield send


@contextmanager
def by_http_client(port: int) -> Generator[Send]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def send(method: str, path: str, body: Any) -> Answer:
        raw = None if body is None else json.dumps(body).encode()
        connection.request(method, path, raw, SIGNED)
        reply = connection.getresponse()
        return reply.status, said(reply.read())

    try:
        yield send
    finally:
        connection.close()


Client = Callable[[int], AbstractContextManager[Send]]
ALL = pytest.mark.parametrize("client", [by_httpx, by_requests, by_http_client])


def connections(link: Link) -> int:
    """How often the provider was connected."""
    return link.server.accepted


@ALL
def test_many_requests_on_one_connection(link: Link, client: Client) -> None:
    with client(link.port) as send:
        assert send("POST", PAY, payment(12500))[0] == 400
        assert send("POST", PAY, payment()) == (200, "SUCCESS")
        for _ in range(20):
            assert send("GET", QUERY, None) == (200, "SUCCESS")
    assert link.phases() == [Phase.REFUSED, Phase.POSTED]
    assert len(link.server.twin.heard) == 21
    assert connections(link) == 1, "the provider's connection is used again"


@ALL
def test_a_provider_that_closes_after_each_answer(link: Link, client: Client) -> None:
    link.server.one_a_connection = True
    with client(link.port) as send:
        assert send("POST", PAY, payment()) == (200, "SUCCESS")
        for _ in range(3):
            assert send("GET", QUERY, None) == (200, "SUCCESS")
    assert len(link.server.twin.moved) == 1
    assert connections(link) >= 4


@ALL
def test_a_payment_into_a_closing_connection_is_unknown_and_sent_once(
    link: Link, client: Client
) -> None:
    link.server.twin.book.scripts[1250] = Script.SILENT_MOVED  # the twin's server hangs up then
    with client(link.port) as send:
        assert send("GET", QUERY, None)[0] == 404
        assert send("POST", PAY, payment()) == (500, "SYSTEM_ERROR")
        assert link.phases() == [Phase.UNKNOWN]
        assert send("GET", QUERY, None) == (200, "SUCCESS")
    assert link.phases() == [Phase.POSTED]
    assert link.server.twin.heard.count(f"POST {PAY}") == 1
    assert len(link.server.twin.moved) == 1


def test_two_clients_with_kept_connections_take_turns(link: Link) -> None:
    with by_httpx(link.port) as one, by_requests(link.port) as other:
        assert one("POST", PAY, payment()) == (200, "SUCCESS")
        for _ in range(2):  # each finds its connection closed in favour of the other's
            assert other("GET", QUERY, None) == (200, "SUCCESS")
            assert one("GET", QUERY, None) == (200, "SUCCESS")


def test_a_pool_of_threads_gets_its_answers(link: Link) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{link.port}", headers=SIGNED) as client:
        client.post(PAY, json=payment())
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda: found.append(client.get(QUERY).status_code))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert found == [200] * 4


def raw_request(body: dict[str, Any]) -> bytes:
    data = json.dumps(body).encode()
    head = f"POST {PAY} HTTP/1.1\r\nHost: x\r\nAuthorization: {SIGNED['Authorization']}\r\n"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


def test_a_till_that_closes_its_half_is_gone_and_its_payment_settled(link: Link) -> None:
    with socket.create_connection(("127.0.0.1", link.port), 10) as till:
        till.settimeout(10)
        till.sendall(raw_request(payment()))
        till.shutdown(socket.SHUT_WR)
        while till.recv(4096):
            pass
    with by_http_client(link.port) as send:
        assert send("GET", QUERY, None)[0] in {200, 404}
    assert set(link.phases()) <= {Phase.POSTED}
    assert len(link.server.twin.moved) == len(link.phases())


def test_pipelined_requests_are_refused_whole(link: Link) -> None:
    with socket.create_connection(("127.0.0.1", link.port), 10) as till:
        till.settimeout(10)
        till.sendall(raw_request(payment()) + raw_request(payment(order="ORDER-0002")))
        reply = b""
        while data := till.recv(4096):
            reply += data
    assert reply.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in reply
    assert link.server.twin.moved == []
