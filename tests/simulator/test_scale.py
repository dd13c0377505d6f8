"""The simulated scale, in both of its languages, and at a port.

Sources: Mettler Toledo DIVA Service Manual (8217: commands and status byte, 6.1.3.2 and 6.1.4.3);
the patterns by which Odoo's driver reads the same scale; for SMA SCP-0499 the replies that the
manuals of Cardinal's 190, Sartorius' PR 5220 and Fairbanks' PR 5410 print.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.codes_numbers import gtin_ok
from pos_guard.links.session import CancelTimer, SetTimer, ToApp
from pos_guard_simulator.scale.label import label
from pos_guard_simulator.scale.platter import Platter, rounded
from pos_guard_simulator.scale.sma import MAX_COMMAND, REPEAT_S, Sma
from pos_guard_simulator.scale.toledo import Toledo8217
from pos_guard_simulator.scale.twin import SETTLE_S, ScaleTwin
from tests.simulator.simulate_process import Control, simulating

ODOO_MEASURE = re.compile(rb"\x02\s*([0-9.]+)N?\r")
ODOO_STATUS = re.compile(rb"\x02\s*\?([^\x00])\r")


def toledo(grams: int = 0, **more: object) -> tuple[Platter, Toledo8217]:
    platter = Platter(load_g=grams, **more)  # type: ignore[arg-type]  # fields of any type
    return platter, Toledo8217(platter)


@pytest.mark.parametrize(
    ("grams", "answer"),
    [
        (0, b"\x0200.000\r"),
        (1250, b"\x0201.250\r"),
        (1252, b"\x0201.250\r"),
        (1253, b"\x0201.255\r"),
        (15_000, b"\x0215.000\r"),
        (15_046, b"\x02?\x4a\r"),  # over capacity, outside the zero range, always 1
        (-10, b"\x02?\x44\r"),  # under zero
    ],
)
def test_a_weight_or_why_there_is_none(grams: int, answer: bytes) -> None:
    _, line = toledo(grams)
    assert line.receive(b"W") == answer
    assert (ODOO_MEASURE if b"?" not in answer else ODOO_STATUS).fullmatch(answer)


def test_in_motion_it_says_so() -> None:
    platter, line = toledo()
    platter.weigh(500, moving=True)
    assert line.receive(b"W") == b"\x02?\x49\r"  # in motion, outside the zero range
    assert line.receive(b"C") == b"", "ignored if the weight is not stable"


def test_tare_by_what_lies_there_or_by_five_digits() -> None:
    platter, line = toledo(200)
    assert line.receive(b"T\r") == b"\x02?\x60\r"  # net
    platter.weigh(1450)
    assert line.receive(b"W") == b"\x0201.250N\r"
    assert line.receive(b"C") == b"\x02?\x48\r"
    assert line.receive(b"T00450") == b"\x02?\x68\r"
    assert line.receive(b"W") == b"\x0201.000N\r"
    assert line.receive(b"TW") == b"\x0201.000N\r", "a T without CR is none"


@pytest.mark.parametrize(
    ("grams", "after"), [(3, b"\x02?\x50\r"), (250, b"\x02?\x50\r"), (400, b"\x02?\x48\r")]
)
def test_zero_is_set_within_its_range(grams: int, after: bytes) -> None:
    _, line = toledo(grams)
    assert line.receive(b"Z") == after


def test_it_is_known_by_its_echo_and_passes_its_test() -> None:
    _, line = toledo(1250)
    assert line.receive(b"Ehello") == b"\x02E\rhello", "by this Odoo finds it"
    assert line.receive(b"FW") == b"\x0201.250\r"
    assert line.receive(b"AB") == b"\x02\r\x02?@\r"
    assert line.receive(b"x\r\n") == b""


def sma(grams: int = 0) -> tuple[Platter, Sma]:
    platter = Platter(load_g=grams)
    return platter, Sma(platter)


@pytest.mark.parametrize(
    ("grams", "command", "reply"),
    [
        (5025, b"W", b"\n 1G       5.025kg \r"),
        (0, b"W", b"\nZ1G       0.000kg \r"),
        (5025, b"H", b"\n 1g      5.0250kg \r"),
        (15_100, b"W", b"\nO1G      15.100kg \r"),
        (-50, b"W", b"\nU1G      -0.050kg \r"),
        (200, b"Z", b"\nZ1G       0.000kg \r"),
        (5025, b"Z", b"\nE1G  ----------kg \r"),
        (0, b"T", b"\nT1G  ----------kg \r"),
        (5025, b"T", b"\n 1N       0.000kg \r"),
        (5025, b"T 1.025", b"\n 1N       4.000kg \r"),
        (5025, b"Tx", b"\nT1G  ----------kg \r"),
        (5025, b"M", b"\n 1T       0.000kg \r"),
        (5025, b"U", b"\n 1G       11.08lb \r"),
        (453, b"Uoz", b"\n 1G        16.0oz \r"),
        (453, b"Ug", b"\n 1G         455g  \r"),
        (453, b"Ust", b"\n 1G       0.455kg \r"),
        (0, b"D", b"\n    \r"),
        (0, b"X", b"\n?\r"),
        (0, b"A", b"\nSMA:2/1.0\r"),
        (0, b"B", b"\n?\r"),
    ],
)
def test_sma_commands(grams: int, command: bytes, reply: bytes) -> None:
    _, line = sma(grams)
    assert line.receive(b"\n" + command + b"\r") == reply


def test_sma_tells_about_itself_one_field_at_a_time() -> None:
    _, line = sma()
    told = [line.receive(b"\nA\r"), *(line.receive(b"\nB\r") for _ in range(5))]
    assert told == [
        b"\nSMA:2/1.0\r", b"\nMFG:pos-guard\r", b"\nMOD:simulated scale\r", b"\nREV:1.0\r",
        b"\nEND:\r", b"\n?\r",
    ]  # fmt: skip
    told = [line.receive(b"\nI\r"), *(line.receive(b"\nN\r") for _ in range(4))]
    assert told[2:] == [b"\nCAP:kg :15.000:5:3\r", b"\nCMD:HPQRSTMCU\r", b"\nEND:\r"]


def test_sma_waits_for_rest_and_repeats_until_the_next_command() -> None:
    platter, line = sma()
    twin = ScaleTwin(platter, line)
    assert twin.weigh(7650, stable=False) == [SetTimer("settle", SETTLE_S)]
    assert twin.data(b"\nW\r")[0] == ToApp(b"\n 1GM      7.650kg \r")
    assert twin.data(b"\nP\r") == [CancelTimer("repeat")]
    assert twin.timer("settle") == [ToApp(b"\n 1G       7.650kg \r")]
    assert twin.data(b"\nR\r") == [ToApp(b"\n 1G       7.650kg \r"), SetTimer("repeat", REPEAT_S)]
    twin.weigh(7025, stable=True)
    assert twin.timer("repeat") == [
        ToApp(b"\n 1G       7.025kg \r"),
        SetTimer("repeat", REPEAT_S),
    ]
    assert twin.data(b"\x1b") == [CancelTimer("repeat")]
    assert twin.timer("repeat") == [CancelTimer("repeat")]


def test_what_is_no_command_is_none() -> None:
    _, line = sma(1000)
    assert line.receive(b"W\r\n\r\n" + b"x" * (MAX_COMMAND + 1) + b"\r") == b""
    assert line.receive(b"\nnoise\nW\r") == b"\n 1G       1.000kg \r"


@settings(deadline=None)
@given(data=st.binary(max_size=200), grams=st.integers(-20_000, 40_000))
def test_garbage_never_breaks_either(data: bytes, grams: int) -> None:
    for make in (Toledo8217, Sma):
        twin = ScaleTwin(Platter(load_g=grams), make(Platter(load_g=grams)))
        twin.connected()
        twin.data(data)
        twin.timer("repeat")
        twin.timer("settle")
        twin.closed()


@settings(deadline=None)
@given(grams=st.integers(-(10**6), 10**6), step=st.integers(1, 100))
def test_rounding_is_to_the_nearest_step(grams: int, step: int) -> None:
    found = rounded(grams, 1, 1, step)
    assert found % step == 0
    assert 2 * abs(found - grams) <= step


def test_a_label_has_weight_or_price_and_the_check_digit() -> None:
    assert label("21IIIIIWWWWWC", 12345, 1250) == "2112345012506"
    assert gtin_ok(label("23IIIIPPPPPPC", 77, 399))
    for layout, item, value, says in (
        ("21IIIIIWWWWW", 1, 1, "no layout"),
        ("IIIIIIIWWWWWC", 1, 1, "no layout"),
        ("21IIIIIWWWPPC", 1, 1, "no layout"),
        ("21IIIIIWWWWWC", 100_000, 1, "item 100000 does not fit"),
        ("21IIIIIWWWWWC", 1, -1, "value -1 does not fit"),
    ):
        with pytest.raises(ValueError, match=says):
            label(layout, item, value)


def test_a_till_weighs_at_a_serial_port(tmp_path: Path) -> None:
    control = tmp_path / "control"
    with (
        simulating("scale", "--control", str(control), "--weight-g", "200") as scale,
        Control(control) as hand,
        serial.Serial(scale.pty, 9600, timeout=10) as till,
    ):
        till.write(b"W")
        assert till.read(8) == b"\x0200.200\r"
        assert hand.ask("tare")["tare"] == 200
        hand.ask("weigh", grams=1450)
        till.write(b"W")
        assert till.read(9) == b"\x0201.250N\r"
        assert hand.ask("label", layout="21IIIIIWWWWWC", item=12345)["code"] == "2112345012506"
        assert hand.ask("state")["net"] == 1250
        assert "zero" in hand.fail("zero")
        hand.ask("weigh", grams=500, below_zero=True)
        hand.ask("weigh", grams=500, stable=False)
        assert "no layout" in hand.fail("label", layout="x", item=1)
