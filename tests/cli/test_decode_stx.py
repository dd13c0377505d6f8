"""``pos-guard decode stx``: the profile says how frames are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pos_guard.cli.decode import command

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "stx.json").read_text(encoding="utf-8")
)["vectors"]


def run(text: str, *options: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, ["stx", "--hex", *options, "-"], input=text)
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("profile", ["transbank", "hypercom-ecr", "credibanco"])
def test_one_object_a_frame_and_exit_1_for_a_wrong_one(profile: str) -> None:
    mine = [vector for vector in GOLDEN if vector["profile"] == profile]
    lines = "\n".join(vector["hex"] for vector in mine)
    code, out, _ = run(lines, "--profile", profile)
    shown = [json.loads(line) for line in out.splitlines()]
    assert [item["error"] is None for item in shown] == [vector["valid"] for vector in mine]
    assert code == (0 if all(vector["valid"] for vector in mine) else 1)


@pytest.mark.parametrize("options", [(), ("--profile", "epson")])
def test_without_a_profile_that_is_known_the_command_names_them(options: tuple[str, ...]) -> None:
    code, out, err = run("02303130300302", *options)
    assert (code, out) == (2, "")
    assert "hypercom-ecr" in err
    assert "transbank" in err


def test_help_lists_the_profiles_of_each_protocol() -> None:
    shown = CliRunner().invoke(command, ["--help"]).output
    for said in (
        "stx: concert-e+, credibanco, hypercom-ecr, mis-pos, nexi-p17, pax-poslink,",
        "iso8583: any (if left out), iso8583-ascii, iso8583-cup, iso8583-mixed",
        "escpos, star: a printer's model, else guessed:",
        "xprinter-80",
    ):
        assert said in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


@pytest.mark.parametrize(
    ("protocol", "known"),
    [("stx", "pax-poslink"), ("iso8583", "iso8583-mixed"), ("escpos", "epson")],
)
def test_a_profile_that_does_not_exist_names_those_that_do(protocol: str, known: str) -> None:
    done = CliRunner().invoke(command, [protocol, "--profile", "nope"], input=b"")
    assert done.exit_code == 2
    said = " ".join(done.stderr.split())
    assert "'nope'" in said
    assert known in said


def test_the_mixed_profile_has_a_raw_bitmap() -> None:
    # By hand: type, a bitmap of eight bytes with the bits of fields 11 and 41, and both as text.
    message = b"0800" + bytes.fromhex("0020000000800000") + b"00000112340001"
    for profile, fits in (("iso8583-mixed", True), ("iso8583-cup", False)):
        done = CliRunner().invoke(command, ["iso8583", "--profile", profile, "-"], input=message)
        shown = json.loads(done.stdout)
        assert ((shown["error"] is None), done.exit_code) == (fits, 0 if fits else 1)
        if fits:
            assert (shown["fields"]["11"], shown["fields"]["41"]) == ("000001", "12340001")
