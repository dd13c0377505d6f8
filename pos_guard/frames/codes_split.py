"""The line ends of codes that are made of lines."""

from __future__ import annotations

import re

_BREAK = re.compile(r"\r\n|\n|\r")


def split_lines(text: str) -> list[str]:
    """The lines of ``text``, at CR LF, LF or CR."""
    return _BREAK.split(text)


def mixed_ends(text: str) -> bool:
    """The code has one kind of line end throughout; a mix was put together or damaged."""
    return len(set(_BREAK.findall(text))) > 1
