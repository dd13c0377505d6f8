"""ESC/POS in one import: tokens, meanings, real-time commands, decoding.

The pieces: escpos_table and escpos_measure (names and lengths), escpos_scan (tokens),
escpos_parse (meanings, which are in escpos_commands, escpos_layout, escpos_images and
escpos_control), escpos_realtime (commands that act on arrival), escpos_decode (for ``pos-guard
decode``), escpos_text (what a reader sees), escpos_build (bytes to send). Of the way back:
escpos_replies (told apart), escpos_status and escpos_blocks (read and built).
"""

from __future__ import annotations

from pos_guard.frames.escpos_commands import (
    Align,
    Alignment,
    AutoStatus,
    Barcode,
    BitImage,
    CharacterSize,
    CodePage,
    Command,
    Cut,
    DrawerPulse,
    GraphicsPrint,
    IdRequest,
    Initialize,
    KanjiMode,
    PrintMode,
    ProcessId,
    QrLevel,
    QrModel,
    QrPrint,
    QrSize,
    QrSizeRequest,
    QrStore,
    Raster,
    SelectDevice,
    StatusRequest,
)
from pos_guard.frames.escpos_decode import decode
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_realtime import RealTimeFinder, find_realtime
from pos_guard.frames.escpos_scan import (
    MAX_COMMAND,
    OVERSIZE,
    OVERSIZE_DATA,
    TEXT,
    UNKNOWN,
    EscPosScanner,
    Token,
    scan,
)
from pos_guard.frames.escpos_table import (
    CHINA,
    DIALECTS,
    EPSON,
    PANEL,
    Dialect,
    with_kanji_glyphs,
)

__all__ = [
    "CHINA",
    "DIALECTS",
    "EPSON",
    "MAX_COMMAND",
    "OVERSIZE",
    "OVERSIZE_DATA",
    "PANEL",
    "TEXT",
    "UNKNOWN",
    "Align",
    "Alignment",
    "AutoStatus",
    "Barcode",
    "BitImage",
    "CharacterSize",
    "CodePage",
    "Command",
    "Cut",
    "Dialect",
    "DrawerPulse",
    "EscPosScanner",
    "GraphicsPrint",
    "IdRequest",
    "Initialize",
    "KanjiMode",
    "PrintMode",
    "ProcessId",
    "QrLevel",
    "QrModel",
    "QrPrint",
    "QrSize",
    "QrSizeRequest",
    "QrStore",
    "Raster",
    "RealTimeFinder",
    "SelectDevice",
    "StatusRequest",
    "Token",
    "decode",
    "find_realtime",
    "parse",
    "scan",
    "with_kanji_glyphs",
]
