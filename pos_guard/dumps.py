"""No memory of this process reaches a disk or another process: it holds keys, codes and PINs."""

from __future__ import annotations

import ctypes
import sys

_PR_SET_DUMPABLE = 4
"""``prctl(2)``; the same number on every Linux."""


def no_dumps() -> None:
    """Switch core dumps off, and keep other programs of this user out of our memory.

    Both: a limit of nothing does not hold where cores go to a program (``core_pattern`` with a
    pipe, see core(5)), and only a process that is not dumpable cannot be traced by its own user.

    :raises OSError: when the system does not allow it.
    """
    if sys.platform == "win32":
        return  # no dumps unless an administrator wants them; and no guard runs there
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "this process cannot be kept from being dumped")
