"""The exact text of a finished Star document: every letter on the paper and none besides."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from pos_guard.frames.code_pages import STAR, page_numbers
from pos_guard.frames.escpos_coding import ModelCharsets
from pos_guard.frames.escpos_detect import detect
from pos_guard.frames.escpos_paper import read_tokens
from pos_guard.frames.escpos_scan import Token
from pos_guard.frames.printer_models import PrinterModel
from pos_guard.frames.star_meaning import StarMeaning
from pos_guard.frames.star_table import scan

PAGES: Final = (STAR, "sp2000")
"""Whose numbers of code pages these may be: Star's, of which older printers and the software for
them take page 0 for cp437."""

CLOSEST: Final = "star-line"
"""The model that a document is taken to be for."""


def with_pages(model: PrinterModel) -> PrinterModel:
    """The model with all of Star's code pages: also those that no Python codec writes."""
    pages = {**model.code_pages, **page_numbers()[STAR]}
    return replace(model, code_pages=MappingProxyType(pages))


def likes(data: bytes) -> list[Token]:
    """The document in ESC/POS tokens (star_meaning)."""
    meaning = StarMeaning()
    return [like for token in scan(data) for like in meaning.like(token)]


def read_paper(data: bytes, model: PrinterModel | None = None) -> tuple[str, tuple[str, ...]]:
    """What stands on the paper, and what had to be guessed for it: as escpos_paper.read_paper."""
    tokens = likes(data)
    if model is None:
        guess = detect(tokens, PAGES)
        return read_tokens(tokens, guess), guess.notes
    model = with_pages(model)
    charsets = ModelCharsets(model.encoding, model.kanji, model.kanji_on, model.code_pages)
    return read_tokens(tokens, charsets), ()
