"""The SSI twin against the language, in simulated time: every split, every fault, exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames import ssi
from pos_guard.frames import ssi_parameters as param
from pos_guard.frames.ssi import Op
from pos_guard.links.session import CancelTimer, SetTimer, ToApp
from pos_guard.scanners.language import Command
from pos_guard.scanners.ssi import SsiLanguage, SsiSettings
from pos_guard.scanners.ssi_decoder import DecoderSettings
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.scanner_ssi import (
    DECODER_TIMER,
    SsiFault,
    SsiScanner,
    SsiTwinSettings,
)
from tests.simulator.ssi_line import SsiLine

SHORT = b"6901028225168"
LONG = b"00020101" * 90  # 720 bytes: three packets
CODES = {"short": SHORT, "long": LONG, "empty": b"", "full": b"x" * 250, "over": b"x" * 251}

OPTIONS = [0, 1, 2]
"""Multipacket option 1 to 3, as parameter 334 has them."""

# Without acknowledgements a lost packet leaves no trace: that is why the set-up asks for them.
FAULTS = [
    pytest.param(fault, option, code, id=f"{fault}-{option + 1}-{len(code)}")
    for fault in SsiFault
    for option in OPTIONS
    for code in (SHORT, LONG)
    if not (fault is SsiFault.DROP and option and code is LONG)
]


def line(chunk: int = 0, option: int = 0, **parameters: int) -> SsiLine:
    """Both, connected and set up; no retransmission of an earlier life can come any more."""
    own = {int(number[1:]): value for number, value in parameters.items()}
    twin = SsiScanner(SsiTwinSettings(DecoderSettings(own)))
    made = SsiLine(SsiLanguage(SsiSettings(ack_each=option == 0)), twin, chunk)
    made.connect()
    if option == 2:  # the set-up knows options 1 and 2; a shop's scanner may have 3
        twin.decoder.memory.change(b"\xff\xf0\x4e\x02\xf0\x4f\x05", permanent=False)
    made.settle(12)
    return made


def patient(tenths: int, ours: float | None = None, *, stubborn: bool = False) -> SsiLine:
    """The scanner comes with a response time-out in tenths of a second; ``ours``: what the host
    wants, if not the same, in seconds. ``stubborn``: the scanner refuses to change."""
    twin = SsiScanner(SsiTwinSettings(DecoderSettings({param.RESPONSE_TIME: tenths})))
    seconds = tenths / 10 if ours is None else ours
    made = SsiLine(SsiLanguage(SsiSettings(response_seconds=seconds)), twin)
    made.effects(made.twin.connected())
    made.items(made.language.connected())
    while made.sent[-1][5] != param.RESPONSE_TIME:
        made.move(1)
    if stubborn:
        twin.fault(SsiFault.NAK)
    made.settle(20)
    assert (twin.decoder.memory[param.RESPONSE_TIME] == tenths) or not stubborn
    return made


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
@pytest.mark.parametrize("chunk", [0, 1, 2, 3, 7, 64])
def test_every_code_arrives_once_whatever_the_pieces(chunk: int, code: bytes, option: int) -> None:
    both = line(chunk, option)
    both.scan(code)
    both.scan(b"next")
    assert both.good == [code, b"next"]
    assert both.reported == 0
    assert both.twin.done == {1: True, 2: True}


@pytest.mark.parametrize("at", range(1, 27))
def test_a_code_cut_at_every_byte_into_two_reads(at: int) -> None:
    both = line()
    effects = both.twin.scan(SHORT)
    (raw,) = [effect.data for effect in effects if isinstance(effect, ToApp)]
    both.items(both.language.feed(raw[:at]))
    both.items(both.language.feed(raw[at:]))
    both.settle()
    assert (both.good, both.reported) == ([SHORT], 0)


@pytest.mark.parametrize(("fault", "option", "code"), FAULTS)
@pytest.mark.parametrize("chunk", [0, 5])
def test_every_fault_leaves_each_code_delivered_once_or_reported(
    fault: SsiFault, code: bytes, option: int, chunk: int
) -> None:
    both = line(chunk, option)
    both.twin.fault(fault)
    both.scan(code)
    both.items(both.language.command(Command.YES))
    both.scan(b"next")
    both.settle(12)
    assert both.good in ([code, b"next"], [b"next"])
    assert both.good[0] == code or both.reported > 0
    if fault is not SsiFault.RESET:
        assert (both.good, both.reported) == ([code, b"next"], 0)
        assert both.twin.done == {1: True, 2: True}
    assert both.language.wait is None
    assert both.twin.decoder.idle


@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize(
    "fault", [SsiFault.DROP, SsiFault.DAMAGED, SsiFault.CUT, SsiFault.DUPLICATE, SsiFault.LOST_ACK]
)
def test_a_fault_at_each_packet_of_a_long_code(fault: SsiFault, position: int) -> None:
    both = line()
    both.effects(both.twin.scan(LONG))
    for _ in range(position):
        both._way.pop(0)()  # the packet reaches the host
        both._way.pop(0)()  # its acknowledgement reaches the scanner, which says the next
    both.twin.fault(fault)
    both.settle()
    both.scan(b"next")
    assert (both.good, both.reported) == ([LONG, b"next"], 0)


@pytest.mark.parametrize("fault", [SsiFault.DAMAGED, SsiFault.DROP, SsiFault.CUT])
def test_what_is_lost_three_times_is_given_up_by_both_sides(fault: SsiFault) -> None:
    both = line()
    both.twin.fault(fault, fault, fault)
    both.scan(SHORT)
    both.settle(12)
    assert both.good == []
    assert both.reported == (0 if fault is SsiFault.DROP else 1)  # nothing came at all
    assert both.twin.done == {1: False}
    both.scan(b"next")
    assert both.good == [b"next"]


@pytest.mark.parametrize("tenths", [5, 20, 99])
@pytest.mark.parametrize("code", [SHORT, LONG], ids=["short", "long"])
def test_the_same_code_again_arrives_though_its_first_packet_is_lost(
    code: bytes, tenths: int
) -> None:
    both = patient(tenths)
    both.scan(code)
    both.settle(tenths)  # far more than three response time-outs
    both.twin.fault(SsiFault.DROP)
    both.scan(code)
    both.settle(tenths)
    assert (both.good, both.reported) == ([code, code], 0)
    assert both.twin.done == {1: True, 2: True}


def test_the_same_code_again_at_once_is_not_told_from_a_repetition() -> None:
    """The case that stays open: see ``pos_guard.scanners.ssi_receive``."""
    both = patient(20)
    both.effects(both.twin.scan(SHORT))
    both.settle(1.5)
    both.twin.fault(SsiFault.DROP)
    both.scan(SHORT)
    assert (both.good, both.reported) == ([SHORT], 0)


@pytest.mark.parametrize(("tenths", "ours"), [(5, None), (20, None), (99, None), (20, 0.5)])
@pytest.mark.parametrize("code", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("drops", [0, 1])
def test_a_repetition_for_want_of_its_acknowledgement_is_never_a_second_scan(
    drops: int, code: bytes, tenths: int, ours: float | None
) -> None:
    both = patient(tenths, ours)
    both.effects(both.twin.scan(code))
    while not both.good:
        both.move(1)
    both.twin.fault(SsiFault.LOST_ACK, *[SsiFault.DROP] * drops)
    both.settle(tenths)
    assert (both.good, both.reported) == ([code], 0)
    assert both.twin.done == {1: True}


@pytest.mark.parametrize("stubborn", [False, True])
@pytest.mark.parametrize("ours", [0.5, 2.0, 9.9])
@pytest.mark.parametrize("tenths", [5, 50, 99])
@pytest.mark.parametrize("code", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("drops", [0, 1])
def test_however_long_the_scanner_was_set_to_wait_a_code_is_delivered_once(
    drops: int, code: bytes, tenths: int, ours: float, *, stubborn: bool
) -> None:
    both = patient(tenths, ours, stubborn=stubborn)
    both.effects(both.twin.scan(code))
    while not both.good:
        both.move(1)
    both.twin.fault(SsiFault.LOST_ACK, *[SsiFault.DROP] * drops)
    both.settle(60)
    assert (both.good, both.reported) == ([code], 0)
    both.scan(b"next")
    assert both.good == [code, b"next"]


@pytest.mark.parametrize("tenths", [5, 50, 99])
@pytest.mark.parametrize("drops", [0, 1])
def test_a_code_whose_acknowledgement_is_lost_right_before_the_set_up_is_delivered_once(
    drops: int, tenths: int
) -> None:
    both = patient(20)
    both.twin.decoder.memory.change(bytes([0xFF, param.RESPONSE_TIME, tenths]), permanent=False)
    both.effects(both.twin.scan(SHORT))
    both.move(1)
    both.twin.fault(SsiFault.LOST_ACK, *[SsiFault.DROP] * drops)
    both.move(1)
    both.break_off(0.0)
    both.settle(60)
    assert (both.good, both.reported) == ([SHORT], 0)
    assert both.twin.decoder.memory[param.RESPONSE_TIME] == 20


@pytest.mark.parametrize("drops", [0, 1])
def test_what_another_host_took_from_a_scanner_that_refuses_is_no_code_of_ours(drops: int) -> None:
    both = patient(99, 2.0, stubborn=True)
    both.effects(both.twin.scan(SHORT))
    both.move(1)
    assert both.good == [SHORT]
    both.break_off(0.0, SsiLanguage())
    while both.sent[-1][5] != param.RESPONSE_TIME:
        both.move(1)
    both.twin.fault(SsiFault.NAK)
    both.settle(1)
    both.twin.fault(*[SsiFault.DROP] * drops)
    both.settle(60)
    assert (both.good, both.reported) == ([SHORT], 1)


def test_a_scanner_that_lost_its_power_is_told_again_how_long_to_wait() -> None:
    twin = SsiScanner(SsiTwinSettings(DecoderSettings({param.RESPONSE_TIME: 99, 258: 1})))
    both = SsiLine(SsiLanguage(), twin)
    both.connect()
    both.twin.fault(SsiFault.RESET)
    both.scan(SHORT)
    assert twin.decoder.memory[param.RESPONSE_TIME] == 20
    both.settle(60)
    both.scan(b"next")
    assert both.good[-1:] == [b"next"]


@given(
    st.lists(st.sampled_from(SsiFault), max_size=6),
    st.lists(st.sampled_from(sorted(CODES)), min_size=1, max_size=4),
    st.sampled_from([0, 1, 11]),
)
@settings(max_examples=120, deadline=None)
def test_any_faults_never_deliver_a_code_twice_or_a_wrong_one(
    faults: list[SsiFault], names: list[str], chunk: int
) -> None:
    both = line(chunk)
    codes = [CODES[name] + str(at).encode() for at, name in enumerate(names)]
    both.twin.fault(*faults)
    for code in codes:
        both.scan(code)
        both.settle(12)
    assert [code for code in codes if code in both.good] == both.good
    # What did not arrive is known to the scanner, which complains, or to the host, which reports.
    missing = [at for at, code in enumerate(codes, 1) if code not in both.good]
    unnoticed = [at for at in missing if both.twin.done[at]]
    raw = SsiFault.RESET in faults  # a raw code that is lost leaves no trace anywhere
    assert len(unnoticed) <= both.reported + (faults.count(SsiFault.DROP) if raw else 0)


def test_a_slow_line_beyond_the_character_time_out_reports() -> None:
    twin = SsiScanner(SsiTwinSettings(byte_seconds=0.25))
    both = SsiLine(SsiLanguage(), twin)
    both.connect()
    both.settle(12)
    twin.fault(SsiFault.SLOW, SsiFault.SLOW, SsiFault.SLOW)
    both.scan(SHORT)
    both.settle(30)
    assert both.good == []
    assert both.reported > 0


def test_a_scanner_that_comes_raw_is_put_into_packets_and_locked() -> None:
    both = line()
    memory = both.twin.decoder.memory
    assert (memory[param.PACKET_FORMAT], memory[param.PARAMETER_SCANNING]) == (1, 0)
    assert both.twin.beeps == type(both.twin.beeps)()


def test_a_reset_scanner_is_set_up_again_by_its_boot_event() -> None:
    both = line(p258=1)
    both.twin.fault(SsiFault.RESET)
    both.scan(SHORT)
    assert both.twin.decoder.memory[param.PACKET_FORMAT] == 1
    both.scan(b"next")
    assert both.good == [b"next"]


def test_commands_reach_the_twin() -> None:
    both = line()
    for command in sorted(Command):
        both.items(both.language.command(command))
        both.settle()
    assert len(both.replies) == len(Command) + 1  # and the lock of the set-up
    assert all(reply.ok for reply in both.replies)
    told = [one.opcode for one in both.twin.told]
    assert {Op.START_SESSION, Op.STOP_SESSION, Op.BEEP, Op.REQUEST_REVISION} <= set(told)
    assert list(both.twin.beeps) == [0x12, 0x00]


def test_a_disabled_scanner_reads_nothing() -> None:
    both = line()
    both.items(both.language.command(Command.DISABLE))
    both.settle()
    both.scan(SHORT)
    assert both.twin.done == {1: False}
    both.items(both.language.command(Command.ENABLE))
    both.settle()
    both.scan(SHORT)
    assert both.good == [SHORT]


def test_two_scans_at_once_come_one_after_the_other() -> None:
    both = line()
    both.effects(both.twin.scan(b"one"))
    both.effects(both.twin.scan(b"two"))
    both.settle()
    assert both.good == [b"one", b"two"]
    assert both.order[-4:] == ["Scanned", "Send", "Scanned", "Send"]


def test_an_answer_and_a_code_may_come_in_one_read() -> None:
    twin = SsiScanner(SsiTwinSettings(DecoderSettings({param.PACKET_FORMAT: 1})))
    twin.connected()
    twin.fault(SsiFault.MERGED)
    answered = twin.data(bytes.fromhex("04e40400ff14"))
    assert not any(isinstance(effect, ToApp) for effect in answered)
    said = [effect.data for effect in twin.scan("US", "code128") if isinstance(effect, ToApp)]
    assert said == [bytes.fromhex("04d00000ff2c" + "07f30000035553fe5b")]


def test_a_symbology_without_a_code_type_is_refused() -> None:
    with pytest.raises(ValueError, match="hanxin"):
        SsiScanner().scan(b"x", "hanxin")


def test_a_hang_up_forgets_what_was_to_be_said() -> None:
    twin = SsiScanner(SsiTwinSettings(DecoderSettings({param.PACKET_FORMAT: 1})))
    twin.connected()
    assert any(isinstance(effect, SetTimer) for effect in twin.scan(SHORT))
    assert [effect for effect in twin.closed() if not isinstance(effect, CancelTimer)] == []
    assert twin.done == {1: False}
    assert not twin.host_there
    assert twin.timer("other") == []


def test_a_cut_command_is_complained_of_after_the_character_time_out() -> None:
    twin = SsiScanner()
    twin.connected()
    effects = twin.data(ssi.build(Op.BEEP, b"\x00")[:4])
    assert effects == [SetTimer(DECODER_TIMER, ssi.CHARACTER_SECONDS)]
    said = [effect.data for effect in twin.timer(DECODER_TIMER) if isinstance(effect, ToApp)]
    assert said == [bytes.fromhex("05d1000001ff29")]


def test_on_a_real_pty_a_program_of_others_would_hear_the_golden_bytes(tmp_path: Path) -> None:
    """The dialogue that zebra-scanner-library logged, answered by the twin."""
    twin = SsiScanner()
    heard = bytes.fromhex("04d00000ff2c")
    with Bench() as bench:
        path = bench.pty("scanner", twin, str(tmp_path / "scanner"))
        with serial.Serial(path, 9600, timeout=10) as port:
            for command in (
                "10c60408ffee019f01ec018a08f00000fa21",
                "04d20400ff26",
                "04e90408ff07",
                "04e40400ff14",
            ):
                port.write(bytes.fromhex(command))
                assert port.read(6) == heard
            bench.call("scanner", lambda: twin.scan("US", "code128"))
            assert port.read(9) == bytes.fromhex("07f30000035553fe5b")
            port.write(bytes.fromhex("04d00400ff28") + bytes.fromhex("04e50400ff13"))
            assert port.read(6) == heard
        assert bench.ask(lambda: dict(twin.done)) == {1: True}
