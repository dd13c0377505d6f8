"""Values of a scenario that TOML has no type for."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest

from pos_guard.strict import WrongError
from pos_guard_simulator.scenario.moments import Moment
from pos_guard_simulator.scenario.places import filled, known, variables
from pos_guard_simulator.scenario.values import MAX_DEPTH, read_fields, read_json, read_seconds


@pytest.mark.parametrize(
    ("value", "ms"), [(0, 0), (5, 5000), (0.5, 500), (0.0004, 0), (86_400, 86_400_000)]
)
def test_seconds(value: object, ms: int) -> None:
    assert read_seconds(value) == ms


@pytest.mark.parametrize("value", [True, "5", -1, -0.1, 86_401, math.nan, math.inf, None])
def test_what_are_no_seconds(value: object) -> None:
    with pytest.raises(ValueError, match="seconds"):
        read_seconds(value)


def test_fields_of_an_operation() -> None:
    fields = {"a": [1, "b", {"c": True}]}
    assert read_fields(fields) == fields


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"a": 0.5}, ("a",)),
        ({"a": {"b": [1, 0.5]}}, ("a", "b", 1)),
        ({"a": datetime.date(2026, 1, 1)}, ("a",)),
    ],
)
def test_what_no_operation_has(value: object, where: tuple[str | int, ...]) -> None:
    with pytest.raises(WrongError) as caught:
        read_fields(value)
    ((path, _),) = caught.value.parts
    assert path == where


def test_what_is_nested_too_deeply() -> None:
    value: Any = 1
    for _ in range(MAX_DEPTH + 1):
        value = [value]
    with pytest.raises(WrongError, match="nested too deeply"):
        read_json(value)


@pytest.mark.parametrize(
    "text", ["printer receipt", "till-2 hangs-up 12", "step no paper", "app ended"]
)
def test_a_moment_is_written_as_it_is_read(text: str) -> None:
    assert str(Moment.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "printer", "printer receipt 0", "Printer receipt", "a b c", "step "]
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match="printer receipt 2"):
        Moment.parse(text)


def test_the_address_that_a_program_opens() -> None:
    assert known({"tcp": "[::1]:9100"}) == {
        "address": "[::1]:9100",
        "tcp": "[::1]:9100",
        "host": "::1",
        "port": "9100",
    }
    assert known({"rfc2217": "rfc2217://127.0.0.1:2217"})["port"] == "2217"
    assert known({"tcp": "127.0.0.1:1", "http": "http://127.0.0.1:1"})["address"].startswith("http")
    assert known({"usb": "04b8:0e15", "lp": "/dev/usb/lp0"})["address"] == "/dev/usb/lp0"
    assert known({}) == {"address": ""}  # unplugged from the beginning
    assert variables({"till-2": {"address": "a", "tcp": "b"}}) == {
        "POS_TILL_2": "a",
        "POS_TILL_2_TCP": "b",
    }
    assert filled("x{a.tcp}y{b.tcp}", {"a": {"tcp": "1"}, "b": {"tcp": "2"}}) == "x1y2"
