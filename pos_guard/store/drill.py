"""The restore drill: a backup that was never restored is a hope."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from pos_guard.clock import Clock
from pos_guard.errors import TamperError
from pos_guard.store import backup, restore
from pos_guard.store.store import Store
from pos_guard.store.verify import Verified


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found: the log in the backup, in the restored store, and the entries there."""

    backed_up: int
    restored: Verified
    head: str
    unresolved: int


def drill(directory: Path, place: Path, *, clock: Clock) -> Drilled:
    """Back up the store, restore it in a new directory below ``place``, verify it, remove it.

    The store may be written meanwhile.

    :raises StoreError: when a step failed; TamperError when the restored log is not whole.
    :raises OSError: when ``place`` has no room.
    """
    with tempfile.TemporaryDirectory(prefix="drill-", dir=place) as name:
        file, target = Path(name) / "backup.tar", Path(name) / "store"
        backed = backup.make(directory, file, clock=clock)
        restore.restore(file, target, clock=clock)
        with Store.open(target, clock=clock, readonly=True) as store:
            verified = store.checkpoints.verify()
            store.audit.verify_index()
            store.segments.verify()
            kept = store.audit.record(backed.count)
            if kept is None or kept.hash != backed.head:
                raise TamperError("the restored log is not the one of the backup", backed.count)
            left = len(store.ledger.unresolved())
    return Drilled(backed.count, verified, backed.head, left)
