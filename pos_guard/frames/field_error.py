"""The error that says which field of a message is at fault."""

from __future__ import annotations

import re

from pos_guard.errors import FrameError

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_DIGITS = re.compile(r"\d{8}")


class FieldError(FrameError):
    """``field`` is the dotted path of the field in the message; it may be shown to anybody."""

    def __init__(self, code: str, field: str, told: str) -> None:
        self.field = field
        super().__init__(code, f"{field} {told}")


def plain_name(name: str) -> str:
    """A name that a peer chose, as it may be shown: no control characters, no long numbers."""
    safe = _PLAIN.fullmatch(name) is not None and _DIGITS.search(name) is None
    return name if safe else "?"
