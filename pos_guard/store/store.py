"""One store: a directory with one database, its keys, and the lock of its one writer."""

from __future__ import annotations

import re
import secrets
import shutil
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from pos_guard.clock import Clock
from pos_guard.errors import LocalError, StoreError, TamperError
from pos_guard.store import files, glass, overrides, schema
from pos_guard.store.approvals import Approvals
from pos_guard.store.audit import AuditLog
from pos_guard.store.batches import Batches
from pos_guard.store.checkpoints import Checkpoints
from pos_guard.store.codes import CodeTable
from pos_guard.store.columns import as_bytes, as_text
from pos_guard.store.connection import Connect, connect_file
from pos_guard.store.context import ContextTable, LinkTable
from pos_guard.store.counters import Counters
from pos_guard.store.database import Database
from pos_guard.store.disk_errors import system_error
from pos_guard.store.freezes import Freezes
from pos_guard.store.glass import Glass
from pos_guard.store.grants import Grants
from pos_guard.store.keys import Keys
from pos_guard.store.ledger import Ledger, Phase
from pos_guard.store.outbox import Outbox
from pos_guard.store.overrides import Overrides
from pos_guard.store.people import People
from pos_guard.store.pin_hash import MAX_LOG2N
from pos_guard.store.rotation import Rotation, seals_head, settle_mac
from pos_guard.store.segments import Segments
from pos_guard.store.shifts import Shifts
from pos_guard.store.stickers import StickerTable
from pos_guard.store.tokens import StaffTokens

# It stands in every sale id, and so in the QR on every receipt.
_TERMINAL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,15}")


class Store:
    """Everything that a guard keeps. Make one with ``create`` or ``open``.

    Thread-safe. All tables are changed inside ``transaction()``, together with their audit record.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(
        self, directory: Path, database: Database, clock: Clock, lock: files.WriterLock | None
    ) -> None:
        self.directory = directory
        self._database = database
        self._lock = lock
        self.terminal_id = _meta(database, "terminal_id")
        self.keys = Keys.load(directory / files.KEYS, partial(seals_head, database))
        self.ledger = Ledger(database, clock, self.terminal_id)
        self.audit = AuditLog(database, clock, self.terminal_id, self.keys.mac)
        log2n = int(_meta(database, "scrypt_log2n"))
        self.people = People(database, clock, self.audit, self.keys, log2n)
        self.context = ContextTable(database, clock)
        self.links = LinkTable(database)
        self.codes = CodeTable(database, clock)
        self.stickers = StickerTable(database, clock)
        self.approvals = Approvals(database, clock)
        self.outbox = Outbox(database)
        self.shifts = Shifts(database, clock, self.audit, self.terminal_id)
        self.tokens = StaffTokens(database, clock, self.audit)
        grants = partial(Grants, database, clock, self.audit, self.keys)
        exceptions, broken = grants(overrides.KIND), grants(glass.KIND)
        self.overrides, self.glass = Overrides(exceptions), Glass(broken)
        self.rotation = Rotation(
            directory / files.KEYS, database, self.audit, self.keys, (exceptions, broken)
        )
        if not database.readonly:
            settle_mac(directory / files.KEYS, self.keys)
        self.checkpoints = Checkpoints(database, clock, self.audit, self.keys)
        self.audit.witness(self.checkpoints.keep)
        self.segments = Segments(directory, database, clock, self.audit, self.checkpoints)
        self.counters = Counters(database, clock)
        self.freezes = Freezes(database, clock)
        self.batches = Batches(database, clock)

    @classmethod
    def create(
        cls,
        directory: Path,
        *,
        clock: Clock,
        terminal_id: str,
        durable: bool = True,
        scrypt_log2n: int = 15,
    ) -> Store:
        """Make a new store, with new keys, and open it.

        ``scrypt_log2n`` is the cost of each PIN check (15: 32 MiB, 0.1 s); ``durable=False`` is for
        simulations: a power cut may lose what was committed.

        :raises LocalError: for a terminal id that is not 1 to 16 letters, digits, ``-``.
        :raises StoreError: when a store is there, or keys of a store whose database is gone.
        """
        if not _TERMINAL_ID.fullmatch(terminal_id):
            raise LocalError(f"{terminal_id!r} is no terminal id: up to 16 letters, digits, -")
        if not 1 <= scrypt_log2n <= MAX_LOG2N:
            raise LocalError(f"scrypt_log2n is 1 to {MAX_LOG2N}, not {scrypt_log2n}")
        files.make_directory(directory)
        meta = {"terminal_id": terminal_id, "scrypt_log2n": str(scrypt_log2n)}
        try:
            with files.WriterLock(directory):
                _make(directory, clock, meta, durable=durable)
        except OSError as error:
            what = f"{directory}: the store cannot be made"
            raise system_error(what, directory, error) from error
        return cls.open(directory, clock=clock, durable=durable)

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        clock: Clock,
        durable: bool = True,
        readonly: bool = False,
        connect: Connect = connect_file,
    ) -> Self:
        """Open a store; the writer settles what an earlier run left.

        That is, in one transaction and each with an audit record: what was RESERVED is UNKNOWN now,
        what was WAITING is ABANDONED. Any number of readers may be beside the writer.
        ``connect``: see ``Database``.

        :raises SchemaError: when a newer program wrote it.
        :raises TamperError: when the end of the audit log was changed (writer only).
        :raises StoreError: when there is none, it is damaged, or another process writes it.
        """
        path = directory / files.DATABASE
        if not path.is_file():
            raise StoreError(f"there is no store in {directory}: make one with pos-guard init")
        lock = None if readonly else files.WriterLock(directory)
        database: Database | None = None
        try:
            database = Database(path, durable=durable, readonly=readonly, connect=connect)
            schema.check(database)
            if not readonly:
                schema.migrate(database)
            store = cls(directory, database, clock, lock)
            if not readonly:
                store.audit.upgrade()
                store._settle_earlier_run()
        except BaseException:
            if database is not None:
                database.close()
            if lock is not None:
                lock.release()
            raise
        return store

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: durable at the normal end, rolled back at any exception.

        :raises StoreError: inside another one, or when any statement inside failed.
        """
        return self._database.transaction()

    @property
    def schema(self) -> int:
        """The version of the file; a reader may see an older one than the writer's."""
        return schema.version(self._database)

    def restored(self, count: int, head: str) -> None:
        """Make a store that came from a backup strict, and record where its log went on.

        ``count``, ``head``: the number of records in the backup, and the hash (hex) of the last.

        :raises TamperError: when the audit log is not whole, or is not the one of the backup.
        """
        self.audit.verify()
        row = self._database.row("SELECT hash FROM audit WHERE seq = ?", count)
        if row is None or as_bytes(row[0]).hex() != head:
            raise TamperError("the audit log is not the one that the backup was made of", count)
        with self.transaction():
            self.people.restored()
            self.approvals.void_all()
            self.overrides.end_all()
            self.glass.end_all()
            self.audit.append("restore", {"count": count, "head": head})

    def stopped(self) -> None:
        """Record the orderly end of a run: what has none before the next start just died.

        For who guards, not for every command that opens the store.
        """
        with self.transaction():
            left = len(self.ledger.reserved()) + len(self.ledger.waiting())
            self.audit.append("stop", {"left_open": left})

    def batch(self) -> AbstractContextManager[None]:
        """Many transactions, durable together at the normal end: for imports and replays.

        Act upon nothing that was decided inside before it ended well.

        :raises StoreError: as ``transaction``.
        """
        return self._database.batch()

    def close(self) -> None:
        """Roll back what is open, and let other processes write. Again is harmless."""
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _settle_earlier_run(self) -> None:
        with self.transaction():
            left = (
                *((entry, Phase.UNKNOWN) for entry in self.ledger.reserved()),
                *((entry, Phase.ABANDONED) for entry in self.ledger.waiting()),
            )
            self.codes.prune()
            self.audit.append("start", {"schema": schema.LATEST, "left_open": len(left)})
            for entry, phase in left:
                self.ledger.move(entry.id, phase)
                self.audit.append(
                    "recovery",
                    {
                        "entry": entry.id,
                        "link": entry.link,
                        "from": str(entry.phase),
                        "to": str(phase),
                        "operator": entry.operator,
                    },
                )


def _make(directory: Path, clock: Clock, meta: dict[str, str], *, durable: bool) -> None:
    """Build the files; the database gets its name last, so that half a store is none."""
    if (directory / files.DATABASE).exists():
        raise StoreError(f"there is a store in {directory} already")
    unfinished = directory / files.UNFINISHED
    keys_path = directory / files.KEYS
    if keys_path.exists():
        if not unfinished.exists():
            raise StoreError(
                f"{directory} holds the keys of a store whose database is gone: "
                "restore the backup, or choose another directory"
            )
        keys = Keys.load(keys_path)
    else:
        files.make_private(unfinished)
        keys = _new_keys(keys_path)
    _fill(unfinished, clock, meta, keys, durable=durable)
    unfinished.rename(directory / files.DATABASE)
    files.sync_directory(directory)


def _new_keys(path: Path) -> Keys:
    """Fresh keys, all of them at once: a disk that is full in the middle leaves none."""
    part = path.with_name(files.UNFINISHED_KEYS)
    if part.exists():
        shutil.rmtree(part)
    keys = Keys.make()
    keys.save(part)
    files.sync_directory(part)
    part.rename(path)
    files.sync_directory(path.parent)
    return keys


def _fill(path: Path, clock: Clock, meta: dict[str, str], keys: Keys, *, durable: bool) -> None:
    files.make_private(path)
    database = Database(path, durable=durable, readonly=False)
    try:
        with database.transaction():
            schema.migrate(database)
            for name, value in meta.items():
                database.write("INSERT INTO meta (name, value) VALUES (?, ?)", name, value)
            audit = AuditLog(database, clock, meta["terminal_id"], keys.mac)
            audit.begin()
            # A random name in the first record: no two logs ever share a hash.
            audit.append("init", {"store": secrets.token_hex(16), "schema": schema.LATEST})
    finally:
        database.close()


def _meta(database: Database, name: str) -> str:
    row = database.row("SELECT value FROM meta WHERE name = ?", name)
    if row is None:
        raise StoreError(f"the store does not say its {name}")
    return as_text(row[0])
