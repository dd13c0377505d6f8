"""Faults on the line of a serial scanner twin, without a line and without time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pos_guard.errors import LocalError
from pos_guard.frames import registers, ssi, ssi_parameters
from pos_guard.frames.ssi import Op
from pos_guard.frames.ssi_parameters import Parameter, build_parameters
from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator.scanner_faults import MODEM_ECHO, SERIAL_FAULTS, SSI_FAULTS, ScannerFault
from pos_guard_simulator.scanner_line import (
    LOOK,
    MERGE,
    MERGE_SECONDS,
    PACE,
    PULL,
    SLOW_SECONDS,
    SPLIT_SECONDS,
    ScannerLine,
)
from pos_guard_simulator.scanner_make import ScannerOptions, scanner_line

WECHAT = "134567890123456789"
LINE = WECHAT.encode() + b"\r"
SERIAL_MODELS = [
    "generic-serial",
    "honeywell-serial",
    "datalogic-powerscan",
    "de2120",
    "newland-hr52",
    "newland-em3000",
    "gm65",
    "zebra-ssi",
]


def twin(model: str = "generic-serial", *faults: str, **options: Any) -> ScannerLine:
    made = scanner_line(ScannerOptions(model, faults=faults, **options))
    made.connected()
    return made


def said(effects: Effects) -> list[bytes]:
    return [one.data for one in effects if isinstance(one, ToApp)]


def timers(effects: Effects) -> dict[str, float]:
    return {one.name: one.seconds for one in effects if isinstance(one, SetTimer)}


def run_out(line: ScannerLine, effects: Effects, name: str = PACE) -> list[bytes]:
    """All that is said until this timer is wound no more."""
    out = said(effects)
    while name in timers(effects):
        effects = line.timer(name)
        out += said(effects)
    return out


def host(opcode: int, data: bytes = b"", *, permanent: bool = False) -> bytes:
    return ssi.build(opcode, data, source=ssi.HOST, status=8 if permanent else 0)


# -- each fault on a plain line -----------------------------------------------------------------


def test_without_a_fault_nothing_is_changed() -> None:
    line = twin()
    assert line.scan(WECHAT) == [ToApp(LINE)]
    assert line.state()["scans"] == 1


@pytest.mark.parametrize(
    ("fault", "pieces"),
    [
        ("no-read", []),
        ("double", [LINE, LINE]),
        ("cut", [LINE[:9]]),
        ("set-up-code", [LINE[:-1]]),
    ],
)
def test_faults_of_a_scan(fault: str, pieces: list[bytes]) -> None:
    line = twin("generic-serial", fault)
    assert said(line.scan(WECHAT)) == pieces
    line.clear(fault)
    assert said(line.scan(WECHAT)) == [LINE]


@pytest.mark.parametrize(("fault", "pace"), [("split", SPLIT_SECONDS), ("slow", SLOW_SECONDS)])
def test_byte_by_byte_in_order(fault: str, pace: float) -> None:
    line = twin("generic-serial", fault)
    first = line.scan(WECHAT)
    assert (said(first), timers(first)) == ([LINE[:1]], {PACE: pace})
    assert line.scan("7") == []
    assert run_out(line, first) == [bytes([byte]) for byte in LINE + b"7\r"]


def test_a_cleared_pace_lets_the_rest_go_at_once() -> None:
    line = twin("generic-serial", "slow")
    line.scan(WECHAT)
    line.clear("slow")
    assert said(line.scan("7")) == []
    assert said(line.timer(PACE)) == [LINE[1:] + b"7\r"]
    assert (line.timer(PACE), said(line.scan("8"))) == ([], [b"8\r"])


def test_two_scans_in_one_piece() -> None:
    line = twin("generic-serial", "merged")
    first = line.scan("1")
    assert (said(first), timers(first)) == ([], {MERGE: MERGE_SECONDS})
    assert line.scan("2") == [CancelTimer(MERGE), ToApp(b"1\r2\r")]
    line.scan("3")
    assert line.timer(MERGE) == [CancelTimer(MERGE), ToApp(b"3\r")]
    line.scan("4")
    assert line.clear("merged") == [CancelTimer(MERGE), ToApp(b"4\r")]
    assert line.timer(MERGE) == []


def test_the_cable_is_pulled_after_half_a_scan() -> None:
    line = twin("generic-serial", "unplug")
    effects = line.scan(WECHAT)
    assert (said(effects), list(timers(effects))) == ([LINE[:9]], [PULL])
    assert line.timer(PULL) == [CloseApp("unplugged")]


def test_what_was_still_to_come_is_lost_with_the_host() -> None:
    line = twin("generic-serial", "slow")
    line.scan(WECHAT)
    assert {one.name for one in line.closed() if isinstance(one, CancelTimer)} >= {PACE, MERGE}
    assert line.timer(PACE) == []


@pytest.mark.parametrize(
    ("encoding", "wire"),
    [("utf-8", "付款".encode("gbk")), ("gbk", "付款".encode()), ("gb18030", "付款".encode())],
)
def test_another_code_page_than_the_one_that_is_set(encoding: str, wire: bytes) -> None:
    line = twin(encoding=encoding)
    assert said(line.scan("付款")) == ["付款".encode(encoding) + b"\r"]
    line.arm("wrong-code-page")
    assert said(line.scan("付款")) == [wire + b"\r"]
    assert said(line.scan("付款".encode())) == [wire + b"\r"]
    assert said(line.scan(b"\xff\x00")) == [b"\xff\x00\r"]


def test_text_that_the_encoding_has_no_place_for_is_not_scanned() -> None:
    line = twin(encoding="gbk")
    with pytest.raises(LocalError, match="gbk has no place for"):
        line.scan("😀")
    line.arm("wrong-code-page")
    assert said(line.scan("😀")) == ["😀".encode() + b"\r"]
    line = twin("generic-serial", "wrong-code-page")
    assert said(line.scan("😀")) == [b"?\r"]


# -- ModemManager -------------------------------------------------------------------------------


def test_modem_manager_leaves_its_noise_before_the_first_scan() -> None:
    line = twin()
    line.arm("modem-manager")
    assert said(line.connected()) == [MODEM_ECHO]
    assert said(line.scan(WECHAT)) == [LINE]


def test_its_probe_is_a_trigger_to_a_powerscan() -> None:
    line = scanner_line(
        ScannerOptions("datalogic-powerscan", host_trigger=True, faults=("modem-manager",))
    )
    assert line.show(WECHAT).why == "not triggered"
    line.connected()
    assert said(line.show(WECHAT).effects) == [LINE]


def test_its_probe_begins_as_a_register_frame_that_is_forgotten() -> None:
    line = twin("gm65")
    line.arm("modem-manager")
    probe = line.connected()
    assert said(probe) == [MODEM_ECHO]
    assert "command" in timers(probe)
    line.timer("command")
    assert said(line.data(registers.read(0xE2, 1)))[0][:2] == b"\x02\x00"


# -- answers, triggers, locks -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "command"),
    [
        ("honeywell-serial", b"\x16M\rREVINF."),
        ("datalogic-magellan", b"i"),
        ("de2120", b"^_^SCAN."),
        ("newland-hr52", b"~\x010000#QRYSYS;\x03"),
        ("newland-em3000", bytes.fromhex("7E 00 00 05 33 48 30 32 30 B3")),
        ("gm65", bytes.fromhex("7E 00 07 01 00 2A 02 D8 0F")),
        ("zebra-ssi", bytes.fromhex("04 A3 04 00 FF 55")),
    ],
)
def test_commands_of_the_manuals_are_answered_unless_it_is_mute(model: str, command: bytes) -> None:
    line = twin(model)
    assert said(line.data(command))
    assert line.state()["heard"] == len(command)
    line.arm("no-answer")
    assert said(line.data(command)) == []


def test_a_mute_ssi_scanner_still_sends_its_codes() -> None:
    line = twin("zebra-ssi", "no-answer")
    line.data(host(Op.PARAM_SEND, build_parameters([Parameter(0xEE, b"\x01")])))
    [packet] = said(line.scan(WECHAT))
    assert packet[1] == Op.DECODE_DATA
    line.scan("7")
    [following] = said(line.data(host(Op.ACK)))
    assert (following[1], following[5:-2]) == (Op.DECODE_DATA, b"7")


@pytest.mark.parametrize(
    ("model", "trigger"),
    [
        ("honeywell-serial", b"\x16T\r"),
        ("datalogic-powerscan", b"T"),
        ("de2120", b"^_^SCAN."),
        ("newland-hr52", b"~\x010000#SCNTRG1;\x03"),
        ("newland-fm30", bytes.fromhex("7E 00 08 01 00 02 01 02 DA")),
        ("zebra-ssi", bytes.fromhex("04 E4 04 00 FF 14")),
    ],
)
def test_untriggered_it_sees_nothing_and_says_so(model: str, trigger: bytes) -> None:
    line = twin(model, host_trigger=True)
    pulls: list[Callable[[], Effects]] = [lambda: line.data(trigger), line.pull]
    for pull in pulls:
        seen = line.show(WECHAT)
        assert (seen.why, seen.effects, line.state()["reads"]) == ("not triggered", [], False)
        pull()
        seen = line.show(WECHAT)
        assert seen.why == ""
        assert WECHAT.encode() in b"".join(said(seen.effects))
    assert (line.state()["scans"], line.state()["missed"]) == (2, 2)


@pytest.mark.parametrize(
    ("model", "off", "on"),
    [
        ("datalogic-magellan", b"D", b"E"),
        ("newland-hr52", b"~\x010000#SCNENA0;\x03", b"~\x010000#SCNENA1;\x03"),
        ("zebra-ssi", bytes.fromhex("04 EA 04 00 FF 0E"), bytes.fromhex("04 E9 04 00 FF 0F")),
    ],
)
def test_disabled_it_sees_nothing_and_says_so(model: str, off: bytes, on: bytes) -> None:
    line = twin(model)
    line.data(off)
    assert (line.show(WECHAT).why, line.state()["enabled"]) == ("disabled", False)
    assert line.pull() == []
    line.data(on)
    assert (line.show(WECHAT).why, line.state()["enabled"]) == ("", True)


def test_a_code_that_lies_there_is_read_when_it_may_be() -> None:
    assert said(twin().lay(WECHAT)) == [LINE]
    line = scanner_line(ScannerOptions("honeywell-serial", host_trigger=True))
    assert line.lay(WECHAT) == []
    assert list(timers(line.connected())) == [LOOK]
    assert line.timer(LOOK) == []
    assert said(line.data(b"\x16T\r")) == [LINE]
    assert said(line.data(b"\x16T\r")) == []


def test_a_set_up_code_takes_the_line_end_away_for_good_or_is_refused() -> None:
    gm65 = twin("gm65", "set-up-code")
    assert said(gm65.scan("1")) == [b"1"]
    assert gm65.state()["locked"] is False
    gm65.clear("set-up-code")
    gm65.data(registers.write(0x0003, b"\x03"))
    assert gm65.state()["locked"] is True
    gm65.arm("set-up-code")
    assert said(gm65.scan("1")) == [b"1\r"]
    assert gm65.state()["refused_set_ups"] == 1


@pytest.mark.parametrize(("scanning", "packets"), [(1, False), (0, True)])
def test_a_set_up_code_takes_ssis_packets_away_unless_parameter_scanning_is_off(
    scanning: int, packets: bool
) -> None:
    wanted = [
        Parameter(ssi_parameters.PACKET_FORMAT, b"\x01"),
        Parameter(ssi_parameters.PARAMETER_SCANNING, bytes([scanning])),
    ]
    line = twin("zebra-ssi")
    line.data(host(Op.PARAM_SEND, build_parameters(wanted)))
    line.arm("set-up-code")
    [wire] = said(line.scan(WECHAT))
    assert (wire != LINE) is packets
    assert line.state()["locked"] is packets
    line.clear("set-up-code")
    line.data(host(Op.ACK))
    assert said(line.scan("7"))[0][1] == Op.DECODE_DATA


# -- beeps and lamps ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "told", "beeps", "good", "leds"),
    [
        ("generic-serial", b"\x16\x07\r", 1, 0, 0),
        ("honeywell-serial", b"\x16\x07\r\x16\x07\r", 2, 0, 0),
        ("datalogic-magellan", b"FBB", 1, 2, 0),
        ("newland-hr52", b"~\x010000#BEEPON400F600T,LEDONS0C1000D;\x03", 1, 0, 1),
        ("newland-hr52", b"~\x010000#BEEPON2700F80T;\x03", 0, 1, 0),
        ("newland-hr52", b"~\x010000#BEEPONx;\x03", 0, 1, 0),
        ("zebra-ssi", host(Op.BEEP, b"\x12") + host(Op.LED_ON, b"\x01"), 1, 0, 1),
        ("zebra-ssi", host(Op.BEEP, b"\x00"), 0, 1, 0),
    ],
)
def test_what_the_cashier_hears_and_sees(
    model: str, told: bytes, beeps: int, good: int, leds: int
) -> None:
    line = twin(model)
    line.data(told)
    state = line.state()
    assert (state["beeps"], state["good_beeps"], state["leds"]) == (beeps, good, leds)


# -- every model, every fault -------------------------------------------------------------------


@pytest.mark.parametrize("model", SERIAL_MODELS)
@pytest.mark.parametrize("fault", sorted(SERIAL_FAULTS))
def test_every_fault_ends_when_it_is_cleared(model: str, fault: ScannerFault) -> None:
    line = twin(model, fault)
    line.connected()
    run_out(line, line.scan(WECHAT))
    line.clear(fault)
    for name in (PACE, MERGE):
        line.timer(name)
    if model == "zebra-ssi":
        line.data(host(Op.ACK) * 2)
    assert WECHAT.encode() in b"".join(said(line.scan(WECHAT)))
    assert line.state()["faults"] == []


@pytest.mark.parametrize("fault", sorted(SSI_FAULTS))
def test_faults_of_ssi_packets_strike_once(fault: str) -> None:
    line = twin("zebra-ssi")
    assert fault in line.fault_names
    line.arm(fault)
    run_out(line, line.scan(WECHAT))
    line.data(host(Op.SCAN_ENABLE))
    assert said(line.scan("7"))


@pytest.mark.parametrize("fault", ["half-hid", "wrong-layout", "lost-ack", "none"])
def test_a_fault_that_a_plain_scanner_cannot_have_is_refused(fault: str) -> None:
    line = twin()
    for change in (line.arm, line.clear):
        with pytest.raises(LocalError, match=f"no fault '{fault}', only: battery, cut, double"):
            change(fault)


def test_ssi_tells_symbologies_by_its_own_numbers() -> None:
    line = twin("zebra-ssi")
    line.data(host(Op.PARAM_SEND, build_parameters([Parameter(0xEE, b"\x01")])))
    [packet] = said(line.scan(WECHAT, "]C0"))
    assert packet[4] == 0x03
    with pytest.raises(LocalError, match="no code type for ]Z0"):
        line.scan(WECHAT, "]Z0")
