"""What the host stores in the printer: pictures, characters, macros."""

from __future__ import annotations

import pytest
from PIL import Image

from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.paper import print_all, print_guessed
from pos_guard_simulator.paper_image import draw_dots
from pos_guard_simulator.paper_slip import Slip
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.typeset_store import MAX_NV

EPSON = printer_model("epson-80")
CUT = b"\x1dV\x00"
NV = b"\x1cq\x02" + b"\x01\x00\x01\x00" + b"\x80" * 8 + b"\x01\x00\x02\x00" + b"\xff" * 16
"""FS q: a line of 8 dots on top of 8 rows; 8 by 16 dots in full."""


def slip(data: bytes, model: str = "epson-80") -> Slip:
    (only,) = print_all(data + CUT, printer_model(model)).receipts
    return only


def picture(data: bytes, model: str = "epson-80") -> Image.Image:
    only = slip(data, model)
    return draw_dots(only.items, only.width)


def ink(image: Image.Image) -> tuple[int, int, int, int]:
    box = image.point([255] * 128 + [0] * 128).getbbox()
    assert box is not None
    return box


def graphics(function: int, data: bytes) -> bytes:
    body = b"0" + bytes((function,)) + data
    return b"\x1d(L" + len(body).to_bytes(2, "little") + body


def raster(key: bytes, colors: bytes = b"1") -> bytes:
    """GS ( L 67: 9 by 2 dots, both rows full."""
    planes = b"".join(bytes((color,)) + b"\xff\x80\xff\x80" for color in colors)
    return b"0" + key + bytes((len(colors),)) + b"\x09\x00\x02\x00" + planes


@pytest.mark.parametrize(
    ("command", "box"),
    [
        (b"\x1cp\x01\x00", (0, 0, 8, 1)),
        (b"\x1cp\x02\x00", (0, 0, 8, 16)),
        (b"\x1cp\x02\x01", (0, 0, 16, 16)),
        (b"\x1cp\x02\x32", (0, 0, 8, 32)),
        (b"\x1cp\x02\x03", (0, 0, 16, 32)),
        (b"\x1ba\x02\x1cp\x02\x00", (568, 0, 576, 16)),
    ],
)
def test_nv_images_by_number(command: bytes, box: tuple[int, int, int, int]) -> None:
    assert ink(picture(NV + command)) == box


def test_fs_q_replaces_all_images_and_no_image_prints_nothing() -> None:
    one = b"\x1cq\x01\x01\x00\x01\x00" + b"\x01" * 8
    assert ink(picture(NV + one + b"\x1cp\x01\x00\x1cp\x02\x00")) == (0, 7, 8, 8)


@pytest.mark.parametrize(("define", "show"), [(67, 69), (83, 85)])
def test_pictures_by_key(define: int, show: int) -> None:
    stored = graphics(define, raster(b"AB"))
    assert ink(picture(stored + graphics(show, b"AB\x01\x01"))) == (0, 0, 9, 2)
    assert ink(picture(stored + graphics(show, b"AB\x02\x02"))) == (0, 0, 18, 4)
    both = graphics(define, raster(b"AB", b"12"))
    assert ink(picture(both + graphics(show, b"AB\x01\x01"))) == (0, 0, 9, 2)


@pytest.mark.parametrize(("define", "show"), [(68, 69), (84, 85)])
def test_pictures_in_columns(define: int, show: int) -> None:
    columns = b"0AB\x01\x03\x00\x0a\x00" + b"1" + b"\xff\xc0" * 3
    assert ink(picture(graphics(define, columns) + graphics(show, b"AB\x01\x01"))) == (0, 0, 3, 10)


@pytest.mark.parametrize(
    "delete", [graphics(66, b"AB"), graphics(65, b"CLR"), graphics(66, b"AB") * 2]
)
def test_deleted_pictures_are_gone(delete: bytes) -> None:
    text = slip(graphics(67, raster(b"AB")) + delete + graphics(69, b"AB\x01\x01") + b"x\n").text
    assert text == "x"


def test_deleting_all_keys_leaves_numbers() -> None:
    assert slip(NV + graphics(65, b"CLR") + b"\x1cp\x02\x00").text == "[image 8x16]"


def test_nv_memory_outlives_the_power_and_esc_at_the_download_memory_does_not() -> None:
    printer = ReceiptPrinter(EPSON)
    printer.data(NV + graphics(67, raster(b"AB")) + graphics(83, raster(b"CD")))
    printer.fail(Fault.POWER_OFF)
    printer.clear(Fault.POWER_OFF)
    printer.data(b"\x1cp\x02\x00" + graphics(69, b"AB\x01\x01") + graphics(85, b"CD\x01\x01"))
    assert printer.paper.loose.text == "[image 8x16]\n[image 9x2]"
    printer.data(graphics(83, raster(b"CD")) + b"\x1b@" + graphics(85, b"CD\x01\x01"))
    assert printer.paper.loose.text.count("[image 9x2]") == 1


def test_memory_that_is_full_stores_no_more() -> None:
    rows = 2_000
    body = b"\x20\x01" + rows.to_bytes(2, "little") + b"1" + b"\xff" * (36 * rows)
    pictures = [b"0" + bytes((65, key)) + b"\x01" + body for key in range(65, 65 + 8)]
    defined = b"".join(
        b"\x1d8L" + (len(each) + 2).to_bytes(4, "little") + b"0\x43" + each for each in pictures
    )
    shown = b"".join(graphics(69, bytes((65, key)) + b"\x01\x01") for key in range(65, 65 + 8))
    text = slip(defined + shown).text
    assert text.count("[image 288x2000]") == MAX_NV // (36 * rows) == 5


def test_the_print_buffer_of_graphics_is_printed_once() -> None:
    store = graphics(112, b"0\x02\x011\x08\x00\x01\x00\xff")
    twice = graphics(50, b"") * 2
    assert slip(store + b"\x1ba\x01" + twice).text == "[image 16x1]"
    columns = graphics(113, b"0\x01\x011\x03\x00\x09\x00" + b"\xff\x80" * 3)
    assert ink(picture(columns + graphics(50, b""))) == (0, 0, 3, 9)
    assert ink(picture(columns + graphics(2, b""))) == (0, 0, 3, 9)


def test_gs_8_l_is_the_same_with_a_longer_length() -> None:
    body = b"0p0\x01\x011\x08\x00\x02\x00\xff\x81"
    assert ink(picture(b"\x1d8L\x0c\x00\x00\x00" + body + graphics(50, b""))) == (0, 0, 8, 2)


def test_a_downloaded_image_lasts_until_esc_at_or_esc_ampersand() -> None:
    image = b"\x1d*\x02\x01" + b"\x0f" * 16
    show = b"\x1d/\x00"
    assert ink(picture(image + show)) == (0, 4, 16, 8)
    assert ink(picture(image + b"\x1d/\x03")) == (0, 8, 32, 16)
    assert slip(image + b"\x1b@" + show + b"x\n").text == "x"
    assert slip(image + b"\x1b&\x03AA\x00" + show + b"x\n").text == "x"


def test_own_characters_are_dots_in_the_cell_and_letters_in_the_text() -> None:
    own = b"\x1b&\x03AB\x02\x80\x00\x00\x00\x00\x01\x01\x00\x01\x00"
    assert slip(own + b"\x1b%\x01ABC\n").text == "ABC"
    image = picture(own + b"\x1b%\x01A\n")
    assert ink(image) == (0, 0, 2, 24)
    assert ink(picture(own + b"\x1b%\x01\x1d!\x11A\n")) == (0, 0, 4, 48)
    plain = picture(b"A\n")
    assert picture(own + b"A\n") == plain
    assert picture(own + b"\x1b%\x01\x1b%\x00A\n") == plain
    assert picture(own + b"\x1b%\x01\x1b?AA\n") == plain
    assert picture(own + b"\x1b%\x01\x1b@A\n") == plain


def test_own_characters_belong_to_their_font() -> None:
    own = b"\x1b&\x03AA\x01\xff\xff\xff\x1b%\x01"
    assert picture(own + b"\x1bM\x01A\n") == picture(b"\x1bM\x01A\n")


def test_own_chinese_characters() -> None:
    own = b"\x1c2\xfe\xa1" + b"\xff" * 72
    shown = picture(b"\x1c&" + own + b"\xfe\xa1\n", "epson-80-zh")
    assert ink(shown) == (0, 0, 24, 24)
    gone = picture(b"\x1c&" + own + b"\x1c?\xfe\xa1" + b"\xfe\xa1\n", "epson-80-zh")
    assert gone != shown
    assert slip(own + b"x\n").text == "x"  # a model without such characters


def test_macros_run_as_often_as_told_and_outlive_esc_at() -> None:
    macro = b"\x1d:Tea\n\x1d:"
    assert slip(macro + b"\x1d^\x02\x00\x00end\n").text == "Tea\nTea\nend"
    assert slip(macro + b"\x1b@\x1d^\x01\x00\x00").text == "Tea"
    assert slip(b"\x1d:\x1d:" + b"\x1d^\x05\x00\x00none\n").text == "none"
    assert slip(b"\x1d:Tea\n\x1d^\x01\x00\x00ended\n").text == "ended"
    assert slip(macro + b"\x1d^\x02\x00\x01waits for the button\n").text == "waits for the button"


def test_a_macro_holds_2048_bytes() -> None:
    macro = b"\x1d:" + b"x\n" * 2_000 + b"\x1d:"
    assert slip(macro + b"\x1d^\x01\x00\x00").text.count("x") <= 1024


def test_a_macro_may_open_the_drawer() -> None:
    printer = ReceiptPrinter(EPSON)
    printer.data(b"\x1d:\x1bp\x00\x19\x19\x1d:\x1d^\x03\x00\x00")
    assert len(printer.pulses) == 3


def test_documents_of_unknown_printers_are_printed_too() -> None:
    chinese = "\x1b@合计 12.50\n".encode("gb18030")
    assert print_guessed(chinese).text == "合计 12.50\n"
    utf8 = "Grüße, 已支付\n".encode()
    assert print_guessed(utf8).text == "Grüße, 已支付\n"
    display = b"\x1b=\x02shown\n\x1b=\x01printed\n"
    assert print_guessed(display + b"\x1d:m\n\x1d:\x1d^\x01\x00\x00").text == "printed\nm\n"
