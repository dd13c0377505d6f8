"""Writes a tape: whole lines, for its owner's eyes only, and no more than was allowed."""

from __future__ import annotations

import os
from pathlib import Path

from pos_guard.errors import LocalError
from pos_guard_simulator.tape.lines import Happened, Header, Line, Said, header_line, line_of


class TapeFile:
    """A new file. ``full``: it took no more. ``withheld``: so many bytes were kept from it."""

    def __init__(self, path: Path, header: Header, limit: int) -> None:
        """Make it.

        :raises LocalError: it is there already, or cannot be made.
        """
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LocalError(f"{path}: {error.strerror or error}") from error
        self.full = False
        self.withheld = 0
        self.lines = 0
        self._left = limit
        self._put(header_line(header))

    def keep(self, line: Line) -> None:
        """Write a line down; behind the last one that fits stands that the file was full.

        :raises OSError: the disk takes no more.
        """
        if self.full:
            return
        if isinstance(line, Said) and line.data is None:
            self.withheld += line.size
        data = line_of(line)
        last = line_of(Happened(line.at_us, "full"))
        if len(data) + len(last) > self._left:
            self.full = True
            data = last
        self._put(data)
        self.lines += 1

    def close(self) -> None:
        """Make sure that it is on the disk."""
        os.fsync(self._fd)
        os.close(self._fd)

    def _put(self, data: bytes) -> None:
        self._left -= len(data)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._fd, rest) :]
