"""The blocks that ESC/POS printers send, from header to NUL: bytes to values, and back.

Source: Epson ESC/POS Command Reference [gs_lparen_ch, dle_dc4, gs_ci, gs_lparen_lk_fn182,
gs_lparen_cl]; TM-T88III programming guide p. 431 for the offline response.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.escpos_replies import MAX_BLOCK

MAX_CAUSES = 10
"""Bytes of an offline response's cause."""

_MAX_DIGITS = 8
"""Digits of a memory's size [gs_lparen_cl_fn48]."""

_SIZE = re.compile(rb"([0-9]{1,5})\x1f([0-9]{1,5})\x1f1\x1f([01])")


@dataclass(frozen=True, slots=True)
class ProcessDone:
    """37 22: everything before the GS ( H with this id is printed."""

    id: bytes


@dataclass(frozen=True, slots=True)
class OfflineNotice:
    """37 23: the printer went offline; ``causes`` differ by model (bit 6 of each is always on)."""

    causes: bytes


@dataclass(frozen=True, slots=True)
class BuffersCleared:
    """37 25: DLE DC4 8 has been obeyed."""


@dataclass(frozen=True, slots=True)
class PowerOffNotice:
    """3B 30: DLE DC4 2 has been obeyed: power may go."""


@dataclass(frozen=True, slots=True)
class SymbolSize:
    """37 and ``identifier`` (36h: QR): dots of the stored symbol, and whether it can be printed."""

    identifier: int
    width: int
    height: int
    printable: bool


@dataclass(frozen=True, slots=True)
class MemorySize:
    """37 30, 31 or 32: bytes of NV graphics memory, left in it, left in download memory."""

    identifier: int
    size: int


@dataclass(frozen=True, slots=True)
class Identity:
    """5F: the answer to GS I 65 to 69 and others, as text."""

    text: str


@dataclass(frozen=True, slots=True)
class Info:
    """3D: the answer to GS I 33, 35, 96 and 110; ``number`` says which."""

    number: int
    data: bytes


@dataclass(frozen=True, slots=True)
class OtherBlock:
    """A block of the right form whose content nobody here knows."""

    head: int
    data: bytes


Block = (
    ProcessDone
    | OfflineNotice
    | BuffersCleared
    | PowerOffNotice
    | SymbolSize
    | MemorySize
    | Identity
    | Info
    | OtherBlock
)


def parse_block(raw: bytes) -> Block:
    """A ``block`` reply of ReplyScanner, from its header to its NUL.

    :raises FrameError: ``malformed`` when it has no NUL at its end, or a known block has content
        that its manual rules out.
    """
    if not 2 <= len(raw) <= MAX_BLOCK or raw.find(0) != len(raw) - 1:
        raise FrameError("malformed", "a block ends at its first NUL", 0)
    head, data = raw[0], raw[1:-1]
    if head == 0x5F:
        return Identity(data.decode("ascii", errors="replace"))
    if head == 0x3D and data:
        return Info(data[0], data[1:])
    if head == 0x3B and data == b"0":
        return PowerOffNotice()
    if head == 0x37 and data:
        return _process(data[0], data[1:], raw)
    return OtherBlock(head, data)


def _process(identifier: int, data: bytes, raw: bytes) -> Block:
    """The blocks of header 37."""
    size = _SIZE.fullmatch(data)
    if size is not None:
        return SymbolSize(identifier, int(size[1]), int(size[2]), printable=size[3] == b"0")
    if identifier in b"012" and data.isdigit() and len(data) <= _MAX_DIGITS:
        return MemorySize(identifier, int(data))
    if identifier == 0x22:
        return ProcessDone(_checked(data, len(data) == 4, raw))
    if identifier == 0x23:
        sound = len(data) <= MAX_CAUSES and all(0x40 <= cause < 0x80 for cause in data)
        return OfflineNotice(_checked(data, sound, raw))
    if identifier == 0x25 and not data:
        return BuffersCleared()
    return OtherBlock(0x37, raw[1:-1])


def _checked(data: bytes, sound: bool, raw: bytes) -> bytes:
    if not sound:
        raise FrameError("malformed", f"{raw.hex()} is no such block", 0)
    return data


def build_block(block: Block) -> bytes:
    """The bytes that a printer sends for it.

    :raises LocalError: when it would not read back as itself.
    """
    raw = _content(block) + b"\x00"
    try:
        same = parse_block(raw) == block
    except FrameError:
        same = False
    if not same:
        raise LocalError(f"{block} does not fit into a reply block")
    return raw


def _content(block: Block) -> bytes:
    match block:
        case Identity(text):
            return b"\x5f" + text.encode("ascii", errors="replace")
        case Info(number, data):
            return b"\x3d%c" % number + data
        case PowerOffNotice():
            return b"\x3b0"
        case OtherBlock(head, data):
            return bytes((head,)) + data
        case _:
            return b"\x37" + _process_content(block)


def _process_content(
    block: ProcessDone | OfflineNotice | BuffersCleared | SymbolSize | MemorySize,
) -> bytes:
    match block:
        case ProcessDone(identity):
            return b'"' + identity
        case OfflineNotice(causes):
            return b"#" + causes
        case BuffersCleared():
            return b"%"
        case SymbolSize(identifier, width, height, printable):
            return b"%c%d\x1f%d\x1f1\x1f%d" % (identifier, width, height, not printable)
        case MemorySize(identifier, size):
            return b"%c%d" % (identifier, size)
