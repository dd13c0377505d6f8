"""Database and keys together in one file: without its keys a database is worth nothing.

A tar file (0600): ``manifest.json``, the database, the key files, sealed segments of the audit log.
It is a copy of everything that is secret: keep it as you keep the till's keys, or give it a
passphrase.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pos_guard.clock import SECOND, Clock
from pos_guard.errors import LocalError, StoreError
from pos_guard.frames.decoded import Json
from pos_guard.store import files, sealed_file, segments
from pos_guard.store.store import Store

FORMAT = 1
MANIFEST = "manifest.json"

_READ = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Backed:
    """A backup: of which terminal, with how many audit records, and the hash of the last one."""

    terminal: str
    schema: int
    count: int
    head: str

    def as_json(self) -> dict[str, Json]:
        """The same for machines and for the manifest."""
        return {
            "terminal": self.terminal,
            "schema": self.schema,
            "count": self.count,
            "head": self.head,
        }


def make(directory: Path, target: Path, *, clock: Clock, passphrase: str | None = None) -> Backed:
    """Copy a store, also while the daemon writes it, into the new file ``target``.

    The copy is verified before it counts: the whole audit log, under the keys that go with it.

    :raises LocalError: when ``target`` is there already, for a passphrase that is too short or
        without the library for it.
    :raises StoreError: when store or keys cannot be read, or do not fit together.
    :raises OSError: when ``target`` cannot be written.
    """
    if target.exists():
        raise LocalError(f"{target} is there already")
    with tempfile.TemporaryDirectory(prefix=".pos-guard-", dir=target.absolute().parent) as name:
        work = Path(name)
        copy = work / "store"
        (copy / files.KEYS).mkdir(mode=0o700, parents=True)
        _copy_database(directory / files.DATABASE, copy / files.DATABASE)
        _copy_keys(directory / files.KEYS, copy / files.KEYS)
        _copy_segments(directory / segments.DIRECTORY, copy / segments.DIRECTORY)
        found = _verified(copy, clock)
        plain = work / "plain.tar"
        _pack(copy, plain, found, clock)
        _publish(plain, target, passphrase)
    return found


def _copy_database(source: Path, target: Path) -> None:
    """SQLite's own backup: one state of the database, whatever is written meanwhile."""
    if not source.is_file():
        raise StoreError(f"there is no store in {source.parent}")
    files.make_private(target)
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise StoreError(f"the database cannot be copied: {error}") from error


def _copy_keys(source: Path, target: Path) -> None:
    try:
        names = sorted(path.name for path in source.iterdir() if path.suffix != ".part")
        for name in names:
            data = (source / name).read_bytes()
            files.make_private(target / name)
            (target / name).write_bytes(data)
    except OSError as error:
        raise StoreError(f"the keys cannot be copied: {error.strerror}") from error


def _copy_segments(source: Path, target: Path) -> None:
    """Sealed files never change: they need no copy of their bytes where a link can be made."""
    if not source.is_dir():
        return
    target.mkdir(mode=0o700)
    try:
        for path in sorted(source.glob(segments.PATTERN)):
            try:
                os.link(path, target / path.name)
            except OSError:
                shutil.copyfile(path, target / path.name)
    except OSError as error:
        raise StoreError(f"the sealed segments cannot be copied: {error.strerror}") from error


def _verified(copy: Path, clock: Clock) -> Backed:
    with Store.open(copy, clock=clock, readonly=True) as store:
        whole = store.audit.verify()
        store.segments.verify(absent=True)
        return Backed(store.terminal_id, store.schema, whole.count, whole.head)


def _pack(copy: Path, target: Path, found: Backed, clock: Clock) -> None:
    folders = [copy / files.KEYS, copy / segments.DIRECTORY]
    inside = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
    names = sorted([files.DATABASE, *(path.relative_to(copy).as_posix() for path in inside)])
    manifest: dict[str, Json] = {
        "format": FORMAT,
        "made_s": clock.wall_us() // SECOND,
        **found.as_json(),
        "files": {name: _entry(copy / name) for name in names},
    }
    files.make_private(target)
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as tar:
        raw = json.dumps(manifest, indent=1, sort_keys=True).encode()
        _add(tar, MANIFEST, len(raw), io.BytesIO(raw))
        for name in names:
            with (copy / name).open("rb") as file:
                _add(tar, name, (copy / name).stat().st_size, file)


def _add(tar: tarfile.TarFile, name: str, size: int, file: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, file)


def _entry(path: Path) -> dict[str, Json]:
    return {"size": path.stat().st_size, "sha256": digest_of(path)}


def digest_of(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ):
            digest.update(block)
    return digest.hexdigest()


def _publish(plain: Path, target: Path, passphrase: str | None) -> None:
    """Give the finished file its name last, durably: half a backup is none."""
    done = plain
    if passphrase is not None:
        done = plain.with_name("sealed")
        files.make_private(done)
        with plain.open("rb") as source, done.open("wb") as sealed:
            sealed_file.seal(source, sealed, passphrase)
    with done.open("rb") as file:
        os.fsync(file.fileno())
    os.link(done, target)
    files.sync_directory(target.absolute().parent)
