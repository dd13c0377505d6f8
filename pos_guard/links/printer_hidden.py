"""What a till can make a printer print without sending it as text: macros, and letters of its own.

Follows the whole stream, job after job: a macro or a letter that was defined in one job is used in
the next.
"""

from __future__ import annotations

from pos_guard.frames.escpos_scan import TEXT, Token

MAX_MACRO = 2048
"""Bytes of a macro; Epson printers hold 2048 [gs_colon]. The rest is printed and not kept."""

MAX_TIMES = 8
"""Repetitions of a macro that are read: the ninth says nothing that the first did not."""

_LETTERS = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


class HiddenText:
    """Follows tokens; says what a macro prints, and when text is not what it seems.

    ``letters_stay``: no manual says that ESC @ deletes letters; it only stops their use.
    """

    def __init__(self, *, letters_stay: bool = False) -> None:
        self._letters_stay = letters_stay
        self._recording = False
        self._macro: list[str] = []
        self._macro_size = 0
        self._own_letters = False
        self._own_kanji = False
        self._own_in_use = False

    def follow(self, token: Token, text: str) -> str:
        """One token and the text that it prints; returns the text that a macro adds."""
        match token.name:
            case "GS :":
                self._toggle()
            case "GS ^":
                return "".join(self._macro) * min(token.raw[2], MAX_TIMES)
            case "ESC @":
                self._own_letters = self._own_letters and self._letters_stay
                self._own_in_use = False
            case "ESC &":
                self._own_letters |= _has_letter(token.raw[3], token.raw[4])
            case "ESC %":
                self._own_in_use = bool(token.raw[2] & 1)
            case "FS 2":
                self._own_kanji = True
            case _:
                self._record(token, text)
        return ""

    def disguises(self, token: Token, text: str) -> bool:
        """Whether these letters look on paper as the till has drawn them."""
        if token.name != TEXT:
            return False
        if self._own_letters and self._own_in_use:
            return True
        return self._own_kanji and any(
            char == "\ufffd" or "\ue000" <= char < "\uf900" for char in text
        )

    def _toggle(self) -> None:
        self._recording = not self._recording
        if self._recording:
            self._macro, self._macro_size = [], 0

    def _record(self, token: Token, text: str) -> None:
        if self._recording and self._macro_size + len(token.raw) <= MAX_MACRO:
            self._macro.append(text)
            self._macro_size += len(token.raw)


def _has_letter(first: int, last: int) -> bool:
    return any(first <= letter <= last for letter in _LETTERS)
