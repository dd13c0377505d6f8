"""SQLite's errors as ours; what the disk is to blame for says what to do about it.

SQLite reports some of them by other names: a file that may not grow (a quota of the process) is an
I/O error, and shared memory that finds no room cannot be opened. The file system is asked then.
"""

from __future__ import annotations

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

_SCARCE_BYTES = 256 * 1024
"""With less room an error that names no cause is taken for a full disk: a commit is smaller."""

_ADVICE = {
    DiskTrouble.FULL: "make room on the disk of {where}: old backups, logs of other programs, "
    "sealed audit segments that are archived elsewhere. The guard goes on by itself",
    DiskTrouble.READONLY: "{where} cannot be written: check its owner and mode, and whether the "
    "system made the disk read-only after an error (dmesg). It goes on by itself once it can",
    DiskTrouble.FAILING: "the disk of {where} reports an error: look at dmesg, back up now "
    "(pos-guard backup), and replace the disk if it comes again",
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
    return DiskError(
        f"{path.name}: {error}: {_ADVICE[trouble].format(where=where)}", trouble, str(where)
    )


def _cause(directory: Path) -> DiskTrouble:
    try:
        room = os.statvfs(directory)
    except OSError:
        return DiskTrouble.FAILING
    if room.f_flag & os.ST_RDONLY:
        return DiskTrouble.READONLY
    scarce = room.f_bavail * room.f_frsize < _SCARCE_BYTES
    return DiskTrouble.FULL if scarce else DiskTrouble.FAILING
