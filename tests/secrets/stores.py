"""Every store that a test leaves: raw pages, write-ahead log and rows, and its keys.

Rows are read with the standard library alone, so that a fault in our own reading hides nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

from tests.secrets.detector import (
    Finding,
    Needle,
    key_needles,
    known_in,
    packed_needles,
    secrets_in,
    totp_needles,
)

MAX_BYTES = 64 * 1024 * 1024
"""Larger files are for benchmarks: nothing is learnt from the thousandth like record."""


def keys_of(database: Path) -> tuple[Needle, ...]:
    """The keys that lie beside a database, as they might be written."""
    found: list[Needle] = []
    directory = database.parent / "keys"
    if directory.is_dir():
        for file in sorted(directory.iterdir()):
            # Public keys of retired signers are no secret.
            if file.is_file() and not file.name.startswith("sign-old"):
                key = file.read_bytes()
                found += key_needles(f"key {file.name}", key) if len(key) >= 16 else ()
    return tuple(found)


def in_log(database: Path, keys: tuple[Needle, ...]) -> Iterator[tuple[str, Finding]]:
    """What is secret in the write-ahead log: safe while the database is open, no lock is on it."""
    file = database.with_name(f"{database.name}-wal")
    if file.is_file() and 0 < file.stat().st_size <= MAX_BYTES:
        for finding in _in_raw(file, keys):
            yield f"raw bytes of {file.name}", finding


def in_store(database: Path, keys: tuple[Needle, ...]) -> Iterator[tuple[str, Finding]]:
    """What is secret in a database: where, and what.

    While this process has it open its raw bytes are left alone: to close them again would give
    up SQLite's locks on it (How To Corrupt An SQLite Database File, 2.2).
    """
    if database.stat().st_size <= MAX_BYTES and not is_open(database):
        for finding in _in_raw(database, keys):
            yield f"raw bytes of {database.name}", finding
    yield from _in_rows(database)


def beside(database: Path, keys: tuple[Needle, ...]) -> Iterator[tuple[str, Finding]]:
    """What is secret in the other files of a store: sealed segments, checkpoints, backups."""
    if (database.parent / "keys").is_dir():
        for file in database.parent.rglob("*"):
            ours = "keys" in file.parts[len(database.parent.parts) :]
            if ours or file.name.startswith(database.name) or not file.is_file():
                continue
            if file.stat().st_size <= MAX_BYTES:
                for finding in known_in(file.read_bytes(), keys):
                    yield f"the file {file.name}", finding


def is_open(file: Path) -> bool:
    """This process has the file open."""
    name = str(file.resolve())
    for link in Path("/proc/self/fd").iterdir():
        try:
            if str(link.readlink()) == name:
                return True
        except OSError:
            continue  # closed meanwhile
    return False


def _in_raw(file: Path, keys: tuple[Needle, ...]) -> Iterator[Finding]:
    """Without zeros: most of a young database is empty, and searching that takes most time."""
    return known_in(_squeezed(file.read_bytes()), (*_squeezed_all(keys), *_usual_squeezed()))


@cache
def _usual_squeezed() -> tuple[Needle, ...]:
    usual = (*packed_needles(), *totp_needles())
    return tuple(one for one, was in zip(_squeezed_all(usual), usual, strict=True) if one != was)


def _squeezed_all(needles: tuple[Needle, ...]) -> tuple[Needle, ...]:
    return tuple(Needle(needle.kind, _squeezed(needle.data)) for needle in needles)


def _squeezed(data: bytes) -> bytes:
    return data.translate(None, b"\0")


def _in_rows(database: Path) -> Iterator[tuple[str, Finding]]:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            texts = {table: _table_text(connection, table) for table in _tables(connection)}
    except sqlite3.Error:
        return  # a test broke it on purpose; its raw bytes were searched all the same
    if next(secrets_in("\n".join(texts.values())), None) is None:
        return  # at once, which is faster than one by one
    for table, text in texts.items():
        for finding in secrets_in(text):
            yield f"table {table} of {database.name}", finding


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return [str(row[0]) for row in rows]


def _table_text(connection: sqlite3.Connection, table: str) -> str:
    """All texts, and the blobs that are texts; one value a line. Numbers are times and amounts."""
    found: list[str] = []
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    # The random name of the log has 16 hexadecimal digits: now and then ten kinds only.
    wanted = " WHERE name != 'log'" if table == "meta" else ""
    for row in connection.execute(f'SELECT * FROM "{table}"{wanted}'):
        for value in row:
            if isinstance(value, str):
                found.append(value)
            elif isinstance(value, bytes):
                found.append(value.decode("latin-1") if value[:1] == b"{" else "")
    return "\n".join(found)
