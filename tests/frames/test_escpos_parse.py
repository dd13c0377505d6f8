"""Commands with a meaning, against the manual's own bytes; the builders against the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos import (
    Align,
    Alignment,
    AutoStatus,
    Barcode,
    BitImage,
    CharacterSize,
    CodePage,
    Command,
    Cut,
    DrawerPulse,
    GraphicsPrint,
    IdRequest,
    Initialize,
    KanjiMode,
    PrintMode,
    ProcessId,
    QrLevel,
    QrModel,
    QrPrint,
    QrSize,
    QrSizeRequest,
    QrStore,
    Raster,
    SelectDevice,
    StatusRequest,
    decode,
    parse,
    scan,
)

PLAIN = PrintMode(font_b=False, bold=False, tall=False, wide=False, underline=False)

MEANINGS: list[tuple[bytes, Command | None]] = [
    (b"\x1b@", Initialize()),
    (b"\x1b=\x01", SelectDevice(printer=True, display=False)),
    (b"\x1b=\x02", SelectDevice(printer=False, display=True)),
    (b"\x1b=\x03", SelectDevice(printer=True, display=True)),
    (b"\x1dV\x00", Cut(full=True)),
    (b"\x1dV1", Cut(full=False)),
    (b"\x1dVA\x20", Cut(full=True, feed=32)),
    (b"\x1dVB\x00", Cut(full=False)),
    (b"\x1bi", Cut(full=False)),
    (b"\x1bp\x00\x19\xfa", DrawerPulse(pin=2, on_ms=50, off_ms=500)),
    (b"\x1bp1\x19\xfa", DrawerPulse(pin=5, on_ms=50, off_ms=500)),
    (b"\x10\x14\x01\x01\x05", DrawerPulse(pin=5, on_ms=500, off_ms=500, realtime=True)),
    (b"\x1bt\x10", CodePage(16)),
    (b"\x1c&", KanjiMode(on=True)),
    (b"\x1c.", KanjiMode(on=False)),
    (b"\x1ba2", Alignment(Align.RIGHT)),
    (b"\x1d!\x10", CharacterSize(width=2, height=1)),
    (b"\x1d!\x01", CharacterSize(width=1, height=2)),
    (b"\x1b!\x00", PLAIN),
    (b"\x1b!\xb9", PrintMode(font_b=True, bold=True, tall=True, wide=True, underline=True)),
    (
        b"\x1c!\x8c",
        PrintMode(font_b=False, bold=False, tall=True, wide=True, underline=True),
    ),
    (b"\x1d(k\x04\x001A2\x00", QrModel(2)),
    (b"\x1d(k\x03\x001C\x06", QrSize(6)),
    (b"\x1d(k\x03\x001E0", QrLevel("L")),
    (b"\x1d(k\x06\x001P0ABC", QrStore(b"ABC")),
    (b"\x1d(k\x03\x001Q0", QrPrint()),
    (b"\x1d(k\x03\x001R0", QrSizeRequest()),
    (b"\x1d(k\x03\x009A\x03", None),
    (b"\x1dk\x02400638133393\x00", Barcode(67, b"400638133393")),
    (b"\x1dkI\x04{BA1", Barcode(73, b"{BA1")),
    (b"\x1dv0\x01\x01\x00\x02\x00\xf0\x0f", Raster(1, 2, wide=True, tall=False, data=b"\xf0\x0f")),
    (
        b"\x1d(L\x0b\x000p\x01\x02\x011\x08\x00\x01\x00\xaa",
        Raster(1, 1, wide=True, tall=False, data=b"\xaa", stored=True),
    ),
    (
        b"\x1d8L\x0b\x00\x00\x000p\x01\x01\x011\x08\x00\x01\x00\xaa",
        Raster(1, 1, wide=False, tall=False, data=b"\xaa", stored=True),
    ),
    (b"\x1d(L\x02\x0002", GraphicsPrint()),
    (b"\x1b*\x00\x02\x00\x80\x01", BitImage(0, 2, b"\x80\x01")),
    (b"\x10\x04\x04", StatusRequest(4, realtime=True)),
    (b"\x1dr\x01", StatusRequest(1, realtime=False)),
    (b"\x1bv", StatusRequest(1, realtime=False)),
    (b"\x1dIC", IdRequest(67)),
    (b"\x1da\xff", AutoStatus(255)),
    (b"\x1d(H\x06\x00000001", ProcessId(b"0001")),
    (b"plain text", None),
    (b"\x1d(A\x02\x00\x00\x02", None),
]


@pytest.mark.parametrize(("raw", "meaning"), MEANINGS)
def test_a_command_means_what_the_manual_says(raw: bytes, meaning: Command | None) -> None:
    (token,) = scan(raw)
    assert parse(token) == meaning


@pytest.mark.parametrize(
    "raw",
    [
        b"\x1ba\x07",
        b"\x1bp\x07\x01\x01",
        b"\x1d(k\x00\x00",
        b"\x1d(k\x02\x001P",
        b"\x1d(k\x04\x001P1A",
        b"\x1d(k\x03\x001C\x63",
        b"\x1d(k\x03\x001E9",
        b"\x1d(k\x03\x001Q7",
        b"\x1d(H\x03\x0000A",
        b"\x1dv0\x09\x01\x00\x01\x00A",
        b"\x1d(L\x05\x000p\x01\x01\x01",
    ],
)
def test_parameters_out_of_range_are_a_frame_error(raw: bytes) -> None:
    (token,) = scan(raw)
    with pytest.raises(FrameError) as caught:
        parse(token)
    assert caught.value.code == "malformed"


def test_an_oversize_command_is_a_frame_error() -> None:
    token = scan(b"\x1dv0\x00\xff\xff\xff\xff")[0]
    with pytest.raises(FrameError, match="longer than any printer takes"):
        parse(token)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64))
def test_garbage_gives_frame_errors_and_nothing_else(data: bytes) -> None:
    """Whatever comes in, FrameError is the only error that comes out."""
    for lead in (b"", b"\x1b", b"\x1d(k", b"\x1d(L", b"\x1dk", b"\x1d8L\x08\x00\x00\x00"):
        for token in scan(lead + data):
            try:
                parse(token)
            except FrameError:
                continue
        assert b"".join(message.raw for message in decode(lead + data)) == lead + data


@pytest.mark.parametrize(
    ("built", "manual"),
    [
        (build.align(Align.CENTER), "1b6101"),
        (build.bold(on=True), "1b4501"),
        (build.size(2, 2), "1d2111"),
        (build.code_page(16), "1b7410"),
        (build.feed(3), "1b6403"),
        (build.cut(), "1d564200"),
        (build.cut(full=True, feed_units=16), "1d564110"),
        (build.drawer(), "1b700019fa"),
        (build.drawer(5), "1b700119fa"),
        (build.realtime_status(4), "100404"),
        (build.process_id(b"0001"), "1d284806003030" + b"0001".hex()),
        (
            build.qr(b"ABC", dots=6, level="L"),
            "1d286b040031413200 1d286b0300314306 1d286b0300314530 1d286b0600315030414243"
            "1d286b0300315130",
        ),
    ],
)
def test_builders_give_the_manuals_bytes(built: bytes, manual: str) -> None:
    assert built == bytes.fromhex(manual)


@given(st.binary(min_size=1, max_size=400))
def test_a_qr_code_reads_back_whatever_is_in_it(data: bytes) -> None:
    tokens = scan(build.qr(data))
    assert {token.name for token in tokens} == {"GS ( k"}
    assert parse(tokens[3]) == QrStore(data)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: build.qr(b""),
        lambda: build.qr(b"7" * 7090),
        lambda: build.qr(b"A", level="X"),
        lambda: build.drawer(3),
        lambda: build.size(9),
        lambda: build.process_id(b"12"),
    ],
)
def test_builders_refuse_what_no_printer_takes(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(LocalError):
        wrong()


def test_built_text_carries_no_commands() -> None:
    assert build.text("A\x1b@B€\n", "cp437") == b"A?@B?\n"
