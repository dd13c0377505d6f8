"""The register twin: answers as the manuals print them, keeps its registers, reads in sessions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames import registers as wire
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToApp
from pos_guard_simulator.scanner_menu_session import READING
from pos_guard_simulator.scanner_register import COMMAND, RegisterScanner

DONE = bytes.fromhex("02000001003331")


def sent(effects: Effects) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToApp))


def told(twin: RegisterScanner, text: str) -> str:
    return sent(twin.data(bytes.fromhex(text))).hex(" ").upper()


def test_a_gm65_as_in_its_manual() -> None:
    """Grow GM65 manual p. 31 and 32."""
    twin = RegisterScanner()
    assert told(twin, "7E 00 08 01 00 0A 3E 4C CF") == "02 00 00 01 00 33 31"
    assert told(twin, "7E 00 07 01 00 0A 01 EE 8A") == "02 00 00 01 3E E4 AC"
    assert told(twin, "7E 00 07 01 00 0A 01 11 22") == ""
    assert told(twin, "7E 00 08 01 00 0A 3E 11 22") == ""
    assert told(twin, "7E 00 05 01 01 F0 08 AB CD") == ""


def test_an_unfinished_command_is_forgotten_after_its_time() -> None:
    twin = RegisterScanner()
    assert twin.data(bytes.fromhex("7E 00 07 01 00 0A 01")) == [SetTimer(COMMAND, 0.4)]
    twin.timer(COMMAND)
    assert told(twin, "EE 8A") == ""
    assert told(twin, "7E 00 07 01 00 0A 01 EE 8A") == "02 00 00 01 00 33 31"
    assert [frame.kind for frame in twin.frames] == [7]
    twin.data(b"\x7e\x00")
    twin.closed()
    assert twin.data(wire.heartbeat()) == [ToApp(wire.reply(0, alive=True)), CancelTimer(COMMAND)]


def test_a_newland_engine_says_what_is_wrong() -> None:
    """Newland NLS-EM3095 manual p. 19."""
    twin = RegisterScanner(scanner_model("newland-em3095"))
    assert told(twin, "7E 00 07 01 00 0A 01 11 22") == "02 00 01 01 00 04 01"
    assert told(twin, "7E 00 05 01 01 F0 08 AB CD") == "02 00 03 01 00 6A 61"


def test_an_fm30_session_as_published() -> None:
    """Newlandaidc.com wiki 435: command mode, start, stop."""
    twin = RegisterScanner(scanner_model("newland-fm30"))
    assert told(twin, "7E 00 08 01 00 00 D5 EF 41") == DONE.hex(" ").upper()
    assert not twin.free
    assert twin.scan("unseen") == []
    started = twin.data(bytes.fromhex("7E 00 08 01 00 02 01 02 DA"))
    assert started == [ToApp(DONE), SetTimer(READING, 5.0), CancelTimer(COMMAND)]
    assert twin.scan("abc") == [ToApp(b"abc\r"), CancelTimer(READING)]
    assert twin.scan("unseen") == []
    told(twin, "7E 00 08 01 00 02 01 02 DA")
    assert twin.reading
    told(twin, "7E 00 08 01 00 02 02 32 B9")
    assert not twin.reading
    assert (twin.scans, twin.missed) == (1, 2)


def test_a_session_ends_with_its_time_and_may_have_no_end() -> None:
    twin = RegisterScanner(free=False)
    trigger = wire.write(2, b"\x01")
    twin.data(wire.write(6, b"\x0a"))
    assert SetTimer(READING, 1.0) in twin.data(trigger)
    twin.timer(READING)
    assert twin.scan("unseen") == []
    twin.data(wire.write(6, b"\x00"))
    assert not any(isinstance(effect, SetTimer) for effect in twin.data(trigger))
    assert sent(twin.scan("abc")) == b"abc\r"


def test_what_is_saved_survives_and_a_reset_forgets_all() -> None:
    twin = RegisterScanner()
    twin.data(wire.write(0x2A, b"\x1a\x00"))
    assert twin.register("baud") == 0x1A
    twin.power_cut()
    assert twin.register("baud") == 0
    twin.data(wire.write(0x2A, b"\x39\x01") + wire.save())
    twin.power_cut()
    assert twin.register("baud") == 0x139
    # As specter-diy and cv-scanner reset it.
    assert told(twin, "7E 00 09 01 00 00 02 FE 8A") == DONE.hex(" ").upper()
    assert twin.register("baud") == 0
    twin.data(wire.write(0x2A, b"\x39\x01"))
    assert told(twin, "7E 00 08 01 00 D9 50 AB CD") == DONE.hex(" ").upper()
    assert twin.register("baud") == 0


def test_a_set_up_code_works_until_they_are_closed() -> None:
    """DFRobot GM65_scanner: 03 into 0003 closes the set-up codes, 01 opens them."""
    twin = RegisterScanner()
    assert twin.set_up("mode", 0)
    assert twin.register("mode") == 0
    told(twin, "7E 00 08 01 00 03 03 AB CD")
    assert not twin.set_up("mode", 2)
    told(twin, "7E 00 08 01 00 03 01 AB CD")
    assert twin.set_up("mode", 2)
    assert RegisterScanner(scanner_model("gm812")).set_up("tail", 1)


def test_a_mute_scanner_still_obeys() -> None:
    twin = RegisterScanner(scanner_model("newland-fm30"), free=False)
    twin.mute = True
    assert sent(twin.data(wire.write(2, b"\x01") + b"\x7e\x00\x09\x01\x00\x00\x00\x11\x22")) == b""
    assert twin.reading


@pytest.mark.parametrize("model", ["gm65", "newland-fm30", "hamlet", "newland-em3095"])
@settings(max_examples=40, deadline=None)
@given(data=st.lists(st.one_of(st.binary(max_size=20), st.just(wire.read(0, 256))), max_size=6))
def test_garbage_is_survived_and_the_next_command_obeyed(model: str, data: list[bytes]) -> None:
    twin = RegisterScanner(scanner_model(model))
    for piece in data:
        twin.data(piece)
    twin.timer(COMMAND)
    assert sent(twin.data(wire.read(0))) == wire.reply(0, b"\xd6")
