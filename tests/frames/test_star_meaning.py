"""What Star commands mean, in the words of ESC/POS. Sources: the manuals named in star_table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames import escpos_commands as commands
from pos_guard.frames.escpos_commands import Align, Cut, DrawerPulse, Raster
from pos_guard.frames.escpos_images import SymbolPrint, SymbolStore, UserCharacters
from pos_guard.frames.escpos_layout import Feed, Margin, PageMode, Position, PrintWidth, Setting
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import UNKNOWN, Token
from pos_guard.frames.star_meaning import StarMeaning
from pos_guard.frames.star_table import scan


def likes(data: bytes) -> list[Token]:
    meaning = StarMeaning()
    return [like for token in scan(data) for like in meaning.like(token)]


def means(data: bytes) -> list[object]:
    return [command for like in likes(data) if (command := parse(like)) is not None]


@pytest.mark.parametrize(
    ("data", "meant"),
    [
        (b"\x1b@", [commands.Initialize()]),
        (b"\x18", [commands.Initialize()]),
        (b"\x1bd\x00", [Cut(full=True)]),
        (b"\x1bd1", [Cut(full=False)]),
        (b"\x1bd\x02", [Cut(full=True)]),
        (b"\x1bd3", [Cut(full=False)]),
        (b"\x1ba\x03", [Feed(3, lines=True)]),
        (b"\x1bJ\x0c", [Feed(24, lines=False)]),
        (b"\x1bI\x0c", [Feed(12, lines=False)]),
        (b"\x1b\x1da\x32", [commands.Alignment(Align.RIGHT)]),
        (b"\x1b\x1dA\x2c\x01", [Position(300, vertical=False, relative=False)]),
        (b"\x1b\x1dR\xd0\xff", [Position(-48, vertical=False, relative=True)]),
        (b"\x1b\x1dt\x20", [commands.CodePage(32)]),
        (b"\x1bi\x01\x02", [commands.CharacterSize(width=3, height=2)]),
        (b"\x1bi\x31\x30", [commands.CharacterSize(width=1, height=2)]),
        (b"\x1bE\x1bF", [Setting("bold", 1), Setting("bold", 0)]),
        (b"\x1b4\x1b5", [Setting("inverse", 1), Setting("inverse", 0)]),
        (b"\x1b-\x01", [Setting("underline", 1)]),
        (b"\x1bp", [commands.KanjiMode(on=True)]),
        (b"\x1bq", [commands.KanjiMode(on=False)]),
        (b"\x07", [DrawerPulse(2, 200, 200)]),
        (b"\x1b\x07\x0b\x37\x07", [DrawerPulse(2, 110, 510)]),
        (b"\x1c", [DrawerPulse(2, 200, 200, realtime=True)]),
        (b"\x1a", [DrawerPulse(5, 200, 200, realtime=True)]),
        (b"\x19", [DrawerPulse(5, 200, 200, realtime=True)]),
        (b"\x1bl\x02\x1bQ\x20", [Margin(24), PrintWidth(360)]),
        (b"\x17", [commands.ProcessId(b"ETB ")]),
        (b"\x1b#*\n\x00", [commands.IdRequest(65)]),
        (b"\x1b\x1dP0", [Feed(0, lines=False), PageMode(on=True)]),
        (b"\x1b\x1ea\x01", []),
        (b"\r", []),
    ],
)
def test_a_command_means_the_same_as_its_like(data: bytes, meant: list[object]) -> None:
    found = [item for item in means(data) if type(item).__name__ != "KanjiSystem"]
    assert found == meant


def test_widths_and_heights_of_the_older_commands_are_kept_apart() -> None:
    sizes = means(b"\x0e\x1b\x0e\x14\x1bW1\x1bh0")
    assert [
        (item.width, item.height) for item in sizes if isinstance(item, commands.CharacterSize)
    ] == [
        *((2, 1), (2, 2), (1, 2), (2, 2), (2, 1)),
    ]


def test_a_qr_code_has_its_model_level_size_and_data() -> None:
    data = b"\x1b\x1dyS0\x02\x1b\x1dyS1\x03\x1b\x1dyS2\x05\x1b\x1dyD1\x00\x03\x00a\x1bc\x1b\x1dyP"
    assert means(data) == [
        commands.QrModel(2),
        commands.QrLevel("H"),
        commands.QrSize(5),
        commands.QrStore(b"a\x1bc"),
        commands.QrPrint(),
    ]


def test_a_qr_code_in_parts_is_put_together() -> None:
    data = b"\x1b\x1dyD2\x02\x01\x02\x0012\x03\x03\x00abc"
    assert means(data) == [commands.QrStore(b"12abc")]


def test_a_pdf417_has_its_data() -> None:
    found = means(b"\x1b\x1dxD\x04\x00data\x1b\x1dxP")
    assert found == [SymbolStore("pdf417", b"data"), SymbolPrint("pdf417")]


@pytest.mark.parametrize(
    ("head", "data", "kind", "printed"),
    [
        (b"\x1bb\x03\x02\x02\x50", b"400638133393", 67, b"400638133393"),
        (b"\x1bb\x33\x31\x31\x50", b"400638133393", 67, b"400638133393"),
        (b"\x1bb\x04\x02\x01\x40", b"ABC-12", 69, b"ABC-12"),
        (b"\x1bb\x06\x02\x02\x50", b"A%0{", 73, b"{BA%{{"),
        (b"\x1bb\x42\x02\x02\x50", b"12", 76, b"12"),
    ],
)
def test_a_barcode_has_its_kind_and_data(
    head: bytes, data: bytes, kind: int, printed: bytes
) -> None:
    found = [item for item in means(head + data + b"\x1e") if isinstance(item, commands.Barcode)]
    assert found == [commands.Barcode(kind, printed)]


@pytest.mark.parametrize(("place", "hri"), [(1, 0), (2, 2), (0x33, 0), (0x34, 2)])
def test_letters_below_bars_are_where_the_command_says(place: int, hri: int) -> None:
    found = means(bytes((0x1B, 0x62, 4, place, 1, 0x40)) + b"A\x1e")
    assert Setting("hri-position", hri) in found


def test_rows_of_raster_mode_are_pictures_of_one_row() -> None:
    found = means(b"\x1b*rA\x1b*rP0\x00b\x02\x00\x80\x01k\x01\x00\xff\x1b*rY300\x00\x1b*rB")
    rows = [item for item in found if isinstance(item, Raster)]
    assert [(row.columns, row.rows, row.data) for row in rows] == [
        (2, 1, b"\x80\x01"),
        (1, 1, b"\xff"),
    ]
    fed = [item.count for item in found if isinstance(item, Feed)]
    assert sum(fed) == 300


def test_nothing_is_printed_of_text_among_rows() -> None:
    names = [like.name for like in likes(b"\x1b*rApaid\n\x1b*rBpaid\n")]
    assert names.count("TEXT") == names.count("LF") == 1


@pytest.mark.parametrize(("mode", "cuts"), [(b"", 1), (b"\x1b*rF1\x00", 0), (b"\x1b*rF3\x00", 1)])
def test_a_raster_page_is_cut_unless_it_was_told_not_to(mode: bytes, cuts: int) -> None:
    found = means(b"\x1b*rA" + mode + b"\x1b\x0c\x00\x1b\x0c\x04\x1b*rB")
    assert len([item for item in found if isinstance(item, Cut)]) == cuts


def test_a_fine_bit_image_turns_its_rows_into_columns() -> None:
    rows = b"\x80\x00" + bytes(44) + b"\x00\x01"
    (image,) = means(b"\x1bk\x02\x00" + rows)
    assert isinstance(image, commands.BitImage)
    assert (image.mode, image.width) == (33, 16)
    assert image.data[:3] == b"\x80\x00\x00"
    assert image.data[-3:] == b"\x00\x00\x01"
    assert not any(image.data[3:-3])


def test_a_picture_of_starprnt_is_one_raster() -> None:
    (raster,) = means(b"\x1b\x1dS\x01\x02\x00\x03\x00\x00abcdef")
    assert raster == Raster(2, 3, wide=False, tall=False, data=b"abcdef")


def test_own_characters_are_known_as_such() -> None:
    """A till can give any letter another shape: whoever judges text must see that it did."""
    (glyphs,) = means(b"\x1b&\x01\x01A" + b"\xff\xf0" * 24)
    assert isinstance(glyphs, UserCharacters)
    assert glyphs.first == ord("A")
    assert glyphs.glyphs[0].data == b"\xff" * 36
    assert [like.name for like in likes(b"\x1br\x77\x21" + bytes(72))] == ["FS 2"]


def test_the_place_in_the_stream_stays() -> None:
    assert [like.at for like in likes(b"Hi\x1bb\x04\x02\x01\x40A\x1e")] == [0, 2, 2, 2, 2]


@given(st.binary(max_size=120))
def test_garbage_gives_whole_commands_or_nothing(data: bytes) -> None:
    """Every like token is one that an ESC/POS printer knows; parameters may be out of range."""
    unknown = sum(token.name == UNKNOWN for token in scan(data))
    found = likes(data)
    assert sum(like.name == UNKNOWN for like in found) == unknown
    for like in found:
        try:
            parse(like)
        except FrameError as error:
            assert error.code in ("malformed", "length")  # noqa: PT017 - both are fine
