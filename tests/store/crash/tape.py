"""Everything that SQLite does to its files, in order; and how a write is made to fail.

Below SQLite: an apsw VFS over the system's own. What it passes on it also records; syncs are
recorded only, since no power is cut here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import apsw

NAME = "pos-guard-tape"


class Act(StrEnum):
    """What is done to a file."""

    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Event:
    """One act. ``at``: the offset of a write, or the size that a file is cut to."""

    file: str
    act: Act
    at: int = 0
    data: bytes = b""


Fault = Callable[[Event], Exception | None]
"""Says whether an act fails, and how; asked before it is done."""


def never(_: Event) -> Exception | None:
    """No act fails."""
    return None


@dataclass
class Tape:
    """What was done since the recording began."""

    events: list[Event] = field(default_factory=list[Event])
    fault: Fault = never

    def note(self, event: Event) -> None:
        """One act is about to be done.

        :raises Exception: one of apsw's: it fails instead.
        """
        error = self.fault(event)
        if error is not None:
            raise error
        self.events.append(event)


class _TapedFile(apsw.VFSFile):
    """One open file of SQLite's."""

    def __init__(self, tape: Tape, name: str, filename: str | None, flags: list[int]) -> None:
        super().__init__("", filename, flags)
        self._tape = tape
        self._name = name

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._tape.note(Event(self._name, Act.WRITE, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        self._tape.note(Event(self._name, Act.TRUNCATE, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802 - SQLite's signature
        self._tape.note(Event(self._name, Act.SYNC))


class TapeVfs(apsw.VFS):
    """The system's file system, with a tape running."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        super().__init__(NAME, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        assert path is not None, "the store needs no nameless file"
        return _TapedFile(self._tape, Path(path).name, name, flags)  # type: ignore[arg-type]  # apsw takes both

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's name
        self._tape.note(Event(Path(filename).name, Act.DELETE))
        super().xDelete(filename, syncdir)
