"""A program on a preloaded machine: runs checks there, and has the other side play the devices.

Both ways one JSON value a line. In: the id of a statement, and then the answers to its calls. Out:
``["call", method, name, …]``, and at the end ``["end", traceback]``, an empty one for success, or
``["skip", reason]`` where this machine has not what the check runs.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence

import pytest

from tests.contract.catalogue import BY_ID
from tests.contract.far_eyes import NodeEyes
from tests.contract.levels import Level
from tests.contract.site import Site, Value


class FarHands:
    """Asks the process that started this one."""

    def call(self, method: str, name: str, *arguments: str | int) -> Value:
        """Ask, and wait for the answer."""
        _say(["call", method, name, *arguments])
        value: Value = json.loads(sys.stdin.readline())
        return value


def _run(statement: str) -> list[str]:
    site = Site(Level.PRELOAD, FarHands(), NodeEyes())
    try:
        try:
            BY_ID[statement].check(site)
        finally:
            site.close()
    except pytest.skip.Exception as reason:
        return ["skip", str(reason)]
    except (Exception, pytest.fail.Exception):  # noqa: BLE001  # the test's own side is told
        return ["end", traceback.format_exc()]
    return ["end", ""]


def _say(value: Sequence[str | int]) -> None:
    os.write(1, json.dumps(value).encode() + b"\n")  # whole, whichever thread says it


if __name__ == "__main__":
    _say(["ready"])
    for line in sys.stdin:
        _say(_run(json.loads(line)))
