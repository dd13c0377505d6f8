"""Events for clients: streams that resume without loss, slow clients, lists that are waited for."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
from collections.abc import Generator, Iterator
from typing import Any, TextIO

import pytest

from pos_guard.clock import ManualClock, SystemClock
from pos_guard_simulator.control_http import event_stream
from pos_guard_simulator.control_http.feed import MAX_BATCH, Batch, Wanted, batch
from pos_guard_simulator.stage.journal import Event, Journal
from tests.control_http.http_rig import USUAL, Served, Sse, listening, serving

PRINTER = {"bon": USUAL["bon"]}


@pytest.fixture
def api() -> Iterator[Served]:
    with serving(PRINTER) as api:
        yield api


def tell(api: Served, count: int, kind: str = "step") -> None:
    for number in range(count):
        api.journal.tell("", kind, {"number": number})


@contextlib.contextmanager
def dialled(api: Served, path: str, accept: str) -> Generator[TextIO, None, None]:
    """What a client gets that has asked, and reads when it likes."""
    host, _, port = api.url.removeprefix("http://").rpartition(":")
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.settimeout(20)
        line.connect((host, int(port)))
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\n"
        line.sendall(f"{head}Authorization: {api.bearer['Authorization']}\r\n\r\n".encode())
        with line.makefile("r", encoding="utf-8") as heard:
            yield heard


def take(events: Iterator[Sse], count: int) -> list[Sse]:
    return list(itertools.islice(events, count))


def test_a_stream_tells_what_was_and_what_comes(api: Served) -> None:
    tell(api, 2)
    with api.client() as client, listening(client) as events:
        assert [one.id for one in take(events, 2)] == ["1", "2"]
        api.journal.tell("bon", "drawer", {"now": 1})
        (third,) = take(events, 1)
    assert (third.id, third.event) == ("3", "message")
    assert third.body["seq"] == 3
    assert (third.body["device"], third.body["kind"]) == ("bon", "drawer")
    assert third.body["body"] == {"now": 1}


def test_a_stream_that_broke_goes_on_without_loss(api: Served) -> None:
    seen: list[int] = []
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            tell(api, 20)
            stop.wait(0.001)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for _ in range(5):
            last = {"last": seen[-1]} if seen else {}
            with api.client() as client, listening(client, **last) as events:
                seen += [int(one.id) for one in take(events, 300)]
    finally:
        stop.set()
        thread.join()
    assert seen == list(range(1, 1501))


def test_only_what_was_asked_for(api: Served) -> None:
    for device, kind in (("a", "x"), ("a", "y"), ("b", "x"), ("b", "z")):
        api.journal.tell(device, kind)
    wanted: list[tuple[dict[str, Any], list[int]]] = [
        ({"device": "a"}, [1, 2]),
        ({"kind": "x"}, [1, 3]),
        ({"kind": ["x", "z"], "device": "b"}, [3, 4]),
        ({"since": 2}, [3, 4]),
        ({"since": 2, "device": ["a", "b"], "most": 1}, [3]),
        ({"device": "c"}, []),
    ]
    with api.client() as client:
        for asked, found in wanted:
            told = client.get("/v1/events", params=asked).json()
            assert [one["seq"] for one in told["events"]] == found, asked
            if found:
                with listening(client, **asked) as events:
                    assert [int(one.id) for one in take(events, len(found))] == found


def test_a_list_goes_on_where_the_last_one_ended(api: Served) -> None:
    tell(api, 7)
    since, pages = 0, list[list[int]]()
    with api.client() as client:
        while True:
            told = client.get("/v1/events", params={"since": since, "most": 3}).json()
            pages.append([one["seq"] for one in told["events"]])
            since = told["next"]
            if not told["more"]:
                break
    assert pages == [[1, 2, 3], [4, 5, 6], [7]]


def test_only_the_head_of_a_stream_ends_at_once(api: Served) -> None:
    with api.client(Accept="text/event-stream") as client:
        answer = client.head("/v1/events")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert client.head("/v1/events").status_code == 200


def test_a_list_is_waited_for(api: Served) -> None:
    tell(api, 1)
    with api.client() as client:
        asked: dict[str, Any] = {"since": 1, "wait": 20, "kind": "late"}

        def happen() -> None:
            tell(api, 3)
            tell(api, 1, "late")

        later = threading.Timer(0.05, happen)
        later.start()
        told = client.get("/v1/events", params=asked).json()
        later.join()
        assert [(one["seq"], one["kind"]) for one in told["events"]] == [(5, "late")]
        assert client.get("/v1/events", params={**asked, "since": 5, "wait": 0}).json() == {
            "events": [], "next": 5, "more": False, "lost": None,
        }  # fmt: skip


def test_who_waits_is_told_of_the_end_at_once() -> None:
    with contextlib.ExitStack() as outer, contextlib.ExitStack() as run:
        api = run.enter_context(serving(PRINTER))
        tell(api, 1)
        waits = outer.enter_context(dialled(api, "/v1/events?since=1&wait=30", "*/*"))
        client = outer.enter_context(api.client())
        events = outer.enter_context(listening(client))
        assert take(events, 1)[0].id == "1"  # by now the first request is waiting
        run.close()
        (last,) = events
        answer = waits.read()
    assert (last.event, last.body) == ("end", {"seq": 1})
    assert answer.startswith("HTTP/1.1 200 OK")
    assert '"events":[],"next":1' in answer


def test_a_number_of_another_run_begins_at_the_beginning(api: Served) -> None:
    tell(api, 2)
    with api.client() as client:
        with listening(client, last=5_000) as events:
            assert [one.id for one in take(events, 2)] == ["1", "2"]
        assert client.get("/v1/events", params={"since": 3}).json()["next"] == 2


def test_a_quiet_stream_shows_that_it_lives(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.05)
    tell(api, 3)
    with api.client(Accept="text/event-stream") as client:
        asked = {"kind": "another"}
        with client.stream("GET", "/v1/events", params=asked) as response:
            lines = list(itertools.islice(response.iter_lines(), 8))
    # The number moves on though nothing was sent, so that a resumed stream has nothing to skip.
    assert lines == ["retry: 500", "", ": alive", "id: 3", "", ": alive", "id: 3", ""]


def test_what_nobody_keeps_any_more_is_told_as_lost() -> None:
    with serving(PRINTER, journal=Journal(SystemClock(), 10)) as api, api.client() as client:
        tell(api, 25)
        told = client.get("/v1/events", params={"since": 3}).json()
        assert told["lost"] == {"from": 4, "to": 15}
        assert [one["seq"] for one in told["events"]] == list(range(16, 26))
        with listening(client, last=3) as events:
            lost, *rest = take(events, 11)
        assert (lost.event, lost.body, lost.id) == ("lost", {"from": 4, "to": 15}, "15")
        assert [int(one.id) for one in rest] == list(range(16, 26))


def test_a_slow_client_holds_up_nobody_and_goes_on_where_the_journal_begins() -> None:
    filler = {"text": "x" * 20_000}
    with contextlib.ExitStack() as stack:
        api = stack.enter_context(serving(PRINTER, journal=Journal(SystemClock(), 50)))
        client = stack.enter_context(api.client())
        events = stack.enter_context(listening(client))
        heard = stack.enter_context(dialled(api, "/v1/events", "text/event-stream"))
        assert heard.readline() == "HTTP/1.1 200 OK\n"
        for number in range(1, 501):  # 10 MB: more than all buffers between us hold
            api.journal.tell("", "much", filler)
            assert take(events, 1)[0].id == str(number)
        names: list[str] = []
        for line in heard:
            name, _, value = line.strip().partition(": ")
            if name in ("event", "id"):
                names.append(value if name == "event" else f"#{value}")
            if name == "id" and value == "500":
                break
    assert names.count("lost") >= 1
    first_lost = names.index("lost")
    assert names[: first_lost - 1] == [f"#{number}" for number in range(1, first_lost)]
    assert names[-50:] == [f"#{number}" for number in range(451, 501)]


class Endless(Journal):
    """There is always more than can be sent."""

    def since(self, seq: int) -> list[Event]:
        return [Event(seq + number, 0, "", "x", {}) for number in range(1, MAX_BATCH + 2)]


def test_who_hung_up_in_a_flood_holds_up_nobody() -> None:
    with serving(PRINTER, journal=Endless(SystemClock())) as api:
        with dialled(api, "/v1/events", "text/event-stream") as heard:
            assert heard.readline() == "HTTP/1.1 200 OK\n"
        with api.client() as client:
            assert client.get("/v1/verdict").status_code == 200


def test_batches_of_a_journal() -> None:
    journal = Journal(ManualClock(), keep=5)
    assert batch(journal, 0, Wanted()) == Batch((), 0)
    told = [journal.tell("a" if number % 2 else "b", "x") for number in range(8)]
    kept = tuple(told[3:])
    assert batch(journal, 0, Wanted()) == Batch(kept, 8, lost=(1, 3))
    assert batch(journal, 3, Wanted()) == Batch(kept, 8)
    assert batch(journal, 3, Wanted(), 2) == Batch(kept[:2], 5, more=True)
    only = Wanted(devices=frozenset({"a"}))
    assert batch(journal, 3, only) == Batch(kept[::2], 8)
    assert batch(journal, 3, only, 3) == Batch(kept[::2], 8)
    assert batch(journal, 8, only) == Batch((), 8)


def test_an_event_is_one_line_of_its_stream() -> None:
    text = "line\r\nfeeds\u2028and \u4e2d\u6587 \x00"
    written = event_stream.frame({"text": text}, seq=7, event="end")
    head, data, *rest = written.split("\n")[1:]
    assert (written.split("\n")[0], head, rest) == ("id: 7", "event: end", ["", ""])
    assert json.loads(data.removeprefix("data: ")) == {"text": text}
