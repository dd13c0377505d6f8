"""A program with all that it starts: begun, told something, waited for, ended.

On POSIX it has a session of its own, on Windows a process group: what a program there has started
hears CTRL_BREAK_EVENT, but is not killed with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

Process = subprocess.Popen[bytes]

_BY_SIGNAL = 128


def exit_code(code: int) -> int:
    """What a shell makes of Popen's word on how a program ended."""
    return code if code >= 0 else _BY_SIGNAL - code


if sys.platform == "win32":
    import shutil

    def found(argv: Sequence[str]) -> Sequence[str]:
        """The words with the program's own name: ``npm`` is a script with an ending there."""
        return [shutil.which(argv[0]) or argv[0], *argv[1:]]

    SIGNALS = frozenset({"TERM", "KILL"})
    """What can be told: the first is CTRL_BREAK_EVENT, the second ends it at once."""

    def begin(argv: Sequence[str], environment: Mapping[str, str], folder: Path | None) -> Process:
        """Start it in this folder (None: where we are); it has our standard input and output.

        :raises OSError: it cannot be started.
        """
        # Whoever calls us names the program; it is run as a shell would run it.
        return subprocess.Popen(  # noqa: S603
            found(argv),
            env={**os.environ, **environment},
            cwd=folder,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
        )

    def tell(process: Process, name: str) -> None:
        """Send one of ``SIGNALS``; others are not known. Nothing to one that has ended."""
        with contextlib.suppress(OSError):
            if name == "TERM":
                process.send_signal(signal.CTRL_BREAK_EVENT)
            elif name == "KILL":
                process.kill()

    def wait_for(process: Process) -> int:
        """Until it has ended; its exit code."""
        return process.wait()

else:

    def found(argv: Sequence[str]) -> Sequence[str]:
        """The words as they are: the system finds a program by its name."""
        return argv

    SIGNALS = frozenset(one.name.removeprefix("SIG") for one in signal.Signals)
    """What can be told."""

    def begin(argv: Sequence[str], environment: Mapping[str, str], folder: Path | None) -> Process:
        """Start it in this folder (None: where we are); it has our standard input and output.

        :raises OSError: it cannot be started.
        """
        # Whoever calls us names the program; it is run as a shell would run it.
        return subprocess.Popen(  # noqa: S603
            argv, env={**os.environ, **environment}, cwd=folder, start_new_session=True
        )

    def tell(process: Process, name: str) -> None:
        """Send one of ``SIGNALS`` to it and what it has started, also after its own end."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.Signals[f"SIG{name}"])

    def wait_for(process: Process) -> int:
        """Until it has ended; the exit code that a shell would tell.

        On Linux it is not reaped yet: its number stays its own until ``process.wait``. Elsewhere
        (Python 3.13 brought waitid to macOS) nobody has the number before all others were used.
        """
        if sys.platform != "linux":
            return exit_code(process.wait())
        end = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        if end is None or end.si_code == os.CLD_EXITED:
            return 0 if end is None else end.si_status
        return _BY_SIGNAL + end.si_status
