"""A stage with devices, its control API and its page, as ``pos-guard simulate`` has them."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import click

from pos_guard.ports.address import Address
from pos_guard_simulator import simulate
from pos_guard_simulator.control_http.place import HttpPlace
from pos_guard_simulator.control_http.service import http_service
from pos_guard_simulator.stage.perform import Role, new_journal, opened, served
from pos_guard_simulator.stage.stage import Stage
from pos_guard_simulator.web.load import live_pages

SHOP = (
    "printer: printer --tcp 127.0.0.1:0",
    "scanner: scanner --pty",
    "terminal: terminal zvt --tcp 127.0.0.1:0",
)
"""Devices by name, in the words of the command line."""


@dataclass(frozen=True, slots=True)
class Live:
    """What a test needs of it. ``page`` opens the page, with the token; ``url`` is without."""

    stage: Stage
    url: str
    page: str
    token: str

    def at(self, device: str, kind: str = "tcp") -> str:
        """Where a device is."""
        addresses = cast("dict[str, str]", self.stage.facts(device)["addresses"])
        return addresses[kind]

    def dial(self, device: str) -> socket.socket:
        """A till's connection to it."""
        host, _, port = self.at(device).partition(":")
        return socket.create_connection((host, int(port)), timeout=30)

    def tell(self, device: str, kind: str, /, **body: object) -> None:
        """Write an event into the journal, as a guard or a scenario does."""
        journal = self.stage.journal
        assert journal is not None
        journal.tell(device, kind, body)  # type: ignore[arg-type]  # JSON values only


def role(words: str) -> Role:
    """A device by its words."""
    name, _, rest = words.partition(": ")
    kind, *options = rest.split()
    command: click.Command = getattr(simulate, kind)
    device, place = command.main(options, standalone_mode=False)
    return Role(name, device, place)


@contextlib.contextmanager
def live(*devices: str, port: int = 0, token: str = "") -> Iterator[Live]:
    """Devices by their words, at any free place."""
    place = HttpPlace(Address.parse(f"tcp:127.0.0.1:{port}"), token=token)
    service = http_service(place, pages=live_pages)
    with (
        opened([role(words) for words in devices or SHOP], new_journal()) as stage,
        served(stage, [service]) as said,
    ):
        http = cast("dict[str, str]", said["http"])
        yield Live(stage, http["url"], http["page"], http["token"])
