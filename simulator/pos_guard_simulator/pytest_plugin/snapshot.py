"""Receipts that are kept as text files beside the tests, and compared with what is printed."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from pos_guard_simulator.pytest_plugin.shown import blanked

FOLDER = "__receipts__"
IGNORED = "…"
UPDATE = "--pos-update-snapshots"

_NAME = re.compile(r"[\w][\w.-]{0,99}")


class Snapshots:
    """The fixture ``receipt_snapshot``: ``receipt_snapshot(receipt.text, "card-sale")``.

    Kept in ``__receipts__/MODULE/NAME.txt`` beside the test module; to be checked in.
    """

    def __init__(self, test_file: Path, *, update: bool) -> None:
        self.directory = test_file.parent / FOLDER / test_file.stem
        self._update = update

    def __call__(self, text: str, name: str, *, ignore: Sequence[str] = ()) -> None:
        """Compare; see ``check``."""
        self.check(text, name, ignore)

    def check(self, text: str, name: str, ignore: Sequence[str] = ()) -> None:
        """The text is the one that was kept; ``ignore``: patterns of what may differ each time.

        With ``--pos-update-snapshots`` it is kept instead.

        :raises AssertionError: it is another one, or none was kept.
        :raises ValueError: for a name that would be no file's.
        """
        __tracebackhide__ = True
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no snapshot's name: letters, digits, - and .")
        file, printed = self.directory / f"{name}.txt", _masked(text, ignore)
        if self._update:
            _write(file, printed)
            return
        if not file.is_file():
            raise AssertionError(
                f"no receipt is kept as {name!r} yet; run pytest {UPDATE} once, and look at {file}"
            )
        kept = file.read_text(encoding="utf-8")
        if kept != printed:
            was, new = (blanked(one).splitlines() for one in (kept, printed))
            diff = difflib.unified_diff(was, new, "kept", "printed", lineterm="")
            lines = [f"the receipt is not the one that is kept as {name!r}:", *diff]
            lines.append(f"if the new one is right: pytest {UPDATE}")
            raise AssertionError("\n".join(lines))


def _masked(text: str, ignore: Sequence[str]) -> str:
    for pattern in ignore:
        text = re.sub(pattern, IGNORED, text)
    lines = (line.rstrip() for line in text.split("\n"))
    return "\n".join(lines).rstrip("\n") + "\n"


def _write(file: Path, text: str) -> None:
    """In one step: another worker never reads half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)
