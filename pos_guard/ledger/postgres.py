"""The shared ledger in PostgreSQL, by psycopg 3 (extra ``fleet``).

Isolation is READ COMMITTED with a row lock on the sale: whoever refunds a sale waits for whoever
refunds it just now, and nobody else. Commits are synchronous whatever the server's default is.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TypeVar

from pos_guard.ledger.engine import Session
from pos_guard.ledger.operations import LedgerOperations
from pos_guard.ledger.port import LedgerError, UnreachableError
from pos_guard.ledger.schema import statements
from pos_guard.store.columns import Column, Row

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
    from psycopg.errors import DeadlockDetected, SerializationFailure
except ImportError as missing:
    raise LedgerError(
        "PostgreSQL needs psycopg: pip install 'pos-guard[fleet]', and libpq (Debian: libpq5)"
    ) from missing

T = TypeVar("T")

WAIT_SECONDS = 2.0
"""The longest that one operation may hold up a till, connecting apart."""

MAX_TRIES = 3
"""Deadlocks, and connections that broke, are tried anew that often within the deadline."""

CONNECT_SECONDS = 2
"""libpq takes nothing shorter than two seconds."""

_SETTINGS = """
    SELECT
        set_config('statement_timeout', %(wait)s, false),
        set_config('lock_timeout', %(wait)s, false),
        set_config('idle_in_transaction_session_timeout', %(wait)s, false),
        set_config('synchronous_commit', 'on', false),
        set_config('default_transaction_isolation', 'read committed', false)"""

_LATE = "the shared ledger did not answer in time"

_INSTALL_LOCK = 0x706F7367
"""An advisory lock of ours ("posg"): two tills that start together do not both make the tables."""


class _Session:
    """One open transaction."""

    for_update = " FOR UPDATE"

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def rows(self, sql: str, *values: Column) -> list[Row]:
        """See ``Session.rows``."""
        return self._connection.execute(_placed(sql), values).fetchall()

    def write(self, sql: str, *values: Column) -> int:
        """See ``Session.write``."""
        return self._connection.execute(_placed(sql), values).rowcount


class _Watch:
    """Cuts the connection off when the deadline passes: no server makes a till wait longer."""

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Row] | None = None
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True
        self.over = False

    @contextmanager
    def started(self) -> Generator[None, None, None]:
        """The deadline runs inside."""
        self._timer.start()
        try:
            yield
        finally:
            self._timer.cancel()
            with self._lock:
                self._connection = None

    def watch(self, connection: psycopg.Connection[Row]) -> None:
        """Name the connection that is to be cut off.

        :raises UnreachableError: when the deadline passed already.
        """
        with self._lock:
            if self.over:
                raise UnreachableError(_LATE)
            self._connection = connection

    def _fire(self) -> None:
        with self._lock:
            self.over = True
            if self._connection is not None and not self._connection.closed:
                _cut(self._connection)


class PostgresEngine:
    """One connection, made when it is needed and again when it broke. Thread-safe.

    :raises LedgerError: when ``conninfo`` is none.
    """

    def __init__(
        self, conninfo: str, *, wait_seconds: float = WAIT_SECONDS, passfile: str | None = None
    ) -> None:
        self._conninfo = _read(conninfo, passfile)
        self._wait = wait_seconds
        self._lock = threading.RLock()
        self._connection: psycopg.Connection[Row] | None = None

    def run(self, work: Callable[[Session], T]) -> T:
        """See ``Engine.run``. What broke is asked again: every operation may be repeated."""
        watch = _Watch(self._wait)
        tries = 0
        with self._lock, watch.started():
            while True:
                tries += 1
                try:
                    return self._once(work, watch)
                except psycopg.Error as error:
                    if watch.over or tries == MAX_TRIES or not self._worth_again(error):
                        raise self._told(error, late=watch.over) from error

    def close(self) -> None:
        """See ``Engine.close``."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _once(self, work: Callable[[Session], T], watch: _Watch) -> T:
        if self._connection is None or self._connection.closed:
            self._connection = self._connected()
        watch.watch(self._connection)
        try:
            with self._connection.transaction():
                return work(_Session(self._connection))
        except BaseException:
            if self._connection.broken:
                self.close()
            raise

    def _connected(self) -> psycopg.Connection[Row]:
        connection = psycopg.Connection[Row].connect(
            autocommit=True, prepare_threshold=1, conninfo=self._conninfo
        )
        try:
            wait_ms = str(max(1, int(self._wait * 1000)))
            connection.execute(_SETTINGS, {"wait": wait_ms})
            _install(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _worth_again(self, error: psycopg.Error) -> bool:
        if isinstance(error, SerializationFailure | DeadlockDetected):
            return True
        gone = self._connection is None or self._connection.closed
        return gone and isinstance(error, psycopg.OperationalError)

    def _told(self, error: psycopg.Error, *, late: bool) -> LedgerError:
        if late:
            return UnreachableError(_LATE)
        # The server's own text may quote what it was given; its class says enough.
        kind = type(error).__name__
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return UnreachableError(f"the shared ledger cannot be reached: {kind}")
        return LedgerError(f"the shared ledger refuses: {kind}")


class PostgresLedger(LedgerOperations):
    """A ``SharedLedger`` in PostgreSQL. The first one that may makes the tables.

    ``conninfo``: a libpq URI, or ``service=NAME``; a password comes from ``~/.pgpass`` or from
    ``passfile``, never from here. ``wait_seconds`` bounds each operation, connecting (two seconds)
    apart. Nothing is connected until the first operation.

    :raises LedgerError: when ``conninfo`` is none or has a password.
    """

    def __init__(
        self,
        conninfo: str,
        merchant: str,
        *,
        wait_seconds: float = WAIT_SECONDS,
        passfile: str | None = None,
    ) -> None:
        engine = PostgresEngine(conninfo, wait_seconds=wait_seconds, passfile=passfile)
        super().__init__(engine, merchant)


def _read(conninfo: str, passfile: str | None) -> str:
    """Check what the settings say, and add our own."""
    try:
        found = conninfo_to_dict(conninfo)
    except psycopg.Error as error:
        # The text itself stays out of messages: somebody may have put a password there.
        raise LedgerError("the ledger's url is no PostgreSQL URI or service") from error
    if "password" in found:
        raise LedgerError("a password in the ledger's url: put it into ~/.pgpass or a passfile")
    return make_conninfo(conninfo, connect_timeout=CONNECT_SECONDS, passfile=passfile)


def _install(connection: psycopg.Connection[Row]) -> None:
    """Make the tables where there are none, one terminal at a time."""
    there = "SELECT to_regclass('shared_messages') IS NOT NULL"
    if connection.execute(there).fetchall()[0][0]:
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_INSTALL_LOCK,))
        for statement in statements("postgres"):
            connection.execute(statement.encode())


def _cut(connection: psycopg.Connection[Row]) -> None:
    """End the stream below libpq, which stops waiting then; the descriptor stays libpq's own."""
    with (
        suppress(OSError),
        socket.socket(fileno=os.dup(connection.fileno())) as stream,
    ):
        stream.shutdown(socket.SHUT_RDWR)


@lru_cache(maxsize=64)
def _placed(sql: str) -> bytes:
    """The statement with psycopg's placeholders; none of ours has a question or percent mark."""
    return sql.replace("?", "%s").encode()
