"""Listening on a local socket: who may connect, and what a program that was killed left behind."""

from __future__ import annotations

import errno
import socket
import stat
from pathlib import Path

from pos_guard.ports.unix_path import socket_address


def listen_unix(path: Path, mode: int, backlog: int) -> socket.socket:
    """A listening socket at ``path`` with that mode, such as 0o660.

    A missing directory is made for the user and the group (0750), whatever the umask. A socket
    that nobody serves any more is replaced.

    :raises OSError: when another program serves it, or it cannot be made.
    """
    make_directory(path.parent)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        with socket_address(path) as address:
            listener.bind(address)
        # Nobody can connect before it listens: there is no moment with another mode.
        path.chmod(mode)
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener


def make_directory(path: Path) -> None:
    """Make ``path`` for the user and the group (0750); one that is there keeps its mode.

    :raises OSError: when it cannot be made.
    """
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(0o750)


def _remove_stale(path: Path) -> None:
    try:
        there = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(there):
        raise FileExistsError(errno.EEXIST, "something that is no socket is there")
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe,
        socket_address(path) as address,
    ):
        if probe.connect_ex(address) == 0:
            raise FileExistsError(errno.EEXIST, "another program listens there")
    path.unlink()
