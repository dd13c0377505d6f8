"""A finished ESC/POS stream as paper: for ``decode escpos --png`` and for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pos_guard.errors import LocalError
from pos_guard.frames.escpos_commands import SelectDevice
from pos_guard.frames.escpos_detect import detect
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import scan
from pos_guard.frames.escpos_table import CHINA
from pos_guard.frames.escpos_text import TextReader
from pos_guard.frames.printer_models import PrinterModel, printer_model
from pos_guard.frames.star_paper import CLOSEST, PAGES, likes
from pos_guard_simulator.paper_slip import Paper, Slip
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.printer_macro import MacroRecorder
from pos_guard_simulator.printer_typeset import Typesetter

__all__ = ["Paper", "Slip", "print_all", "print_guessed", "render_png", "render_text"]

_CLOSEST = "epson-80"


def print_all(data: bytes, profile: PrinterModel | None = None) -> Paper:
    """The paper that a printer would give for this stream; a last line without LF is missing."""
    printer = ReceiptPrinter(profile)
    printer.data(data)
    return printer.paper


def print_guessed(data: bytes) -> Paper:
    """The paper of an ESC/POS document of an unknown printer: its encodings are found out."""
    tokens = scan(data, CHINA)
    paper = Paper()
    model = replace(printer_model(_CLOSEST), dialect="china")
    setter = Typesetter(paper, TextReader.of_charsets(detect(tokens)), model)
    macro, on_paper = MacroRecorder(), True
    for token in tokens:
        if token.name == "ESC =":
            command = parse(token)
            on_paper = not isinstance(command, SelectDevice) or command.printer
        elif on_paper:
            for each in macro.take(token):
                setter.run(each)
    return paper


def print_star(data: bytes) -> Paper:
    """The same of a Star document."""
    tokens = likes(data)
    paper = Paper()
    reader = TextReader.of_charsets(detect(tokens, PAGES))
    setter = Typesetter(paper, reader, printer_model(CLOSEST))
    for token in tokens:
        setter.run(token)
    return paper


def render_text(data: bytes, profile: PrinterModel | None = None) -> str:
    """The paper as plain text: columns kept, ``[QR: payload]``, a dashed line at each cut."""
    return print_all(data, profile).text


def render_png(
    data: bytes, path: Path | str, profile: PrinterModel | None = None, *, star: bool = False
) -> list[Path]:
    """Write the paper as a picture; further slips get ``-2``, ``-3`` … before the extension.

    Without a profile, the encodings are found out from the document itself; ``star`` says that it
    is one in Star's language.

    :raises LocalError: when nothing was printed, or Pillow and segno are missing.
    """
    guessed = print_star if star else print_guessed
    slips = (guessed(data) if profile is None else print_all(data, profile)).slips
    if not slips:
        raise LocalError("nothing was printed: there is no paper to draw")
    first = Path(path)
    names = [first] + [first.with_stem(f"{first.stem}-{n}") for n in range(2, len(slips) + 1)]
    for slip, name in zip(slips, names, strict=True):
        slip.png(name)
    return names
