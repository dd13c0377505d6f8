"""Makes tests/golden/escpos_php_till.json: what escpos-php sends for each job of its example.

    python -m tests.integration.clients.record_escpos_php VERSION

with ``POS_GUARD_ESCPOS_PHP`` set (libraries.py). The recording is replayed where the library itself
cannot be had.
"""

from __future__ import annotations

import base64
import json
import socket
import sys
import tempfile
from pathlib import Path

from pos_guard_simulator.demo import shop
from tests.integration.clients.libraries import escpos_php
from tests.integration.clients.slips import FOREIGN_CODE, draw_logo

GOLDEN = Path(__file__).parents[2] / "golden" / "escpos_php_till.json"
WIDTH = 76


def recorded(*job: str) -> bytes:
    """All that comes in one connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        escpos_php(Path()).run(f"tcp:127.0.0.1:{port}", *job)
        with server.accept()[0] as printer:
            return b"".join(iter(lambda: printer.recv(65536), b""))


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        logo = Path(place) / "logo.png"
        draw_logo(logo)
        jobs = {
            "bill": recorded("bill", "A-17"),
            "paid": recorded("paid", "A-17"),
            "logo": recorded("logo", str(logo)),
            "foreign code": recorded("code", FOREIGN_CODE),
            "own code": recorded("code", shop.OWN_CODE),
        }
    result = {
        "program": "mike42/escpos-php",
        "version": sys.argv[1],
        "made by": "examples/printing/escpos-php.php, by clients/record_escpos_php.py",
        "jobs": {name: base64.b64encode(data).decode() for name, data in jobs.items()},
    }
    GOLDEN.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
