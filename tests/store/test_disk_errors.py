"""What the disk is to blame for is said as such, with the place and what to do about it."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from pos_guard.decision import unrecordable
from pos_guard.errors import DiskError, DiskTrouble, StoreError
from pos_guard.store.disk_errors import store_error, system_error

SQLITE_IOERR_WRITE = 778  # an extended code: its lower byte is SQLITE_IOERR


def sqlite_error(code: int, text: str = "said SQLite") -> sqlite3.Error:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (sqlite3.SQLITE_FULL, DiskTrouble.FULL),
        (sqlite3.SQLITE_READONLY, DiskTrouble.READONLY),
        (sqlite3.SQLITE_READONLY_DBMOVED, DiskTrouble.READONLY),
        (sqlite3.SQLITE_IOERR, DiskTrouble.FAILING),
        (SQLITE_IOERR_WRITE, DiskTrouble.FAILING),
        (sqlite3.SQLITE_CANTOPEN, DiskTrouble.FAILING),
    ],
)
def test_a_disk_error_names_its_directory_and_the_remedy(
    tmp_path: Path, code: int, trouble: DiskTrouble
) -> None:
    error = store_error(tmp_path / "pos-guard.db", sqlite_error(code))
    assert isinstance(error, DiskError)
    assert (error.trouble, error.where) == (trouble, str(tmp_path))
    assert str(error).startswith("pos-guard.db: said SQLite: ")
    assert str(tmp_path) in str(error)


@pytest.mark.parametrize(
    "error",
    [
        sqlite_error(sqlite3.SQLITE_CORRUPT),
        sqlite_error(sqlite3.SQLITE_NOTADB),
        sqlite_error(sqlite3.SQLITE_BUSY),
        sqlite_error(sqlite3.SQLITE_CONSTRAINT),
        sqlite3.ProgrammingError("a value is missing"),
        OverflowError("a number is too large"),
    ],
)
def test_what_is_not_the_disks_fault_is_not_blamed_on_it(tmp_path: Path, error: Exception) -> None:
    found = store_error(tmp_path / "pos-guard.db", error)
    assert type(found) is StoreError
    assert str(found) == f"pos-guard.db: {error}"


def test_a_directory_that_is_gone_is_a_failing_disk(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "pos-guard.db"
    error = store_error(path, sqlite_error(sqlite3.SQLITE_CANTOPEN))
    assert isinstance(error, DiskError)
    assert error.trouble is DiskTrouble.FAILING


@pytest.mark.parametrize(
    ("number", "trouble"),
    [
        (errno.ENOSPC, DiskTrouble.FULL),
        (errno.EDQUOT, DiskTrouble.FULL),
        (errno.EROFS, DiskTrouble.READONLY),
        (errno.EIO, DiskTrouble.FAILING),
        (errno.EACCES, None),
        (None, None),
    ],
)
def test_errors_of_the_system(
    tmp_path: Path, number: int | None, trouble: DiskTrouble | None
) -> None:
    theirs = OSError("it broke") if number is None else OSError(number, "it broke")
    error = system_error("the lock cannot be made", tmp_path, theirs)
    assert str(error).startswith("the lock cannot be made: it broke")
    assert getattr(error, "trouble", None) is trouble


@pytest.mark.parametrize(
    ("trouble", "zh", "en"),
    [
        (DiskTrouble.FULL, "磁盘已满", "make room on the disk of /srv/guard"),
        (DiskTrouble.READONLY, "磁盘只读", "make /srv/guard writable again"),
        (DiskTrouble.FAILING, "磁盘读写出错", "check the disk of /srv/guard"),
    ],
)
def test_the_till_hears_which_disk_what_to_do_and_what_still_works(
    trouble: DiskTrouble, zh: str, en: str
) -> None:
    decision = unrecordable("zvt", DiskError("for the log", trouble, "/srv/guard"))
    assert not decision.allowed
    assert not decision.needs_person
    assert zh in decision.say.zh
    assert "/srv/guard" in decision.say.zh
    assert "自动恢复" in decision.say.zh
    assert en in decision.say.en
    assert "Queries and cancelling still work" in decision.say.en
    assert dict(decision.verdict.decisive.inputs) == {"error": "for the log"}


def test_any_other_trouble_of_the_store_is_refused_without_advice_on_disks() -> None:
    decision = unrecordable("zvt", StoreError("the audit log was changed"))
    assert not decision.allowed
    assert "Tell the manager" in decision.say.en
