"""Ends what a shop has started when the shop itself was killed, and could not.

The daemon and the keeper of its ptys are processes that outlive a parent. A process beside them
waits for the end of its standard input, which comes however the shop ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

END_SECONDS = 10.0
"""A daemon that was asked to end has done so by then, or is killed."""

_LOOK_SECONDS = 0.05


class Lifeline:
    """Held by a shop as long as it lives. Close it last."""

    def __init__(self, directory: Path) -> None:
        self._watcher = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", __name__, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            start_new_session=True,  # a Ctrl-C is the shop's own
        )

    def guards(self, pid: int | None) -> None:
        """The daemon is this process now; None: it has ended."""
        if self._watcher.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # somebody has killed it
                self._watcher.stdin.write(b"%d\n" % (pid or 0))
                self._watcher.stdin.flush()

    def close(self) -> None:
        """The shop has ended all of it itself."""
        self.guards(None)
        self._watcher.communicate()


def main(directory: Path) -> None:
    """Wait for the end of the shop, then end its daemon and its keeper."""
    pid = 0
    for line in sys.stdin.buffer:
        pid = int(line)
    if pid:
        _end(pid)
    from pos_guard_simulator.demo.devices import stop_keeper  # needed only now

    stop_keeper(directory)


def _end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + END_SECONDS
        while time.monotonic() < end:
            os.kill(pid, 0)
            threading.Event().wait(_LOOK_SECONDS)
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
