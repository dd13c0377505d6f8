"""The recorder's relay: transparent, and fails closed where the tape cannot be kept."""

from __future__ import annotations

import errno

import pytest

from pos_guard.clock import ManualClock
from pos_guard.links.session import CloseApp, CloseDevice, ToApp, ToDevice
from pos_guard_simulator.tape.aside import MAX_BEHIND, Aside
from pos_guard_simulator.tape.lines import Happened, Line, Said
from pos_guard_simulator.tape.recording import Recording
from pos_guard_simulator.tape.relay import MAX_EARLY, TapeRelay


def relay(*, redial: bool = True) -> tuple[TapeRelay, list[Line]]:
    lines: list[Line] = []
    recording = Recording("lines", ManualClock(), lines.append)
    return TapeRelay(recording, redial=redial), lines


def test_every_byte_passes_as_it_is() -> None:
    it, lines = relay()
    it.device_connected()
    it.app_connected()
    card = b"4012888888881881\r"
    assert it.app_data(card) == [ToDevice(card)]
    assert it.device_data(card) == [ToApp(card)]
    assert it.app_closed() == [CloseDevice("the app hung up")]
    kept = [line.data for line in lines if isinstance(line, Said)]
    assert kept == [b"4111111111111111\r"] * 2
    assert [line.what for line in lines if isinstance(line, Happened)] == ["connect", "close"]


def test_what_comes_before_the_device_waits_for_it() -> None:
    it, _ = relay()
    it.app_connected()
    assert it.app_data(b"hello\r") == []
    assert it.device_connected() == [ToDevice(b"hello\r")]
    assert it.device_closed() == [CloseApp("the device hung up")]
    assert it.app_data(b"x" * MAX_EARLY) == []
    assert it.app_data(b"x") == [CloseApp("the device is not there")]
    assert it.app_closed() == []
    assert it.device_connected() == []


def test_a_serial_line_stays_when_the_app_goes() -> None:
    it, _ = relay(redial=False)
    it.device_connected()
    assert it.app_closed() == []


def test_in_the_background_the_order_and_the_times_are_kept() -> None:
    clock, lines = ManualClock(), list[Line]()
    aside = Aside(Recording("lines", clock, lines.append))
    aside.happened("connect")
    for number in range(20):
        clock.advance(1)
        aside.said("app", b"%d\r" % number)
    aside.close()
    assert lines == [
        Happened(0, "connect"),
        *(Said((n + 1) * 1_000_000, "app", len(b"%d\r" % n), b"%d\r" % n) for n in range(20)),
    ]


def test_a_tape_that_cannot_be_kept_stops_the_line() -> None:
    def full(_: Line) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    aside = Aside(Recording("lines", ManualClock(), full))

    def go_on() -> None:
        for _ in range(MAX_BEHIND + 2):
            aside.said("app", b"code\r")

    with pytest.raises(OSError, match="No space"):
        go_on()
    with pytest.raises(OSError, match="No space"):
        aside.close()
