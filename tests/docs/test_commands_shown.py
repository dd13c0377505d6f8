"""Every command that the guides show exists, with the options that they show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from pos_guard.cli.main import group
from pos_guard_simulator.commands import Later

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_SHELL = re.compile(r"```(?:sh|console)\n(.*?)```", re.DOTALL)
_COMMAND = re.compile(
    r"(?:^|[|] |&& |[$] )(?:\.venv/bin/)?pos-guard (.+?)(?: [|&]|$)", re.MULTILINE
)


def shown() -> list[tuple[str, str]]:
    """Guide and arguments of every pos-guard command in a shell block."""
    found: list[tuple[str, str]] = []
    for guide in GUIDES:
        blocks = "".join(_SHELL.findall(guide.read_text(encoding="utf-8")))
        found += [(guide.name, line) for line in _COMMAND.findall(blocks)]
    return found


@pytest.mark.parametrize(("guide", "line"), shown())
def test_a_command_in_a_guide_exists_with_its_options(guide: str, line: str) -> None:
    words = shlex.split(line.partition(" -- ")[0])  # what follows are words of another program
    command: click.Command = group
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        inner = command.get_command(click.Context(command), name)
        assert inner is not None, f"{guide}: no command {name!r}"
        command = inner.loaded() if isinstance(inner, Later) else inner
    options = {name for option in command.params for name in option.opts + option.secondary_opts}
    asked = {word for word in words if word.startswith("-") and word != "-"}
    assert asked <= options | {"--help", "--version"}, f"{guide}: {line}"


def test_the_quick_start_shows_the_main_commands() -> None:
    names = {line.split()[0] for guide, line in shown() if guide == "quick-start.md"}
    assert {"demo", "init", "people", "policy", "run", "decode", "classify", "audit"} <= names
