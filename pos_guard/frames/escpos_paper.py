"""The exact text of a finished ESC/POS document: every letter on the paper and none besides.

No marks for symbols, pictures or cuts: those are not letters. Lines are not wrapped, as the
width of the paper is not known. Text that no line feed has printed yet is the last line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from pos_guard.frames.escpos_coding import (
    POWER_ON,
    SELECTORS,
    Charsets,
    ModelCharsets,
    decode_text,
    device_of,
    follow,
)
from pos_guard.frames.escpos_detect import detect
from pos_guard.frames.escpos_hri import hri_text
from pos_guard.frames.escpos_lines import Lines
from pos_guard.frames.escpos_scan import TEXT, Token, scan
from pos_guard.frames.escpos_table import CHINA, EPSON
from pos_guard.frames.printer_models import PrinterModel

MAX_MACRO: Final = 2048
"""Bytes that a macro holds [gs_colon]; what is recorded beyond them is lost."""

# Commands that end a line that holds text, when their last bytes say that they print.
_PRINT_SYMBOL: Mapping[str, frozenset[int]] = {
    "GS ( k": frozenset({81}),
    "GS ( L": frozenset({2, 50, 69, 85}),
    "GS 8 L": frozenset({2, 50, 69, 85}),
}


def paper_text(data: bytes, model: PrinterModel | None = None) -> str:
    """What stands on the paper, lines ended by LF, without blank lines at the end.

    Without a model, the encodings are found out from the document itself (escpos_detect). What
    the chosen encoding does not define is U+FFFD; nothing raises.
    """
    return read_paper(data, model)[0]


def read_paper(data: bytes, model: PrinterModel | None = None) -> tuple[str, tuple[str, ...]]:
    """``paper_text``, and what had to be guessed for it, in a few words each."""
    dialect = EPSON if model is not None and model.dialect == "epson" else CHINA
    tokens = scan(data, dialect)
    charsets: Charsets
    if model is None:
        charsets = guess = detect(tokens)
        return read_tokens(tokens, charsets), guess.notes
    charsets = ModelCharsets(model.encoding, model.kanji, model.kanji_on, model.code_pages)
    return read_tokens(tokens, charsets), ()


def read_tokens(tokens: Iterable[Token], charsets: Charsets) -> str:
    """The same of tokens, their encodings known."""
    reader = _PaperReader(charsets)
    reader.run(tokens)
    return "\n".join(line.rstrip() for line in reader.text().split("\n")).rstrip("\n")


class _PaperReader:
    """Follows a document from token to token.

    Text and line feeds are only collected, and read in one go when something else happens.
    """

    def __init__(self, charsets: Charsets) -> None:
        self._charsets = charsets
        self._coding = POWER_ON
        self._name = charsets(POWER_ON)
        self._country = charsets.home
        self._lines = Lines()
        self._raw: list[bytes] = []
        self._on_paper = True
        self._hri = 0
        self._macro: list[Token] | None = None
        self._recorded: list[Token] = []
        self._acts: Mapping[str, Callable[[bytes], None]] = {
            "ESC =": self._select_device,
            "GS H": self._place_hri,
            "GS k": self._barcode,
            "GS :": self._record,
            "GS ^": self._play,
            **self._lines.commands,
        }

    def text(self) -> str:
        """Everything read so far."""
        self._flush()
        return self._lines.text()

    def run(self, tokens: Iterable[Token]) -> None:
        """Read on."""
        raw, acts = self._raw, self._acts
        for token in tokens:
            name = token[0]
            if self._macro is not None and name != "GS :":
                self._macro.append(token)
            elif name == TEXT:
                if self._on_paper:
                    raw.append(token[1])
            elif name == "LF":
                if self._on_paper:
                    raw.append(b"\n")
            elif name in SELECTORS:
                self._select(token)
            elif name in acts and (self._on_paper or name == "ESC ="):
                self._flush()
                acts[name](token[1])
            elif name in _PRINT_SYMBOL and _prints(token):
                self._flush()
                self._lines.end_open()

    def _flush(self) -> None:
        if self._raw:
            raw = b"".join(self._raw)
            self._raw.clear()
            self._lines.write(decode_text(raw, self._name, self._country))

    def _select(self, token: Token) -> None:
        coding = follow(self._coding, token.name, token.raw)
        if token.name == "ESC @":
            self._flush()
            self._lines.reset()
            self._hri = 0
        if coding == self._coding:
            return
        name = self._charsets(coding)
        country = self._charsets.home if coding.country is None else coding.country
        if (name, country) != (self._name, self._country):
            self._flush()
        self._coding, self._name, self._country = coding, name, country

    def _select_device(self, raw: bytes) -> None:
        self._on_paper = device_of(raw) in ("printer", "both")

    def _place_hri(self, raw: bytes) -> None:
        self._hri = raw[2] % 48 & 3

    def _barcode(self, raw: bytes) -> None:
        self._lines.end_open()
        text = hri_text(raw)
        if text:
            places = (self._hri & 1) + (self._hri >> 1)
            self._lines.write(f"{text}\n" * places)

    def _record(self, raw: bytes) -> None:
        """GS : starts a macro, and the next one ends it."""
        del raw
        if self._macro is None:
            self._macro = []
            return
        self._recorded, self._macro = _bounded(self._macro), None

    def _play(self, raw: bytes) -> None:
        """GS ^ r t m: the macro, r times."""
        for _ in range(raw[2]):
            self.run(self._recorded)
        self._flush()


def _bounded(tokens: list[Token]) -> list[Token]:
    """The tokens that fit in a macro; one that would start another macro is not among them."""
    kept: list[Token] = []
    room = MAX_MACRO
    for token in tokens:
        room -= len(token.raw)
        if room < 0:
            break
        if token.name != "GS ^":
            kept.append(token)
    return kept


def _prints(token: Token) -> bool:
    """A symbol or picture that was stored before is printed now."""
    place = 8 if token.name == "GS 8 L" else 6
    return token.raw[place : place + 1] in {
        bytes((number,)) for number in _PRINT_SYMBOL[token.name]
    }
