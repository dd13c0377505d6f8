"""SSI, the decoder's side: golden packets, patience, multipacket options, commands, garbage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames import ssi
from pos_guard.frames import ssi_parameters as param
from pos_guard.frames.ssi import DECODER, Nak, Op, Status
from pos_guard.frames.ssi_parameters import Parameter, build_parameters, read_parameters
from pos_guard.scanners.language import Send
from pos_guard.scanners.ssi_decoder import Decoder, DecoderItems, DecoderSettings, Told
from pos_guard.scanners.ssi_sender import MAX_QUEUE, Done

GOLDEN = Path(__file__).parents[1] / "golden"
VECTORS: list[dict[str, Any]] = json.loads((GOLDEN / "ssi.json").read_text("utf-8"))
OTHERS: dict[str, Any] = json.loads((GOLDEN / "ssi_others.json").read_text("utf-8"))

HOST_ACK = bytes.fromhex("04d00400ff28")
ACK = bytes.fromhex("04d00000ff2c")
US = bytes.fromhex("07f30000035553fe5b")
WECHAT = bytes.fromhex("17f300001c313334353637383930313233343536373839fb22")
REPEATED = bytes.fromhex("12f300010336393031303238323235313638fc55")
CODE128, QR = 0x03, 0x1C


def packeted(**parameters: int) -> Decoder:
    own = {int(number[1:]): value for number, value in parameters.items()}
    return Decoder(DecoderSettings({param.PACKET_FORMAT: 1, **own}))


def sends(items: DecoderItems) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Send)]


def host_nak(cause: int) -> bytes:
    return ssi.build(Op.NAK, bytes([cause]))


def command(opcode: int, data: bytes = b"", status: int = 0) -> bytes:
    return ssi.build(opcode, data, status=status)


def test_the_logged_dialogue_is_answered_as_the_real_module_did() -> None:
    decoder = Decoder()
    for dialogue in OTHERS["dialogues"]:
        expected: list[bytes] = []
        for side, raw in dialogue["lines"]:
            data = bytes.fromhex(raw)
            if side == "decoder":
                if data == US:
                    expected += sends(decoder.scan(b"US", CODE128))
                assert expected.pop(0) == data
            else:
                assert expected == []
                expected = sends(decoder.data(data))
    assert decoder.idle


@pytest.mark.parametrize(
    "row", [row for row in VECTORS if row["reason"] is None], ids=lambda r: r["hex"][:16]
)
def test_published_host_packets_are_answered(row: dict[str, Any]) -> None:
    raw, expect = bytes.fromhex(row["hex"]), row["expect"]
    items = Decoder().data(raw)
    if expect["source"] == "decoder" or expect["opcode"] in ("D0", "D1"):
        assert not any(isinstance(item, Told) for item in items)
        return
    told = next(item for item in items if isinstance(item, Told))
    assert (told.opcode, told.raw) == (int(expect["opcode"], 16), raw)
    answers = [ssi.parse(data) for data in sends(items)]
    assert [answer.source for answer in answers] == [DECODER]
    assert (
        answers[0].opcode in {Op.ACK, Op.REPLY_REVISION, Op.PARAM_SEND} or expect["opcode"] == "80"
    )


def test_a_code_is_the_published_packet_and_over_once_acknowledged() -> None:
    decoder = packeted()
    assert decoder.scan(b"134567890123456789", QR, 1) == [Send(WECHAT)]
    assert decoder.wait == 2.0
    assert decoder.data(HOST_ACK) == [Done(1, ok=True)]
    assert decoder.wait is None


def test_without_an_answer_it_is_repeated_twice_then_given_up() -> None:
    decoder = packeted(p155=50)
    decoder.scan(b"6901028225168", CODE128, 1)
    assert decoder.wait == 5.0
    assert decoder.silence() == [Send(REPEATED)]
    assert decoder.silence() == [Send(REPEATED)]
    assert decoder.silence() == [Done(1, ok=False)]
    assert decoder.idle


def test_resend_counts_and_other_refusals_end_it() -> None:
    decoder = packeted()
    decoder.scan(b"6901028225168", CODE128, 1)
    assert decoder.data(host_nak(Nak.RESEND) * 2) == [Send(REPEATED)] * 2
    assert decoder.data(host_nak(Nak.RESEND)) == [Done(1, ok=False)]
    for cause in (Nak.DENIED, Nak.BAD_CONTEXT, Nak.CANCEL):
        decoder.scan(b"x", QR, 2)
        assert decoder.data(host_nak(cause)) == [Done(2, ok=False)]


def test_an_acknowledgement_of_nothing_is_nothing() -> None:
    decoder = packeted()
    assert decoder.data(HOST_ACK + host_nak(1)) == []
    assert decoder.silence() == []


def test_a_long_code_goes_packet_by_packet() -> None:
    decoder = packeted()
    code = bytes(range(256)) * 2
    heard = sends(decoder.scan(code, QR, 1))
    for _ in range(2):
        assert len(heard) <= 3
        heard += sends(decoder.data(HOST_ACK))
    assert decoder.data(HOST_ACK) == [Done(1, ok=True)]
    packets = [ssi.parse(raw) for raw in heard]
    assert [packet.status for packet in packets] == [Status.MORE, Status.MORE, 0]
    assert {packet.data[0] for packet in packets} == {QR}
    assert b"".join(packet.data[1:] for packet in packets) == code
    assert len(packets[0].raw) == ssi.MAX_LENGTH + ssi.CHECKSUM


def test_option_2_sends_all_and_repeats_all() -> None:
    decoder = packeted(p334=1)
    heard = sends(decoder.scan(b"x" * 600, QR, 1))
    assert len(heard) == 3
    again = sends(decoder.data(host_nak(Nak.RESEND)))
    assert again == [ssi.again(raw) for raw in heard]
    assert decoder.data(HOST_ACK) == [Done(1, ok=True)]


def test_option_3_waits_between_the_packets() -> None:
    decoder = packeted(p334=2, p335=20)
    assert len(sends(decoder.scan(b"x" * 600, QR, 1))) == 1
    assert decoder.wait == 0.02
    assert decoder.data(HOST_ACK) == []
    assert len(sends(decoder.silence())) == 1
    assert len(sends(decoder.silence())) == 1
    assert decoder.wait == 2.0
    assert decoder.data(HOST_ACK) == [Done(1, ok=True)]


@pytest.mark.parametrize(("option", "delay", "at_once"), [(0, 0, 3), (1, 0, 3), (2, 30, 1)])
def test_without_handshake_nobody_waits(option: int, delay: int, at_once: int) -> None:
    decoder = packeted(p159=0, p334=option, p335=delay)
    items = decoder.scan(b"x" * 600, QR, 1)
    assert len(sends(items)) == at_once
    for _ in range(3 - at_once):
        items += decoder.silence()
    assert len(sends(items)) == 3
    assert items[-1] == Done(1, ok=True)
    assert decoder.idle


def test_a_raw_decoder_sends_the_code_and_forgets_it() -> None:
    decoder = Decoder(DecoderSettings(suffix=b"\r\n"))
    assert decoder.scan(b"690123", CODE128, 1) == [Send(b"690123\r\n"), Done(1, ok=True)]
    assert decoder.wait is None


def test_a_full_queue_gives_the_next_code_up() -> None:
    decoder = packeted()
    for number in range(1, MAX_QUEUE + 1):
        decoder.scan(b"x", QR, number)
    assert decoder.scan(b"y", QR, 99) == [Done(99, ok=False)]
    flushed = decoder.data(command(Op.FLUSH_QUEUE))
    assert flushed[0] == Send(ACK)
    assert flushed.count(Done(2, ok=False)) == 1
    assert decoder.data(HOST_ACK) == [Done(1, ok=True)]
    assert decoder.idle


def test_a_new_host_hears_nothing_of_what_was_before() -> None:
    decoder = packeted()
    decoder.scan(b"x", QR, 1)
    decoder.data(command(Op.BEEP, b"\x00")[:3])
    assert decoder.connected() == [Done(1, ok=False)]
    assert decoder.wait is None


def test_parameters_are_temporary_or_permanent() -> None:
    decoder = Decoder()
    silent = build_parameters([Parameter(param.TRIGGER_MODE, b"\x08")])
    assert sends(decoder.data(command(Op.PARAM_SEND, silent))) == [ACK]
    assert decoder.memory[param.TRIGGER_MODE] == 8
    decoder.power_cycle()
    assert decoder.memory[param.TRIGGER_MODE] == 0
    decoder.data(command(Op.PARAM_SEND, silent, Status.PERMANENT))
    decoder.power_cycle()
    assert decoder.memory[param.TRIGGER_MODE] == 8
    decoder.data(command(Op.CUSTOM_DEFAULTS, b"\x00") + command(Op.PARAM_DEFAULTS))
    assert decoder.memory[param.TRIGGER_MODE] == 8
    decoder.data(command(Op.CUSTOM_DEFAULTS, b"\x01") + command(Op.PARAM_DEFAULTS))
    assert decoder.memory[param.TRIGGER_MODE] == 0


@pytest.mark.parametrize("data", [b"", b"\xff\x8a", b"\xff\xf4\x8a\x00\x01"])
def test_parameters_that_cannot_be_set_are_refused(data: bytes) -> None:
    (answer,) = sends(Decoder().data(command(Op.PARAM_SEND, data)))
    assert ssi.parse(answer).data == bytes([Nak.BAD_CONTEXT])


def test_parameters_are_told_in_their_turn_and_acknowledged() -> None:
    decoder = packeted()
    decoder.scan(b"x", QR, 1)
    assert sends(decoder.data(command(Op.PARAM_REQUEST, b"\xee\xf0\x4e\x01"))) == []
    items = decoder.data(HOST_ACK)
    assert items[0] == Done(1, ok=True)
    (answer,) = [ssi.parse(raw) for raw in sends(items)]
    assert [(p.number, p.value) for p in read_parameters(answer.data)] == [
        (238, b"\x01"),
        (334, b"\x00"),
    ]
    assert decoder.data(HOST_ACK) == []
    assert decoder.idle
    (everything,) = sends(decoder.data(command(Op.PARAM_REQUEST, b"\xfe")))
    assert len(read_parameters(ssi.parse(everything).data)) > 10
    (refused,) = sends(decoder.data(command(Op.PARAM_REQUEST, b"\xf0")))
    assert ssi.parse(refused).data == bytes([Nak.BAD_CONTEXT])


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (command(Op.REQUEST_REVISION), (Op.REPLY_REVISION, DecoderSettings().revision)),
        (command(Op.MGMT, b"\x00\x06\x20\x00\x00\xff"), (Op.NAK, b"\x02")),
        (command(Op.DECODE_DATA, b"\x1c1"), (Op.NAK, b"\x02")),
        (command(Op.BEEP, b"\x00", Status.MORE), (Op.NAK, b"\x06")),
        (command(Op.CUSTOM_DEFAULTS, b"\x07"), (Op.NAK, b"\x02")),
        (command(Op.SLEEP), (Op.ACK, b"")),
    ],
)
def test_commands_have_their_answers(raw: bytes, answer: tuple[Op, bytes]) -> None:
    items = Decoder().data(raw)
    packet = ssi.parse(sends(items)[0])
    assert (packet.opcode, packet.data) == answer
    assert [item.ok for item in items if isinstance(item, Told)] == [answer[0] is not Op.NAK]


def test_capabilities_name_the_commands() -> None:
    packet = ssi.parse(sends(Decoder().data(command(Op.CAPABILITIES_REQUEST)))[0])
    assert packet.opcode == Op.CAPABILITIES_REPLY
    assert {Op.BEEP, Op.START_SESSION, Op.PARAM_SEND} <= set(packet.data[4:])


def test_sessions_and_disabling() -> None:
    decoder = packeted()
    decoder.data(command(Op.START_SESSION))
    assert decoder.in_session
    decoder.data(command(Op.STOP_SESSION))
    assert not decoder.in_session
    decoder.data(command(Op.SCAN_DISABLE))
    assert decoder.scan(b"x", QR, 1) == [Done(1, ok=False)]
    assert sends(decoder.data(command(Op.START_SESSION))) == [
        ssi.build(Op.NAK, bytes([Nak.DENIED]), source=DECODER)
    ]
    decoder.data(command(Op.SCAN_ENABLE))
    assert decoder.enabled


def test_a_command_said_again_is_answered_again_and_done_once() -> None:
    decoder = Decoder()
    beep = command(Op.BEEP, b"\x00")
    assert [type(item) for item in decoder.data(beep)] == [Send, Told]
    assert decoder.data(ssi.again(beep)) == [Send(ACK)]
    assert [type(item) for item in decoder.data(beep)] == [Send, Told]


def test_a_damaged_or_cut_command_is_asked_for_again() -> None:
    decoder = Decoder()
    resend = Send(ssi.build(Op.NAK, b"\x01", source=DECODER))
    beep = command(Op.BEEP, b"\x00")
    assert decoder.data(beep[:-1] + b"\x00") == [resend]
    assert decoder.data(beep[:4]) == []
    assert decoder.wait == 0.2
    assert decoder.silence() == [resend]
    assert decoder.data(b"\x00" + beep)[0] == Send(ACK)
    assert decoder.data(b"~~~") == []


def test_events_are_sent_where_they_are_asked_for() -> None:
    decoder = packeted(p256=1, p258=1)
    assert decoder.scan(b"US", CODE128, 1) == [Send(bytes.fromhex("05f6000001ff04"))]
    assert decoder.data(HOST_ACK) == [Send(US)]
    items = decoder.data(command(Op.RESET))
    assert items[:2] == [Send(ACK), Done(1, ok=False)]
    assert ssi.parse(sends(items)[1]).data == b"\x03"


@given(st.lists(st.binary(max_size=60), max_size=10), st.integers(0, 3))
@settings(max_examples=150)
def test_garbage_never_raises_and_it_comes_to_rest(pieces: list[bytes], option: int) -> None:
    decoder = packeted(p334=option, p335=1)
    for number, piece in enumerate(pieces, 1):
        decoder.data(piece)
        decoder.scan(piece, QR, number)
    for _ in range(400):
        if decoder.wait is None:
            break
        decoder.silence()
    assert decoder.wait is None
