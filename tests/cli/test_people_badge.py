"""``pos-guard people badge``: a code that the scanner link knows, and nobody else can make."""

from __future__ import annotations

from pathlib import Path

import zxingcpp
from click.testing import CliRunner
from PIL import Image

from pos_guard.cli.people import command
from pos_guard.own_codes import OwnCode, OwnKind
from tests.shop import shop


def test_a_badge_is_printed_drawn_and_known(tmp_path: Path) -> None:
    corner = shop(tmp_path)
    picture = tmp_path / "ben.png"
    arguments = ["badge", "ben", "--state", str(corner.directory), "--png", str(picture)]
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 0, done.output
    code = done.output.strip()
    assert corner.guard.own_codes.read(code) == OwnCode(OwnKind.BADGE, "ben", genuine=True)
    with Image.open(picture) as image:
        found = zxingcpp.read_barcode(image)
    assert found is not None
    assert found.text == code
    corner.store.close()


def test_nobody_gets_no_badge(tmp_path: Path) -> None:
    corner = shop(tmp_path)
    corner.store.people.disable("anna")
    for person in ("nobody", "anna"):
        done = CliRunner().invoke(command, ["badge", person, "--state", str(corner.directory)])
        assert done.exit_code == 1
        assert "PGOP" not in done.output
    corner.store.close()
