"""A process that plays devices for the tests in the guest: one JSON object a line, both ways.

If it shared a process with the tests, the kernel would wait at their exit for answers of a thread
that is no more. It is killed last.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

Value = str | int | bool | list[str] | None


def serve(player: object) -> None:
    """Call the player's public methods until standard input ends."""
    calls: dict[str, Callable[..., Value]] = {
        name: getattr(player, name) for name in dir(player) if not name.startswith("_")
    }
    _say("ready")
    for line in sys.stdin:
        call, arguments = json.loads(line)
        _say(calls[call](*arguments))


def _say(value: Value) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
