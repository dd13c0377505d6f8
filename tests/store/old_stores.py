"""Stores as earlier programs wrote them: their schema, with what a store of now holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pos_guard.store import chain, files, schema


def downgrade(directory: Path, version: int, mac_key: bytes) -> None:
    """Write the (closed) store anew with the schema of ``version``, and all rows that fit it.

    The head of its log is sealed as programs before the tree did.
    """
    path, old = directory / files.DATABASE, directory / "old.db"
    with closing(sqlite3.connect(old)) as database:
        for number in range(1, version + 1):
            for statement in schema._statements(number):
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {version}")
        database.execute("ATTACH ? AS new", (str(path),))
        names = database.execute(
            "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        for (table,) in names.fetchall():
            info = database.execute(f"PRAGMA main.table_info({table})")
            columns = ", ".join(row[1] for row in info.fetchall())
            database.execute(
                f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}"
            )
        count, last = database.execute("SELECT count, hash FROM audit_head").fetchone()
        head = chain.sealed(count, last, mac_key, None)
        database.execute("UPDATE audit_head SET mac = ?", (head.mac,))
        database.commit()
    old.rename(path)
