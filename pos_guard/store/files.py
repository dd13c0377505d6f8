"""The state directory: who may read it, who may write it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from pos_guard.errors import StoreError
from pos_guard.store.disk_errors import system_error

DATABASE = "pos-guard.db"
UNFINISHED = "pos-guard.db.new"
KEYS = "keys"
UNFINISHED_KEYS = "keys.new"
LOCK = "lock"


class WriterLock:
    """Held by the one process that writes a store, until it closes it or ends.

    :raises DiskError: when the disk is read-only, or has no room for it.
    :raises StoreError: when another process, or this one, writes it already.
    """

    def __init__(self, directory: Path) -> None:
        try:
            self._descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise system_error(f"{directory}: the lock cannot be made", directory, error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.release()
            raise StoreError(
                f"another pos-guard process writes this store ({directory}): "
                "use the running daemon, or stop it first"
            ) from error

    def release(self) -> None:
        """Let others write. Again is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> WriterLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def make_directory(directory: Path) -> None:
    """A directory for its owner only; an existing one is made so.

    :raises StoreError: when it cannot be made, or a store is there already.
    """
    if (directory / DATABASE).exists():
        raise StoreError(f"there is a store in {directory} already")
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
    except OSError as error:
        raise system_error(f"{directory} cannot be made", directory, error) from error


def make_private(path: Path) -> None:
    """An empty file for its owner only, in place of one that is there. SQLite's own follow it."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def sync_directory(directory: Path) -> None:
    """Make names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
