"""What frames cost to read and build, against the least that any code must do with the bytes."""

from __future__ import annotations

import re
import struct

import pytest

from pos_guard.frames import zvt_build
from pos_guard.frames.codes import Kind, classify
from pos_guard.frames.escpos import EscPosScanner, scan
from pos_guard.frames.zvt import parse
from pos_guard.frames.zvt_apdu import ApduFramer
from pos_guard.frames.zvt_intent import intent_of
from tests.benchmarks.ratio import Benchmark, Side, against, note_rate

READ = 4096
"""Bytes that a pty gives at once: a printer stream comes in pieces of this size."""

# 06 01: 12.50 EUR. By hand: two offsets and the digits, nothing checked.
PAY = bytes.fromhex("0601 0A 04 000000001250 49 0978")
_BY_HAND = struct.Struct(">2sBB6sB2s")

_LINES = re.compile(rb"[\x20-\xff]+|[\x00-\x1f]")
"""Cuts text from control bytes and knows no lengths: quick, and wrong inside every picture."""


def receipt() -> bytes:
    """Thirty items, styles, a cut: 2 kB as tills print them."""
    items = b"".join(b"%-30s %8d.%02d EUR\n" % (b"Item %d" % i, i, i) for i in range(30))
    head = b"\x1b@\x1ba\x01\x1b!\x30CORNER SHOP\n\x1b!\x00\x1ba\x00"
    return head + items + b"\x1bE\x01TOTAL 435.30\x1bE\x00\n\x1bd\x03\x1dVB\x00"


def logo() -> bytes:
    """576 by 240 dots in bands of 24 rows, as printer libraries send pictures."""
    band = b"\x1dv0\x00\x48\x00\x18\x00" + bytes(range(216)) * 8
    return b"\x1b@" + band * 10 + b"\n"


def pieces(data: bytes) -> list[bytes]:
    return [data[at : at + READ] for at in range(0, len(data), READ)]


def parse_payment() -> int | None:
    framer = ApduFramer()
    framer.feed(PAY)
    apdu = framer.take()
    assert apdu is not None
    intent = intent_of(parse(apdu), "EUR")
    return None if intent is None else intent.amount


def parse_by_hand() -> int:
    _, _, _, amount, _, currency = _BY_HAND.unpack(PAY)
    assert currency == b"\x09\x78"
    return int(amount.hex())


def build_by_hand() -> bytes:
    amount = bytes.fromhex(str(1250).rjust(12, "0"))
    return _BY_HAND.pack(b"\x06\x01", 10, 4, amount, 0x49, b"\x09\x78")


def test_zvt_payment_to_intent_against_struct_and_no_checks(benchmark: Benchmark) -> None:
    assert parse_payment() == parse_by_hand() == 1250
    against(benchmark, Side(parse_payment, 100), Side(parse_by_hand, 100))
    note_rate(benchmark, 1, "frames")


def test_zvt_build_payment_against_struct(benchmark: Benchmark) -> None:
    assert zvt_build.authorisation(1250, "EUR") == build_by_hand() == PAY
    build = Side(lambda: zvt_build.authorisation(1250, "EUR"), 100)
    against(benchmark, build, Side(build_by_hand, 100))
    note_rate(benchmark, 1, "frames")


@pytest.mark.parametrize("copies", [1, 100], ids=["2kB", "200kB"])
def test_escpos_scan_of_text_against_one_regex(benchmark: Benchmark, copies: int) -> None:
    data = receipt() * copies
    parts = pieces(data)

    def scan_parts() -> int:
        scanner = EscPosScanner()
        return sum(len(scanner.feed(part)) for part in parts)

    against(benchmark, Side(scan_parts), Side(lambda: [_LINES.findall(part) for part in parts]))
    assert b"".join(token.raw for token in scan(data)) == data
    note_rate(benchmark, len(data), "B")


def test_escpos_scan_of_raster_against_copying_it(benchmark: Benchmark) -> None:
    data = logo()
    parts = pieces(data)

    def scan_parts() -> int:
        scanner = EscPosScanner()
        return sum(len(scanner.feed(part)) for part in parts)

    assert scan_parts() == 12
    copy = Side(lambda: [bytes(bytearray(part)) for part in parts], 10)
    against(benchmark, Side(scan_parts, 10), copy)
    note_rate(benchmark, len(data), "B")


def test_classify_payment_code_against_one_regex(benchmark: Benchmark) -> None:
    code = "134567890123456789"  # documented shape of a WeChat code: 10 to 15, then 16 digits
    wechat = re.compile(r"1[0-5][0-9]{16}")
    assert classify(code).kind is Kind.PAYMENT_CODE
    against(benchmark, Side(lambda: classify(code), 100), Side(lambda: wechat.fullmatch(code), 100))
    note_rate(benchmark, 1, "codes")
