"""What only a server can do to us: hang, cut us off, refuse us; and how long that may take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard.ledger.port import LedgerError, UnreachableError
from pos_guard.ledger.values import Answer
from tests.ledger.ledger_help import ASK, NOW, SALE
from tests.ledger.postgres_server import PostgresServer

psycopg = pytest.importorskip("psycopg")

from pos_guard.ledger.postgres import PostgresEngine, PostgresLedger  # noqa: E402 - needs psycopg

LONG = 60.0
"""More than any deadline here, less than the suite's own."""


@pytest.fixture
def ledger(conninfo: str) -> Iterator[PostgresLedger]:
    made = PostgresLedger(conninfo, "shop", wait_seconds=1.0)
    assert made.register(SALE)
    yield made
    made.close()


def backends(conninfo: str, but: int) -> list[int]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchall()
    return [int(row[0]) for row in found if row[0] != but]


def test_a_server_that_hangs_holds_nobody_longer_than_the_deadline(
    ledger: PostgresLedger, conninfo: str
) -> None:
    (pid,) = backends(conninfo, 0)
    os.kill(pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        with pytest.raises(UnreachableError, match="in time"):
            ledger.reserve(ASK, NOW)
        assert time.monotonic() - begun < LONG
    finally:
        os.kill(pid, signal.SIGCONT)
    assert ledger.reserve(ASK, NOW).granted, "a new connection serves"


def test_a_sale_that_somebody_holds_locked_is_not_waited_for_forever(
    ledger: PostgresLedger, conninfo: str
) -> None:
    with psycopg.connect(conninfo) as other:
        other.execute("SELECT * FROM shared_sales FOR UPDATE")
        with pytest.raises(UnreachableError):
            ledger.reserve(ASK, NOW)
    assert ledger.reserve(ASK, NOW).granted
    assert ledger.sale("T1-000001") is not None


def test_a_connection_that_was_cut_meanwhile_is_made_anew_unnoticed(
    ledger: PostgresLedger, conninfo: str
) -> None:
    (pid,) = backends(conninfo, 0)
    with psycopg.connect(conninfo, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
    assert ledger.reserve(ASK, NOW).granted
    assert ledger.reserve(ASK, NOW).again


def test_an_answer_that_is_lost_in_the_commit_is_found_by_asking_again(
    conninfo: str,
) -> None:
    """The server commits when told to; the client dies before it hears so."""
    engine = PostgresEngine(conninfo)
    tries = []

    def work(session: object) -> int:
        del session
        tries.append(1)
        if len(tries) == 1:
            raise psycopg.OperationalError("the connection was lost") from None
        return len(tries)

    with pytest.raises(UnreachableError):
        engine.run(work)
    assert engine.run(work) == 2, "a connection that still stands is not tried again by itself"
    engine.close()


def test_nobody_is_there(tmp_path: Path) -> None:
    nowhere = PostgresLedger(f"postgresql://till@/pos?host={tmp_path}", "shop")
    with pytest.raises(UnreachableError, match="cannot be reached"):
        nowhere.sale("x")
    nowhere.close()
    nowhere.close()


def test_a_server_that_never_answers_the_connection_is_given_up(tmp_path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / ".s.PGSQL.5432"))
        deaf.listen(1)
        silent = PostgresLedger(f"postgresql://till@/pos?host={tmp_path}", "shop")
        begun = time.monotonic()
        with pytest.raises(UnreachableError):
            silent.sale("x")
        assert time.monotonic() - begun < LONG
        silent.close()


@pytest.mark.parametrize(
    "conninfo",
    ["postgresql://till:Sesame77@host/pos", "host=x password=Sesame77", "nonsense Sesame77"],
)
def test_a_password_in_the_settings_is_refused_and_not_repeated(conninfo: str) -> None:
    with pytest.raises(LedgerError) as caught:
        PostgresLedger(conninfo, "shop")
    assert "Sesame77" not in str(caught.value)


def test_a_refusal_of_the_server_says_its_kind_and_quotes_nothing(
    ledger: PostgresLedger,
) -> None:
    with pytest.raises(LedgerError, match="CheckViolation") as caught:
        ledger.register(replace(SALE, sale_id="T1-000002", amount=-1, payer="tok-secret"))
    assert "tok-secret" not in str(caught.value)
    assert not isinstance(caught.value, UnreachableError)


def test_a_till_needs_no_right_but_to_read_and_write(conninfo: str) -> None:
    owner = PostgresLedger(conninfo, "shop")
    owner.register(SALE)
    owner.close()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("CREATE ROLE clerk LOGIN")
        connection.execute("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO clerk")
    clerk = PostgresLedger(conninfo.replace("till@", "clerk@"), "shop")
    assert clerk.reserve(ASK, NOW).answer is Answer.GRANTED
    assert clerk.submitted(ASK.refund_id, NOW)
    clerk.close()


def test_commits_are_durable_whatever_the_server_does_by_default(
    conninfo: str, postgres: PostgresServer
) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off'.encode())
    engine = PostgresEngine(conninfo)
    found = engine.run(
        lambda session: session.rows(
            "SELECT current_setting('synchronous_commit'), current_setting('fsync')"
        )
    )
    assert found == [("on", "on")]
    engine.close()
    ledger = PostgresLedger(conninfo, "shop")
    ledger.register(SALE)
    assert ledger.reserve(ASK, NOW).granted
    postgres.crash()
    assert ledger.reserve(ASK, NOW).again, "what was granted before the crash is known after it"
    ledger.close()


def test_tills_that_start_together_make_the_tables_once(conninfo: str) -> None:
    script = (
        "import sys; from pos_guard.ledger.postgres import PostgresLedger;"
        "from tests.ledger.ledger_help import SALE;"
        "sys.stdin.readline();"
        "ledger = PostgresLedger(sys.argv[1], 'shop', wait_seconds=10.0);"
        "assert ledger.register(SALE); ledger.close()"
    )
    root = Path(__file__).parents[2]
    started = [
        subprocess.Popen([sys.executable, "-c", script, conninfo], stdin=subprocess.PIPE, cwd=root)
        for _ in range(4)
    ]
    for process in started:
        process.communicate(b"go\n", timeout=LONG)
    assert [process.returncode for process in started] == [0] * 4


def test_without_psycopg_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    run: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run
    done = run(
        [sys.executable, "-c", "import pos_guard.ledger.postgres"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    assert "pip install 'pos-guard[fleet]'" in done.stderr
