"""Every command of an independent list is one token, whole, in single bytes and among text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pos_guard.frames.escpos import (
    CHINA,
    DIALECTS,
    PANEL,
    EscPosScanner,
    scan,
    with_kanji_glyphs,
)
from pos_guard.frames.escpos_measure import Data, counted
from pos_guard.frames.escpos_table import EPSON, Dialect, Shape, key

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden" / "escpos_framing.json").read_text(encoding="utf-8")
)
GROUPS: dict[str, list[tuple[str, str, bytes]]] = {
    group: [(kind, name, bytes.fromhex(raw)) for kind, name, raw in rows]
    for group, rows in GOLDEN["groups"].items()
}
TO_DISPLAY = b"\x1b=\x02"

# What is in no such list: manuals of old models and of vendors, as escpos_table names them.
OLD = [("GS A", "1d410105"), ("GS <", "1d3c"), ("GS FF", "1d0c"), ("ESC z", "1b7a01")]
CHINESE = [
    ("ESC B", "1b420302"),
    ("ESC C", "1b43030205"),
    ("ESC Z", "1b5a034d0602006869"),
    ("ESC 9", "1b3901"),
    ("ESC SO", "1b0e"),
    ("ESC DC4", "1b14"),
    ("FS SO", "1c0e"),
    ("FS DC4", "1c14"),
    ("FS SI", "1c0f"),
    ("FS DC2", "1c12"),
    ("FS I", "1c4901"),
    ("FS i", "1c6903"),
    ("FS r", "1c7201"),
    ("GS Z", "1d5a02"),
    ("FS G", "1c47"),
    ("FS J", "1c4a"),
    ("FS K", "1c4b"),
]
PANELS = [
    ("DC2 *", "122a0202aa55aa55"),
    ("DC2 V", "12560100" + "41" * 48),
    ("DC2 v", "12760200" + "42" * 96),
    ("DC2 #", "1223ff"),
    ("DC2 T", "1254"),
    ("DC2 E", "1245"),
    ("ESC 7", "1b37075002"),
    ("ESC 8", "1b380000"),
    ("ESC 9", "1b3901"),
    ("ESC B", "1b4203"),
    ("ESC SO", "1b0e01"),
    ("ESC v", "1b7600"),
    ("GS x", "1d7805"),
]


def cut(raw: bytes, dialect: Dialect = EPSON) -> list[tuple[str, bytes]]:
    return [(token.name, token.raw) for token in scan(raw, dialect)]


def before(group: str) -> bytes:
    return TO_DISPLAY if group.startswith("display") else b""


def test_the_list_is_the_whole_list() -> None:
    assert {group: len(rows) for group, rows in GROUPS.items()} == {
        "DLE": 31,
        "ESC": 241,
        "FS": 165,
        "GS": 419,
        "display ESC": 84,
        "display US": 60,
    }


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_is_one_token_before_text(group: str) -> None:
    head, wrong = before(group), list[str]()
    for kind, _, raw in GROUPS[group]:
        tokens = cut(head + raw + b"Total 12.50\n")[bool(head) :]
        if [rest for _, rest in tokens] != [raw, b"Total 12.50", b"\n"]:
            wrong.append(f"{kind} {raw.hex()}")
    assert wrong == []


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_has_the_name_that_the_list_notes(group: str) -> None:
    head, wrong = before(group), list[str]()
    for kind, name, raw in GROUPS[group]:
        found = cut(head + raw)[-1][0]
        if found == "UNKNOWN" or not found.startswith(name):
            wrong.append(f"{kind}: {found}")
    assert wrong == []


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_in_single_bytes_comes_with_its_last_one(group: str) -> None:
    wrong: list[str] = []
    for kind, _, raw in GROUPS[group]:
        scanner = EscPosScanner()
        scanner.feed(before(group))
        early = [scanner.feed(raw[at : at + 1]) for at in range(len(raw) - 1)]
        last = scanner.feed(raw[-1:])
        if any(early) or [token.raw for token in last] != [raw] or scanner.pending:
            wrong.append(f"{kind} {raw.hex()}")
    assert wrong == []


@pytest.mark.parametrize("size", [1, 3, 64, 1 << 20])
@pytest.mark.parametrize("group", GROUPS)
def test_all_of_them_between_texts_stay_in_step(group: str, size: int) -> None:
    # ESC = 01 in the list would take the data away from the display.
    rows = [raw for _, name, raw in GROUPS[group] if name != "ESC ="]
    stream = before(group) + b"".join(b"line" + raw + b"tail" for raw in rows)
    scanner = EscPosScanner()
    tokens = [
        token
        for at in range(0, len(stream), size)
        for token in scanner.feed(stream[at : at + size])
    ]
    commands = [token.raw for token in tokens if token.name not in ("TEXT", "ESC =")]
    assert (commands, scanner.pending) == (rows, b"")
    assert {token.raw for token in tokens if token.name == "TEXT"} <= {
        *(b"line", b"tail", b"tailline"),
        *(b"line"[at : at + 3] for at in range(4)),
        *(text for text in _parts(b"tailline")),
    }


def _parts(text: bytes) -> set[bytes]:
    return {text[a:b] for a in range(len(text)) for b in range(a + 1, len(text) + 1)}


@pytest.mark.parametrize(
    ("dialect", "name", "raw"),
    [
        *((EPSON, *row) for row in OLD),
        *((CHINA, *row) for row in CHINESE),
        *((PANEL, *row) for row in PANELS),
    ],
)
def test_vendor_commands_have_the_length_of_their_manual(
    dialect: Dialect, name: str, raw: str
) -> None:
    data = bytes.fromhex(raw)
    assert cut(data + b"End", dialect) == [(name, data), ("TEXT", b"End")]


def test_a_dialect_has_a_name_and_keeps_epsons_other_commands() -> None:
    assert DIALECTS == {"epson": EPSON, "china": CHINA, "panel": PANEL}
    for dialect in DIALECTS.values():
        assert set(dialect) >= set(EPSON)
    assert [name for name, _ in cut(b"\x12*\x01\x01A")] == [
        *("UNKNOWN", "TEXT", "UNKNOWN", "UNKNOWN", "TEXT")
    ]


@pytest.mark.parametrize(
    ("font", "size"), [(b"", 72), (b"0", 72), (b"\x00", 72), (b"1", 60), (b"\x02", 32)]
)
def test_a_user_defined_kanji_has_the_size_of_the_selected_font(font: bytes, size: int) -> None:
    select = b"\x1c(A\x02\x000" + font if font else b""
    glyph = b"\x1c2\xec\x40" + b"G" * size
    assert cut(select + glyph + b"End")[-2:] == [("FS 2", glyph), ("TEXT", b"End")]


def test_a_reset_selects_kanji_font_a_again() -> None:
    glyph = b"\x1c2\xec\x40" + b"G" * 72
    assert cut(b"\x1c(A\x02\x0001\x1b@" + glyph)[-1] == ("FS 2", glyph)


def test_a_model_may_have_other_glyph_sizes() -> None:
    small = with_kanji_glyphs(EPSON, font_a=32)
    assert cut(b"\x1c2\xec\x40" + b"G" * 32 + b"End", small)[1] == ("TEXT", b"End")


def test_the_display_has_its_own_window_command_until_the_printer_is_back() -> None:
    area = b"\x1bW\x01\x00AB\x01\x02CD"
    assert cut(TO_DISPLAY + area)[1] == ("ESC W", b"\x1bW\x01\x00")
    assert cut(TO_DISPLAY + b"\x1bW\x01\x31AB\x01\x02CD")[1] == (
        "ESC W",
        b"\x1bW\x01\x31AB\x01\x02",
    )
    assert cut(TO_DISPLAY + b"\x1b=\x03" + area)[2] == ("ESC W", area)
    assert cut(area)[0] == ("ESC W", area)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x1b\x7f",
        b"\x1bc9",
        b"\x1b&\x03A ",
        b"\x1ca3",
        b"\x1cg3\x00\x00\x00\x00\x00\x00\x00",
        b"\x1d8X\x00\x00\x00\x00",
        b"\x1dv1\x00\x01\x00\x01\x00",
        b"\x1dC9",
        b"\x1dC;1;x;",
        b"\x1dC;123456;1;1;1;1;",
        b"\x1dD0C0  01XX\x10\x00\x00\x00",
        b"\x1dk\x07ABC\x00",
        b"\x1dg1",
        b"\x1dz9",
        b"\x10\x14\x63",
        b"\x10\x77",
    ],
)
def test_what_no_source_gives_a_length_for_is_unknown(raw: bytes) -> None:
    assert cut(raw + b"End")[0][0] == "UNKNOWN"
    assert b"".join(part for _, part in cut(raw)) == raw


def test_a_long_command_is_measured_a_few_times_only() -> None:
    asked: list[int] = []

    def count(data: Data, at: int) -> int:
        asked.append(len(data))
        return counted(data, at)

    size = 0xFFFF
    dialect = {**EPSON, key("GS ("): Shape("GS (", measure=count, named=True)}
    scanner = EscPosScanner(dialect)
    tokens = scanner.feed(b"\x1d(L" + size.to_bytes(2, "little"))
    for at in range(0, size, 64):
        tokens += scanner.feed(bytes(min(64, size - at)))
    assert [(token.name, len(token.raw)) for token in tokens] == [("GS ( L", size + 5)]
    assert len(asked) <= 4


@pytest.mark.parametrize("shift", range(-8, 9))
def test_a_long_run_of_text_hides_no_command_at_any_place(shift: int) -> None:
    """The scanner looks at 8 kB at a time: commands that straddle its windows stay whole."""
    commands = [b"\x1b!\x30", b"\x1dV\x41\x05", b"\n", b"\x1d(k\x03\x001Q0", b"\x1bp\x00\x19\xfa"]
    text = b"7" * (8192 + shift)
    stream = b"".join(text + command for command in commands)
    tokens = scan(stream)
    assert [token.raw for token in tokens if token.name != "TEXT"] == commands
    assert b"".join(token.raw for token in tokens) == stream
    assert all(stream[token.at :].startswith(token.raw) for token in tokens)


def test_a_dialect_without_the_changing_commands_is_scanned_all_the_same() -> None:
    bare = {key(name): EPSON[key(name)] for name in ("ESC @", "ESC =", "FS (")}
    stream = b"\x1b=\x02\x1b@\x1c(A\x02\x0001Hi"
    assert [name for name, _ in cut(stream, bare)] == ["ESC =", "ESC @", "FS ( A", "TEXT"]
