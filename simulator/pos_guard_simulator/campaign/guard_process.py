"""The guard of a campaign's shop: a process of its own, as it is in a shop."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

from pos_guard.errors import PosGuardError

START_SECONDS = 60.0
"""It starts in half a second; a machine whose processors and disk are busy takes far longer."""

END_SECONDS = 15.0
"""From SIGTERM to its end: it lets what is under way come to an end first."""

CLOCK_FILE = "clock-offset"
"""In its directory: seconds that its wall clock is wrong by (guard_clock)."""


class GuardError(PosGuardError):
    """The guard did not start, or does not end."""


class GuardProcess:
    """``pos-guard run`` with these settings; its clock can be set."""

    def __init__(self, settings: Path) -> None:
        self._settings = settings
        self._directory = settings.parent
        self._process: subprocess.Popen[bytes] | None = None
        self.links: dict[str, str] = {}

    @property
    def alive(self) -> bool:
        """It runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def words(self) -> str:
        """The last that it wrote to its log."""
        log = self._directory / "guard.log"
        return log.read_text(encoding="utf-8", errors="replace")[-500:] if log.exists() else ""

    def start(self) -> None:
        """Start it, and wait until it serves.

        :raises GuardError: it does not come up; with what it says of that.
        """
        module = "pos_guard_simulator.campaign.guard_clock"
        with (self._directory / "guard.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", module, str(self._settings)],
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        self._process = process
        with ThreadPoolExecutor(1, "ready") as reading:
            line = reading.submit(_first_line, process)
            try:
                told = json.loads(line.result(START_SECONDS))
            except (TimeoutError, ValueError) as error:
                process.kill()
                raise GuardError(f"the guard did not start: {self.words}") from error
        links = cast("list[dict[str, str]]", told["links"])
        self.links = {link["name"]: link["app"] for link in links}

    def kill(self) -> None:
        """``kill -9``: no good-bye, no clean-up."""
        self._signal(signal.SIGKILL)
        self._reap()

    def stop(self) -> None:
        """Let it end.

        :raises GuardError: it does not.
        """
        self._signal(signal.SIGTERM)
        self._reap()

    def fill_disk(self) -> None:
        """From now on none of its files can grow, as on a full disk or at the end of a quota."""
        self._limit_files(0)

    def free_disk(self) -> None:
        """There is room again."""
        self._limit_files(resource.RLIM_INFINITY)

    def set_clock(self, seconds: int) -> None:
        """Its wall clock is wrong by so much from now on."""
        (self._directory / CLOCK_FILE).write_text(str(seconds), encoding="ascii")

    def _limit_files(self, most: int) -> None:
        if self._process is not None:
            _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (most, hard))

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _reap(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait(END_SECONDS)
            raise GuardError("the guard does not end") from error
        finally:
            if process.stdout is not None:
                process.stdout.close()


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    return b"" if process.stdout is None else process.stdout.readline()
