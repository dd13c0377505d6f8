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
