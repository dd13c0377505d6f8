"""Signals: which of them end a run, and which a terminal sends to everybody by itself."""

from __future__ import annotations

import signal
import sys

if sys.platform == "win32":
    ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGBREAK)
    """What ends a run. Nobody can send SIGTERM to another process there: CTRL_BREAK_EVENT can."""

    HANDED_ON = ENDS
    """What a program under test gets as well, or has from its terminal already."""

    def told_by_terminal(number: int) -> bool:
        """Whether it reached our children, too: a console tells all that are attached to it."""
        del number
        return True

    def read_in_background() -> None:
        """Nothing stops a process that reads its console."""

else:
    import os

    ENDS = (signal.SIGTERM, signal.SIGINT)
    """What ends a run."""

    HANDED_ON = (*ENDS, signal.SIGHUP)
    """What a program under test gets as well, or has from its terminal already."""

    def told_by_terminal(number: int) -> bool:
        """Whether it is a terminal's Ctrl-C, which reached our children, too."""
        if number != signal.SIGINT:
            return False
        try:
            terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
        except OSError:
            return False
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        except OSError:
            return False
        finally:
            os.close(terminal)

    def read_in_background() -> None:
        """To read a terminal that is not ours shall be an error, and not stop the process."""
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)
