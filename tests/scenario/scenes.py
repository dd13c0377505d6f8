"""Scenario files of the tests, and what came of playing them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from pos_guard_simulator.running.command_line import CommandGroup
from pos_guard_simulator.scenario.command import scenario

SIMULATE = CommandGroup("simulate")
SIMULATE.add_command(scenario)

PRINTER = '[device.printer]\nkind = "printer"\nlevel = "tcp"\n'
TERMINAL = '[device.terminal]\nkind = "terminal zvt"\n'
SCANNER = '[device.scanner]\nkind = "scanner"\nlevel = "tcp"\n'

CUT = "\\035V\\000"


def shell(script: str) -> str:
    """An ``[app]`` that is a line of shell; it may hold double quotes."""
    return f"[app]\ncommand = [\"sh\", \"-c\", '''{script}''']\n"


def print_to_pty(*lines: str) -> str:
    """An app that prints these and cuts."""
    text = "\\n".join(lines)
    return shell(f'printf "{text}\\n{CUT}" > "$POS_PRINTER"')


def scene(folder: Path, text: str, name: str = "scene.toml") -> Path:
    """A file with this text; unless it says more of the run, a short silence ends it."""
    file = folder / name
    if "[scenario" not in text:
        text += "\n[scenario]\nsettle = 0.1\n"
    file.write_text(text, encoding="utf-8")
    return file


@dataclass(frozen=True)
class Played:
    """How the command ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def verdict(self) -> dict[str, Any]:
        """Of ``--json``: the last line."""
        found: dict[str, Any] = json.loads(self.stdout.splitlines()[-1])
        return found

    def unmet(self) -> dict[str, list[str]]:
        """Titles and English words of what is not as expected."""
        return {
            one["title"]: [problem["en"] for problem in one["problems"]]
            for one in self.verdict["outcomes"]
            if not one["met"]
        }


def play(file: Path, *arguments: str) -> Played:
    """Play a file in this process, with ``--json``."""
    done = CliRunner().invoke(SIMULATE, ["scenario", str(file), "--json", *arguments])
    return Played(done.exit_code, done.stdout, done.stderr)


def wrong(file: Path) -> list[str]:
    """What is said of a file that is wrong, a line each, without its name."""
    done = CliRunner().invoke(SIMULATE, ["scenario", str(file)])
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    said = done.stderr.split("Error: ", 1)[1].strip()
    return [line.removeprefix(f"{file}: ") for line in said.splitlines()]
