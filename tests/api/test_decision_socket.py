from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from pos_guard.api.client import DecisionClient, RequestRefusedError
from pos_guard.api.events import MAX_BEHIND, Hub
from pos_guard.api.message import MAX_LINE
from pos_guard.api.server import DecisionServer
from pos_guard.errors import PortClosedError, PortError
from pos_guard.frames.decoded import Json
from pos_guard.store.ledger import Phase
from tests.api.decision_server import serving
from tests.shop import PINS, TERMINAL_ID, Shop, shop


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def path(corner: Shop, tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / "run" / "decide.sock"
    before = os.umask(0o077)  # as the daemon has it
    try:
        with serving(corner.guard, where):
            yield where
    finally:
        os.umask(before)


def sold(client: DecisionClient, amount: int = 1250) -> str:
    """A card sale, told, asked and reported by the app alone."""
    client.context(operator="ben", order={"id": "A1", "total": amount, "currency": "EUR"})
    verdict = client.ask("sale", "card", amount, currency="EUR", payee=TERMINAL_ID)
    assert verdict["allowed"], verdict
    done = client.result(
        int(str(verdict["decision"])), "approved", amount=amount, currency="EUR", receipt="0007"
    )
    assert done["warning"] is None
    return str(verdict["sale_id"])


def test_hello_names_the_guard_and_its_terminal(path: Path) -> None:
    with DecisionClient(path) as client:
        hello = client.request("hello", link="app:lane-2")
    assert hello["name"] == "pos-guard"
    assert (hello["terminal"], hello["currency"], hello["link"]) == ("T1", "EUR", "app:lane-2")


def test_a_sale_and_its_refund_from_ask_to_result(path: Path) -> None:
    with DecisionClient(path) as client:
        sale_id = sold(client)
        assert client.request("query", order="A1")["order"] == {
            "posted": 1250,
            "reserved": 0,
            "unknown": 0,
        }
        client.context(operator="ben", original=sale_id)
        refund = client.ask("refund", "card", 500, currency="EUR", payee=TERMINAL_ID)
        assert refund["allowed"], refund
        client.result(int(str(refund["decision"])), "approved", amount=500, currency="EUR")
        left = client.request("query", sale=sale_id)["sale"]
        assert left == {"paid": 1250, "remaining": 750, "currency": "EUR", "tender": "card"}
        entry = client.request("query", decision=refund["decision"])["decision"]
    assert isinstance(entry, dict)
    assert (entry["phase"], entry["operator"], entry["link"]) == ("posted", "ben", "app")


def test_no_comes_with_words_and_nothing_is_reserved(path: Path, corner: Shop) -> None:
    with DecisionClient(path) as client:
        sale_id = sold(client)
        client.context(operator="anna", original=sale_id)
        verdict = client.ask("refund", "card", 500, currency="EUR", payee=TERMINAL_ID)
    assert verdict["allowed"] is False
    assert verdict["needs_person"] is False
    assert verdict["reason"] == "not-permitted"
    say = verdict["say"]
    assert isinstance(say, dict)
    assert say["zh"]
    assert say["en"]
    assert corner.store.ledger.reserved() == ()


def test_above_the_limit_a_second_person_answers_while_the_program_waits(
    corner: Shop, tmp_path: Path
) -> None:
    answered: list[int] = []
    where = tmp_path / "run" / "decide.sock"
    with serving(corner.guard, where, answered.append), DecisionClient(where) as till:
        sale_id = sold(till, 9000)
        till.context(operator="ben", original=sale_id)
        verdict = till.ask("refund", "card", 5000, currency="EUR", payee=TERMINAL_ID)
        number = int(str(verdict["decision"]))
        assert verdict["needs_person"] is True
        assert till.wait(number, 0) == {"v": 1, "waiting": True, "decision": number}
        with DecisionClient(where) as console:
            pending = console.request("pending")
            waiting = cast("list[dict[str, Json]]", pending["waiting"])
            assert [entry["decision"] for entry in waiting] == [number]
            with pytest.raises(RequestRefusedError) as caught:
                console.request("approve", decision=number, approver="maya", pin="000000")
            assert caught.value.code == "not-permitted"
            corner.clock.advance(60)  # the wrong PIN costs time
            console.request("approve", decision=number, approver="maya", pin=PINS["maya"])
        final = till.wait(number, 5)
        assert final["waiting"] is False
        assert final["allowed"] is True
    assert answered == [number]


def test_a_decline_ends_the_wait_with_no(path: Path, corner: Shop) -> None:
    with DecisionClient(path) as till, DecisionClient(path) as console:
        sale_id = sold(till, 9000)
        till.context(operator="ben", original=sale_id)
        number = int(
            str(till.ask("refund", "card", 5000, currency="EUR", payee=TERMINAL_ID)["decision"])
        )
        finals: list[dict[str, Json]] = []
        waiting = threading.Thread(target=lambda: finals.append(till.wait(number, 10)))
        waiting.start()
        console.request("decline", decision=number, person="maya")
        waiting.join(15)
    assert finals[0]["allowed"] is False
    assert corner.store.ledger.entry(number).phase is Phase.REFUSED


def hold_refund(path: Path) -> tuple[DecisionClient, int]:
    till = DecisionClient(path)
    till.context(operator="ben", original=sold(till, 9000))
    verdict = till.ask("refund", "card", 5000, currency="EUR", payee=TERMINAL_ID)
    assert verdict["needs_person"], verdict
    return till, int(str(verdict["decision"]))


def until(condition: Callable[[], bool]) -> None:
    """Wait on a deadline for what another thread does."""
    done = threading.Event()
    for _ in range(500):
        if condition():
            return
        done.wait(0.01)
    pytest.fail("did not happen within five seconds")


@pytest.mark.parametrize("while_waiting", [False, True])
def test_a_program_that_vanishes_while_held_is_never_served(
    path: Path, corner: Shop, while_waiting: bool
) -> None:
    till, number = hold_refund(path)
    if while_waiting:
        body = {"v": 1, "op": "wait", "decision": number, "seconds": 100}
        till._socket.sendall(json.dumps(body).encode() + b"\n")
    till.close()
    until(lambda: corner.store.ledger.entry(number).phase is Phase.ABANDONED)
    with DecisionClient(path) as console, pytest.raises(RequestRefusedError) as caught:
        console.request("approve", decision=number, approver="maya", pin=PINS["maya"])
    assert caught.value.code == "store"


def test_a_program_that_vanishes_after_yes_leaves_an_unknown_outcome(
    path: Path, corner: Shop
) -> None:
    with DecisionClient(path) as till:
        till.context(operator="anna", order={"id": "A1", "total": 700, "currency": "EUR"})
        verdict = till.ask("sale", "card", 700, currency="EUR", payee=TERMINAL_ID)
        number = int(str(verdict["decision"]))
        assert verdict["allowed"], verdict
    until(lambda: corner.store.ledger.entry(number).phase is Phase.UNKNOWN)
    with DecisionClient(path) as again:  # it may still report what came of it
        again.result(number, "approved", amount=700, currency="EUR")
    assert corner.store.ledger.entry(number).phase is Phase.POSTED


def test_a_person_resolves_an_unknown_outcome(path: Path, corner: Shop) -> None:
    with DecisionClient(path) as till:
        till.context(operator="anna", order={"id": "A1", "total": 700, "currency": "EUR"})
        verdict = till.ask("sale", "card", 700, currency="EUR", payee=TERMINAL_ID)
        till.result(int(str(verdict["decision"])), "unknown")
        till.request(
            "resolve",
            decision=verdict["decision"],
            result="declined",
            person="maya",
            pin=PINS["maya"],
        )
    assert corner.store.ledger.entry(int(str(verdict["decision"]))).phase is Phase.FAILED


def test_a_program_cannot_settle_what_came_through_a_terminals_link(
    path: Path, corner: Shop
) -> None:
    corner.paid_sale(500)
    number = corner.store.ledger.search(link="zvt")[0].id
    with DecisionClient(path) as client:
        for op in ("result", "again", "abandon"):
            more: dict[str, Json] = {"result": "declined"} if op == "result" else {}
            with pytest.raises(RequestRefusedError) as caught:
                client.request(op, decision=number, **more)
            assert caught.value.code == "not-yours"
        with pytest.raises(RequestRefusedError, match="app or app:NAME"):
            client.request("hello", link="zvt")


def test_events_reach_listeners_and_end_with_silence(path: Path) -> None:
    with DecisionClient(path) as listener, DecisionClient(path) as till:
        stream = listener.events(0.3)
        sold(till)
        event = next(stream)
        assert (event["event"], event["allowed"]) == ("verdict", True)
        assert list(stream) == []


def test_a_listener_that_does_not_keep_up_is_dropped() -> None:
    hub = Hub()
    queue = hub.listen()
    for number in range(MAX_BEHIND + 10):
        hub.publish({"event": "answered", "decision": number})
    assert queue.qsize() == MAX_BEHIND + 1
    assert [queue.get_nowait() for _ in range(MAX_BEHIND + 1)][-1] is None


BAD = [
    (b"hello", "bad-json"),
    (b"\xff\xfe", "bad-json"),
    (b"[1]", "bad-json"),
    (b'{"v":1,"op":"ask","op":"hello"}', "bad-json"),
    (b'{"v":1,"op":"ask","amount":12.5}', "bad-json"),
    (b'{"op":"hello"}', "bad-version"),
    (b'{"v":2,"op":"hello"}', "bad-version"),
    (b'{"v":true,"op":"hello"}', "bad-version"),
    (b'{"v":1}', "bad-request"),
    (b'{"v":1,"op":"fly"}', "unknown-op"),
    (b'{"v":1,"op":"hello","lnik":"app"}', "bad-request"),
    (b'{"v":1,"op":"ask","kind":"refunt","tender":"card"}', "bad-request"),
    (b'{"v":1,"op":"ask","kind":"refund","tender":"card","amount":"12"}', "bad-request"),
    (b'{"v":1,"op":"ask","kind":"refund","tender":"card","amount":-1}', "bad-request"),
    (b'{"v":1,"op":"ask","kind":"refund","tender":"card","amount":true}', "bad-request"),
    (b'{"v":1,"op":"context","operator":""}', "bad-request"),
    (b'{"v":1,"op":"context","operator":"nobody"}', "unknown-operator"),
    (b'{"v":1,"op":"context","original":"T1-999999"}', "unknown-sale"),
    (b'{"v":1,"op":"context","order":{"total":1,"currency":"euro"}}', "bad-request"),
    (b'{"v":1,"op":"context","order":7}', "bad-request"),
    (b'{"v":1,"op":"query","sale":"T1-999999"}', "unknown-sale"),
    (b'{"v":1,"op":"query","decision":77}', "store"),
    (b'{"v":1,"op":"wait","decision":77,"seconds":1}', "store"),
    (b'{"v":1,"op":"approve","decision":1,"approver":"maya","pin":"111111"}', "not-permitted"),
]


def test_every_bad_request_is_named_and_the_connection_lives(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(5)
        raw.connect(str(path))
        lines = raw.makefile("rb")
        for line, code_name in BAD:
            raw.sendall(line + b"\n")
            answer = json.loads(lines.readline())
            assert answer["ok"] is False, line
            assert answer["error"]["code"] == code_name, (line, answer)
            assert answer["error"]["message"]
        raw.sendall(b'{"v":1,"op":"hello"}\n')
        assert json.loads(lines.readline())["ok"] is True
        lines.close()


def test_a_line_without_an_end_is_refused_at_the_bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(5)
        raw.connect(str(path))
        raw.sendall(b'{"v":1,' + b" " * (MAX_LINE + 1024))
        answer = raw.makefile("rb").readline()
        assert json.loads(answer)["error"]["code"] == "too-long"


def test_half_a_request_at_the_end_is_no_request(path: Path, corner: Shop) -> None:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(5)
        raw.connect(str(path))
        raw.sendall(b'{"v":1,"op":"context","operator":"ben"}')
        raw.shutdown(socket.SHUT_WR)
        assert raw.recv(100) == b""
    assert corner.guard.context().operator is None


def test_the_socket_and_its_directory_are_not_for_everybody(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750
    assert path.stat().st_uid == os.getuid()


def test_a_socket_in_use_is_not_taken_over_and_a_stale_one_is(
    path: Path, corner: Shop, tmp_path: Path
) -> None:
    with pytest.raises(PortError, match="another program listens"):
        asyncio.run(DecisionServer(corner.guard, Hub()).start(path))
    stale = tmp_path / "stale.sock"
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(stale))
    with serving(corner.guard, stale), DecisionClient(stale) as client:
        assert client.request("hello")["name"] == "pos-guard"


def test_without_a_guard_the_client_says_so(tmp_path: Path) -> None:
    with pytest.raises(PortClosedError, match="no pos-guard at"):
        DecisionClient(tmp_path / "none.sock")
    assert issubclass(PortClosedError, PortError)


@pytest.mark.parametrize("turns", range(5))
def test_a_program_that_connects_as_the_guard_stops_is_hung_up_on(
    corner: Shop, tmp_path: Path, turns: int
) -> None:
    where = tmp_path / "late.sock"

    async def stop_meanwhile(client: socket.socket) -> None:
        server = DecisionServer(corner.guard, Hub())
        await server.start(where)
        client.connect(str(where))
        loop = asyncio.get_running_loop()
        for _ in range(turns):  # accepted, greeted, served: wherever it is by then
            turn = loop.create_future()
            loop.call_soon(turn.set_result, None)
            await turn
        await server.close()

    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        asyncio.run(stop_meanwhile(client))
        try:
            assert client.recv(1) == b""
        except ConnectionResetError:
            assert turns == 0  # it was never accepted
