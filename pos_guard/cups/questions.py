"""What a document asks of the printer by itself, so that its answers are not taken for ours."""

from __future__ import annotations

from pos_guard.frames.escpos_scan import EscPosScanner, Token
from pos_guard.frames.escpos_table import CHINA, EPSON

_STATUS = frozenset({"GS r", "ESC v", "ESC u"})
_ONE_BYTE_IDENTITY = frozenset(b"\x01\x02\x03123")
"""GS I n whose answer is one byte, like that to GS r; others come as blocks."""


class Questions:
    """Bytes in; how many one-byte answers from the printer's buffer they will bring."""

    def __init__(self, *, china: bool) -> None:
        self.asked = 0
        self._scanner = EscPosScanner(CHINA if china else EPSON)

    def feed(self, data: bytes) -> None:
        """The next bytes of the document."""
        self.asked += sum(map(_is_question, self._scanner.feed(data)))

    def forget(self) -> None:
        """They were all answered, or their job was refused."""
        self.asked = 0

    @property
    def cut_short(self) -> bool:
        """It ends in the middle of a command: what is sent next would be part of that."""
        return bool(self._scanner.pending)


def _is_question(token: Token) -> bool:
    if token.name == "GS I":
        return token.raw[2] in _ONE_BYTE_IDENTITY
    return token.name in _STATUS
