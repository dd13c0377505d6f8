"""The ``[ledger]`` table of the settings, and the shared ledger while a daemon runs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NewType

from pos_guard.clock import SECOND, Clock
from pos_guard.ledger.opening import LedgerAddress, check_merchant, open_ledger
from pos_guard.links.setting_types import Milliseconds, text
from pos_guard.shared import Shared
from pos_guard.store.store import Store
from pos_guard.telling_shared import Background

Merchant = NewType("Merchant", str)
Hours = NewType("Hours", int)

MAX_LEASE_HOURS = 24 * 31
"""A sale that is refunded offline after a month is no daily business."""

_HOUR_US = 3600 * SECOND
_WAIT = Milliseconds(2000)
_NO_LEASE = Hours(0)


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """``[ledger]``: which merchant's ledger all terminals share, and where it is.

    ``wait_ms`` bounds every question to it, connecting (two seconds) apart. ``lease_hours``: for
    how long after a sale only this store refunds it, and may do so offline; 0: never offline.
    ``passfile``: a libpq password file in place of ``~/.pgpass``.
    """

    url: LedgerAddress
    merchant: Merchant
    wait_ms: Milliseconds = _WAIT
    lease_hours: Hours = _NO_LEASE
    passfile: str = ""

    def under(self, root: Path) -> LedgerTable:
        """The same with paths that start at ``root``."""
        path = None if self.url.path is None else root / self.url.path
        passfile = str(root / self.passfile) if self.passfile else ""
        return replace(self, url=replace(self.url, path=path), passfile=passfile)


def read_address(value: object) -> LedgerAddress:
    """The ``url``.

    :raises ValueError: for what is none.
    """
    return LedgerAddress.parse(text(value))


def read_merchant(value: object) -> Merchant:
    """The ``merchant``.

    :raises ValueError: for what is none.
    """
    return Merchant(check_merchant(text(value)))


def read_hours(value: object) -> Hours:
    """``lease_hours``.

    :raises ValueError: for what is no whole number of hours within ``MAX_LEASE_HOURS``.
    """
    if type(value) is not int or not 0 <= value <= MAX_LEASE_HOURS:
        raise ValueError(f"must be whole hours from 0 to {MAX_LEASE_HOURS}")
    return Hours(value)


@contextmanager
def connected(
    table: LedgerTable | None, store: Store, clock: Clock
) -> Generator[Shared | None, None, None]:
    """The shared ledger, told in the background what it is owed; None without a table.

    :raises LedgerError: when it cannot be opened: a missing library, a file that is none of ours.
        A server that is not reached is no error: the terminal is offline then.
    """
    if table is None:
        yield None
        return
    passfile = Path(table.passfile) if table.passfile else None
    ledger = open_ledger(
        table.url, table.merchant, wait_seconds=table.wait_ms / 1000, passfile=passfile
    )
    try:
        shared = Shared(
            store, clock, ledger, merchant=table.merchant, lease_us=table.lease_hours * _HOUR_US
        )
        background = Background(shared.teller)
        background.start()
        try:
            yield shared
        finally:
            background.stop()
    finally:
        ledger.close()
