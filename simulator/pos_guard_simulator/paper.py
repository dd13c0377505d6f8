"""A finished ESC/POS stream as paper: for ``decode escpos --text`` and ``--png``."""

from __future__ import annotations

from pathlib import Path

from pos_guard.errors import LocalError
from pos_guard_simulator.paper_slip import Paper, Slip
from pos_guard_simulator.printer import PROFILES, PrinterProfile, ReceiptPrinter

__all__ = ["Paper", "Slip", "print_all", "render_png", "render_text"]


def print_all(data: bytes, profile: PrinterProfile = PROFILES["epson"]) -> Paper:
    """The paper that a printer would give for this stream; a last line without LF is missing."""
    printer = ReceiptPrinter(profile)
    printer.data(data)
    return printer.paper


def render_text(data: bytes, profile: PrinterProfile = PROFILES["epson"]) -> str:
    """The paper as plain text: columns kept, ``[QR: payload]``, a dashed line at each cut."""
    return print_all(data, profile).text


def render_png(
    data: bytes, path: Path | str, profile: PrinterProfile = PROFILES["epson"]
) -> list[Path]:
    """Write the paper as a picture; further slips get ``-2``, ``-3`` … before the extension.

    :raises LocalError: when nothing was printed, or Pillow and segno are missing.
    """
    slips = print_all(data, profile).slips
    if not slips:
        raise LocalError("nothing was printed: there is no paper to draw")
    first = Path(path)
    names = [first] + [first.with_stem(f"{first.stem}-{n}") for n in range(2, len(slips) + 1)]
    for slip, name in zip(slips, names, strict=True):
        slip.png(name)
    return names
