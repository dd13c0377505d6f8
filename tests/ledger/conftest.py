"""Both ledgers, for one suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from pos_guard.ledger.port import SharedLedger
from pos_guard.ledger.sqlite import SqliteLedger
from tests.ledger.postgres_server import PostgresServer, serve

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    yield from serve()


@pytest.fixture
def conninfo(postgres: PostgresServer) -> str:
    """An empty database of its own."""
    return postgres.database(f"test{next(_numbers)}")


@pytest.fixture(scope="session")
def suite_database(postgres: PostgresServer) -> str:
    """One database for the whole contract suite: each test is a merchant of its own."""
    return postgres.database("suite")


Opener = Callable[[str], SharedLedger]


@pytest.fixture(params=["sqlite", "postgres"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the ledger of a merchant, any number of times, over the same database."""
    opened: list[SharedLedger] = []
    conninfo = request.getfixturevalue("suite_database") if request.param == "postgres" else ""
    prefix = f"m{next(_numbers)}-"

    def open_one(merchant: str) -> SharedLedger:
        made: SharedLedger
        if conninfo:
            from pos_guard.ledger.postgres import PostgresLedger

            made = PostgresLedger(conninfo, prefix + merchant)
        else:
            made = SqliteLedger(tmp_path / "hub.sqlite3", prefix + merchant, durable=False)
        opened.append(made)
        return made

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(opener: Opener) -> SharedLedger:
    return opener("shop")
