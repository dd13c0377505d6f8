"""Every PIN that a test gives to a person is on the list of those that are searched for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests import shop
from tests.secrets.known import PINS

TESTS = Path(__file__).resolve().parents[1]


def given() -> Iterator[tuple[str, str]]:
    """File and PIN of every ``people.add(id, name, role, pin)`` and ``set_pin(id, pin)``."""
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                place = {"add": 3, "set_pin": 1}.get(node.func.attr)
                if place is not None and len(node.args) > place:
                    pin = node.args[place]
                    if isinstance(pin, ast.Constant) and isinstance(pin.value, str):
                        yield path.name, pin.value


def test_every_pin_of_the_tests_is_searched_for() -> None:
    pins = [(file, pin) for file, pin in given() if pin.isascii() and pin.isdigit()]
    assert len(pins) > 5
    assert {(file, pin) for file, pin in pins if len(pin) >= 6 and pin not in PINS} == set()
    assert set(shop.PINS.values()) <= set(PINS)
