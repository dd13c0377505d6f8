"""Files: names that a system does not take, and what only our own user shall read."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

_DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE | re.ASCII)
"""What Windows takes for a device of its own, wherever it stands ("Naming Files, Paths")."""


def file_name(name: str) -> str:
    """A name that files can have: on Windows a device ``prn`` has a folder ``prn_``."""
    return f"{name}_" if sys.platform == "win32" and _DEVICE.fullmatch(name) else name


def write_private(path: Path, text: str) -> None:
    """Write ``text`` (ASCII); one that is there becomes private before anything stands in it.

    On Windows it is as private as the folder that it is in.

    :raises OSError: it cannot be written, or is a symbolic link.
    """
    if sys.platform == "win32":
        with path.open("w", encoding="ascii", newline="\n") as file:
            file.write(text)
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "w", encoding="ascii") as file:
        os.fchmod(descriptor, 0o600)
        file.truncate()
        file.write(text)
