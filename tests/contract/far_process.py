"""Starts ``far_program`` on a preloaded machine, and has checks run there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pos_guard_simulator.preload.machine import Machine
from tests.contract.site import Hands
from tests.contract.usb_cables import MachineCable
from tests.contract.usb_hands import UsbHands

ROOT = Path(__file__).resolve().parents[2]
PATHS = os.pathsep.join(str(ROOT / part) for part in (".", "simulator", "drivers"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": PATHS}
"""For processes that the tests start."""

SECONDS = 60.0
"""A check that takes longer hangs."""


class FarProcess:
    """One program for many checks; started anew after one that it did not outlive."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._process: subprocess.Popen[str] | None = None

    def run(self, statement: str) -> str:
        """The traceback of the check's failure, empty for success; or skips the test over here."""
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        cable = MachineCable(self._machine)
        hands: Hands = UsbHands(cable)
        watch = threading.Timer(SECONDS, process.kill)
        watch.start()
        try:
            print(json.dumps(statement), file=process.stdin, flush=True)
            for line in process.stdout:
                what, *values = json.loads(line)
                if what == "end":
                    return str(values[0])
                if what == "skip":
                    pytest.skip(str(values[0]))
                print(json.dumps(hands.call(*values)), file=process.stdin, flush=True)
        finally:
            watch.cancel()
            cable.close()
        self.close()
        return "the program died or was killed"

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.communicate()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.contract.far_program"],
            cwd=ROOT,
            env=self._machine.environment(ENVIRONMENT),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == ["ready"]
        self._process = process
        return process
