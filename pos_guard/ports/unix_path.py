"""Local sockets at paths of any length on Linux, whose addresses hold 107 bytes of one."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Generator
from pathlib import Path

MAX_ADDRESS = 103 if sys.platform == "darwin" else 107
"""Bytes of a path in a socket address: sun_path holds 108 and ends with a zero (unix(7)); on macOS
104 (unix(4))."""


@contextlib.contextmanager
def socket_address(path: Path | str) -> Generator[str]:
    """A name for ``path`` that fits into a socket address, for as long as the context lasts.

    A longer path is named by way of its open directory, where the system has ``/proc``.

    :raises OSError: when the directory of a longer path cannot be opened, or it can be named in no
        other way.
    """
    if len(os.fsencode(path)) <= MAX_ADDRESS:
        yield str(path)
        return
    if sys.platform != "linux":
        raise OSError(errno.ENAMETOOLONG, f"longer than {MAX_ADDRESS} bytes", str(path))
    directory, name = os.path.split(os.path.abspath(path))
    held = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{held}/{name}"
    finally:
        os.close(held)
