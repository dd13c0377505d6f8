"""What checks do with nodes, and how they say what came of it."""

from __future__ import annotations

import errno
import os
import select
import signal
import threading
from collections.abc import Callable

from tests.contract.site import Device, Site


def opened(site: Site, node: str, flags: int = os.O_RDWR) -> int:
    """A descriptor, closed when the check is over."""
    fd = os.open(node, flags)
    site.later(lambda: os.close(fd))
    return fd


def code_of(call: Callable[[], object]) -> str:
    """The name of the error number, or "" for success."""
    try:
        call()
    except OSError as error:  # pyusb's and pyserial's errors are such, too
        return errno.errorcode.get(error.errno or 0, "no number")
    return ""


def readable(fd: int, seconds: float) -> bool:
    """Whether there is something to read within that time."""
    return bool(select.select([fd], [], [], seconds)[0])


def writable(fd: int, seconds: float) -> bool:
    """Whether it takes bytes within that time."""
    return bool(select.select([], [fd], [], seconds)[1])


def still_blocked(call: Callable[[], object], seconds: float = 0.5) -> bool:
    """Whether only a signal ends this call; to be asked in the main thread."""

    class Interruption(Exception):  # noqa: N818  # no error: it is what the check waits for
        pass

    def interrupt(_number: int, _frame: object) -> None:
        raise Interruption

    before = signal.signal(signal.SIGUSR1, interrupt)
    killer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGUSR1))
    killer.start()
    try:
        call()
    except Interruption:
        return True
    finally:
        killer.cancel()
        killer.join()
        signal.signal(signal.SIGUSR1, before)
    return False


def pulling(site: Site, device: Device, seconds: float = 0.2) -> threading.Timer:
    """The cable is pulled a moment from now, in the midst of what the check does then."""
    pull = threading.Timer(seconds, device.do, ("unplug",))
    site.later(pull.join)
    pull.start()
    return pull


def exception_of(call: Callable[[], object]) -> str:
    """The name of the exception's class, or "" for success."""
    try:
        call()
    except Exception as error:  # noqa: BLE001  # its class is what is asked
        return type(error).__name__
    return ""
