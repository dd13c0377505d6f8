"""Waits for what another process, or the kernel, causes."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

SECONDS = 20.0
"""The longest that any device takes on two emulated processors."""


def wait_until(true: Callable[[], bool]) -> None:
    """Ask until it is so; each question is a message to another process, or a file."""
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not come about"
        select.select([], [], [], 0.02)
