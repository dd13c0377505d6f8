"""SQLite's errors as ours; what the disk is to blame for says what to do about it.

SQLite reports some of them by other names: a quota or a limit of the process is an I/O error, and
shared memory that finds no room cannot be opened. The file system is asked then.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from pos_guard.errors import DiskError, DiskTrouble, StoreError

# The lower byte of an extended result code is the code itself (https://www.sqlite.org/rescode.html).
_PRIMARY = 0xFF

_TROUBLES = {
    sqlite3.SQLITE_FULL: DiskTrouble.FULL,
    sqlite3.SQLITE_READONLY: DiskTrouble.READONLY,
    sqlite3.SQLITE_IOERR: DiskTrouble.FAILING,
    sqlite3.SQLITE_CANTOPEN: DiskTrouble.FAILING,
}

_OF_SYSTEM = {
    errno.ENOSPC: DiskTrouble.FULL,
    errno.EDQUOT: DiskTrouble.FULL,
    errno.EROFS: DiskTrouble.READONLY,
    errno.EIO: DiskTrouble.FAILING,
}

_SCARCE_BYTES = 256 * 1024
"""With less room an error that names no cause is taken for a full disk: a commit is smaller."""

_ADVICE = {
    DiskTrouble.FULL: "make room on the disk of {where}: old backups, logs of other programs, "
    "sealed audit segments that are archived elsewhere. The guard goes on by itself",
    DiskTrouble.READONLY: "{where} cannot be written: check its owner and mode, and whether the "
    "system made the disk read-only after an error (dmesg). It goes on by itself once it can",
    DiskTrouble.FAILING: "the disk of {where} reports an error: look at dmesg, and at quotas and "
    "limits; back up now (pos-guard backup), and replace the disk if it comes again",
}


def store_error(path: Path, error: Exception) -> StoreError:
    """What SQLite said of the file at ``path``; a ``DiskError`` where the disk is to blame."""
    code = getattr(error, "sqlite_errorcode", None)
    trouble = None if code is None else _TROUBLES.get(code & _PRIMARY)
    if trouble is None:
        return StoreError(f"{path.name}: {error}")
    where = path.absolute().parent
    if trouble is DiskTrouble.FAILING:
        trouble = _cause(where)
    return _disk_error(f"{path.name}: {error}", trouble, where)


def system_error(what: str, directory: Path, error: OSError) -> StoreError:
    """What the system said when a file was to be made; a ``DiskError`` as above.

    ``what``: what cannot be done, for the message.
    """
    said = f"{what}: {error.strerror or error}"
    trouble = _OF_SYSTEM.get(error.errno or 0)
    return StoreError(said) if trouble is None else _disk_error(said, trouble, directory)


def _disk_error(said: str, trouble: DiskTrouble, where: Path) -> DiskError:
    advice = _ADVICE[trouble].format(where=where)
    return DiskError(f"{said}: {advice}", trouble, str(where))


def _cause(directory: Path) -> DiskTrouble:
    try:
        room = os.statvfs(directory)
    except OSError:
        return DiskTrouble.FAILING
    if room.f_flag & os.ST_RDONLY:
        return DiskTrouble.READONLY
    scarce = room.f_bavail * room.f_frsize < _SCARCE_BYTES
    return DiskTrouble.FULL if scarce else DiskTrouble.FAILING
