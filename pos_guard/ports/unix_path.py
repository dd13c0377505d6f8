"""Local sockets at paths of any length: Linux's addresses hold 107 bytes of one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

MAX_ADDRESS = 107
"""Bytes of a path in a socket address: sun_path holds 108 and ends with a zero (unix(7))."""


@contextlib.contextmanager
def socket_address(path: Path | str) -> Generator[str]:
    """A name for ``path`` that fits into a socket address, for as long as the context lasts.

    A longer path is named by way of its open directory.

    :raises OSError: when the directory of a longer path cannot be opened.
    """
    if len(os.fsencode(path)) <= MAX_ADDRESS:
        yield str(path)
        return
    directory, name = os.path.split(os.path.abspath(path))
    held = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{held}/{name}"
    finally:
        os.close(held)
