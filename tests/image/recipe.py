"""What the Dockerfile says: its instructions, and the lines that its comments show."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "ci"
TEXT = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
NAME = "pos-guard-simulator"

_COMMENTS = re.sub(r"\\\n# *", "", TEXT)


def told(instruction: str) -> list[str]:
    """What stands behind each such instruction; its lines are one."""
    joined = re.sub(r"\\\n *", "", TEXT)
    return re.findall(rf"^{instruction} (.+)$", joined, re.MULTILINE)


def build_line() -> str:
    """The one that builds it."""
    (line,) = re.findall(r"^#   (docker build .+)$", TEXT, re.MULTILINE)
    return str(line)


def run_lines() -> list[str]:
    """Those that run it."""
    return re.findall(r"^#   (docker run .+)$", _COMMENTS, re.MULTILINE)


def words(line: str) -> list[str]:
    """What such a line gives to the entry point."""
    return shlex.split(line.partition(f" {NAME}")[2]) or list(json.loads(told("CMD")[0]))
