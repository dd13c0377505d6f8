"""Raw pseudo-terminals: where an unchanged till finds "its" device.

Standard library only and no import of this package: the keeper runs it.
"""

from __future__ import annotations

import os
import select
import tty
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pty:
    """One pty. The slave descriptor stays open, so that the master never hangs up with a till."""

    master: int
    slave: int
    path: str
    link: str | None = None

    def close(self) -> None:
        """Hang up on whoever has the slave open, and take the link away."""
        if self.link is not None and _points_to(Path(self.link), self.path):
            Path(self.link).unlink()
        os.close(self.master)
        os.close(self.slave)

    def link_again(self) -> None:
        """Put the link where it was taken away.

        :raises OSError: as ``open_pty`` does.
        """
        if self.link is not None:
            place_link(Path(self.link), self.path)

    def holds_input(self) -> bool:
        """Whether the master can be read now. To ask makes the kernel deliver what is under way."""
        poll = select.poll()
        poll.register(self.master, select.POLLIN)
        return any(event & select.POLLIN for _, event in poll.poll(0))


def open_pty(link: str | None = None) -> Pty:
    """Make a raw pty, and a symbolic link to it where ``link`` names one.

    :raises OSError: when the system has none left, or ``link`` is there and is no symbolic link
        (nobody's real device is ever replaced).
    """
    master, slave = os.openpty()
    try:
        # Cooked, it would echo the device's own bytes back to the device.
        tty.setraw(slave)
        os.set_blocking(master, False)
        path = os.ttyname(slave)
        if link is not None:
            place_link(Path(link), path)
    except OSError:
        os.close(master)
        os.close(slave)
        raise
    return Pty(master, slave, path, link)


def place_link(link: Path, target: str) -> None:
    """Point ``link`` at ``target``, in one step that a till never sees half done.

    :raises FileExistsError: when something other than a symbolic link is there.
    :raises OSError: when the directory is missing or not writable.
    """
    if os.path.lexists(link) and not link.is_symlink():
        raise FileExistsError(f"{link} exists and is not a symbolic link")
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def _points_to(link: Path, target: str) -> bool:
    return link.is_symlink() and os.readlink(link) == target
