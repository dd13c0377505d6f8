"""What every test of keyboard scanners does: type, feed, wait, and look at the scans."""

from __future__ import annotations

from pos_guard.frames.hid_keyboard import build_boot
from pos_guard.frames.keymap import keymap, text_strokes
from pos_guard.scanners.hid_keyboard import HidKeyboardLanguage
from pos_guard.scanners.language import Items, Problem, Scanned


def scans(items: Items) -> list[tuple[bytes, Problem | None, bool]]:
    return [(item.data, item.problem, item.typed) for item in items if isinstance(item, Scanned)]


def feed(language: HidKeyboardLanguage, reports: list[bytes]) -> Items:
    return [item for report in reports for item in language.feed(report)]


def keys(text: str, layout: str = "us") -> list[bytes]:
    return build_boot(text_strokes(text, keymap(layout)))


def settle(language: HidKeyboardLanguage) -> Items:
    items: Items = []
    while language.wait is not None:
        items += language.silence()
    return items
