"""Rule 11: whatever a peer sends, and however long, what is kept of it has a limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.guard import Guard
from tests.simulation.bounds import MAX_KEPT, kept_bytes
from tests.simulation.floor import Floor

PIECE = 32 * 1024

FLOOD = {"printer": 6 << 20, "scanner": 256 << 10}
LIMIT = {"printer": MAX_KEPT, "scanner": 128 << 10}
"""A print job may have 2 MiB; whatever else is kept of a peer is far less than a megabyte."""

FLOODS = {
    "a long unit": ("zvt", "app", b"\x06\x01\xff\xff\xff", b"\x00"),
    "commands": ("zvt", "app", b"", b"\x05\x01\x03\x00\x00\x00"),
    "a terminal's long unit": ("zvt", "device", b"\x04\x0f\xff\xff\xff", b"\x04"),
    "a terminal's chatter": ("zvt", "device", b"", b"\x04\xff\x01\x00"),
    "a picture without its end": ("printer", "app", b"\x1dv0\x00\xff\xff\xff\xff", b"\xff"),
    "one line": ("printer", "app", b"", b"x"),
    "a display without end": ("printer", "app", b"\x1b=\x02", b"TOTAL 1.00"),
    "printer answers": ("printer", "device", b"", b"\x12"),
    "a scan without its end": ("scanner", "device", b"", b"1"),
    "scans": ("scanner", "device", b"", b"6901234567892" * 60 + b"\r"),
    "a head without its end": ("wechat", "app", b"GET / HTTP/1.1\r\n", b"x: y\r\n"),
    "a body without its end": (
        "wechat",
        "app",
        b"POST /v3/pay/transactions/codepay HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n",
        b"{",
    ),
    "a provider that speaks unasked": ("wechat", "device", b"", b"HTTP/1.1 200 OK\r\n"),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_is_not_kept(flood: str, template: Path, memory: Path) -> None:
    name, side, head, body = FLOODS[flood]
    with Floor(0, template, memory, Guard) as floor:
        floor.run(1.0)
        session = floor.lines[name].session
        assert session is not None
        session.app_connected()
        feed = session.app_data if side == "app" else session.device_data
        feed(head)
        most = 0
        piece = body * (PIECE // len(body))
        for _ in range(FLOOD.get(name, 2 << 20) // PIECE):
            feed(piece)
            most = max(most, kept_bytes(session))
        assert most < LIMIT.get(name, 1 << 20)
