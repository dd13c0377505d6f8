"""The simulated host answers truly from its books, and wrongly where it is told to."""

from __future__ import annotations

import pytest

from pos_guard.frames.iso8583 import Message, build, parse
from pos_guard.frames.iso8583_framing import LengthFramer
from pos_guard.frames.iso8583_profile import UNION_PAY
from pos_guard.links.session import CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator.iso8583_host import HostSettings, Iso8583Host
from pos_guard_simulator.simulate_terminals import host_device, host_settings
from pos_guard_simulator.zvt_book import Script
from tests.links.iso8583_rig import request, sign_on


def wire(message: Message) -> bytes:
    unit = build(message, UNION_PAY)
    return len(unit).to_bytes(2, "big") + unit


def said(effects: Effects) -> list[str]:
    framer = LengthFramer(UNION_PAY)
    for effect in effects:
        if isinstance(effect, ToApp):
            framer.feed(effect.data)
    answers: list[str] = []
    while (unit := framer.take()) is not None:
        message = parse(unit, UNION_PAY)
        answers.append(f"{message.type} {message.get(39)}")
    return answers


@pytest.fixture
def host() -> Iso8583Host:
    made = Iso8583Host()
    made.connected()
    return made


def test_a_day_at_the_host(host: Iso8583Host) -> None:
    dialogue = [
        (sign_on(1), "0810 00"),
        (request("sale", 1250, 2), "0210 00"),
        (request("sale", 1250, 2), "0210 94"),
        (request("refund", 1000, 3, of=2), "0230 00"),
        (request("refund", 1000, 4, of=2), "0230 61"),
        (request("refund", 1000, 5, of=99), "0230 25"),
        (request("sale", 700, 6), "0210 00"),
        (request("void", 600, 7, of=6), "0210 13"),
        (request("void", 700, 8, of=6), "0210 00"),
        (request("void", 700, 9, of=6), "0210 61"),
        (request("reversal", 700, 8), "0410 00"),
        (request("void", 700, 10, of=6), "0210 00"),
        (request("reversal", 1, 77), "0410 25"),
        (request("odd", 1250, 11), "0210 40"),
        (request("balance", 0, 12), "0210 00"),
    ]
    for message, answer in dialogue:
        assert said(host.data(wire(message))) == [answer], message.get(11)
    assert host.book.totals() == (1250, 1, 1000, 1)
    assert [(str(one.kind), one.amount) for one in host.moved] == [
        ("sale", 1250),
        ("refund", 1000),
        ("sale", 700),
        ("void", 700),
    ]


@pytest.mark.parametrize(("taken", "flag"), [(1250, "1"), (1300, "2")])
def test_a_settlement_compares_totals(host: Iso8583Host, taken: int, flag: str) -> None:
    host.data(wire(request("sale", 1250, 2)))
    theirs = f"{taken:012d}001{0:012d}000" + "0" * 32
    day = sign_on(3)
    message = Message("0500", {**day.fields, 48: theirs}, day.tpdu, day.header)
    (effect,) = host.data(wire(message))
    assert isinstance(effect, ToApp)
    answer = parse(effect.data[2:], UNION_PAY)
    assert (answer.type, (answer.get(48) or "")[30]) == ("0510", flag)
    assert host.book.totals() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("word", "answers", "moved"),
    [
        ("approve", ["0210 00"], 1250),
        ("approve:1000", ["0210 10"], 1000),
        ("decline", ["0210 05"], 0),
        ("decline:51", ["0210 51"], 0),
        ("silent-before", [], 0),
        ("silent-after", [], 1250),
        ("split", ["0210 00"], 1250),
        ("glue", ["0210 00", "0210 00"], 1250),
        ("duplicate", ["0210 00", "0210 00"], 1250),
        ("wrong-tpdu", ["0210 00"], 1250),
        ("foreign", ["0210 00"], 1250),
        ("wrong-trace", ["0210 00"], 1250),
    ],
)
def test_what_it_is_told_to_do(word: str, answers: list[str], moved: int) -> None:
    host = Iso8583Host(script=Script({1250: word}))
    host.connected()
    assert said(host.data(wire(request("sale", 1250, 2)))) == answers
    assert sum(one.amount for one in host.moved) == moved


def test_late_is_late() -> None:
    host = Iso8583Host(script=Script({1250: "late:1500"}))
    host.connected()
    (timer,) = host.data(wire(request("sale", 1250, 2)))
    assert isinstance(timer, SetTimer)
    assert (timer.seconds, host.idle, host.moved) == (1.5, False, [])
    assert said(host.timer(timer.name)) == ["0210 00"]
    assert host.idle
    assert host.timer(timer.name) == []


def test_reset_moves_the_money_and_hangs_up() -> None:
    host = Iso8583Host(script=Script({1250: "reset"}))
    host.connected()
    assert host.data(wire(request("sale", 1250, 2))) == [CloseApp("the device hangs up")]
    assert len(host.moved) == 1


@pytest.mark.parametrize(("how", "answers"), [("silent", []), ("96", ["0410 96"])])
def test_reversals_may_fail(how: str, answers: list[str]) -> None:
    host = Iso8583Host(HostSettings(reversals=how, mac=False))
    host.connected()
    host.data(wire(request("sale", 1250, 2)))
    assert said(host.data(wire(request("reversal", 1250, 2)))) == answers
    assert len(host.moved) == 1


def test_garbage_ends_the_call_and_a_till_that_is_gone_hears_nothing(host: Iso8583Host) -> None:
    assert host.data(b"\xff\xff\xff") == [CloseApp("till: length")]
    host.closed()
    assert host.data(wire(request("sale", 1250, 2))) == []
    assert len(host.moved) == 1


def test_as_a_device() -> None:
    device = host_device(host_settings("iso8583-cup,header=2"), Script())
    assert device.facts == {"profile": "iso8583-cup"}
    assert set(device.ops) == {"script", "wrong", "book", "press", "state"}
