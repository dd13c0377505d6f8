"""Codes that are typed: each line of standard input is one."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable

from pos_guard.links.session import Effects
from pos_guard_simulator.systems.signals import read_in_background

MAX_CODE = 8_192
"""Bytes of one code: the largest QR code holds 7,089 digits."""

Do = Callable[[Callable[[], Effects]], None]
"""Runs something that somebody does to a device, and carries out its effects."""


def read_codes(descriptor: int, scan: Callable[[bytes], None]) -> None:
    """Read codes, one a line, until the end of the input; blank lines are none.

    A line that is too long is cut to ``MAX_CODE`` bytes. Blocks: run it in a thread of its own.
    It reads the descriptor itself, as a thread inside ``sys.stdin`` could not be left behind.
    """
    rest = b""
    while True:
        try:
            data = os.read(descriptor, 65_536)
        except OSError:  # a terminal that is not ours, or was closed
            data = b""
        *lines, rest = (rest + data).split(b"\n")
        rest = rest[:MAX_CODE]
        if not data:
            lines.append(rest)
        for code in (line.strip(b"\r")[:MAX_CODE] for line in lines):
            if code:
                scan(code)
        if not data:
            return


def scan_stdin(do: Do, scan: Callable[[bytes], Effects]) -> None:
    """Show each line of standard input to a scanner, in the background."""
    # Without standard input descriptor 0 may be anything by now.
    if sys.__stdin__ is None:
        return
    read_in_background()

    def show(code: bytes) -> None:
        with contextlib.suppress(RuntimeError):  # the bench is being taken down
            do(lambda: scan(code))

    # A daemon: nothing can wake a thread that waits for a person's keys.
    threading.Thread(target=read_codes, args=(0, show), name="stdin", daemon=True).start()
