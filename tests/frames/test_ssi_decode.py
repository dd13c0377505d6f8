"""``pos-guard decode ssi``: every vector, with its name or what is wrong; payment codes masked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.cli.decode import command
from pos_guard.frames import ssi
from pos_guard.frames.decoded import Decoded
from pos_guard.frames.ssi import DECODER, Op, Status
from pos_guard.frames.ssi_decode import decode

GOLDEN = Path(__file__).parents[1] / "golden"
VECTORS: list[dict[str, Any]] = json.loads((GOLDEN / "ssi.json").read_text("utf-8"))
OTHERS: dict[str, Any] = json.loads((GOLDEN / "ssi_others.json").read_text("utf-8"))

# The documented example of a payment code: 18 digits from 10 to 15.
WECHAT = b"134567890123456789"


def code(data: bytes, code_type: int = 0x1C, status: int = 0) -> bytes:
    return ssi.build(Op.DECODE_DATA, bytes([code_type]) + data, source=DECODER, status=status)


def one(raw: bytes) -> Decoded:
    (decoded,) = decode(raw)
    return decoded


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["hex"][:16])
def test_every_vector_agrees(row: dict[str, Any]) -> None:
    raw, expect = bytes.fromhex(row["hex"]), row["expect"]
    decoded = one(raw)
    assert decoded.raw == raw
    assert decoded.fields["opcode"] == expect["opcode"]
    assert decoded.fields["source"] == expect["source"]
    assert decoded.fields["status"] == expect["status"]
    assert (decoded.error and decoded.error.code) == row["reason"]
    if "code_type" in expect:
        assert decoded.fields["code_type"] == expect["code_type"][:2]


def test_a_dialogue_reads_like_its_log() -> None:
    stream = "".join(line[1] for line in OTHERS["dialogues"][0]["lines"])
    decoded = list(decode(bytes.fromhex(stream)))
    assert [one.name for one in decoded] == [
        *("PARAM_SEND", "CMD_ACK", "FLUSH_QUEUE", "CMD_ACK", "SCAN_ENABLE", "CMD_ACK"),
        *("PARAM_SEND", "CMD_ACK", "START_SESSION", "CMD_ACK", "DECODE_DATA", "CMD_ACK"),
        *("STOP_SESSION", "CMD_ACK"),
    ]
    fields = decoded[0].fields
    assert fields["flags"] == ["permanent"]
    assert fields["beep"] is None
    assert fields["parameters"] == {
        "EE decode data packet format": "01",
        "9F software handshaking": "01",
        "EC parameter scanning": "01",
        "8A trigger mode": "07",
        "F0 00 decode event": "00",
    }
    assert decoded[10].fields["data"] == "US"
    assert decoded[10].fields["symbology"] == "code128"


@pytest.mark.parametrize(
    ("raw", "name", "fields"),
    [
        ("05d1040006ff20", "CMD_NAK", {"cause": "DENIED"}),
        ("05f6000001ff04", "EVENT", {"event": "decode"}),
        ("05c704008afea6", "PARAM_REQUEST", {"parameters": ["8A trigger mode"]}),
    ],
)
def test_fields_have_the_names_of_the_manuals(raw: str, name: str, fields: dict[str, Any]) -> None:
    decoded = one(bytes.fromhex(raw))
    assert decoded.name == name
    assert fields.items() <= decoded.fields.items()


@pytest.mark.parametrize(
    "payload", [WECHAT, b"\x02" + WECHAT + b"\r", b"hQVDUFYxQQ", b"]C1" + WECHAT]
)
def test_payment_codes_are_masked_with_their_checksum(payload: bytes) -> None:
    raw = code(payload)
    shown = json.dumps(one(raw).as_json())
    assert payload.hex() not in shown
    assert WECHAT.decode() not in shown
    assert raw[-2:].hex() not in shown
    assert WECHAT.decode() in json.dumps(one(code(WECHAT)).as_json(unmask=True))


def test_what_is_no_payment_code_is_shown() -> None:
    shown = one(code(b"6901028225168", 0x0B)).as_json()
    assert shown["fields"] == {
        "length": 18,
        "opcode": "F3",
        "source": "decoder",
        "status": 0,
        "code_type": "0B",
        "code_name": "EAN-13",
        "symbology": "ean13",
        "data": "6901028225168",
    }


def test_halves_of_a_code_in_several_packets_are_masked() -> None:
    first, last = decode(code(WECHAT[:9], status=Status.MORE) + code(WECHAT[9:]))
    for part in (first, last):
        assert part.as_json()["raw"] == part.raw[:5].hex() + "*" * 2 * (len(part.raw) - 5)


def test_what_cannot_be_read_is_masked_but_for_its_header() -> None:
    raw = bytearray(code(WECHAT))
    raw[-1] ^= 1
    shown = one(bytes(raw)).as_json()
    assert shown["raw"] == raw[:4].hex() + "*" * 2 * (len(raw) - 4)
    noise = [found.as_json() for found in decode(b"~" + WECHAT)]
    assert {shown["raw"] for shown in noise} <= {"*" * 2 * size for size in range(20)}


def test_the_rest_is_decoded_after_a_damaged_packet() -> None:
    ack = bytes.fromhex("04d00000ff2c")
    damaged = ack[:-1] + b"\x2d"
    found = list(decode(damaged + ack + b"?" + ack + ack[:4]))
    codes = [one.error and one.error.code for one in found]
    assert codes == ["checksum", None, "noise", None, "truncated"]


@pytest.mark.parametrize("opcode", [Op.DECODE_DATA, Op.NAK, Op.EVENT, Op.BEEP, Op.PARAM_SEND])
def test_a_packet_without_its_data_is_wrong(opcode: Op) -> None:
    error = one(ssi.build(opcode)).error
    assert error is not None
    assert (error.code, error.at) == ("truncated", 4)


def test_the_command_line_reads_ssi() -> None:
    lines = "07 f3 00 00 03 55 53 fe 5b\n04 e4 04 00 ff 13\n"
    done = CliRunner().invoke(command, ["ssi", "--hex"], input=lines)
    assert done.exit_code == 1
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["protocol"], first["name"], first["fields"]["data"]) == (
        "ssi",
        "DECODE_DATA",
        "US",
    )
    assert second["error"]["code"] == "checksum"


@given(st.binary(max_size=400))
@settings(max_examples=150)
def test_any_bytes_give_objects_that_print(data: bytes) -> None:
    for decoded in decode(data):
        json.dumps(decoded.as_json())
