"""``pos-guard decode escpos --text`` and ``--png``: the exact paper, and what was guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pos_guard.cli.decode import command

CHINESE = b"\x1b@" + "合计 12.50\n谢谢惠顾\n".encode("gb18030") + b"\x1dV\x00"


def run(data: bytes, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, input=data)


def test_the_text_is_on_standard_output_and_the_guess_is_not() -> None:
    result = run(CHINESE, "escpos", "--text")
    assert result.exit_code == 0
    assert result.stdout == "合计 12.50\n谢谢惠顾\n"
    assert result.stderr == "guessed: text at power on: gb18030 (--profile MODEL sets it)\n"


def test_a_profile_leaves_nothing_to_guess() -> None:
    result = run(CHINESE, "escpos", "--text", "--profile", "clone-80")
    assert (result.stdout, result.stderr) == ("合计 12.50\n谢谢惠顾\n", "")
    assert run(CHINESE, "escpos", "--text", "--profile", "epson-58").stdout.startswith("║╧╝╞ 12.50")


def test_no_mark_stands_for_a_symbol_or_a_cut() -> None:
    qr = b"\x1d(k\x08\x001P0hello\x1d(k\x03\x001Q0"
    result = run(b"A\n" + qr + b"\x1dv0\x00\x01\x00\x01\x00\xffB\n\x1dV\x00C\n", "escpos", "--text")
    assert result.stdout == "A\nB\nC\n"


def test_frames_are_read_by_the_profile_too() -> None:
    result = run(CHINESE, "escpos", "--profile", "clone-80")
    assert '"text": "合计 12.50"' in result.stdout


def test_a_picture_of_the_paper(tmp_path: Path) -> None:
    pytest.importorskip("segno")
    picture = tmp_path / "paper.png"
    result = run(CHINESE, "escpos", "--png", str(picture))
    assert result.exit_code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("escpos", "--text", "--profile", "nobody"), "epson-80"),
        (("zvt", "--profile", "epson-80"), "zvt has none"),
        (("zvt", "--text"), "it needs escpos"),
        (("zvt", "--png", "x.png"), "it needs escpos"),
    ],
)
def test_what_cannot_be_is_a_usage_error(arguments: tuple[str, ...], said: str) -> None:
    result = run(b"A\n", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
