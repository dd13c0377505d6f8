"""The rules that we give to users name the same scanners as the program; udevd's own reading of
them is in tests/kernel."""

from __future__ import annotations

import re
from pathlib import Path

from pos_guard.ports.scanner_makers import MAKERS
from pos_guard.ports.usb_errors import SCANNER
from pos_guard.ports.usb_facts import MARK_TEXT

RULES = Path(__file__).parents[2] / "examples" / f"{SCANNER.rules}.rules"


def test_the_rules_are_for_the_makers_that_are_known() -> None:
    found = re.search(r'ATTRS\{idVendor\}=="([0-9a-f|]+)"', RULES.read_text(encoding="utf-8"))
    assert found is not None
    assert [int(digits, 16) for digits in found[1].split("|")] == sorted(MAKERS)


def test_the_rules_know_what_the_guard_shows() -> None:
    text = RULES.read_text(encoding="utf-8")
    assert f'ATTRS{{configuration}}=="{MARK_TEXT}"' in text
    assert f'GROUP="{SCANNER.group}"' in text
