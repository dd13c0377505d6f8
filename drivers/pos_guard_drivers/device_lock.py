"""One user per device, over threads and processes: a lock file that dies with its holder.

The kernel drops a flock when its holder ends, however it ends, so a file that is left behind
means nothing. Files live in a directory that only this user can write.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
import threading
from pathlib import Path

from pos_guard.errors import DeviceError, LocalError
from pos_guard_drivers.deadline import Deadline

POLL_SECONDS = 0.02
"""Between two looks at a lock that somebody holds: flock knows no time-out of its own."""


def runtime_directory() -> Path:
    """Where this user's lock files are; made when it is missing.

    ``$XDG_RUNTIME_DIR/pos-guard``, or a directory of this user in the temporary one.

    :raises LocalError: when somebody else owns it, or others may write in it.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    place = Path(base) / "pos-guard" if base else _temporary()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise LocalError(f"{place} must be a directory of this user that nobody else can write")
    return place


def _temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"pos-guard-{os.getuid()}"


class DeviceLock:
    """The claim on one device, named by its address."""

    def __init__(self, device: str, directory: Path | None = None) -> None:
        self.device = device
        self._directory = directory
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds it."""
        return self._fd is not None

    def take(self, seconds: float) -> None:
        """Take it, waiting at most ``seconds``.

        :raises DeviceError: ``E_CLAIMED`` (held by this object, or at once with no seconds to
            wait), ``E_TIMEOUT`` when the holder did not let go in time.
        :raises LocalError: when there is no safe place for the lock file.
        """
        if self._fd is not None:
            raise DeviceError("E_CLAIMED", f"{self.device} is claimed already")
        fd = os.open(self._path(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if not _locked(fd, Deadline(seconds)):
            os.close(fd)
            code = "E_TIMEOUT" if seconds > 0 else "E_CLAIMED"
            raise DeviceError(code, f"{self.device} is in use by another program or thread")
        self._fd = fd

    def give(self) -> None:
        """Give it back; twice is fine. The file stays: unlinking it would race with a taker."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _path(self) -> Path:
        digest = hashlib.sha256(self.device.encode("utf-8")).hexdigest()[:32]
        return (self._directory or runtime_directory()) / f"{digest}.lock"


def _locked(fd: int, deadline: Deadline) -> bool:
    pause = threading.Event()
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not deadline.left:
                return False
            pause.wait(min(POLL_SECONDS, deadline.left))
        else:
            return True
