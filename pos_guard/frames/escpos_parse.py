"""Reads the ESC/POS commands that carry meaning, with construct, into frozen values.

The scanner has found the end already: every definition must use the token up to its last byte.
Source: Epson ESC/POS Command Reference (page names in brackets).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from construct import (
    BitsInteger,
    BitStruct,
    Byte,
    Bytes,
    Check,
    Const,
    ConstructError,
    Flag,
    GreedyBytes,
    If,
    Int16ul,
    Int32ul,
    Padding,
    Prefixed,
    Struct,
    Terminated,
    this,
)

from pos_guard.errors import FrameError
from pos_guard.frames import escpos_commands as commands
from pos_guard.frames import escpos_parse_control, escpos_parse_images, escpos_parse_layout
from pos_guard.frames.escpos_commands import Align, Command
from pos_guard.frames.escpos_control import OfflineResponse
from pos_guard.frames.escpos_scan import OVERSIZE, Token

_PARAMETER = Struct("name" / Bytes(2), "n" / Byte, Terminated)
_SELECT = Struct(
    "name" / Bytes(2),
    "to" / BitStruct(Padding(6), "display" / Flag, "printer" / Flag),
    Terminated,
)
_CUT = Struct(Const(b"\x1dV"), "m" / Byte, "feed" / If(this.m >= 65, Byte), Terminated)
_PULSE = Struct(Const(b"\x1bp"), "m" / Byte, "on" / Byte, "off" / Byte, Terminated)
_PULSE_NOW = Struct(Const(b"\x10\x14\x01"), "m" / Byte, "t" / Byte, Terminated)
_SIZE = Struct(
    Const(b"\x1d!"),
    "n" / BitStruct("width" / BitsInteger(4), "height" / BitsInteger(4)),
    Terminated,
)
_MODE = Struct(
    "name" / Bytes(2),
    "n"
    / BitStruct(
        "underline" / Flag,
        Padding(1),
        "wide" / Flag,
        "tall" / Flag,
        "bold" / Flag,
        "quad" / BitsInteger(2),
        "font_b" / Flag,
    ),
    Terminated,
)
_KANJI_MODE = Struct(
    "name" / Bytes(2),
    "n" / BitStruct("underline" / Flag, Padding(3), "tall" / Flag, "wide" / Flag, Padding(2)),
    Terminated,
)
_SYMBOL = Struct(
    Const(b"\x1d(k"),
    "body" / Prefixed(Int16ul, Struct("cn" / Byte, "fn" / Byte, "data" / GreedyBytes)),
    Terminated,
)
_RESPONSE = Struct(
    Const(b"\x1d(H"),
    "body" / Prefixed(Int16ul, Struct("fn" / Byte, "m" / Byte, "data" / GreedyBytes)),
    Terminated,
)
_RASTER = Struct(
    Const(b"\x1dv0"),
    "m" / Byte,
    Check(lambda ctx: (ctx.m & ~0x30) < 4),
    "x" / Int16ul,
    "y" / Int16ul,
    "data" / Bytes(this.x * this.y),
    Terminated,
)
_GRAPHICS_BODY = Struct("m" / Byte, "fn" / Byte, "data" / GreedyBytes)
_GRAPHICS = Struct(Const(b"\x1d(L"), "body" / Prefixed(Int16ul, _GRAPHICS_BODY), Terminated)
_GRAPHICS_8 = Struct(Const(b"\x1d8L"), "body" / Prefixed(Int32ul, _GRAPHICS_BODY), Terminated)
_STORED = Struct(
    "a" / Byte,
    "bx" / Byte,
    "by" / Byte,
    "c" / Byte,
    "x" / Int16ul,
    "y" / Int16ul,
    "data" / Bytes(((this.x + 7) // 8) * this.y),
    Terminated,
)
_COLUMNS = Struct(
    Const(b"\x1b*"),
    "m" / Byte,
    "width" / Int16ul,
    "data" / Bytes(lambda ctx: ctx.width * (1 if ctx.m < 32 else 3)),
    Terminated,
)
_BARCODE_A = Struct(Const(b"\x1dk"), "m" / Byte, "data" / GreedyBytes)
_BARCODE_B = Struct(Const(b"\x1dk"), "m" / Byte, "data" / Prefixed(Byte, GreedyBytes), Terminated)

_ALIGN = {0: Align.LEFT, 1: Align.CENTER, 2: Align.RIGHT}
_LEVELS = {48: "L", 49: "M", 50: "Q", 51: "H"}
_QR = 49
_FULL_CUTS = frozenset({0, 48, 65, 97, 103})


def parse(token: Token) -> Command | None:
    """The meaning of a token; None for text, UNKNOWN and what nobody here acts on.

    :raises FrameError: ``malformed`` when the parameters are none that the standard knows,
        ``length`` for an OVERSIZE token.
    """
    if token.name == OVERSIZE:
        raise FrameError("length", "a command longer than any printer takes", token.at)
    reader = _READERS.get(token.name)
    if reader is None:
        return None
    try:
        return reader(token.raw)
    except (ConstructError, KeyError, IndexError) as error:
        raise FrameError("malformed", f"{token.name}: parameters out of range", token.at) from error


def _number(raw: bytes) -> int:
    return int(_PARAMETER.parse(raw).n)


def _select(raw: bytes) -> Command:
    to = _SELECT.parse(raw).to
    return commands.SelectDevice(printer=bool(to.printer), display=bool(to.display))


def _cut(raw: bytes) -> Command:
    form = _CUT.parse(raw)
    return commands.Cut(full=form.m in _FULL_CUTS, feed=int(form.feed or 0))


def _old_cut(raw: bytes) -> Command:
    """ESC i and ESC m: both partial on Epson [esc_li]; clones differ."""
    del raw
    return commands.Cut(full=False)


def _pulse(raw: bytes) -> Command:
    form = _PULSE.parse(raw)
    pin = {0: 2, 1: 5}[form.m & ~0x30]
    return commands.DrawerPulse(pin=pin, on_ms=2 * form.on, off_ms=2 * form.off)


def _dle_dc4(raw: bytes) -> Command | None:
    if raw[2] != 1:
        return escpos_parse_control.read_dle_dc4(raw)
    form = _PULSE_NOW.parse(raw)
    pin = {0: 2, 1: 5}[form.m]
    return commands.DrawerPulse(pin, on_ms=100 * form.t, off_ms=100 * form.t, realtime=True)


def _alignment(raw: bytes) -> Command:
    number = _number(raw)
    return commands.Alignment(_ALIGN[number - 48 if number >= 48 else number])


def _size(raw: bytes) -> Command:
    form = _SIZE.parse(raw).n
    return commands.CharacterSize(width=int(form.width % 8) + 1, height=int(form.height % 8) + 1)


def _mode(raw: bytes) -> Command:
    form = _MODE.parse(raw).n
    return commands.PrintMode(
        font_b=bool(form.font_b),
        bold=bool(form.bold),
        tall=bool(form.tall),
        wide=bool(form.wide),
        underline=bool(form.underline),
    )


def _kanji_mode(raw: bytes) -> Command:
    form = _KANJI_MODE.parse(raw).n
    return commands.PrintMode(
        font_b=False,
        bold=False,
        tall=bool(form.tall),
        wide=bool(form.wide),
        underline=bool(form.underline),
    )


def _symbol(raw: bytes) -> Command | None:
    body = _SYMBOL.parse(raw).body
    if body.cn != _QR:
        return escpos_parse_images.read_symbol(int(body.cn), int(body.fn), bytes(body.data))
    reader = _QR_FUNCTIONS.get(int(body.fn))
    return None if reader is None else reader(bytes(body.data))


def _qr_store(data: bytes) -> Command:
    if data[0] != 48:
        raise KeyError(data[0])
    return commands.QrStore(data[1:])


_QR_FUNCTIONS: Mapping[int, Callable[[bytes], Command]] = {
    65: lambda data: commands.QrModel({49: 1, 50: 2, 51: 3}[data[0]]),
    67: lambda data: commands.QrSize({dots: dots for dots in range(1, 17)}[data[0]]),
    69: lambda data: commands.QrLevel(_LEVELS[data[0]]),
    80: _qr_store,
    81: lambda data: {48: commands.QrPrint()}[data[0]],
    82: lambda data: {48: commands.QrSizeRequest()}[data[0]],
}


def _response(raw: bytes) -> Command | None:
    body = _RESPONSE.parse(raw).body
    if body.fn not in (48, 49):
        return None
    if body.m != 48 or len(body.data) != {48: 4, 49: 1}[body.fn]:
        raise KeyError(body.m)
    if body.fn == 49:
        return OfflineResponse({0: 0, 1: 1, 2: 2, 48: 0, 49: 1, 50: 2}[body.data[0]])
    return commands.ProcessId(bytes(body.data))


def _raster(raw: bytes) -> Command:
    form = _RASTER.parse(raw)
    mode = form.m & 3
    return commands.Raster(
        form.x, form.y, wide=bool(mode & 1), tall=bool(mode & 2), data=bytes(form.data)
    )


def _graphics(raw: bytes) -> Command | None:
    body = (_GRAPHICS if raw[1] == 0x28 else _GRAPHICS_8).parse(raw).body
    if body.fn in (2, 50):
        return commands.GraphicsPrint()
    if body.fn != 112:
        return escpos_parse_images.read_graphics(int(body.fn), bytes(body.data))
    form = _STORED.parse(body.data)
    return commands.Raster(
        (form.x + 7) // 8,
        form.y,
        wide=form.bx == 2,
        tall=form.by == 2,
        data=bytes(form.data),
        stored=True,
    )


def _columns(raw: bytes) -> Command:
    form = _COLUMNS.parse(raw)
    return commands.BitImage(form.m, form.width, bytes(form.data))


def _barcode(raw: bytes) -> Command:
    if raw[2] >= 65:
        form: Any = _BARCODE_B.parse(raw)
        return commands.Barcode(form.m, bytes(form.data))
    form = _BARCODE_A.parse(raw)
    return commands.Barcode(form.m + 65, bytes(form.data)[:-1])


_READERS: Mapping[str, Callable[[bytes], Command | None]] = {
    **escpos_parse_layout.READERS,
    **escpos_parse_images.READERS,
    **escpos_parse_control.READERS,
    "ESC @": lambda _: commands.Initialize(),
    "ESC =": _select,
    "GS V": _cut,
    "ESC i": _old_cut,
    "ESC m": _old_cut,
    "ESC p": _pulse,
    "DLE DC4": _dle_dc4,
    "ESC t": lambda raw: commands.CodePage(_number(raw)),
    "FS &": lambda _: commands.KanjiMode(on=True),
    "FS .": lambda _: commands.KanjiMode(on=False),
    "ESC a": _alignment,
    "GS !": _size,
    "ESC !": _mode,
    "FS !": _kanji_mode,
    "GS ( k": _symbol,
    "GS ( H": _response,
    "GS v 0": _raster,
    "GS ( L": _graphics,
    "GS 8 L": _graphics,
    "ESC *": _columns,
    "GS k": _barcode,
    "DLE EOT": lambda raw: commands.StatusRequest(raw[2], realtime=True),
    "GS r": lambda raw: commands.StatusRequest(_number(raw), realtime=False),
    "ESC v": lambda _: commands.StatusRequest(1, realtime=False),
    "ESC u": lambda _: commands.StatusRequest(2, realtime=False),
    "GS I": lambda raw: commands.IdRequest(_number(raw)),
    "GS a": lambda raw: commands.AutoStatus(_number(raw)),
}
