"""``pos-guard decode star``: frames, and the exact paper as text and as a picture."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from click.testing import CliRunner

from pos_guard.cli.decode import command

GOLDEN = Path(__file__).parents[1] / "golden" / "star_documents.json"


def document(name: str) -> bytes:
    made = json.loads(GOLDEN.read_text(encoding="utf-8"))
    rows = (row for part in made["programs"] for row in part["documents"])
    return base64.b64decode(next(row["bytes"] for row in rows if row["name"] == name))


def run(data: bytes, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, ["star", *options, "-"], input=data)
    return done.exit_code, done.stdout


def test_the_command_shows_one_object_a_line() -> None:
    code, out = run(b"Hi\n\x1bd\x02")
    assert code == 0
    assert [json.loads(line)["name"] for line in out.splitlines()] == ["TEXT", "LF", "ESC d"]
    assert run(b"\x1b\x7f")[0] == 1


def test_the_paper_as_text_and_as_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "paper.png"
    code, out = run(document("ja/shiftjis/starlinembcs"), "--text", "--png", str(picture))
    assert code == 0
    assert "お買上" in out or "定食" in out
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_model_of_this_language_may_be_named() -> None:
    assert run(b"\x1b\x1dt\x01\x82\n", "--text", "--profile", "star-line") == (0, "é\n")
    assert run(b"\x1b\x1dt\x01\x82", "--profile", "star-line")[0] == 0
    assert run(b"Hi", "--profile", "epson-80")[0] == 2
