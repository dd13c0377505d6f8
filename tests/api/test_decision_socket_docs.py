from __future__ import annotations

import json
from pathlib import Path

from pos_guard.api.desk import OPERATIONS
from pos_guard.api.message import read_request
from pos_guard.api.server import SLOW

DOC = Path(__file__).parents[2] / "docs" / "decision-socket.md"


def test_every_example_is_a_message_and_every_operation_has_one() -> None:
    lines = [line for line in DOC.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    requests = [line for line in lines if "op" in json.loads(line)]
    shown = {read_request(line.encode())[0] for line in requests}
    assert shown == {*OPERATIONS, *SLOW}
    assert all(json.loads(line)["v"] == 1 for line in lines)
