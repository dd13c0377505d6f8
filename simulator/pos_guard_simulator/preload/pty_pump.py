"""Bytes between a pty that a program has open and an endpoint pair of a device.

The kernel's own line buffers give the program real waiting, polling and back-pressure: what the
device does not take stays in the pty, and then in the program's write.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable
from pathlib import Path

from pos_guard.ports.pty import open_pty

READ_BYTES = 4_096

Take = Callable[[bytes], int]
Give = Callable[[], "bytes | None"]


class PtyPump:
    """The pty at ``path``. ``take`` gets what the program writes, ``give`` is asked for more.

    Nothing moves before ``start`` and after ``stop``; ``poke`` says that the device has changed.
    """

    def __init__(self, path: Path, take: Take, give: Give) -> None:
        self._pty = open_pty(str(path))
        self._take = take
        self._give = give
        self._in = b""  # of the program, not yet taken
        self._out = b""  # for the program, not yet read
        self._moving = self._giving = False
        self._closed = self._refused = False
        self._ended = threading.Lock()
        self._waits = threading.Event()
        self._wake, self._woken = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def master(self) -> int:
        """The descriptor of our end: it tells the line's settings."""
        return self._pty.master

    def start(self) -> None:
        """The program is there."""
        self._moving = self._giving = True
        self.poke()

    def stop(self) -> None:
        """It has closed the node; what it wrote still goes out, what it did not read is lost."""
        self._giving = False
        self._out = b""
        self.poke()

    @property
    def drained(self) -> bool:
        """Everything that the program wrote is with the device, as far as that takes it."""
        if self._closed:
            return True
        poll = select.poll()
        poll.register(self._pty.master, select.POLLIN)
        # In this order: the thread says that it works before it takes anything out of the pty.
        # It may hold the bytes of a program that is gone before anybody has heard of its open.
        full = any(event for _, event in poll.poll(0))
        waits = self._waits.is_set()
        return waits and (self._refused or not (full or self._in))

    def poke(self) -> None:
        """Look again."""
        with self._ended, contextlib.suppress(BlockingIOError):
            if self._thread.is_alive():
                os.write(self._woken, b"!")

    def close(self) -> None:
        """Hang up on the program."""
        self._closed = True
        self.poke()
        self._thread.join(5)
        with self._ended:
            os.close(self._wake)
            os.close(self._woken)

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while not self._closed:
                if self._moving:
                    self._move()
                self._wait()
        # Closed by the thread that reads it: otherwise the line would not hang up.
        self._pty.close()

    def _move(self) -> None:
        while self._in:
            taken = self._take(self._in)
            if not taken:
                break
            self._in = self._in[taken:]
        while self._giving and (not self._out or self._flush()):
            piece = self._give()
            if piece is None:
                break
            self._out += piece

    def _flush(self) -> bool:
        """Whether all that was there is with the program."""
        with contextlib.suppress(BlockingIOError):
            self._out = self._out[os.write(self._pty.master, self._out) :]
        return not self._out

    def _wait(self) -> None:
        master = self._pty.master
        reading = [self._wake] if self._in else [self._wake, master]
        writing = [master] if self._out and self._moving else []
        self._refused = self._moving and bool(self._in)
        self._waits.set()
        ready, _, _ = select.select(reading, writing, [])
        self._waits.clear()
        if self._wake in ready:
            os.read(self._wake, READ_BYTES)
        if master in ready:
            self._in += os.read(master, READ_BYTES)
