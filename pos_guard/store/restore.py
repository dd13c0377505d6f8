"""A backup becomes a store again, as strict as it may be: nobody knows what happened since."""

from __future__ import annotations

import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import IO

from pos_guard.clock import Clock
from pos_guard.errors import SchemaError, StoreError
from pos_guard.frames.decoded import Json
from pos_guard.store import files, schema, sealed_file, segments
from pos_guard.store.backup import FORMAT, MANIFEST, Backed, digest_of
from pos_guard.store.store import Store

MAX_FILES = 4100
"""The database, the keys, at most 1000 retired ones of each of three kinds, 1000 segments."""

MAX_MANIFEST = 1024 * 1024
"""Bytes of the manifest: some 200 for each file."""

_READ = 1024 * 1024


def restore(
    source: Path, directory: Path, *, clock: Clock, passphrase: str | None = None
) -> Backed:
    """Make the store of a backup in ``directory``, where none is.

    What waited is abandoned, what was reserved is unknown; overrides, break-glass and open
    approvals have ended; lock-outs are at least as strict as in the backup, and no TOTP code of the
    past counts. The audit log goes on with a record ``restore``.

    :raises SchemaError: for the backup of a newer program.
    :raises StoreError: when there is a store, the file is no backup, was changed or cut, or its
        passphrase is missing or wrong.
    :raises OSError: when the file cannot be read or the directory cannot be written.
    """
    _demand_free(directory)
    parent = directory.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pos-guard-", dir=parent) as name:
        work = Path(name)
        plain = _unsealed(source, work / "plain.tar", passphrase)
        made = work / "store"
        (made / files.KEYS).mkdir(mode=0o700, parents=True)
        (made / segments.DIRECTORY).mkdir(mode=0o700)
        made.chmod(0o700)
        manifest = _unpack(plain, made)
        found = _checked(made, manifest)
        with Store.open(made, clock=clock) as store:
            store.restored(found.count, found.head)
        _demand_free(directory)
        _move(made, directory)
    return found


def _demand_free(directory: Path) -> None:
    if (directory / files.DATABASE).exists() or (directory / files.KEYS).exists():
        raise StoreError(f"there is a store in {directory} already, or its keys: move it away")


def _unsealed(source: Path, plain: Path, passphrase: str | None) -> Path:
    with source.open("rb") as file:
        sealed = file.read(len(sealed_file.MAGIC)) == sealed_file.MAGIC
        if not sealed:
            return source
        if passphrase is None:
            raise StoreError("this backup has a passphrase: give it")
        file.seek(0)
        files.make_private(plain)
        with plain.open("wb") as target:
            sealed_file.unseal(file, target, passphrase)
    return plain


def _unpack(plain: Path, made: Path) -> dict[str, Json]:
    """The files of the archive: those that the manifest lists, and nothing else."""
    try:
        with tarfile.open(plain, "r:") as tar:
            manifest = _manifest(tar)
            listed = manifest["files"]
            if not isinstance(listed, dict) or not 3 <= len(listed) <= MAX_FILES:
                raise StoreError("the backup lists no files")
            for name, entry in listed.items():
                _take(tar, made, name, entry)
            if tar.next() is not None:
                raise StoreError("the backup holds more than it lists")
    except (tarfile.TarError, KeyError, ValueError, EOFError) as error:
        raise StoreError("this is no backup, or it was cut") from error
    return manifest


def _manifest(tar: tarfile.TarFile) -> dict[str, Json]:
    member = tar.next()
    if member is None or member.name != MANIFEST or member.size > MAX_MANIFEST:
        raise StoreError("this is no backup of pos-guard")
    with _opened(tar, member) as file:
        manifest: Json = json.loads(file.read())
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise StoreError("this backup has a format that this program does not know")
    return manifest


def _take(tar: tarfile.TarFile, made: Path, name: str, entry: Json) -> None:
    member = tar.next()
    if member is None or member.name != name or not isinstance(entry, dict):
        raise StoreError(f"the backup does not hold {name!r} in its place")
    _demand_name(name)
    if member.size != entry.get("size"):
        raise StoreError(f"{name} in the backup has another size than it lists")
    path = made / name
    files.make_private(path)
    with _opened(tar, member) as file, path.open("wb") as target:
        while block := file.read(_READ):
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    if digest_of(path) != entry.get("sha256"):
        raise StoreError(f"{name} in the backup was changed")


def _demand_name(name: str) -> None:
    """The database, or a plain file of one of two directories: no path leads anywhere else."""
    folder, slash, key = name.partition("/")
    plain = key.replace("-", "").replace(".", "").isalnum() and key.isascii() and key[0] != "."
    known = folder in (files.KEYS, segments.DIRECTORY)
    if name != files.DATABASE and not (slash and known and plain):
        raise StoreError(f"a backup has no file {name!r}")


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member) if member.isreg() else None
    if file is None:
        raise StoreError(f"{member.name!r} in the backup is no file")
    return file


def _checked(made: Path, manifest: Mapping[str, Json]) -> Backed:
    version = manifest.get("schema")
    if not isinstance(version, int) or version > schema.LATEST:
        raise SchemaError("the backup is of a newer program: use that")
    terminal, count, head = (manifest.get(name) for name in ("terminal", "count", "head"))
    if not isinstance(terminal, str) or not isinstance(count, int) or not isinstance(head, str):
        raise StoreError("the backup does not say what it holds")
    try:
        with closing(sqlite3.connect(made / files.DATABASE)) as database:
            sound = database.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"the database of the backup is damaged: {error}") from error
    if sound != ("ok",):
        raise StoreError("the database of the backup is damaged")
    return Backed(terminal, version, count, head)


def _move(made: Path, directory: Path) -> None:
    """Segments and keys first, the database last: half a store is none."""
    directory.mkdir(mode=0o700, exist_ok=True)
    directory.chmod(0o700)
    (directory / segments.DIRECTORY).mkdir(mode=0o700, exist_ok=True)
    for path in (made / segments.DIRECTORY).iterdir():
        path.rename(directory / segments.DIRECTORY / path.name)
    files.sync_directory(directory / segments.DIRECTORY)
    (made / files.KEYS).rename(directory / files.KEYS)
    files.sync_directory(directory)
    (made / files.DATABASE).rename(directory / files.DATABASE)
    files.sync_directory(directory)
