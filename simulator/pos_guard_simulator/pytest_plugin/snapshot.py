"""Receipts that are kept as files beside the tests, as text or picture, and compared."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pos_guard_simulator.pytest_plugin.shown import blanked

if TYPE_CHECKING:
    from PIL.Image import Image

FOLDER = "__receipts__"
IGNORED = "…"
UPDATE = "--pos-update-snapshots"

_NAME = re.compile(r"[\w][\w.-]{0,99}")


class Snapshots:
    """The fixture ``receipt_snapshot``: ``receipt_snapshot(receipt.text, "card-sale")``.

    Kept in ``__receipts__/MODULE/NAME.txt`` (or ``.png``) beside the test module; to be checked in.
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
        file, printed = self._file(name, ".txt"), _masked(text, ignore)
        if self._update:
            _write(file, lambda fresh: fresh.write_text(printed, encoding="utf-8"))
            return
        self._must_be_kept(file, name)
        kept = file.read_text(encoding="utf-8")
        if kept != printed:
            was, new = (blanked(one).splitlines() for one in (kept, printed))
            diff = difflib.unified_diff(was, new, "kept", "printed", lineterm="")
            lines = [f"the receipt is not the one that is kept as {name!r}:", *diff]
            lines.append(f"if the new one is right: pytest {UPDATE}")
            raise AssertionError("\n".join(lines))

    def check_picture(self, picture: Image, name: str) -> None:
        """The picture is the one that was kept, dot by dot.

        :raises AssertionError: it is another one (``NAME.difference.png`` beside it shows where),
            or none was kept.
        :raises ValueError: for a name that would be no file's.
        """
        __tracebackhide__ = True
        from pos_guard_simulator.pytest_plugin.pictures import difference, read

        file = self._file(name, ".png")
        shown = file.with_suffix(".difference.png")
        if self._update:
            _write(file, lambda fresh: picture.save(fresh, "PNG"))
        else:
            self._must_be_kept(file, name)
        differs = difference(read(file), picture)
        if differs is None:
            shown.unlink(missing_ok=True)
            return
        _write(shown, lambda fresh: differs.save(fresh, "PNG"))
        raise AssertionError(
            f"the picture is not the one that is kept as {name!r}: {shown}\n"
            "shows in red what is missing, and in blue what is new\n"
            f"if the new one is right: pytest {UPDATE}"
        )

    def _file(self, name: str, suffix: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no snapshot's name: letters, digits, - and .")
        return self.directory / f"{name}{suffix}"

    @staticmethod
    def _must_be_kept(file: Path, name: str) -> None:
        __tracebackhide__ = True
        if not file.is_file():
            raise AssertionError(
                f"no receipt is kept as {name!r} yet; run pytest {UPDATE} once, and look at {file}"
            )


def _masked(text: str, ignore: Sequence[str]) -> str:
    for pattern in ignore:
        text = re.sub(pattern, IGNORED, text)
    lines = (line.rstrip() for line in text.split("\n"))
    return "\n".join(lines).rstrip("\n") + "\n"


def _write(file: Path, write: Callable[[Path], object]) -> None:
    """In one step: another worker never reads half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    write(fresh)
    fresh.replace(file)
