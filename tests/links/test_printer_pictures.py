"""A payment code is the same code whichever command draws it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import segno

from pos_guard.errors import LocalError
from pos_guard.frames.escpos_scan import scan
from pos_guard.links.printer_pictures import MAX_PIXELS, Picture, PictureStack
from pos_guard.links.printer_readers import picture_reader
from pos_guard.links.printer_settings import PrinterSettings
from pos_guard_simulator.picture_reader import ZxingReader
from tests.links.printer_rig import CUT, Bench
from tests.shop import POLICY, Shop, shop

STRANGER = "wxp://f2f0sJXC1jKdJzqm2Gz0CAZ8Y8vT5qZ0Example"
MENU = "https://example.com/menu"


def rows(content: str, scale: int = 4) -> list[str]:
    """A QR code by segno, as rows of 0 and 1; a whole number of 24 by 24 squares."""
    code = segno.make_qr(content, error="m")
    lines = ["".join(str(int(bool(dot))) for dot in row) for row in code.matrix_iter(scale, 4)]
    side = -(-len(lines) // 24) * 24
    return [line.ljust(side, "0") for line in lines] + ["0" * side] * (side - len(lines))


def by_rows(lines: list[str]) -> bytes:
    return b"".join(int(line, 2).to_bytes(len(line) // 8, "big") for line in lines)


def by_columns(lines: list[str]) -> bytes:
    return by_rows(["".join(line[at] for line in lines) for at in range(len(lines[0]))])


def two(number: int) -> bytes:
    return number.to_bytes(2, "little")


def raster(lines: list[str], mode: int = 0) -> bytes:
    return b"\x1dv0" + bytes((mode,)) + two(len(lines[0]) // 8) + two(len(lines)) + by_rows(lines)


def bands(lines: list[str], between: bytes = b"") -> bytes:
    parts = [lines[at : at + 8] for at in range(0, len(lines), 8)]
    return between.join(raster(part) for part in parts)


def columns_24(lines: list[str]) -> bytes:
    parts = [lines[at : at + 24] for at in range(0, len(lines), 24)]
    printed = [b"\x1b*\x21" + two(len(part[0])) + by_columns(part) + b"\n" for part in parts]
    return b"\x1b3\x18" + b"".join(printed) + b"\x1b2"


def two_strips(lines: list[str]) -> bytes:
    half = len(lines[0]) // 2
    out = b""
    for at in range(0, len(lines), 24):
        for part in ([line[:half] for line in lines], [line[half:] for line in lines]):
            out += b"\x1b*\x21" + two(half) + by_columns(part[at : at + 24])
        out += b"\n"
    return out


def graphics(lines: list[str], head: bytes = b"") -> bytes:
    body = head or b"\x30\x70\x30\x01\x01\x31"
    body += two(len(lines[0])) + two(len(lines)) + by_rows(lines)
    return b"\x1d(L" + two(len(body)) + body + b"\x1d(L\x02\x00\x30\x32"


def graphics_8(lines: list[str]) -> bytes:
    body = b"\x30\x70\x30\x01\x01\x31" + two(len(lines[0])) + two(len(lines)) + by_rows(lines)
    return b"\x1d8L" + len(body).to_bytes(4, "little") + body + b"\x1d(L\x02\x00\x30\x32"


def by_key(lines: list[str], function: int = 67) -> bytes:
    data = by_columns(lines) if function in (68, 84) else by_rows(lines)
    body = bytes((0x30, function, 0x30)) + b"G1\x01" + two(len(lines[0])) + two(len(lines))
    body += b"\x31" + data
    return b"\x1d(L" + two(len(body)) + body + b"\x1d(L\x06\x00\x30\x45G1\x01\x01"


def downloaded(lines: list[str]) -> bytes:
    size = bytes((len(lines[0]) // 8, len(lines) // 8))
    return b"\x1d*" + size + by_columns(lines) + b"\x1d/\x00"


def flash(lines: list[str]) -> bytes:
    size = two(len(lines[0]) // 8) + two(len(lines) // 8)
    return (
        b"\x1cq\x02" + b"\x01\x00\x01\x00" + bytes(8) + size + by_columns(lines) + b"\x1cp\x02\x00"
    )


WAYS: dict[str, Callable[[list[str]], bytes]] = {
    "GS v 0": raster,
    "GS v 0, double size": lambda lines: raster(lines, 3),
    "GS v 0, twice as tall": lambda lines: raster(lines, 2),
    "GS v 0, white on black": lambda lines: raster(
        [line.translate({48: 49, 49: 48}) for line in lines]
    ),
    "GS v 0, in bands": bands,
    "GS v 0, bands with feeds": lambda lines: bands(lines, b"\n"),
    "GS v 0, bands with settings": lambda lines: bands(lines, b"\x1bE\x01\x1b3\x08"),
    "GS v 0, bands, centred": lambda lines: b"\x1ba\x01" + bands(lines),
    "GS ( L": graphics,
    "GS 8 L": graphics_8,
    "GS ( L, by key": by_key,
    "GS ( L, by key in columns": lambda lines: by_key(lines, 68),
    "GS ( L, for download": lambda lines: by_key(lines, 83),
    "ESC *": columns_24,
    "ESC *, two strips side by side": two_strips,
    "GS *": downloaded,
    "FS q": flash,
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_strangers_payment_code_is_stopped_in_every_way_to_draw_it(
    place: Shop, way: Callable[[list[str]], bytes]
) -> None:
    bench = Bench(place, pictures=ZxingReader())
    drawn = way(rows(STRANGER))
    assert drawn not in bench.till(b"Scan to pay\n" + drawn + CUT)
    assert bench.told() == ["DENY"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_an_ordinary_code_passes_as_it_is_in_every_way_to_draw_it(
    place: Shop, way: Callable[[list[str]], bytes]
) -> None:
    job = b"Our menu\n" + way(rows(MENU)) + CUT
    assert Bench(place, pictures=ZxingReader()).till(job) == job


def test_our_own_payment_code_passes(tmp_path: Path) -> None:
    ours = STRANGER.replace("wxp://", "wechat:wxp:")
    policy = POLICY.replace("codes = []", f'codes = ["{ours}"]')
    place = shop(tmp_path, policy=policy)
    job = b"Scan to pay\n" + raster(rows(STRANGER)) + CUT
    assert Bench(place, pictures=ZxingReader()).till(job) == job
    place.store.close()


def test_without_a_reader_pictures_are_not_looked_at(place: Shop) -> None:
    job = b"Scan to pay\n" + raster(rows(STRANGER)) + CUT
    assert Bench(place).till(job) == job


SYMBOLS = {
    "QR": b"\x1d(k" + two(3 + len(STRANGER)) + b"1P0" + STRANGER.encode() + b"\x1d(k\x03\x001Q0",
    "PDF417": b"\x1d(k" + two(3 + len(STRANGER)) + b"0P0" + STRANGER.encode(),
    "MaxiCode": b"\x1d(k" + two(3 + len(STRANGER)) + b"2P2" + STRANGER.encode(),
    "Aztec": b"\x1d(k" + two(3 + len(STRANGER)) + b"5P0" + STRANGER.encode(),
    "DataMatrix": b"\x1d(k" + two(3 + len(STRANGER)) + b"6P0" + STRANGER.encode(),
    "CODE128": b"\x1dk\x49" + bytes((len(STRANGER) + 2,)) + b"{B" + STRANGER.encode(),
}


@pytest.mark.parametrize("symbol", SYMBOLS.values(), ids=SYMBOLS.keys())
def test_a_strangers_code_is_stopped_in_every_symbology(place: Shop, symbol: bytes) -> None:
    bench = Bench(place)
    assert symbol not in bench.till(b"Scan to pay\n" + symbol + CUT)
    assert bench.told() == ["DENY"]


def test_the_code_command_of_clones_is_read_too(place: Shop) -> None:
    bench = Bench(place, PrinterSettings(dialect="china"))
    symbol = b"\x1bZ\x00M\x04" + two(len(STRANGER)) + STRANGER.encode()
    assert symbol not in bench.till(b"Scan to pay\n" + symbol + CUT)
    assert bench.told() == ["DENY"]


def test_pictures_side_by_side_on_a_page_are_refused_where_codes_are_looked_for(
    place: Shop,
) -> None:
    bench = Bench(place, pictures=ZxingReader())
    page = b"\x1bL" + raster(rows(MENU)) + b"\x1b$\x60\x00" + raster(rows(MENU)) + b"\x0c"
    assert page not in bench.till(page + CUT)
    assert bench.told() == ["DENY"]


def test_a_picture_that_the_reader_cannot_look_at_is_refused(place: Shop) -> None:
    bench = Bench(place, pictures=ZxingReader())
    wide = MAX_PIXELS // 8 // 1000 + 1
    picture = b"\x1dv0\x00" + two(wide) + two(1000) + bytes(wide * 1000)
    assert picture not in bench.till(picture + CUT)
    assert bench.told() == ["DENY"]


# -- how pictures are put together ----------------------------------------------------------------


def drawn(data: bytes, dots: int = 24) -> list[str]:
    """The pictures of a job, as rows of # and . joined by /."""
    stack = PictureStack(dots)
    for token in scan(data):
        stack.add(token, token.raw.decode("cp437") if token.name == "TEXT" else "")
    return [_shown(picture) for picture in stack.pictures()]


def _shown(picture: Picture) -> str:
    assert len(picture.dots) == picture.width * picture.height
    lines = [
        picture.dots[at : at + picture.width] for at in range(0, len(picture.dots), picture.width)
    ]
    return "/".join("".join("." if dot else "#" for dot in line) for line in lines)


BYTE = b"\x1dv0\x00\x01\x00\x01\x00\xa0"
COLUMN = b"\x1b*\x01\x01\x00\xc0"


@pytest.mark.parametrize(
    ("data", "pictures"),
    [
        (BYTE, ["#.#....."]),
        (BYTE + BYTE, ["#.#...../#.#....."]),
        (BYTE + b"\n \n" + BYTE, ["#.#...../#.#....."]),
        (BYTE + b"word\n" + BYTE, ["#.#.....", "#.#....."]),
        (b"\x1dv0\x01\x01\x00\x01\x00\xa0", ["##..##.........."]),
        (b"\x1dv0\x02\x01\x00\x01\x00\xa0", ["#.#...../#.#....."]),
        (b"\x1ba\x01" + BYTE, ["........#.#....."]),
        (b"\x1ba2" + BYTE, ["................#.#....."]),
        (BYTE + b"\x1ba\x01" + BYTE, ["#.#............./........#.#....."]),
        (COLUMN + b"\n", ["/".join(["#"] * 6 + ["."] * 18)]),
        (COLUMN + b"\x1b$\x02\x00" + COLUMN, ["/".join(["#.#"] * 6 + ["..."] * 18)]),
        (b"\x1dv0\x07\x01\x00\x01\x00\xa0", []),
        (b"\x1b*\x01\x00\x00", []),
    ],
)
def test_bands_abut_and_words_part_them(data: bytes, pictures: list[str]) -> None:
    assert drawn(data) == pictures


def test_a_picture_that_is_not_drawn_as_the_standard_says_is_not_read() -> None:
    stack = PictureStack(24)
    stack.add(scan(b"\x1d(L\x04\x00\x30\x70\x30\x01")[0], "")
    assert stack.unread


def test_a_reader_is_loaded_by_its_name_and_only_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    target = "pos_guard_simulator.picture_reader:ZxingReader"
    (info / "entry_points.txt").write_text(f"[pos_guard.readers]\nacme = {target}\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert picture_reader("") is None
    assert isinstance(picture_reader("acme"), ZxingReader)
    with pytest.raises(LocalError, match="pip install"):
        picture_reader("nobody")
