"""What is kept of a test that failed: its receipts as PNG and text, and the frames of each line."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from pos_guard.errors import LocalError
from pos_guard_simulator.pytest_plugin.pos import Pos
from pos_guard_simulator.pytest_plugin.shown import blanked, framed
from pos_guard_simulator.pytest_plugin.verdicts import shown

MAX_NAME = 100
"""Characters of a folder's name: a test's id can be longer than a file system takes."""

MAX_PICTURES = 50
"""Slips that are drawn for one failure; the newest ones."""

FRAMES = "frames.txt"


def folder_of(nodeid: str) -> str:
    """A folder's name for a test; no other test has the same."""
    readable = re.sub(r"[^\w.-]+", "_", nodeid, flags=re.ASCII)[-MAX_NAME:].strip("_.")
    return f"{readable}-{hashlib.sha256(nodeid.encode()).hexdigest()[:8]}"


def sections(pos: Pos) -> list[tuple[str, str]]:
    """Titles and texts for the report of a failure."""
    found: list[tuple[str, str]] = []
    if pos.has_printer:
        found.append(("pos-guard paper", "\n".join(framed(pos.printer.paper.text))))
    if pos.has_verdicts and pos.guard.verdicts:
        verdicts = [shown(verdict) for verdict in pos.guard.verdicts]
        found.append(("pos-guard verdicts", "\n".join(verdicts)))
    frames = [line for lines in pos.explain().values() for line in lines]
    if frames:
        found.append(("pos-guard frames", "\n".join(frames)))
    return found


def keep(pos: Pos, directory: Path) -> list[Path]:
    """Write receipts and frames below this directory; returns the files.

    :raises OSError: it cannot be written.
    """
    files: list[Path] = []
    directory.mkdir(parents=True, exist_ok=True)
    if pos.has_printer:
        files += _slips(pos, directory)
    frames = [line for lines in pos.explain().values() for line in lines]
    if frames:
        file = directory / FRAMES
        file.write_text("\n".join(frames) + "\n", encoding="utf-8")
        files.append(file)
    return files


def _slips(pos: Pos, directory: Path) -> list[Path]:
    files: list[Path] = []
    for number, receipt in list(enumerate(pos.printer.paper.slips, 1))[-MAX_PICTURES:]:
        text = directory / f"receipt-{number:02}.txt"
        text.write_text(f"{blanked(receipt.text)}\n", encoding="utf-8")
        files.append(text)
        picture = text.with_suffix(".png")
        try:
            receipt.png(picture)
        except LocalError:
            continue  # without Pillow there is the text
        files.append(picture)
    return files
