"""Programs in processes of their own, on a machine with simulated devices.

A script is Python that knows nothing of us. ``say(name, act)`` reports what an act gave or raised;
``do(name)`` has something done to a device, by the test's own side.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping

from pos_guard_simulator.preload.machine import Machine

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

SECONDS = 60.0
"""A script that takes longer hangs."""

PRELUDE = """
import json, os, sys, threading, time
def out(value):
    os.write(1, json.dumps(value).encode() + b"\\n")  # whole, whichever thread says it
def say(name, act):
    try:
        value = act()
    except Exception as error:
        value = [type(error).__name__, getattr(error, "errno", None)]
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value).decode("latin-1")
    out([name, value])
def pause():
    threading.Event().wait(0.005)
def do(name):
    out(["do", name])
    return json.loads(sys.stdin.readline())
"""

Acts = Mapping[str, Callable[[], object]]


def run(machine: Machine, script: str, acts: Acts | None = None) -> dict[str, Json]:
    """Run the script; what it said, by name. It must end by itself, with success."""
    program = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + script],
        env=machine.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watch = threading.Timer(SECONDS, program.kill)
    watch.start()
    said: dict[str, Json] = {}
    try:
        assert program.stdin is not None
        assert program.stdout is not None
        for line in program.stdout:
            name, value = json.loads(line)
            if name != "do":
                said[name] = value
                continue
            answer = (acts or {})[value]()
            program.stdin.write(json.dumps(answer if isinstance(answer, (int, str)) else None))
            program.stdin.write("\n")
            program.stdin.flush()
        _, errors = program.communicate()
    finally:
        watch.cancel()
        program.kill()
    assert program.returncode == 0, errors
    return said


def until(true: Callable[[], bool]) -> None:
    """Wait for what another process causes."""
    deadline = time.monotonic() + 10
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, "it never came"
        pause.wait(0.005)
