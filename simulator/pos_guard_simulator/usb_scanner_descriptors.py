"""Report descriptors of the simulated scanners, written item by item (HID 1.11, 6.2.2)."""

from __future__ import annotations

from pos_guard.frames.hid_pos import LAYOUTS, Layout

_DESKTOP, _KEYS, _LEDS, _SCANNER, _HHP = 0x01, 0x07, 0x08, 0x8C, 0xFF66
_INPUT, _OUTPUT, _COLLECTION = 0x80, 0x90, 0xA0
_PAGE, _MINIMUM, _MAXIMUM, _SIZE, _ID, _COUNT = 0x04, 0x14, 0x24, 0x74, 0x84, 0x94
_USAGE, _FIRST, _LAST = 0x08, 0x18, 0x28
_DATA_ARRAY, _CONSTANT, _VARIABLE, _BUFFERED = 0, 1, 2, 0x102
_APPLICATION, _LOGICAL = 1, 2
_END = b"\xc0"

TRIGGER = 4
"""The id of the trigger report; Newland's serial commands have the same."""

SERIAL = 0xFD


def item(prefix: int, value: int) -> bytes:
    """One short item, as short as the value allows; values are not negative."""
    size = 1 if value <= 0xFF else 2
    return bytes((prefix | size,)) + value.to_bytes(size, "little")


def items(*pairs: tuple[int, int]) -> bytes:
    """Several."""
    return b"".join(item(prefix, value) for prefix, value in pairs)


_BYTES = ((_MINIMUM, 0), (_MAXIMUM, 0xFF), (_SIZE, 8), (_COUNT, 1))

_USAGES = {"aim1": 0xFB, "aim2": 0xFC, "aim3": 0xFD, "data": 0xFE}

KEYBOARD = (
    items((_PAGE, _DESKTOP), (_USAGE, 6), (_COLLECTION, _APPLICATION))
    + items((_PAGE, _KEYS), (_FIRST, 0xE0), (_LAST, 0xE7), (_MINIMUM, 0), (_MAXIMUM, 1))
    + items((_SIZE, 1), (_COUNT, 8), (_INPUT, _VARIABLE))
    + items((_COUNT, 1), (_SIZE, 8), (_INPUT, _CONSTANT))
    + items((_COUNT, 5), (_SIZE, 1), (_PAGE, _LEDS), (_FIRST, 1), (_LAST, 5), (_OUTPUT, _VARIABLE))
    + items((_COUNT, 1), (_SIZE, 3), (_OUTPUT, _CONSTANT))
    + items((_COUNT, 6), (_SIZE, 8), (_MINIMUM, 0), (_MAXIMUM, 101))
    + items((_PAGE, _KEYS), (_FIRST, 0), (_LAST, 101), (_INPUT, _DATA_ARRAY))
    + _END
)
"""A boot keyboard: the same reports as the example in HID 1.11 appendix B.1."""


def hid_pos(layout: Layout) -> bytes:
    """A scanner with this layout, and what its maker's have for commands."""
    head = items((_PAGE, _SCANNER), (_USAGE, 2), (_COLLECTION, _APPLICATION))
    return head + _scanned(layout) + _commands(layout) + _END


def _scanned(layout: Layout) -> bytes:
    built = items((_USAGE, 0x12), (_COLLECTION, _LOGICAL), (_ID, layout.report), *_BYTES)
    for name, size in layout.parts:
        if name == "length":
            built += items(
                (_PAGE, _DESKTOP), (_USAGE, 0x3B), (_INPUT, _VARIABLE), (_PAGE, _SCANNER)
            )
        elif name in _USAGES:
            kind = _BUFFERED if name == "data" else _VARIABLE
            built += items((_COUNT, size), (_USAGE, _USAGES[name]), (_INPUT, kind))
        elif name == "code_id":
            built += items((_COUNT, 1), (_PAGE, _HHP), (_USAGE, 4), (_INPUT, _VARIABLE))
            built += item(_PAGE, _SCANNER)
        elif name == "flags":
            built += items((_MAXIMUM, 1), (_SIZE, 1), (_COUNT, 8), (_USAGE, 0xFF))
            built += item(_INPUT, _VARIABLE)
        else:
            built += items((_COUNT, size), (_INPUT, _CONSTANT))
    return built + _END


def _commands(layout: Layout) -> bytes:
    if layout is LAYOUTS["newland-64"]:
        return _serial(TRIGGER)
    trigger = items((_USAGE, 0x14), (_COLLECTION, _LOGICAL), (_ID, TRIGGER), (_MINIMUM, 0))
    trigger += items((_MAXIMUM, 1), (_SIZE, 1), (_COUNT, 1))
    for usage in (0x5F, 0x60, 0x85, 0x86):
        trigger += items((_USAGE, usage), (_OUTPUT, _VARIABLE))
    trigger += items((_COUNT, 4), (_OUTPUT, _CONSTANT)) + _END
    return trigger + _serial(SERIAL)


def _serial(report: int) -> bytes:
    head = items((_PAGE, _HHP), (_USAGE, 1), (_COLLECTION, _LOGICAL), (_ID, report), *_BYTES)
    rest = items((_USAGE, 0x21), (_OUTPUT, _VARIABLE), (_COUNT, 62), (_USAGE, 0x22))
    return head + rest + items((_OUTPUT, _BUFFERED), (_PAGE, _SCANNER)) + _END
