"""receiptio, the strictest client of a printer's status that is open source.

It flushes pictures, asks who is there, waits for a healthy automatic status, and takes the paper
status behind the job as proof. Its verdict is a word, and an exit code (its README).
"""

from __future__ import annotations

import os
import threading
from itertools import count

from tests.integration.clients.libraries import Library

PORT = 9100
"""The only one that it dials."""

SECONDS = 45.0
"""It gives a printer up after 12 s of silence; more than that is an emulated processor."""

_next = count(1)


def verdict(client: Library, *arguments: str) -> str:
    """The word that it says of the printer, or of a job.

    It is killed then: at /dev/usb/lp0 it does not always end by itself. Ten times a second it
    begins a read there, and each waits for a byte of the printer, also when the file is closed.
    """
    with client.begun(*arguments) as process:
        assert process.stderr is not None
        watch = threading.Timer(SECONDS, process.kill)
        watch.start()
        said = process.stderr.readline()
        watch.cancel()
        process.kill()
    return said.strip()


def own_host() -> str:
    """An address of this machine that no other test has, as there is but one port."""
    worker = os.getpid()
    return f"127.{64 + worker // 250 % 60}.{1 + worker % 250}.{next(_next)}"
