"""What a printer model changes: encoding, width, and how our own code is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp

from pos_guard.config import parse_config
from pos_guard.errors import LocalError, SettingsError
from pos_guard.frames.escpos_scan import Token, scan
from pos_guard.links.printer_pictures import PictureStack
from pos_guard.links.printer_qr import MAX_DATA, qr_command
from pos_guard.links.printer_settings import ModelName, PrinterSettings
from pos_guard.links.printer_style import PrintStyle
from tests.links.printer_rig import CARD, CUT, Bench, paper, pay_by_card
from tests.shop import shop

LINK = """
[[link]]
name = "printer"
protocol = "escpos"
app = "tcp:127.0.0.1:0"
device = "tcp:127.0.0.1:9100"
[link.printer]
"""


def test_a_model_says_what_the_printer_is() -> None:
    traits = PrinterSettings(model=ModelName("clone-58")).traits
    assert (traits.dialect, traits.columns, traits.dots) == ("china", 32, 384)
    assert (traits.kanji, traits.kanji_on, traits.chinese) == ("gb18030", True, True)


def test_what_is_written_counts_before_the_model() -> None:
    settings = PrinterSettings(model=ModelName("clone-58"), columns=30, kanji_on=False)
    traits = settings.traits
    assert (traits.dialect, traits.columns, traits.kanji_on) == ("china", 30, False)


def test_without_a_model_a_plain_epson_is_meant() -> None:
    traits = PrinterSettings().traits
    assert (traits.encoding, traits.dialect, traits.columns, traits.qr) == (
        "cp437",
        "epson",
        42,
        "native",
    )


def test_a_model_that_is_not_known_is_named_with_its_line() -> None:
    with pytest.raises(SettingsError, match=r"line 8: link\[0\].printer.model: .*epson-80"):
        parse_config(LINK + 'model = "epson-81"\n', Path("guard.toml"))
    with pytest.raises(LocalError, match="epson-80"):
        _ = PrinterSettings(model=ModelName("epson-81")).traits


@pytest.mark.parametrize(
    "line",
    ['refused = "burn"', 'opaque = "ask"', 'qr = "drawn"', "model = 5"],
)
def test_other_words_are_no_settings(line: str) -> None:
    with pytest.raises(SettingsError, match="line 8"):
        parse_config(LINK + line + "\n", Path("guard.toml"))


def test_the_daemons_file_reaches_the_link() -> None:
    text = LINK + 'model = "clone-58"\nrefused = "banner"\nopaque = "judge"\nreader = "zxing"\n'
    printer = parse_config(text, Path("guard.toml")).links[0].printer
    assert (printer.refused, printer.opaque, printer.reader) == ("banner", "judge", "zxing")
    assert printer.traits.columns == 32


def test_a_code_of_ours_by_the_printers_own_command() -> None:
    assert b"\x1d(k" in qr_command(b"PGSALE:T1-1", "native")
    assert qr_command(b"AB", "esc-z") == b"\x1bZ\x00M\x04\x02\x00AB\n"
    assert qr_command(b"AB", "none") == b""
    assert qr_command(b"x" * (MAX_DATA + 1), "native") == b""


def test_a_code_of_ours_as_dots_is_read_by_a_phone() -> None:
    stack = PictureStack(384)
    for token in scan(qr_command(b"PGSALE:T1-000001.abcdefgh", "raster")):
        stack.add(token, "")
    (picture,) = stack.pictures()
    dots = memoryview(picture.dots).cast("B", shape=[picture.height, picture.width])
    assert [code.text for code in zxingcpp.read_barcodes(dots)] == ["PGSALE:T1-000001.abcdefgh"]


@pytest.mark.parametrize(
    ("qr", "mark"), [("native", b"\x1d(k"), ("raster", b"\x1dv0"), ("esc-z", b"\x1bZ")]
)
def test_the_sales_code_comes_in_the_printers_own_way(tmp_path: Path, qr: str, mark: bytes) -> None:
    place = shop(tmp_path)
    bench = Bench(place, PrinterSettings(qr=qr))  # type: ignore[arg-type]  # a table of words
    sale_id = pay_by_card(bench)
    printed = bench.till(CARD)
    assert mark in printed
    assert f"Sale {sale_id}" in paper(printed)
    assert printed.endswith(CUT)
    place.store.close()


def follow(data: bytes) -> PrintStyle:
    style = PrintStyle(PrinterSettings().traits)
    for token in scan(data):
        style.follow(token)
    return style


@pytest.mark.parametrize(
    ("till", "plain", "again"),
    [
        (b"\x1d!\x11", b"\x1d!\x00", b"\x1d!\x11"),
        (b"\x1b3\x40", b"\x1b2", b"\x1b3\x40"),
        (b"\x1b3\x40\x1b2", b"", b""),
        (b"\x1dW\x40\x00", b"\x1dW\x00\x02", b"\x1dW\x40\x00"),
        (b"\x1dL\x40\x00", b"\x1dL\x00\x00", b"\x1dL\x40\x00"),
        (b"\x1b!\x30\x1d!\x11", b"\x1b!\x00\x1d!\x00", b"\x1b!\x30\x1d!\x11"),
        (b"\x1d!\x11\x1b@", b"", b""),
    ],
)
def test_lines_of_ours_are_plain_and_leave_the_tills_style(
    till: bytes, plain: bytes, again: bytes
) -> None:
    assert follow(till).inserted(b"X\n") == plain + b"\x1ba\x01X\n\x1ba\x00" + again


@pytest.mark.parametrize(
    ("till", "page"),
    [(b"\x1bL", True), (b"\x1bL\x0c", False), (b"\x1bL\x1bS", False), (b"\x1bL\x1b@", False)],
)
def test_page_mode_is_followed(till: bytes, *, page: bool) -> None:
    assert follow(till).page_mode is page
    assert follow(till).copy().page_mode is page


def test_a_slip_leaves_the_page_that_an_earlier_job_began(tmp_path: Path) -> None:
    place = shop(tmp_path)
    bench = Bench(place)
    bench.till(b"\x1bLMenu\n")
    bench.timer("idle")
    assert bench.till(b"TOTAL 12.50\nPAID\n" + CUT).startswith(b"\x1bS")
    place.store.close()


def test_tokens_without_style_change_nothing() -> None:
    style = PrintStyle(PrinterSettings().traits)
    style.follow(Token("LF", b"\n", 0))
    assert style.inserted(b"") == b"\x1ba\x01\x1ba\x00"
