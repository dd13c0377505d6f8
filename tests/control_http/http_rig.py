"""A stage behind the control API, clients with and without its token, and a reader of streams."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click
import httpx

from pos_guard_simulator import simulate
from pos_guard_simulator.control_http.option import read_http_place
from pos_guard_simulator.control_http.place import HttpPlace
from pos_guard_simulator.control_http.service import Pages, Verdict, http_service
from pos_guard_simulator.simulate_options import Made
from pos_guard_simulator.stage.journal import Journal
from pos_guard_simulator.stage.perform import Role, new_journal, opened, served
from pos_guard_simulator.stage.stage import Stage

HERE = read_http_place("127.0.0.1:0")
ANY = ("--tcp", "127.0.0.1:0")
USUAL = {
    "bon": ("printer", *ANY),
    "hand": ("scanner", *ANY, "--profile", "cr"),
    "card": ("terminal", "zvt", *ANY),
}
"""Devices by name, in the words of the command line."""


def made(*words: str) -> Made:
    """What ``pos-guard simulate`` makes of these words."""
    command: click.Command = getattr(simulate, words[0])
    rest = list(words[1:])
    while isinstance(command, click.Group):
        command = command.commands[rest.pop(0)]
    with command.make_context(words[0], rest) as context:
        found: Made = command.invoke(context)
    return found


@dataclass(frozen=True)
class Served:
    """A stage, and what the ready line says of its API."""

    stage: Stage
    said: Mapping[str, Any]

    @property
    def journal(self) -> Journal:
        assert self.stage.journal is not None
        return self.stage.journal

    @property
    def url(self) -> str:
        return str(self.said["url"])

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.said['token']}"}

    def client(self, **headers: str) -> httpx.Client:
        """One that has the token."""
        return httpx.Client(base_url=self.url, headers={**self.bearer, **headers}, timeout=20)

    def dial(self, name: str) -> socket.socket:
        """A connection to a device on TCP."""
        addresses = self.stage.facts(name)["addresses"]
        assert isinstance(addresses, dict)
        host, _, port = str(addresses["tcp"]).rpartition(":")
        return socket.create_connection((host, int(port)), 10)


@contextmanager
def serving(
    devices: Mapping[str, tuple[str, ...]] = USUAL,
    *,
    place: HttpPlace = HERE,
    journal: Journal | None = None,
    verdict: Verdict = lambda: None,
    pages: Pages | None = None,
) -> Generator[Served, None, None]:
    """These devices behind the API, on real sockets."""
    cast = [Role(name, *made(*words)) for name, words in devices.items()]
    service = http_service(place, verdict=verdict, pages=pages)
    with opened(cast, journal or new_journal()) as stage, served(stage, [service]) as said:
        told = said["http"]
        assert isinstance(told, dict)
        yield Served(stage, told)


@dataclass(frozen=True)
class Sse:
    """One event of a stream, as the standard reads it (WHATWG HTML, 9.2.6)."""

    id: str
    event: str
    data: str

    @property
    def body(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.data)
        return read


def stream(response: httpx.Response) -> Iterator[Sse]:
    """The events of a stream; what has no data is none, but its id counts."""
    last, event, data = "", "", list[str]()
    for line in response.iter_lines():
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            last = value
        elif name == "event":
            event = value
        elif name == "data":
            data.append(value)
        elif not line:
            if data:
                yield Sse(last, event or "message", "\n".join(data))
            event, data = "", []


@contextmanager
def listening(client: httpx.Client, **asked: Any) -> Generator[Iterator[Sse], None, None]:
    """A stream of events; ``last`` resumes it."""
    headers = {"Accept": "text/event-stream"}
    if "last" in asked:
        headers["Last-Event-ID"] = str(asked.pop("last"))
    with client.stream("GET", "/v1/events", headers=headers, params=asked) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield stream(response)


def happened(client: httpx.Client, count: int, **wanted: str) -> list[dict[str, Any]]:
    """So many events of a kind, once they are there; asked for as clients without streams do."""
    events: list[dict[str, Any]] = []
    since = 0
    while len(events) < count:
        asked: dict[str, Any] = {"since": since, "wait": 20, **wanted}
        told = client.get("/v1/events", params=asked).json()
        assert told["events"], f"only {len(events)} of {count}"
        events += told["events"]
        since = told["next"]
    return events
