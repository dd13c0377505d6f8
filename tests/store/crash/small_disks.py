"""File systems of a few megabytes, to be filled up, emptied and made read-only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SIZE = 12 * 1024 * 1024
"""More than the guard wants to see free before it trusts a disk (4 MiB), and soon full."""

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A mounted file system."""

    path: Path

    def fill(self) -> None:
        """Take all room, to the last byte."""
        with (self.path / "ballast").open("ab", buffering=0) as ballast:
            for size in (_CHUNK, 1):
                try:
                    while ballast.write(bytes(size)):
                        pass
                except OSError:
                    continue
        room = os.statvfs(self.path)
        assert room.f_bavail == 0

    def empty(self) -> None:
        """Somebody made room."""
        (self.path / "ballast").unlink()

    def remount(self, option: str) -> None:
        """``ro`` or ``rw``; nothing may be open for writing."""
        subprocess.run(["mount", "-o", f"remount,{option}", str(self.path)], check=True)


@contextmanager
def small_disk(path: Path) -> Generator[SmallDisk, None, None]:
    """A file system in memory at that directory."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("NOT TESTED: a full disk; only root may mount one, and not everywhere")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", str(path)], check=True)
