from __future__ import annotations

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_serial import frame
from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToDevice
from pos_guard.links.zvt_wire import (
    MAX_QUEUED_FRAMES,
    REPEATS,
    Framing,
    SerialWire,
    WireSettings,
    ZvtWire,
    open_wire,
)

ACK, NAK = b"\x06", b"\x15"
UNIT = zvt_build.status_enquiry("000000")
OTHER = zvt_build.ack


def serial() -> ZvtWire:
    return open_wire(Framing.SERIAL, "x", ToDevice, WireSettings(half_s=0.5, ack_s=5))


def sent(effects: Effects) -> list[bytes]:
    return [effect.data for effect in effects if isinstance(effect, ToDevice)]


def test_a_frame_waits_for_the_ack_of_the_one_before() -> None:
    wire = serial()
    assert wire.send(UNIT) == [ToDevice(frame(UNIT)), SetTimer("x-frame", 5)]
    assert wire.send(OTHER) == []
    assert sent(wire.receive(ACK).effects) == [frame(OTHER)]
    assert CancelTimer("x-frame") in wire.receive(ACK).effects
    assert wire.receive(ACK).effects == [CancelTimer("x-half")]  # nobody waits for it


def test_a_frame_is_repeated_three_times_and_then_the_side_is_lost() -> None:
    wire = serial()
    wire.send(UNIT)
    assert sent(wire.receive(NAK).effects) == [frame(UNIT)]
    for _ in range(REPEATS - 1):
        got = wire.timer("x-frame")
        assert got is not None
        assert (sent(got.effects), got.lost) == ([frame(UNIT)], False)
    got = wire.timer("x-frame")
    assert got is not None
    assert (sent(got.effects), got.lost) == ([], True)
    assert sent(wire.send(UNIT)) == [frame(UNIT)]  # and starts anew


def test_a_repeat_is_acknowledged_again_but_delivered_once() -> None:
    wire = serial()
    assert [unit.raw for unit in wire.receive(frame(UNIT)).apdus] == [UNIT]
    again = wire.receive(frame(UNIT))
    assert (again.apdus, sent(again.effects)) == ([], [ACK])
    wire.send(OTHER)
    again = wire.receive(frame(UNIT))  # our answer was lost too: it goes out again
    assert (again.apdus, sent(again.effects)) == ([], [ACK, frame(OTHER)])
    wire.receive(ACK)
    assert len(wire.receive(frame(UNIT)).apdus) == 1  # answered: the same bytes are a new command


def test_a_broken_frame_is_asked_for_again_and_noise_is_not() -> None:
    wire = serial()
    broken = bytearray(frame(UNIT))
    broken[-1] ^= 1
    assert sent(wire.receive(bytes(broken)).effects) == [NAK]
    assert sent(wire.receive(b"zz").effects) == []


def test_half_a_frame_is_given_up() -> None:
    wire = serial()
    assert SetTimer("x-half", 0.5) in wire.receive(frame(UNIT)[:4]).effects
    got = wire.timer("x-half")
    assert got is not None
    assert sent(got.effects) == [NAK]
    assert len(wire.receive(frame(UNIT)).apdus) == 1


def test_what_is_framed_well_but_is_no_unit_is_an_error() -> None:
    got = serial().receive(frame(UNIT + OTHER))
    assert got.error is not None
    assert got.error.code == "trailing"


def test_the_queue_is_bounded() -> None:
    wire = serial()
    for _ in range(MAX_QUEUED_FRAMES + 1):
        wire.send(UNIT)
    assert isinstance(wire, SerialWire)
    assert sent(wire.receive(ACK).effects) == []


def test_a_tcp_wire_knows_half_units() -> None:
    wire = open_wire(Framing.TCP, "x", ToDevice, WireSettings(half_s=0.5, limit=10))
    assert wire.receive(UNIT[:2]).effects == [SetTimer("x-half", 0.5)]
    got = wire.receive(UNIT[2:])
    assert ([unit.raw for unit in got.apdus], got.effects) == ([UNIT], [CancelTimer("x-half")])
    late = wire.timer("x-half")
    assert late is not None
    assert late.error is None
    wire.receive(UNIT[:2])
    late = wire.timer("x-half")
    assert late is not None
    assert late.cut == UNIT[:2]
    assert wire.timer("x-frame") is None
    too_long = wire.receive(b"\x06\x01\x20")
    assert too_long.error is not None
    assert too_long.error.code == "length"
