"""The daemon in this process: what it does when a session fails, and who hears it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.clock import SECOND
from pos_guard.config import parse_config
from pos_guard.daemon import Daemon, serve
from pos_guard.errors import PortError
from pos_guard.frames.decoded import Json
from pos_guard.links.events import Asked, LinkEvent, LinkFailed, Side, SideChanged
from pos_guard.model import Intent, IntentKind, Source, Tender
from pos_guard.network import DOWN_US
from pos_guard.policy.verdict import Reason
from pos_guard.ports.aio import connect_tcp
from pos_guard.store.ledger import Phase
from tests.shop import PINS, TERMINAL_ID, Shop, shop

CONFIG = """
[[link]]
name = "zvt"
protocol = "zvt"
app = "tcp:127.0.0.1:0"
device = "tcp:127.0.0.1:{port}"
"""

REFUND_OF_50 = bytes.fromhex("0631 0A 000000 04 000000005000")


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


class Running:
    """The daemon in this loop, with a terminal that the test plays."""

    def __init__(self, corner: Shop, tmp_path: Path) -> None:
        self.terminal = socket.create_server(("127.0.0.1", 0))
        self.terminal.setblocking(False)
        text = CONFIG.format(port=self.terminal.getsockname()[1])
        config = parse_config(text, tmp_path / "guard.toml")
        self.stop = asyncio.Event()
        self.ready: asyncio.Future[dict[str, Json]] = asyncio.get_running_loop().create_future()
        self.events: asyncio.Queue[LinkEvent] = asyncio.Queue()
        self.done = asyncio.get_running_loop().create_task(
            serve(
                config,
                corner.guard,
                stop=self.stop,
                on_ready=self.ready.set_result,
                on_event=self.events.put_nowait,
            )
        )

    async def port(self) -> int:
        links = (await self.ready)["links"]
        assert isinstance(links, list)
        assert isinstance(links[0], dict)
        return int(str(links[0]["app"]).rpartition(":")[2])

    async def event(self, kind: type[LinkEvent]) -> LinkEvent:
        while True:
            event = await self.events.get()
            if isinstance(event, kind):
                return event

    async def close(self) -> None:
        self.stop.set()
        await self.done
        self.terminal.close()


def prepared(corner: Shop) -> None:
    """Ben stands at the till with a paid sale of 90.00 chosen."""
    corner.sign_in("ben")
    sale = corner.paid_sale(9000)
    assert corner.guard.tell_original(sale, Source.SCAN)
    corner.guard.payee_reported("zvt", TERMINAL_ID)


def test_a_question_of_a_link_is_answered_over_the_socket_and_forwarded(
    corner: Shop, tmp_path: Path
) -> None:
    prepared(corner)

    async def body() -> None:
        running = Running(corner, tmp_path)
        till = await connect_tcp("127.0.0.1", await running.port(), 5)
        device, _ = await asyncio.get_running_loop().sock_accept(running.terminal)
        await till.send(REFUND_OF_50)
        asked = await running.event(Asked)
        assert isinstance(asked, Asked)
        request = {"v": 1, "op": "approve", "decision": asked.decision}
        request |= {"approver": "maya", "pin": PINS["maya"]}
        reader, writer = await asyncio.open_unix_connection(tmp_path / "run" / "decide.sock")
        writer.write(json.dumps(request).encode() + b"\n")
        assert json.loads(await reader.readline())["ok"] is True
        device.setblocking(False)
        assert await asyncio.get_running_loop().sock_recv(device, 99) == REFUND_OF_50
        assert corner.store.ledger.entry(asked.decision).phase is Phase.RESERVED
        writer.close()
        await writer.wait_closed()
        await till.close()
        device.close()
        await running.close()

    asyncio.run(asyncio.wait_for(body(), 30))


def test_a_store_that_fails_closes_the_link_and_forwards_nothing(
    corner: Shop, tmp_path: Path
) -> None:
    prepared(corner)

    async def body() -> None:
        running = Running(corner, tmp_path)
        till = await connect_tcp("127.0.0.1", await running.port(), 5)
        device, _ = await asyncio.get_running_loop().sock_accept(running.terminal)
        await till.send(REFUND_OF_50)
        await running.event(Asked)
        corner.store.close()
        await till.close()  # the request must be abandoned, which cannot be recorded any more
        failed = await running.event(LinkFailed)
        assert isinstance(failed, LinkFailed)
        assert failed.link == "zvt"
        device.setblocking(False)
        assert await asyncio.get_running_loop().sock_recv(device, 99) == b""
        device.close()
        await running.close()

    asyncio.run(asyncio.wait_for(body(), 30))


def test_what_a_failed_session_left_open_is_abandoned_or_unknown(
    corner: Shop, tmp_path: Path
) -> None:
    prepared(corner)
    waiting = corner.guard.judge(Intent(IntentKind.REFUND, Tender.CARD, 5000, "EUR"), link="zvt")
    reserved = corner.guard.judge(Intent(IntentKind.REFUND, Tender.CARD, 100, "EUR"), link="zvt")
    elsewhere = corner.guard.judge(
        Intent(IntentKind.REFUND, Tender.CARD, 200, "EUR", payee=TERMINAL_ID), link="app"
    )
    assert (waiting.needs_person, reserved.allowed, elsewhere.allowed) == (True, True, True)
    config = parse_config(CONFIG.format(port=1), tmp_path / "guard.toml")
    Daemon(config, corner.guard, lambda _event: None).forget_open("zvt")
    phases = [
        corner.store.ledger.entry(decision.id).phase for decision in (waiting, reserved, elsewhere)
    ]
    assert phases == [Phase.ABANDONED, Phase.UNKNOWN, Phase.RESERVED]


def test_an_address_in_use_is_an_error_and_leaves_nothing_open(
    corner: Shop, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        text = CONFIG.format(port=1).replace("127.0.0.1:0", f"127.0.0.1:{taken.getsockname()[1]}")
        config = parse_config(text, tmp_path / "guard.toml")
        with pytest.raises(PortError, match="in use"):
            asyncio.run(serve(config, corner.guard, stop=asyncio.Event()))


def test_a_terminal_that_is_gone_is_a_network_that_is_down(corner: Shop, tmp_path: Path) -> None:
    corner.sign_in("ben")
    corner.guard.payee_reported("app", TERMINAL_ID)
    unreferenced = Intent(IntentKind.REFUND, Tender.CARD, 500, "EUR")

    async def device(running: Running, *, up: bool) -> None:
        while True:
            event = await running.event(SideChanged)
            assert isinstance(event, SideChanged)
            if (event.side, event.up) == (Side.DEVICE, up):
                return

    async def body() -> None:
        running = Running(corner, tmp_path)
        terminal, _ = await asyncio.get_running_loop().sock_accept(running.terminal)
        await device(running, up=True)
        corner.clock.advance(DOWN_US / SECOND)
        corner.sign_in("ben")
        assert corner.guard.judge(unreferenced, link="app").needs_person
        running.terminal.close()
        terminal.close()
        await device(running, up=False)
        corner.clock.advance(DOWN_US / SECOND)
        assert corner.guard.judge(unreferenced, link="app").reason is Reason.OFFLINE
        await running.close()

    asyncio.run(body())


def test_without_links_programs_are_answered(corner: Shop, tmp_path: Path) -> None:
    config = parse_config('socket = "ask.sock"\n', tmp_path / "guard.toml")

    async def asked() -> tuple[dict[str, Json], dict[str, Json]]:
        stop = asyncio.Event()
        ready: asyncio.Future[dict[str, Json]] = asyncio.get_running_loop().create_future()
        done = asyncio.ensure_future(
            serve(config, corner.guard, stop=stop, on_ready=ready.set_result)
        )
        try:
            addresses = await ready
            reader, writer = await asyncio.open_unix_connection(str(config.socket))
            writer.write(b'{"v": 1, "op": "hello"}\n')
            answer: dict[str, Json] = json.loads(await reader.readline())
            writer.close()
            await writer.wait_closed()
        finally:
            stop.set()
            await done
        return addresses, answer

    addresses, answer = asyncio.run(asyncio.wait_for(asked(), 30))
    assert addresses == {"ready": True, "socket": str(config.socket), "links": []}
    assert (answer["ok"], answer["link"]) == (True, "app")
