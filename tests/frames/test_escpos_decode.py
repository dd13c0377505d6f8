"""``decode escpos``: every command shown with its values, its error, and its secrets masked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pos_guard.frames.decoded import Json
from pos_guard.frames.escpos import CHINA, decode

GOLDEN = Path(__file__).parents[1] / "golden" / "escpos_framing.json"
CARD = "4111 1111 1111 1111"  # the card schemes' test number
DIGITS = CARD.replace(" ", "").encode()


def shown(raw: bytes) -> list[dict[str, Json]]:
    return [message.as_json() for message in decode(raw, dialect=CHINA)]


@pytest.mark.parametrize(
    ("raw", "name", "fields"),
    [
        ("1b4c", "ESC L", {}),
        (
            "1b5700000000c8006400",
            "ESC W",
            {"x": 0, "y": 0, "width": 200, "height": 100},
        ),
        ("1b5cecff", "ESC \\", {"units": -20, "vertical": False, "relative": True}),
        ("1b440810 00", "ESC D", {"columns": [8, 16]}),
        ("1b32", "ESC 2", {"units": None}),
        ("1b6102", "ESC a", {"align": "right"}),
        ("1b4501", "ESC E", {"name": "bold", "value": 1}),
        ("1d286b0300304303", "GS ( k", {"cn": 48, "fn": 67, "symbol": "pdf417", "values": [3]}),
        ("1d286b060031503061c3a9", "GS ( k", {"cn": 49, "fn": 80, "data": "61c3a9"}),
        ("1d284c02003033", "GS ( L", {"m": 48, "fn": 51, "memory": "nv", "remaining": True}),
        ("1d28480600303030303031", "GS ( H", {"fn": 48, "id": "0001"}),
        ("1d28410200 0002", "GS ( A", {"fn": 0, "parameters": "4102000002"}),
        ("1c530000", "FS S", {"parameters": "0000"}),
        ("1b28410300610302", "ESC ( A", {"fn": 97, "pattern": 3, "times": 2}),
        ("000000", "NUL", {}),
        (
            "1c7101 01000100 ff00ff00ff00ff00",
            "FS q",
            {"pictures": [{"columns": 8, "rows": 1, "data": "ff00" * 4}]},
        ),
        ("1b5a004d0602006869", "ESC Z", {"version": 0, "level": "M", "dots": 6, "data": "hi"}),
        ("10140701", "DLE DC4", {"number": 1}),
        ("4f4b", "TEXT", {"text": "OK"}),
    ],
)
def test_a_command_is_shown_with_its_values(raw: str, name: str, fields: dict[str, Json]) -> None:
    (message,) = shown(bytes.fromhex(raw))
    assert message["name"] == name
    assert message["error"] is None
    found = message["fields"]
    assert isinstance(found, dict)
    assert {key: found.get(key) for key in fields} == fields


def test_what_is_unknown_wrong_or_cut_has_its_error_and_decoding_goes_on() -> None:
    stream = b"\x1b\x7fA\x1d(k\x03\x001Q9B\x1dv0\x00\xff\xff\xff\xff1234567890\x1bp"
    found = [(message.name, message.error and message.error.code) for message in decode(stream)]
    assert found == [
        ("UNKNOWN", "unknown-command"),
        ("TEXT", None),
        ("GS ( k", "malformed"),
        ("TEXT", None),
        ("OVERSIZE", "length"),
        ("OVERSIZE DATA", "unknown-command"),
    ]
    (cut,) = decode(b"\x1bp\x00")
    assert cut.error is not None
    assert (cut.error.code, cut.error.at) == ("truncated", 0)


def test_every_example_of_an_independent_list_is_decoded() -> None:
    groups = json.loads(GOLDEN.read_text(encoding="utf-8"))["groups"]
    stream = bytes.fromhex(
        "".join(raw for group in ("DLE", "FS", "GS") for *_, raw in groups[group])
    )
    codes = {message.error.code for message in decode(stream) if message.error is not None}
    assert codes == {"malformed"}  # its four pictures of another layout
    assert b"".join(message.raw for message in decode(stream)) == stream


@pytest.mark.parametrize(
    "raw",
    [
        CARD.encode(),
        b"\x1d(k\x13\x001P0" + DIGITS,
        b"\x1d(k\x13\x000P0" + DIGITS,
        b"\x1d(k\x14\x003P0H" + DIGITS,
        b"\x1dkI\x12{B" + DIGITS,
        b"\x1bZ\x00M\x06\x10\x00" + DIGITS,
        b"\x1d(k\x13\x001P9" + DIGITS,
        b"\x1d(k\xff\x001P0" + DIGITS,
        b"\x1c(E\x10\x00" + DIGITS,
    ],
)
def test_a_card_number_is_masked_wherever_it_stands(raw: bytes) -> None:
    for message in decode(raw, dialect=CHINA):
        told = json.dumps(message.as_json())
        assert DIGITS.decode() not in told
        assert DIGITS.hex() not in told
        assert CARD not in told
        assert CARD.encode().hex() not in told
    (plain,) = decode(raw, dialect=CHINA)
    assert plain.as_json(unmask=True)["raw"] == raw.hex()


def test_numbers_of_goods_are_no_card_numbers() -> None:
    (message,) = decode(b"\x1dk\x024006381333931\x00")
    assert message.as_json()["fields"] == {"kind": 67, "data": "4006381333931"}
