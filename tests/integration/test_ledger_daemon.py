"""Two daemons of one merchant on a real PostgreSQL, over the decision socket."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from pos_guard.api.client import DecisionClient, RequestRefusedError
from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.store.store import Store
from tests.ledger.postgres_server import PostgresServer, serve
from tests.shop import PINS, POLICY, TERMINAL_ID

ROOT = str(Path(__file__).resolve().parents[2])
ENVIRONMENT = {**os.environ, "PYTHONPATH": ROOT}
SECONDS = 60

CONFIG = """
[ledger]
url = "{url}"
merchant = "corner"

[[link]]
name = "zvt"
protocol = "zvt"
app = "tcp:127.0.0.1:0"
device = "tcp:127.0.0.1:{terminal}"
"""

Body = dict[str, Json]


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    yield from serve()


@dataclass
class Lane:
    """A running daemon, a till that asks it, and what it said at its end."""

    name: str
    daemon: subprocess.Popen[str]
    till: DecisionClient

    def sell(self, amount: int) -> str:
        """A whole sale; its id."""
        order: Body = {"total": amount, "currency": "EUR"}
        self.till.context(operator="ben", order=order)
        asked = self.till.ask("sale", "card", amount, currency="EUR", payee=TERMINAL_ID)
        assert asked["allowed"], asked
        self.till.result(int(str(asked["decision"])), "approved", amount=amount, currency="EUR")
        return str(asked["sale_id"])

    def refund(self, sale_id: str, amount: int) -> Body:
        """A whole refund, if it is allowed."""
        self.till.context(operator="ben", original=sale_id)
        return self.give_back(amount)

    def give_back(self, amount: int) -> Body:
        """The same for whatever sale is named."""
        asked = self.till.ask("refund", "card", amount, currency="EUR", payee=TERMINAL_ID)
        if asked["allowed"]:
            number = int(str(asked["decision"]))
            self.till.result(number, "approved", amount=amount, currency="EUR")
        return asked

    def knows(self, sale_id: str) -> bool:
        try:
            self.till.context(original=sale_id)
        except RequestRefusedError:
            return False
        return True


@contextmanager
def running(directory: Path, name: str, url: str, said: list[Body]) -> Generator[Lane]:
    """A daemon on a new store; ``said``: its events, complete at the end."""
    with socket.create_server(("127.0.0.1", 0)) as terminal:
        # It is reached, and never asked: with no device in reach every refund would wait.
        port = terminal.getsockname()[1]
        yield from started(directory, name, CONFIG.format(url=url, terminal=port), said)


def started(directory: Path, name: str, config: str, said: list[Body]) -> Generator[Lane]:
    directory.mkdir()
    (directory / "policy.toml").write_text(POLICY, encoding="utf-8")
    (directory / "guard.toml").write_text(config, encoding="utf-8")
    with Store.create(
        directory / "state", clock=SystemClock(), terminal_id=name, scrypt_log2n=2
    ) as store:
        store.people.add("ben", "Ben", "senior", PINS["ben"])
    daemon = subprocess.Popen(
        [sys.executable, "-m", "pos_guard", "run", "--config", "guard.toml", "--json"],
        cwd=directory,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert daemon.stdout is not None
    try:
        assert json.loads(daemon.stdout.readline())["ready"] is True
        with DecisionClient(directory / "run" / "decide.sock") as till:
            yield Lane(name, daemon, till)
    finally:
        daemon.send_signal(signal.SIGTERM)
        said += [json.loads(line) for line in daemon.stdout]
        daemon.stdout.close()
        daemon.wait(SECONDS)


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline
        threading.Event().wait(0.1)


def test_a_sale_of_one_terminal_is_refunded_at_the_other_as_long_as_somebody_can_be_asked(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    url = postgres.database("daemons")
    said: list[Body] = []
    with ExitStack() as stack:
        one = stack.enter_context(running(tmp_path / "one", "A", url, []))
        two = stack.enter_context(running(tmp_path / "two", "B", url, said))
        sale_id = one.sell(1900)
        until(lambda: two.knows(sale_id))
        assert two.refund(sale_id, 500)["allowed"]
        over = one.refund(sale_id, 1401)
        assert (over["allowed"], over["reason"]) == (False, "remaining")

        postgres.stop()
        with pytest.raises(RequestRefusedError, match="the shared ledger cannot be reached"):
            two.till.context(original=sale_id)
        for denied in (one.refund(sale_id, 100), two.give_back(100)):
            assert (denied["allowed"], denied["reason"]) == (False, "offline")
            assert "网络" in cast("dict[str, str]", denied["say"])["zh"]
        assert one.sell(700), "sales go on"

        postgres.start()
        until(lambda: two.knows(sale_id))
        until(lambda: two.refund(sale_id, 400)["allowed"])
        until(lambda: one.refund(sale_id, 1000)["allowed"])
        last = two.refund(sale_id, 1)
        assert (last["allowed"], last["reason"]) == (False, "remaining")
    told = [event for event in said if event.get("link") == "shared-ledger"]
    news = [cast("dict[str, str]", event["say"])["en"] for event in told]
    assert news == [
        "The shared ledger cannot be reached: sales go on, refunds wait.",
        "The shared ledger is reached again.",
    ]
