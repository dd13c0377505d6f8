"""What reading an ISO 8583 message costs, against pyiso8583 with a table of the same fields."""

from __future__ import annotations

import iso8583
import pytest
from iso8583.specs import default_ascii

from pos_guard.frames.iso8583 import Message, build, parse
from pos_guard.frames.iso8583_intent import intent_of
from pos_guard.frames.iso8583_profile import IN_ASCII, UNION_PAY, Profile
from tests.benchmarks.ratio import Benchmark, Side, against, note_rate

Spec = dict[str, dict[str, object]]

_PACKED: dict[str, object] = {
    "data_enc": "b",
    "len_enc": "bcd",
    "len_type": 0,
    "len_count": "nibbles",
}
_TEXT: dict[str, object] = {
    "data_enc": "ascii",
    "len_enc": "bcd",
    "len_type": 0,
    "len_count": "bytes",
}
_BYTES: dict[str, object] = {"data_enc": "b", "len_enc": "bcd", "len_type": 2, "len_count": "bytes"}

SALE = Message(
    "0200",
    {
        2: "6224240000000000",
        3: "000000",
        4: "000000001250",
        11: "000080",
        14: "3012",
        22: "0510",
        23: "0001",
        25: "00",
        26: "06",
        35: "62250000000000015d151110100000",
        41: "10016919",
        42: "84329004582000B",
        49: "156",
        52: "c624834d367e9e9e",
        53: "2000000000000000",
        55: "9f2608" + "00" * 8 + "9f2701009f360200019505" + "00" * 5,
        60: "22000727000600",
        64: "0" * 16,
    },
    bytes.fromhex("6000030000"),
    bytes.fromhex("603100310100"),
)

PLAIN = Message(
    "0200",
    {
        2: "4242424242424242",
        3: "000000",
        4: "000000001500",
        7: "1206041200",
        11: "000001",
        12: "041200",
        13: "1206",
        22: "051",
        37: "000000000001",
        41: "12340001",
        42: "123456789012345",
        49: "840",
    },
)


def packed_spec() -> Spec:
    """UnionPay's fields as pyiso8583 writes a table; a TPDU and header of eleven bytes."""
    fixed = {"3": 6, "4": 12, "11": 6, "12": 6, "13": 4, "14": 4, "22": 4, "23": 4, "25": 2}
    fixed |= {"26": 2, "53": 16}
    counted = {"2": (1, 19), "35": (1, 38), "60": (2, 999), "61": (2, 999)}
    spec: Spec = {
        "h": _PACKED | {"max_len": 22, "desc": "TPDU and header"},
        "t": _PACKED | {"max_len": 4, "desc": "type"},
        "p": _PACKED | {"max_len": 16, "desc": "bitmap"},
    }
    spec |= {number: _PACKED | {"max_len": size, "desc": ""} for number, size in fixed.items()}
    for number, (kind, most) in counted.items():
        spec[number] = _PACKED | {"len_type": kind, "max_len": most, "right_pad": "0", "desc": ""}
    spec |= {n: _PACKED | {"max_len": 16, "desc": ""} for n in ("52", "64")}
    for number, size in {"37": 12, "38": 6, "39": 2, "41": 8, "42": 15, "49": 3}.items():
        spec[number] = _TEXT | {"max_len": size, "desc": ""}
    spec["55"] = _BYTES | {"max_len": 999, "desc": ""}
    return spec


CASES = {
    "packed": (SALE, UNION_PAY, packed_spec()),
    "ascii": (PLAIN, IN_ASCII, default_ascii),
}


@pytest.mark.parametrize("name", CASES)
def test_iso8583_parse_against_pyiso8583(benchmark: Benchmark, name: str) -> None:
    message, profile, spec = CASES[name]
    data = build(message, profile)
    theirs = iso8583.decode(data, spec)[0]
    ours = parse(data, profile).fields
    assert {n: value.lower() for n, value in theirs.items() if n.isdecimal()} == {
        str(n): value.lower() for n, value in ours.items()
    }
    parsing = Side(lambda: parse(data, profile), 200)
    ratio = against(benchmark, parsing, Side(lambda: iso8583.decode(data, spec), 200))
    note_rate(benchmark, 1, "messages")
    assert ratio > 0


def test_iso8583_sale_to_intent_against_pyiso8583(benchmark: Benchmark) -> None:
    message, profile, spec = CASES["packed"]
    data = build(message, profile)
    side = Side(lambda: _meaning(data, profile), 200)
    against(benchmark, side, Side(lambda: iso8583.decode(data, spec), 200))
    note_rate(benchmark, 1, "messages")


def _meaning(data: bytes, profile: Profile) -> int | None:
    intent = intent_of(parse(data, profile), profile)
    return None if intent is None else intent.amount
