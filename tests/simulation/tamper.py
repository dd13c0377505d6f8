"""A cashier edits the database file between two runs: the next start, or the check, finds it.

Done on a copy of the shop's directory, with the database's own triggers taken away first.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from pos_guard.clock import Clock
from pos_guard.errors import StoreError
from pos_guard.store.files import DATABASE
from pos_guard.store.store import Store
from tests.simulation.rules import hold

Edit = Callable[[sqlite3.Connection, random.Random, int], None]


def _flip(file: sqlite3.Connection, dice: random.Random, last: int) -> None:
    seq = dice.randint(1, last)
    record = bytearray(file.execute("SELECT record FROM audit WHERE seq = ?", (seq,)).fetchone()[0])
    record[dice.randrange(len(record))] ^= 1 << dice.randrange(8)
    file.execute("UPDATE audit SET record = ? WHERE seq = ?", (bytes(record), seq))


def _drop(file: sqlite3.Connection, dice: random.Random, last: int) -> None:
    file.execute("DELETE FROM audit WHERE seq = ?", (dice.randint(1, last - 1),))


def _cut(file: sqlite3.Connection, dice: random.Random, last: int) -> None:
    file.execute("DELETE FROM audit WHERE seq > ?", (last - dice.randint(1, min(20, last - 1)),))


def _swap(file: sqlite3.Connection, dice: random.Random, last: int) -> None:
    one, other = dice.sample(range(1, last + 1), 2)
    for old, new in ((one, -1), (other, one), (-1, other)):
        file.execute("UPDATE audit SET seq = ? WHERE seq = ?", (new, old))


def _repeat(file: sqlite3.Connection, dice: random.Random, last: int) -> None:
    file.execute(
        "INSERT INTO audit (seq, record, hash) SELECT ?, record, hash FROM audit WHERE seq = ?",
        (last + 1, dice.randint(1, last)),
    )


EDITS: dict[str, Edit] = {
    "flip": _flip,
    "drop": _drop,
    "cut": _cut,
    "swap": _swap,
    "repeat": _repeat,
}


def edited(directory: Path, clock: Clock, dice: random.Random) -> str:
    """Edit a copy in one way, and see it found; the name of the edit."""
    copy = directory.with_name(directory.name + "-edited")
    shutil.copytree(directory, copy)
    try:
        name = dice.choice(list(EDITS))
        _edit(copy / DATABASE, EDITS[name], dice)
        hold("9-history", not _believed(copy, clock), f"nobody found the edit {name!r} of the log")
        return name
    finally:
        shutil.rmtree(copy)


def _edit(path: Path, edit: Edit, dice: random.Random) -> None:
    file = sqlite3.connect(path)
    try:
        triggers = file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        ).fetchall()
        for (trigger,) in triggers:
            file.execute(f'DROP TRIGGER "{trigger}"')
        last = int(file.execute("SELECT max(seq) FROM audit").fetchone()[0])
        edit(file, dice, last)
        file.commit()
    finally:
        file.close()


def _believed(directory: Path, clock: Clock) -> bool:
    """A new process opens the store, and the log is checked, and nobody notices anything."""
    try:
        with Store.open(directory, clock=clock, durable=False) as store:
            store.audit.verify()
    except StoreError:
        return False
    return True
