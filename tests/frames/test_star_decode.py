"""``decode star``: one object a command, what it means, and what is wrong with it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.frames.star_decode import decode

PULSE = {"on_ms": 200, "off_ms": 200}
CARD = b"4111 1111 1111 1111"  # Visa's documented test number


def test_commands_have_stars_names_and_a_meaning() -> None:
    found = [item.as_json() for item in decode(b"\x1b\x1dt\x20Caf\xe9\n\x1bd\x03\x07")]
    assert [(item["name"], item["fields"]) for item in found] == [
        ("ESC GS t", {"means": [{"is": "CodePage", "number": 32}], "parameters": "7420"}),
        ("TEXT", {"text": "Café"}),
        ("LF", {}),
        ("ESC d", {"means": [{"is": "Cut", "full": False, "feed": 0}], "parameters": "03"}),
        (
            "BEL",
            {
                "means": [
                    {"is": "DrawerPulse", "pin": 2, "on_ms": 200, "off_ms": 200, "realtime": False}
                ]
            },
        ),
    ]
    assert [item["protocol"] for item in found] == ["star"] * 5


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"\x1b\x7fHi", ["unknown-command", None]),
        (b"Hi\x1bk\x02", [None, "truncated"]),
        (b"\x1b\x1dS\x01\xff\xff\xff\xff\x00abc", ["length", "unknown-command"]),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_decoded(data: bytes, codes: list[str | None]) -> None:
    assert [item.error and item.error.code for item in decode(data)] == codes


@pytest.mark.parametrize(
    "data",
    [
        b"Card " + CARD + b"\n",
        b"\x1b\x1dyD1\x00\x13\x00" + CARD,
        b"\x1bb\x04\x02\x01\x40" + CARD + b"\x1e",
    ],
)
def test_card_numbers_are_masked(data: bytes) -> None:
    shown = json.dumps([item.as_json() for item in decode(data)])
    assert CARD.decode() not in shown
    assert CARD.hex() not in shown
    assert CARD.decode() in json.dumps([item.as_json(unmask=True) for item in decode(data)])


def test_numbers_of_goods_are_not_secrets() -> None:
    (item,) = decode(b"\x1bb\x03\x02\x01\x404006381333931\x1e")
    assert item.secret_ranges == ()


@given(st.binary(max_size=120))
def test_garbage_is_shown_whole(data: bytes) -> None:
    assert b"".join(item.raw for item in decode(data)) == data
