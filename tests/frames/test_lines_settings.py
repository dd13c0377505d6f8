"""Lines of every setting, whole and in every split: each scan comes exactly once."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.lines import MAX_AFFIX, MAX_SCAN, End, LineFramer, LineSettings, ScanLine
from pos_guard.frames.symbology import Symbology, Vendor

CODE = b"134567890123456789"

WIRE: dict[End, list[bytes]] = {
    End.CR: [b"\r", b"\r\n"],
    End.LF: [b"\n", b"\r\n"],
    End.CRLF: [b"\r\n"],
    End.TAB: [b"\t"],
    End.ANY: [b"\r", b"\n", b"\r\n", b"\t"],
}


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    return [data[a:b] for a, b in pairwise(sorted({0, *cuts, len(data)}))]


def heard(setting: LineSettings, pieces: list[bytes]) -> list[ScanLine]:
    framer = LineFramer(setting)
    lines = [line for piece in pieces for line in framer.feed(piece)]
    rest = framer.idle()
    return lines if rest is None else [*lines, rest]


def payloads(lines: list[ScanLine]) -> list[bytes]:
    return [line.payload for line in lines if not line.late]


@pytest.mark.parametrize(
    ("end", "sent"), [(end, sent) for end, ends in WIRE.items() for sent in ends]
)
@pytest.mark.parametrize(
    ("prefix", "suffix"),
    [
        (b"", b""),
        (b"\x02", b"\x03"),
        (b"AB", b""),
        (b"\r\nAB", b""),
        (b"\n", b""),
        (b"", b"\x03\x04"),
    ],
)
def test_every_split_of_two_scans(end: End, sent: bytes, prefix: bytes, suffix: bytes) -> None:
    if prefix == b"\n" and sent == b"\r\n":
        end = End.CRLF
    setting = LineSettings(end=end, prefix=prefix, suffix=suffix)
    scan = prefix + CODE + suffix + sent
    other = prefix + b"]E04006381333931" + suffix + sent
    data = scan + other
    for at in range(len(data) + 1):
        lines = heard(setting, [data[:at], data[at:]])
        assert payloads(lines) == [CODE, b"4006381333931"], at
        assert all(line.ended and not line.overlong for line in lines)
    bytewise = heard(setting, [data[at : at + 1] for at in range(len(data))])
    assert payloads(bytewise) == [CODE, b"4006381333931"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=5),
    st.lists(st.integers(0, 200), max_size=12),
    st.sampled_from(sorted(WIRE)),
    st.data(),
)
def test_each_scan_exactly_once_in_every_split(
    codes: list[bytes], cuts: list[int], end: End, data: st.DataObject
) -> None:
    sent = data.draw(st.sampled_from(WIRE[end]))
    plain = [code.translate(None, b"\r\n\t]") or b"1" for code in codes]
    wire = b"".join(code + sent for code in plain)
    lines = heard(LineSettings(end=end), pieces_of(wire, [cut for cut in cuts if cut < len(wire)]))
    assert payloads(lines) == plain
    assert b"".join(line.raw for line in lines) == wire


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=120),
    st.lists(st.integers(0, 120), max_size=12),
    st.sampled_from(End),
    st.sampled_from([b"", b"\x02", b"\r\nA"]),
)
def test_garbage_comes_out_the_same_in_every_split(
    data: bytes, cuts: list[int], end: End, prefix: bytes
) -> None:
    setting = LineSettings(end=end, prefix=prefix, suffix=b"\x03")
    whole = [(line.raw, line.payload, line.aim, line.ended) for line in heard(setting, [data])]
    split = [
        (line.raw, line.payload, line.aim, line.ended)
        for line in heard(setting, pieces_of(data, [cut for cut in cuts if cut < len(data)]))
    ]

    def joined(lines: list[tuple[bytes, bytes, str | None, bool]]) -> list[bytes]:
        return [payload for _, payload, _, _ in lines if payload]

    assert joined(whole) == joined(split)
    assert b"".join(raw for raw, *_ in whole) == b"".join(raw for raw, *_ in split)


def test_a_late_line_feed_is_known_even_after_silence() -> None:
    framer = LineFramer(LineSettings(end=End.CR))
    framer.feed(CODE + b"\r")
    assert framer.idle() is None
    assert framer.feed(b"\n" + CODE + b"\r") == [
        ScanLine(b"\n", b"", late=True),
        ScanLine(CODE + b"\r", CODE),
    ]


def test_the_suffix_alone_may_be_the_end() -> None:
    setting = LineSettings(end=End.SUFFIX, prefix=b"\x02", suffix=b"\x03\x03")
    data = b"\x02a\rb\n\x03\x03\x02c\x03d\x03\x03"
    for at in range(len(data) + 1):
        assert payloads(heard(setting, [data[:at], data[at:]])) == [b"a\rb\n", b"c\x03d"]


@pytest.mark.parametrize(
    "code",
    [
        b"BCD\n002\n1\nSCT\n\nName\nDE89370400440532013000\nEUR1",
        b"SPC\r\n0200\r\n1\r\nCH4431999123000889012\r\n\r\nEPD",
        b"|099999999999990\r111222333444\r555\r0",
    ],
    ids=["epc", "swiss", "thai"],
)
@pytest.mark.parametrize("sent", [b"", b"\r", b"\r\n", b"\n", b"\t"])
def test_codes_that_contain_line_ends_end_with_silence(code: bytes, sent: bytes) -> None:
    for at in range(len(code) + 1):
        framer = LineFramer(LineSettings(end=End.IDLE))
        assert framer.feed(code[:at]) + framer.feed(code[at:] + sent) == []
        assert framer.idle() == ScanLine(code + sent, code)
        assert not framer.pending


def test_silence_with_a_suffix_takes_the_suffix_off_and_not_a_line_end_of_the_code() -> None:
    framer = LineFramer(LineSettings(end=End.IDLE, suffix=b"\n\x03"))
    framer.feed(b"a\nb\n\x03")
    assert framer.idle() == ScanLine(b"a\nb\n\x03", b"a\nb")


@pytest.mark.parametrize(
    ("setting", "line", "payload", "aim", "name"),
    [
        (LineSettings(), b"]Q1" + CODE, CODE, "]Q1", "qr"),
        (LineSettings(), b"s" + CODE, b"s" + CODE, None, None),
        (LineSettings(code_ids=Vendor.HONEYWELL), b"s" + CODE, CODE, None, "qr"),
        (LineSettings(code_ids=Vendor.HONEYWELL), b"s]Q1" + CODE, b"]Q1" + CODE, None, "qr"),
        (LineSettings(code_ids=Vendor.ZEBRA), b"P01" + CODE, CODE, None, "qr"),
        (LineSettings(code_ids=Vendor.ZEBRA), b"]Xg012345678905", b"012345678905", "]Xg", "upca"),
        (LineSettings(ids={b"k": Symbology.QR}), b"k" + CODE, CODE, None, "qr"),
        (LineSettings(aim=False), b"]Q1" + CODE, b"]Q1" + CODE, None, None),
        (LineSettings(), b"]Z6REVINF", b"REVINF", "]Z6", None),
    ],
)
def test_identifiers_by_setting(
    setting: LineSettings, line: bytes, payload: bytes, aim: str | None, name: str | None
) -> None:
    found = LineFramer(setting).feed(line + b"\r")
    symbol = None if name is None else Symbology(name)
    assert found == [ScanLine(line + b"\r", payload, aim, symbology=symbol)]


@pytest.mark.parametrize("end", [*WIRE, End.SUFFIX])
@pytest.mark.parametrize("extra", [-40, 0, 1, 5000])
def test_the_bound_holds_in_pieces_of_any_size(end: End, extra: int) -> None:
    setting = LineSettings(end=end, suffix=b"\x03\x04" if end is End.SUFFIX else b"")
    sent = b"\x03\x04" if end is End.SUFFIX else WIRE[end][0]
    data = b"1" * (MAX_SCAN + extra) + sent
    for size in (len(data), 997, 64):
        framer = LineFramer(setting)
        lines = [
            line for at in range(0, len(data), size) for line in framer.feed(data[at : at + size])
        ]
        assert [line.overlong for line in lines] == [extra > 0]
        assert len(framer._buffer) <= MAX_SCAN
        assert payloads(framer.feed(CODE + sent)) == [CODE]


@pytest.mark.parametrize(
    "wrong",
    [
        {"prefix": b"x" * (MAX_AFFIX + 1)},
        {"suffix": b"x" * (MAX_AFFIX + 1)},
        {"end": End.SUFFIX},
    ],
)
def test_settings_that_no_scanner_has(wrong: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="suffix"):
        LineSettings(**wrong)  # type: ignore[arg-type]  # a table of wrong settings
