"""HID keyboards: input reports with the keys that are down, as key events.

Sources: HID 1.11 appendix B.1 and F.3 (boot report), HID Usage Tables page 07; which key of
linux/input-event-codes.h each usage is: Linux drivers/hid/usbhid/usbkbd.c.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from construct import Byte, Bytes, Const, ConstructError, Padding, Struct, Terminated

from pos_guard.errors import FrameError
from pos_guard.frames.hid_descriptor import Report, ReportDescriptor, ReportKind
from pos_guard.frames.keymap import Stroke
from pos_guard.frames.keys import DOWN, EV_KEY, SYN, UP, KeyEvent

PAGE: Final = 0x07
KEYBOARD: Final = 0x01 << 16 | 0x06
"""The usage of a keyboard's application collection."""

ROLL_OVER: Final = 0x01
"""In every place of a report: more keys are down than it can tell (appendix C)."""

_FIRST_MODIFIER = PAGE << 16 | 0xE0
_MODIFIER_KEYS: Final = (29, 42, 56, 125, 97, 54, 100, 126)
"""Ctrl, Shift, Alt and Meta of the left, then of the right: bit 0 to bit 7."""

# From usage 04 on.
_KEY_CODES: Final = (
    *(30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17),
    *(45, 21, 44, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 28, 1, 14, 15, 57, 12, 13, 26, 27, 43, 43, 39),
    *(40, 41, 51, 52, 53, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 87, 88, 99, 70, 119, 110),
    *(102, 104, 111, 107, 109, 106, 105, 108, 103, 69, 98, 55, 74, 78, 96, 79, 80, 81, 75, 76),
    *(77, 71, 72, 73, 82, 83, 86, 127, 116, 117),
)
KEY_OF_USAGE: Final = dict(enumerate(_KEY_CODES, 4))
_USAGE_OF_KEY = {code: usage for usage, code in reversed(KEY_OF_USAGE.items())}


@dataclass(frozen=True, slots=True)
class KeyReport:
    """Where the keys are in an input report: bytes from its start, its id included."""

    report: int
    size: int
    modifiers: int
    keys: int
    count: int


BOOT: Final = KeyReport(0, 8, 0, 2, 6)
"""The boot protocol's: modifiers, a reserved byte, six keys."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is down: keys of linux/input-event-codes.h, and usages that have no such key."""

    keys: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()


NOTHING: Final = Held()


def find_keys(descriptor: ReportDescriptor) -> KeyReport | None:
    """Where a keyboard's report protocol has its keys, or None: it is none that types arrays."""
    for report in descriptor.of(ReportKind.INPUT):
        found = _key_report(report)
        if found is not None:
            return found
    return None


def parse_keys(report: bytes, shape: KeyReport = BOOT) -> Held | None:
    """What is down by this report; None where it says that too many keys are (roll over).

    :raises FrameError: ``length`` or ``report`` (another id).
    """
    if len(report) != shape.size:
        raise FrameError("length", f"{len(report)} bytes are no report of {shape.size}", 0)
    try:
        parsed: Any = _struct(shape).parse(report)
    except ConstructError as error:
        raise FrameError("report", "a report that carries no keys", 0) from error
    usages = [usage for usage in bytes(parsed["keys"]) if usage]
    if ROLL_OVER in usages:
        return None
    bits = int(parsed.modifiers)
    held = [code for bit, code in enumerate(_MODIFIER_KEYS) if bits >> bit & 1]
    held += [KEY_OF_USAGE[usage] for usage in usages if usage in KEY_OF_USAGE]
    unknown = tuple(usage for usage in usages if usage not in KEY_OF_USAGE)
    return Held(tuple(dict.fromkeys(held)), unknown)


def changes(before: Held, after: Held) -> list[KeyEvent]:
    """The events between two reports, as a kernel gives them: modifiers, releases, presses."""
    was, now = set(before.keys), set(after.keys)
    gone = [code for code in before.keys if code not in now]
    come = [code for code in after.keys if code not in was]
    order = sorted(
        [(code not in _MODIFIER_KEYS, False, code) for code in gone]
        + [(code not in _MODIFIER_KEYS, True, code) for code in come],
        key=lambda step: step[:2],
    )
    events = [KeyEvent(EV_KEY, code, DOWN if down else UP) for _, down, code in order]
    return [*events, SYN] if events else []


def build_boot(strokes: Iterable[Stroke]) -> list[bytes]:
    """The boot reports that a scanner sends for these keys: pressed, then let go, each time."""
    reports: list[bytes] = []
    for stroke in strokes:
        reports += [_boot(stroke.held, stroke.code), _boot(stroke.held if stroke.keeps else ())]
    return reports


def _boot(held: tuple[int, ...], code: int | None = None) -> bytes:
    bits = sum(1 << _MODIFIER_KEYS.index(key) for key in held)
    usage = 0 if code is None else _USAGE_OF_KEY[code]
    return bytes(_struct(BOOT).build({"modifiers": bits, "keys": bytes((usage, 0, 0, 0, 0, 0))}))


def _key_report(report: Report) -> KeyReport | None:
    modifiers = report.spot(_FIRST_MODIFIER)
    keys = next((item for item in report.fields if _is_keys(item.array, item.usages)), None)
    if modifiers is None or keys is None or modifiers.size != 1 or keys.size != 8:
        return None
    if modifiers.offset % 8 or keys.offset % 8 or modifiers.offset >= keys.offset:
        return None
    return KeyReport(report.id, report.size, modifiers.offset // 8, keys.offset // 8, keys.count)


def _is_keys(array: bool, usages: tuple[range, ...]) -> bool:
    return array and any(run.start >> 16 == PAGE for run in usages)


@lru_cache(maxsize=16)
def _struct(shape: KeyReport) -> Struct:
    start = 1 if shape.report else 0
    return Struct(
        *([Const(bytes((shape.report,)))] if shape.report else []),
        Padding(shape.modifiers - start),
        "modifiers" / Byte,
        Padding(shape.keys - shape.modifiers - 1),
        "keys" / Bytes(shape.count),
        Padding(shape.size - shape.keys - shape.count),
        Terminated,
    )
