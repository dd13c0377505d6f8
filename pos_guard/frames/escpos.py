"""ESC/POS in one import: tokens, meanings, real-time commands, decoding.

The pieces: escpos_table (lengths), escpos_scan (tokens), escpos_parse (meanings),
escpos_realtime (commands that act on arrival), escpos_decode (for ``pos-guard decode``),
escpos_text (what a reader sees), escpos_status (replies), escpos_build (bytes to send).
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
from pos_guard.frames.escpos_table import CHINA, EPSON, Dialect

__all__ = [
    "CHINA",
    "EPSON",
    "MAX_COMMAND",
    "OVERSIZE",
    "OVERSIZE_DATA",
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
]
