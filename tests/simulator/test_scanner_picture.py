"""What simulated scanners see in pictures. The codes were drawn by segno and zxing-cpp."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import segno
import zxingcpp
from PIL import Image

from pos_guard.errors import LocalError
from pos_guard_simulator import scanner_picture
from pos_guard_simulator.scanner_picture import PictureError, read_picture

WECHAT = "134567890123456789"


def qr(content: str | bytes, scale: int = 4) -> Image.Image:
    rows = [list(row) for row in segno.make_qr(content).matrix_iter(scale, 4)]
    picture = Image.new("L", (len(rows[0]), len(rows)))
    picture.putdata([0 if dot else 255 for row in rows for dot in row])
    return picture


def drawn(content: str, kind: str) -> Image.Image:
    """A symbol by zxing-cpp, with white around it."""
    barcode = zxingcpp.create_barcode(content, getattr(zxingcpp.BarcodeFormat, kind))
    symbol = _image(barcode)
    paper = Image.new("L", (symbol.width + 80, symbol.height + 80), 255)
    paper.paste(symbol, (40, 40))
    return paper


def _image(barcode: zxingcpp.Barcode) -> Image.Image:
    found: Any = zxingcpp.write_barcode_to_image(barcode, scale=3)
    height, width = found.shape[:2]
    return Image.frombytes("L", (width, height), bytes(memoryview(found)))


def saved(picture: Image.Image, path: Path) -> Path:
    picture.save(path)
    return path


@pytest.mark.parametrize(
    ("kind", "content", "aim"),
    [
        ("Code128", WECHAT, "]C0"),
        ("EAN13", "6901234567892", "]E0"),
        ("EAN8", "96385074", "]E4"),
        ("Code39", "ABC12", "]A0"),
        ("ITF", "123456", "]I0"),
        ("Codabar", "A123B", "]F0"),
        ("PDF417", "hello", "]L2"),
        ("Aztec", "hello", "]z0"),
        ("DataMatrix", "hello", "]d1"),
    ],
)
def test_the_symbology_is_that_of_the_symbol(
    tmp_path: Path, kind: str, content: str, aim: str
) -> None:
    symbol = read_picture(saved(drawn(content, kind), tmp_path / "code.png"))
    assert (symbol.data, symbol.aim) == (content.encode(), aim)
    assert content not in repr(symbol)


@pytest.mark.parametrize(
    "content", [WECHAT, "收款，谢谢".encode("gbk"), "收款，谢谢".encode(), b"\x00\xff\x80\r\n"]
)
def test_bytes_come_as_they_stand_in_the_code(tmp_path: Path, content: str | bytes) -> None:
    symbol = read_picture(saved(qr(content), tmp_path / "code.png"))
    assert symbol.data == (content.encode() if isinstance(content, str) else content)
    assert symbol.aim == "]Q1"


def phone(code: Image.Image) -> Image.Image:
    """A screen: the code on white amid dark blue."""
    screen = Image.new("RGB", (540, 960), (20, 30, 70))
    screen.paste(code, ((540 - code.width) // 2, 300))
    return screen


def night(code: Image.Image) -> Image.Image:
    """Light on dark."""
    return phone(code.point([255 - grey for grey in range(256)]))


def see_through(code: Image.Image) -> Image.Image:
    """Only its dark dots are there."""
    clear = Image.new("RGBA", code.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=code.point([255 - grey for grey in range(256)]))
    return clear


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp"])
@pytest.mark.parametrize("angle", [0, 7, 90, 180])
def test_a_phone_is_held_as_it_comes(tmp_path: Path, suffix: str, angle: int) -> None:
    turned = phone(qr(WECHAT, 8)).rotate(angle, expand=True, fillcolor="white")
    symbol = read_picture(saved(turned, tmp_path / f"phone.{suffix}"))
    assert symbol.data == WECHAT.encode()


def test_a_dark_screen_and_a_transparent_picture(tmp_path: Path) -> None:
    for number, change in enumerate((night, see_through)):
        path = saved(change(qr(WECHAT, 6)), tmp_path / f"{number}.png")
        assert read_picture(path).data == WECHAT.encode()
    grey = see_through(qr(WECHAT, 6)).convert("LA")
    assert read_picture(saved(grey, tmp_path / "la.png")).data == WECHAT.encode()


def test_of_several_codes_the_one_that_is_asked_for(tmp_path: Path) -> None:
    """As on a payment code's screen: bars and a QR code with the same digits."""
    screen = Image.new("L", (600, 700), 255)
    screen.paste(drawn(WECHAT, "Code128"), (0, 10))
    screen.paste(qr(WECHAT), (100, 400))
    path = saved(screen, tmp_path / "screen.png")
    with pytest.raises(PictureError, match=r"2 codes, say which: ]C0 Code 128 at \d+,\d+, ]Q1 QR"):
        read_picture(path)
    assert [read_picture(path, aim).aim for aim in ("]C0", "]Q", "]Q1")] == ["]C0", "]Q1", "]Q1"]
    with pytest.raises(PictureError, match=r"screen\.png: no ]E0 code in it, only ]C0 Code") as no:
        read_picture(path, "]E0")
    assert WECHAT not in str(no.value)


def test_what_is_no_picture_of_a_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = saved(qr(WECHAT), tmp_path / "whole.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.png").write_bytes(b"")
    saved(Image.new("L", (200, 200), 255), tmp_path / "white.png")
    saved(Image.new("L", (5, 5), 255), tmp_path / "tiny.png")
    for name, words in (
        ("half.png", "is no picture that can be read"),
        ("empty.png", "is no picture that can be read"),
        ("none.png", "No such file or directory"),
        (".", "directory"),
        ("white.png", "white.png: no code in it$"),
        ("tiny.png", "tiny.png: no code in it$"),
    ):
        with pytest.raises(LocalError, match=words):
            read_picture(tmp_path / name)
    monkeypatch.setattr(scanner_picture, "MAX_PIXELS", 100)
    with pytest.raises(PictureError, match="more than 100 dots"):
        read_picture(tmp_path / "whole.png")
