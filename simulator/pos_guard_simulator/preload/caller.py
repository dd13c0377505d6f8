"""The other end of libumockdev-preload: one opened device node of one program.

The library sends every ioctl, read and write of such a node as a record of three machine words
and waits; meanwhile we may read and write the program's memory through it. Protocol of umockdev
0.17 (src/libumockdev-preload.c and src/umockdev-ioctl.vala): it is private to umockdev, so the
tests run against the library that is installed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import struct
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

PASS: Final = -100
"""A node's answer: the library makes the real call on what the node is made of."""

MAX_BYTES: Final = 1 << 24
"""Of one read, write or transfer: 16 MiB, which is usbfs' own default limit (usbfs_memory_mb)."""

STRING_BYTES: Final = 256

_CALL = struct.Struct("@3L")
_RESULT = struct.Struct("@3l")
_IOCTL, _READ, _WRITE = 1, 7, 8
_DONE, _PEEK, _POKE = 3, 5, 6


class Node(Protocol):
    """What stands behind a device node. Methods run in the thread of their caller.

    They give the call's result or ``PASS``, and raise ``OSError`` with the errno that the program
    gets.
    """

    def opened(self, caller: Caller) -> None:
        """A program opened it."""
        ...

    def ioctl(self, caller: Caller, request: int, argument: int) -> int:
        """An ioctl; ``argument`` is a number or an address in the program."""
        ...

    def read(self, caller: Caller, address: int, size: int) -> int:
        """A read of at most ``size`` bytes to ``address``."""
        ...

    def write(self, caller: Caller, address: int, size: int) -> int:
        """A write of ``size`` bytes from ``address``."""
        ...

    def closed(self, caller: Caller) -> None:
        """The program closed it, or is gone."""
        ...


class Caller:
    """One opened node of one program."""

    def __init__(self, connection: socket.socket, path: Path, others: Iterable[Caller]) -> None:
        """``path`` is the node's; ``others`` are who has any node open already."""
        self._connection = connection
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        self.pid: int = struct.unpack("@3i", peer)[0]
        taken = {other.descriptor for other in others if other.pid == self.pid}
        self.descriptor: int = next(
            (one for one in _opened(self.pid, path) if one not in taken), -1
        )

    def peek(self, address: int, size: int) -> bytes:
        """Bytes of the program's memory.

        :raises OSError: ``EINVAL``: more than any call may carry.
        """
        if not 0 <= size <= MAX_BYTES:
            raise OSError(errno.EINVAL, "too much")
        if not size:
            return b""
        self._connection.sendall(_CALL.pack(_PEEK, address, size))
        return self._receive(size)

    def poke(self, address: int, data: bytes) -> None:
        """Write into the program's memory."""
        if data:
            self._connection.sendall(_CALL.pack(_POKE, address, len(data)) + data)

    @property
    def gone(self) -> bool:
        """The program has ended while its call is still being served."""
        return bool(select.select([self._connection], [], [], 0)[0])

    @property
    def waits(self) -> bool:
        """It opened the node without O_NONBLOCK, so that a call waits for what is not there yet."""
        with contextlib.suppress(OSError):
            return not _flags(self.pid, self.descriptor) & os.O_NONBLOCK
        return False

    def serve(self, node: Node) -> None:
        """Answer its calls until it closes the node. Runs in a thread of its own."""
        try:
            node.opened(self)
            while True:
                call, first, second = _CALL.unpack(self._receive(_CALL.size))
                self._connection.sendall(
                    _RESULT.pack(_DONE, *self._answer(node, call, first, second))
                )
        except (EOFError, ConnectionError):
            pass  # closed, or the program was killed in its midst
        finally:
            node.closed(self)
            self._connection.close()

    def hang_up(self) -> None:
        """End the serving thread."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, node: Node, call: int, first: int, second: int) -> tuple[int, int]:
        try:
            if call == _IOCTL:
                return node.ioctl(self, first & 0xFFFFFFFF, second), 0
            if call == _READ:
                return node.read(self, first, second), 0
            if call == _WRITE:
                return node.write(self, first, second), 0
        except (EOFError, ConnectionError):
            raise
        except OSError as error:
            return -1, error.errno or errno.EIO
        return PASS, 0

    def _receive(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self._connection.recv(min(size - len(data), 1 << 16))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)


class Readiness:
    """What a program's poll() sees of a node that is a FIFO.

    A FIFO with a byte in it is readable, and one that is full cannot be written: real data never
    passes through it.
    """

    def __init__(self, path: Path) -> None:
        os.mkfifo(path, 0o600)
        self._end = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._lock = threading.Lock()
        self._closed = False

    def readable(self, now: bool) -> None:
        """Always writable; readable or not."""
        with self._lock:
            if self._closed:
                return
            self._drain()
            if now:
                os.write(self._end, b"!")

    def writable(self, now: bool) -> None:
        """Always readable; writable or not."""
        with self._lock:
            if self._closed:
                return
            if now:
                self._drain()
            else:
                self._fill()

    def close(self) -> None:
        """Give the descriptor back; programs see what was said last for as long as they look."""
        with self._lock:
            self._closed = True
            os.close(self._end)

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._end, 1 << 16):
                pass

    def _fill(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.write(self._end, bytes(4096)):
                pass


def _opened(pid: int, path: Path) -> list[int]:
    """The descriptors that a process has of a node, in the order of their numbers."""
    target = os.path.realpath(path)
    with contextlib.suppress(OSError):
        found = [
            int(entry.name)
            for entry in Path(f"/proc/{pid}/fd").iterdir()
            if os.path.realpath(entry) == target
        ]
        return sorted(found)
    return []


def _flags(pid: int, descriptor: int) -> int:
    """The flags of an open file, which /proc tells in octal."""
    for line in Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "flags":
            return int(value, 8)
    return 0
