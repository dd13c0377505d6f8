from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pos_guard.frames.zvt_decode import decode, decode_serial

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "zvt.json").read_text(encoding="utf-8")
)
TCP = [v for v in GOLDEN if v["protocol"] == "zvt" and v["valid"]]
SERIAL = [v for v in GOLDEN if v["protocol"] == "zvt-serial"]


@pytest.mark.parametrize("vector", TCP, ids=lambda v: v["id"])
def test_golden_fields(vector: dict[str, Any]) -> None:
    (message,) = decode(bytes.fromhex(vector["hex"]))
    shown = message.as_json(unmask=True)
    assert shown["error"] is None
    assert shown["raw"] == vector["hex"]
    expect = vector["expect"]
    assert shown["name"] == expect["name"]
    fields = shown["fields"]
    assert isinstance(fields, dict)
    for key in ("control", "length", "password", "config_byte", "currency", "status", "timeout"):
        if key in expect:
            assert fields[key] == expect[key]
    if "result_code" in expect:
        assert fields["result_code"] == expect["result_code"]
    if "intent" in expect:
        assert shown["intent"] == expect["intent"]
    for tag, value in expect.get("bmp", {}).items():
        assert fields[tag] == value, tag


@pytest.mark.parametrize("vector", SERIAL, ids=lambda v: v["id"])
def test_golden_serial_frames_hold_their_unit(vector: dict[str, Any]) -> None:
    (message,) = decode_serial(bytes.fromhex(vector["hex"]))
    (unit,) = decode(bytes.fromhex(vector["expect"]["apdu"]))
    assert message.error is None
    assert (message.protocol, message.name, message.fields) == (
        "zvt-serial",
        unit.name,
        unit.fields,
    )


def test_a_length_that_lies_is_an_error_object() -> None:
    (vector,) = [v for v in GOLDEN if not v["valid"]]
    (message,) = decode(bytes.fromhex(vector["hex"]))
    assert message.error is not None
    assert message.error.code == "truncated"


def test_the_rest_is_decoded_behind_a_wrong_message() -> None:
    two_amounts = "06010e04000000000100" + "04000000099900"
    messages = list(decode(bytes.fromhex("060200" + two_amounts + "0631")))
    assert [m.name for m in messages] == ["log_off", "authorisation", "refund"]
    assert [m.error.code if m.error else None for m in messages] == [
        None,
        "duplicate-field",
        "truncated",
    ]


@pytest.mark.parametrize(
    ("data", "intent"),
    [
        (
            "06010a04000000001250490978",
            {"kind": "sale", "amount": 1250, "currency": "EUR", "original": None, "payee": None},
        ),
        (
            "06310d12345604000000001250490978",
            {"kind": "refund", "amount": 1250, "currency": "EUR", "original": None, "payee": None},
        ),
        (
            "063006123456870042",
            {
                "kind": "reversal",
                "amount": None,
                "currency": None,
                "original": "0042",
                "payee": None,
            },
        ),
        (
            "06220704000000001250",
            {"kind": "preauth", "amount": 1250, "currency": None, "original": None, "payee": None},
        ),
        ("060200", None),
    ],
)
def test_the_intent_of_a_command(data: str, intent: object) -> None:
    (message,) = decode(bytes.fromhex(data))
    assert message.error is None
    assert message.as_json()["intent"] == intent


def test_secrets_are_blanked_in_fields_and_bytes() -> None:
    (message,) = decode(bytes.fromhex("06310d12345604000000001250490978"))
    shown = message.as_json()
    assert isinstance(shown["fields"], dict)
    assert shown["fields"]["password"] == "****"
    assert shown["raw"] == "06310d******04000000001250490978"
    status = next(v for v in GOLDEN if v["id"] == "zvt-061")
    (message,) = decode(bytes.fromhex(status["hex"]))
    assert "5966666666" not in json.dumps(message.as_json())
    assert "5966666666" in json.dumps(message.as_json(unmask=True))


def test_secrets_are_blanked_in_serial_frames_whatever_was_stuffed() -> None:
    (message,) = decode_serial(bytes.fromhex("1002069303101010101003" + "0000"))
    assert message.error is not None  # the CRC is wrong; nothing behind the header shows
    assert str(message.as_json()["raw"]).endswith("*")


def test_a_card_number_on_a_print_line_is_blanked() -> None:
    line = b"\x00 4111 1111 1111 1111 "
    (message,) = decode(b"\x06\xd1" + bytes([len(line)]) + line)
    assert "1111" not in json.dumps(message.as_json())


def test_signals_noise_and_a_cut_frame_on_a_serial_line() -> None:
    data = b"\x06\x15" + b"zz" + bytes.fromhex("10028000001003f51f") + b"\x10\x02\x80"
    messages = list(decode_serial(data))
    assert [m.name for m in messages] == [
        "ACK",
        "NAK",
        "unknown",
        "positive_acknowledgement",
        "unknown",
    ]
    assert [m.error.code if m.error else None for m in messages] == [
        None,
        None,
        "noise",
        None,
        "truncated",
    ]


def test_an_unknown_bmp_in_a_reply_is_reported_not_hidden() -> None:
    (message,) = decode(bytes.fromhex("040f052700fe0102"))
    assert message.error is not None
    assert (message.error.code, message.error.at) == ("unknown-field", 5)
    assert message.fields["27"] == "00"
