"""escpos-php as it was recorded: its bytes are tried on every machine, with PHP or without."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path

import pytest

from pos_guard_simulator.demo import shop
from tests.integration.clients.corner import Corner, Port, corner
from tests.integration.clients.slips import BILL, codes, draw_logo, pictures, words

GOLDEN = Path(__file__).parents[1] / "golden" / "escpos_php_till.json"


def send(place: Corner, job: str) -> None:
    """As the library does it: open, write, close at once."""
    data = base64.b64decode(json.loads(GOLDEN.read_text(encoding="utf-8"))["jobs"][job])
    if place.where.startswith("tcp:"):
        host, _, port = place.where.removeprefix("tcp:").rpartition(":")
        with socket.create_connection((host, int(port))) as till:
            till.sendall(data)
    else:
        with Path(place.where).open("wb", buffering=0) as till:
            assert till.write(data) == len(data)


@pytest.mark.parametrize("port", ["tcp", "pty"])
def test_a_day_with_escpos_php(tmp_path: Path, port: Port) -> None:
    rows = draw_logo(tmp_path / "logo.png")
    with corner(tmp_path, port) as place:
        send(place, "bill")
        assert words(place.slip()) == [*BILL, "NOT PAID"]
        send(place, "paid")
        assert "PAID" not in words(place.slip())
        send(place, "foreign code")
        assert codes(place.slip()) == []
        send(place, "own code")
        assert codes(place.slip()) == [shop.OWN_CODE]
        send(place, "logo")
        assert [list(picture.rows) for picture in pictures(place.slip())] == [rows]
        assert place.pulses() == 0
        place.pay_by_card(1250)
        send(place, "paid")
        assert words(place.slip())[:7] == [*BILL, "Card 12.50", "PAID"]
        assert place.pulses() == 1
        assert place.nothing_more()
