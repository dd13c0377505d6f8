"""A shop's store as it is when it is new: made once in a process, and copied for each shop.

A store is made durable as it is made, whatever it is for; sixty syncs are too many for each test.
"""

from __future__ import annotations

import functools
import os
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pos_guard.clock import ManualClock, SystemClock
from pos_guard.store.store import Store

PEOPLE = {
    "anna": ("cashier", "482915"),
    "ben": ("senior", "730264"),
    "maya": ("manager", "918357"),
}
"""Role and PIN: a cashier, a senior who may refund, the manager. A test's PINs are no secrets."""

PINS = {person: pin for person, (_, pin) in PEOPLE.items()}

STATE = "state"

CHEAP = 4
"""log2 of what a PIN check costs."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """One file of a store, or a folder (``data`` is None), by its place in the store."""

    place: Path
    mode: int
    data: bytes | None


def make_store(directory: Path, *, frozen: bool = False, terminal_id: str = "TEST") -> None:
    """Make a store with its people in this directory, which is made too.

    ``frozen``: for a clock that stands where ``ManualClock`` begins. ``terminal_id`` is the name of
    the till in the store's records and sale ids.

    :raises OSError: it cannot be written, or one is there.
    """
    for one in _new_store(frozen, terminal_id):
        path = directory / one.place
        if one.data is None:
            path.mkdir(mode=one.mode)
        else:
            with open(path, "xb", opener=partial(os.open, mode=one.mode)) as file:
                file.write(one.data)


@functools.cache
def _new_store(frozen: bool, terminal_id: str) -> tuple[_Kept, ...]:
    """The files of a new store; its first records are as old as the clock is."""
    with tempfile.TemporaryDirectory(prefix="pos-guard-shop-") as folder:
        root = Path(folder) / STATE
        clock = ManualClock() if frozen else SystemClock()
        with Store.create(
            root, clock=clock, terminal_id=terminal_id, durable=False, scrypt_log2n=CHEAP
        ) as store:
            for person, (role, pin) in PEOPLE.items():
                store.people.add(person, person.title(), role, pin)
        return tuple(_kept(root, path) for path in (root, *sorted(root.rglob("*"))))


def _kept(root: Path, path: Path) -> _Kept:
    data = None if path.is_dir() else path.read_bytes()
    return _Kept(path.relative_to(root), path.stat().st_mode & 0o777, data)
