"""Page mode, pictures, symbols, macros and requests mean what the manuals say, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames.escpos import CHINA, PANEL, Command, Dialect, parse, scan
from pos_guard.frames.escpos_control import (
    Buzzer,
    ClearBuffers,
    InkStatus,
    OfflineResponse,
    PowerOff,
    RealtimeControl,
    Recovery,
    SendStatus,
    Sensors,
)
from pos_guard.frames.escpos_images import (
    CapacityRequest,
    ColumnGraphics,
    DownloadedImage,
    DownloadedImagePrint,
    Glyph,
    KeyListRequest,
    NvImagePrint,
    NvImages,
    Picture,
    StoredImage,
    StoredImageDelete,
    StoredImagePrint,
    SymbolPrint,
    SymbolSetting,
    SymbolSizeRequest,
    SymbolStore,
    UserCharacterCancel,
    UserCharacters,
    UserCharactersOn,
    UserKanji,
    VendorQr,
)
from pos_guard.frames.escpos_layout import (
    Feed,
    InternationalSet,
    KanjiFont,
    KanjiSystem,
    LineSpacing,
    Macro,
    MacroRun,
    Margin,
    MotionUnits,
    PageArea,
    PageClear,
    PageDirection,
    PageMode,
    PagePrint,
    Position,
    PrintWidth,
    Setting,
    Tabs,
    TextEncoding,
    VendorTextEncoding,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "escpos_framing.json"

# Parameters and byte forms: Epson ESC/POS Command Reference, one page a command.
LAYOUT: list[tuple[str, Command | None]] = [
    ("1b4c", PageMode(on=True)),
    ("1b53", PageMode(on=False)),
    ("1b57 0a00 1400 0002 f401", PageArea(10, 20, 512, 500)),
    ("1b5400", PageDirection(0)),
    ("1b5433", PageDirection(3)),
    ("0c", PagePrint(leave=True)),
    ("1b0c", PagePrint(leave=False)),
    ("18", PageClear()),
    ("1b24 2c01", Position(300, vertical=False, relative=False)),
    ("1b5c ecff", Position(-20, vertical=False, relative=True)),
    ("1d24 ff00", Position(255, vertical=True, relative=False)),
    ("1d5c 0080", Position(-32768, vertical=True, relative=True)),
    ("1d4c 0001", Margin(256)),
    ("1d57 4002", PrintWidth(576)),
    ("1d50 b4b4", MotionUnits(180, 180)),
    ("1b44 08101800", Tabs((8, 16, 24))),
    ("1b4400", Tabs(())),
    ("1b32", LineSpacing(None)),
    ("1b331e", LineSpacing(30)),
    ("1b6403", Feed(3, lines=True)),
    ("1b6502", Feed(2, lines=True, back=True)),
    ("1b4aff", Feed(255, lines=False)),
    ("1b4b10", Feed(16, lines=False, back=True)),
    ("1b520f", InternationalSet(15)),
    ("1c4301", KanjiSystem(1)),
    ("1c4332", KanjiSystem(2)),
    ("1c28410200 3031", KanjiFont(1)),
    ("1c28430200 3032", TextEncoding(2)),
    ("1c28430300 3c000b", None),
    ("1d3a", Macro()),
    ("1d5e 030a01", MacroRun(3, 1000, on_button=True)),
    ("1b4501", Setting("bold", 1)),
    ("1b2d32", Setting("underline", 50)),
    ("1d68a2", Setting("barcode-height", 162)),
    ("1d4802", Setting("hri-position", 2)),
    ("1c5701", Setting("kanji-quad", 1)),
]
CLONES: list[tuple[str, Command]] = [
    ("1b3901", VendorTextEncoding(1)),
    ("1b5a 00 4d 06 0500 68656c6c6f", VendorQr(0, "M", 6, b"hello")),
    ("1b5a 28 03 08 0100 41", VendorQr(40, "H", 8, b"A")),
    ("1b420302", Buzzer(0, times=3)),
    ("1b43010205", Buzzer(1, times=5)),
]
IMAGES: list[tuple[str, Command | None]] = [
    (
        "1c7102 0100 0100 ff00ff00ff00ff00 0100 0200" + "81" * 16,
        NvImages((Picture(8, 1, bytes.fromhex("ff00") * 4), Picture(8, 2, b"\x81" * 16))),
    ),
    ("1c70 0103", NvImagePrint(1, wide=True, tall=True)),
    ("1c70 0231", NvImagePrint(2, wide=True, tall=False)),
    ("1d2a 0101" + "aa" * 8, DownloadedImage(Picture(8, 1, b"\xaa" * 8))),
    ("1d2f02", DownloadedImagePrint(wide=False, tall=True)),
    (
        "1d284c0d00 3043 30 4b31 01 0800 0200 31 aa55",
        StoredImage("nv", b"K1", 8, 2, raster=True, colors=1, data=b"\xaa\x55"),
    ),
    (
        "1d284c0e00 3054 30 4b32 02 0100 0800 31f0 320f",
        StoredImage("download", b"K2", 1, 8, raster=False, colors=2, data=b"\xf0"),
    ),
    (
        "1d384c0c000000 3053 30 2020 01 0100 0100 31 80",
        StoredImage("download", b"  ", 1, 1, raster=True, colors=1, data=b"\x80"),
    ),
    ("1d284c0600 3045 4b31 0102", StoredImagePrint("nv", b"K1", 1, 2)),
    ("1d284c0600 3055 4b31 0101", StoredImagePrint("download", b"K1", 1, 1)),
    ("1d284c0400 3042 4b31", StoredImageDelete("nv", b"K1")),
    ("1d284c0500 3041 434c52", StoredImageDelete("nv", b"")),
    ("1d284c0500 3051 434c52", StoredImageDelete("download", b"")),
    ("1d284c0400 3040 4b43", KeyListRequest("nv")),
    ("1d284c0400 3050 4b43", KeyListRequest("download")),
    ("1d284c0200 3000", CapacityRequest("nv", remaining=False)),
    ("1d284c0200 3033", CapacityRequest("nv", remaining=True)),
    ("1d284c0200 3034", CapacityRequest("download", remaining=True)),
    ("1d284c0400 30013232", None),
    (
        "1d284c0b00 3071 30 02 01 31 0100 0800 ff",
        ColumnGraphics(1, 8, wide=True, tall=False, data=b"\xff"),
    ),
    ("1d286b0300 304103", SymbolSetting("pdf417", "A", (3,))),
    ("1d286b0400 30453034", SymbolSetting("pdf417", "E", (48, 52))),
    ("1d286b0600 305030414243", SymbolStore("pdf417", b"ABC")),
    ("1d286b0300 305130", SymbolPrint("pdf417")),
    ("1d286b0300 305230", SymbolSizeRequest("pdf417")),
    ("1d286b0600 325032414243", SymbolStore("maxicode", b"ABC")),
    ("1d286b0600 335030483132", SymbolStore("databar", b"12", selector=b"H")),
    ("1d286b0700 34503031413132", SymbolStore("composite", b"12", selector=b"1A")),
    ("1d286b0300 355130", SymbolPrint("aztec")),
    ("1d286b0300 365130", SymbolPrint("datamatrix")),
    (
        "1b26034142 01a1a2a3 02b1b2b3b4b5b6",
        UserCharacters(3, 0x41, (Glyph(1, b"\xa1\xa2\xa3"), Glyph(2, bytes(range(0xB1, 0xB7))))),
    ),
    ("1b3f41", UserCharacterCancel(b"A")),
    ("1c3fec40", UserCharacterCancel(b"\xec\x40")),
    ("1c32ec40" + "00" * 72, UserKanji(b"\xec\x40", bytes(72))),
    ("1b2501", UserCharactersOn(on=True)),
]
CONTROL: list[tuple[str, Command | None]] = [
    ("100502", Recovery(2)),
    ("1014020108", PowerOff()),
    ("1014030100030100", Buzzer(1, times=3, realtime=True)),
    ("10140701", SendStatus(1)),
    ("10140801031401060208", ClearBuffers()),
    ("1b28410400 3031030a", Buzzer(0x31, times=3)),
    ("1b28410300 610302", Buzzer(3, times=2)),
    ("1b28410700 62300164000101", None),
    ("1d28440500 1401010200", RealtimeControl(pulse=True, power_off=False)),
    ("1d28440300 140100", RealtimeControl(pulse=False, power_off=None)),
    ("1d28480300 313002", OfflineResponse(2)),
    ("1d28480300 313031", OfflineResponse(1)),
    ("1b63340c", Sensors(4, 12)),
    ("1b633501", Sensors(5, 1)),
    ("1d6a03", InkStatus(3)),
]


@pytest.mark.parametrize(("raw", "meaning"), LAYOUT + IMAGES + CONTROL)
def test_a_command_means_what_the_manual_says(raw: str, meaning: Command | None) -> None:
    (token,) = scan(bytes.fromhex(raw))
    assert parse(token) == meaning


@pytest.mark.parametrize(("raw", "meaning"), CLONES)
def test_a_vendor_command_means_what_its_manual_says(raw: str, meaning: Command) -> None:
    (token,) = scan(bytes.fromhex(raw), CHINA)
    assert parse(token) == meaning


@pytest.mark.parametrize(
    ("raw", "dialect"),
    [("1b4203", PANEL), ("1b4305", PANEL), ("1b4303", CHINA), ("1b5701 00", CHINA)],
)
def test_a_command_of_another_dialect_is_not_taken_for_a_buzzer(raw: str, dialect: Dialect) -> None:
    for token in scan(bytes.fromhex("1b3d02" + raw), dialect):
        assert not isinstance(parse(token), Buzzer | PageArea)


@pytest.mark.parametrize(
    "raw",
    [
        "1b5404",
        "1b57 0000 0000 0000 0001",
        "1c4303",
        "1c28410200 3039",
        "1c28430200 3033",
        "1d5e 010102",
        "1c7100",
        "1c700104",
        "1d2f74",
        "1d2a0005",
        "1d284c0d00 3043 30 4b31 02 0800 0200 31 aa55",
        "1d284c0d00 3043 30 4b31 00 0800 0200 31 aa55",
        "1d284c0300 304241",
        "1d284c0500 3041 434c53",
        "1d284c0400 3040 4142",
        "1d284c0300 303330",
        "1d286b0300 305131",
        "1d286b0200 3041",
        "1d286b0300 305030",
        "1d286b0400 33503048",
        "1d286b0400 30502041",
        "1014020109",
        "10140801031401060209",
        "1d28440300 150100",
        "1d28440200 1401",
        "1d28480300 313003",
        "1d28480400 31300101",
        "1b28410200 3031",
    ],
)
def test_parameters_out_of_range_are_a_frame_error(raw: str) -> None:
    (token,) = scan(bytes.fromhex(raw))
    with pytest.raises(FrameError) as caught:
        parse(token)
    assert caught.value.code == "malformed"


@pytest.mark.parametrize(
    "raw",
    ["1b5a294d06010041", "1b5a015806010041", "1b5a014d00010041", "1b5a014d060000"],
)
def test_a_vendor_qr_out_of_range_is_a_frame_error(raw: str) -> None:
    (token,) = scan(bytes.fromhex(raw), CHINA)
    with pytest.raises(FrameError):
        parse(token)


def test_no_example_of_an_independent_list_is_malformed() -> None:
    """But for its pictures of fn 112 and 113: it gives them the head of fn 67, with a key."""
    groups = json.loads(GOLDEN.read_text(encoding="utf-8"))["groups"]
    wrong: set[str] = set()
    for rows in groups.values():
        for kind, _, raw in rows:
            token = scan(bytes.fromhex(raw))[0]
            try:
                parse(token)
            except FrameError:
                wrong.add(kind)
    assert wrong == {
        f"GsStoreGraphicsDataToPrintBuffer{form}"
        for form in ("RasterW", "RasterDW", "ColumnW", "ColumnDW")
    }


LEADS = st.sampled_from(
    [
        *(b"\x1d(k", b"\x1d(L", b"\x1d8L", b"\x1d(D", b"\x1d(H", b"\x1b(A", b"\x1c(A", b"\x1c(C"),
        *(b"\x1cq\x01", b"\x1d*", b"\x1b&", b"\x1bZ", b"\x1bD", b"\x1bW", b"\x10\x14", b"\x1cp"),
        *(b"\x1d^", b"\x1bT", b"\x1bc", b"\x1d(k\x08\x000", b"\x1d(L\x0e\x000"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(LEADS, st.binary(max_size=48))
def test_garbage_gives_frame_errors_and_nothing_else(lead: bytes, data: bytes) -> None:
    """Whatever comes in, FrameError is the only error that comes out."""
    for dialect in (CHINA, PANEL):
        for token in scan(lead + data, dialect):
            try:
                parse(token)
            except FrameError:
                continue
