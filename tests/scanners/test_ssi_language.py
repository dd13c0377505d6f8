"""SSI, the host's side: golden dialogues, order of scan and acknowledgement, loss, commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import DeviceError
from pos_guard.frames import ssi
from pos_guard.frames.lines import End, LineSettings
from pos_guard.frames.ssi import DECODER, Nak, Op, Status
from pos_guard.frames.ssi_parameters import Parameter, read_parameters
from pos_guard.frames.symbology import Vendor
from pos_guard.scanners.language import Command, Items, Problem, Reply, Scanned, Send
from pos_guard.scanners.ssi import SsiLanguage, SsiSettings
from pos_guard.scanners.ssi_orders import MAX_WAITING
from pos_guard.scanners.ssi_parts import message_of
from pos_guard.scanners.ssi_receive import FORGET_SECONDS

GOLDEN = Path(__file__).parents[1] / "golden"
VECTORS: list[dict[str, Any]] = json.loads((GOLDEN / "ssi.json").read_text("utf-8"))
CODES = [bytes.fromhex(row["hex"]) for row in VECTORS if row["expect"]["opcode"] == "F3"]

ACK = Send(bytes.fromhex("04d00400ff28"))
RESEND = Send(bytes.fromhex("05d1040001ff25"))
DENIED = Send(bytes.fromhex("05d1040006ff20"))
BAD_CONTEXT = Send(bytes.fromhex("05d1040002ff24"))
HEARD = bytes.fromhex("04d00000ff2c")  # the decoder's acknowledgement
US = bytes.fromhex("07f30000035553fe5b")
PACKETED = bytes.fromhex("07c60400ffee01fd41")
TRIGGER_HOST = bytes.fromhex("07c60400ff8a08fd9e")


def said(opcode: int, data: bytes = b"", status: int = 0) -> bytes:
    return ssi.build(opcode, data, source=DECODER, status=status)


def code(data: bytes, *, more: bool = False, again: bool = False, kind: int = 0x1C) -> bytes:
    status = (Status.MORE if more else 0) | (Status.AGAIN if again else 0)
    return said(Op.DECODE_DATA, bytes([kind]) + data, status)


def fresh(**wanted: Any) -> SsiLanguage:
    """A language whose scanner has been there for a while, set up."""
    language = SsiLanguage(SsiSettings(**wanted))
    assert language.connected()
    for _ in range(8):
        language.feed(HEARD)
    longest = 3 * language.settings.response_seconds
    assert language.wait == pytest.approx(max(FORGET_SECONDS, longest))
    assert language.silence() == []
    assert language.wait is None
    return language


def greeted() -> SsiLanguage:
    """A language that just came: the scanner has answered its first order, no more."""
    language = SsiLanguage()
    language.connected()
    assert sends(language.feed(HEARD))
    return language


def damaged(raw: bytes) -> bytes:
    return raw[:-1] + bytes([raw[-1] ^ 1])


def later(language: SsiLanguage, raw: bytes) -> Items:
    """What follows if it comes so late that its sender missed an acknowledgement."""
    assert language.wait == 1.0
    assert language.silence() == []
    return language.feed(raw)


def sends(items: Items) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Send)]


def problems(items: Items) -> list[Problem | None]:
    return [item.problem for item in items if isinstance(item, Scanned)]


def test_a_logged_code_is_delivered_before_it_is_acknowledged() -> None:
    assert fresh().feed(US) == [Scanned(US, b"US", "code128"), ACK]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_the_vectors_are_delivered_with_their_symbology(size: int) -> None:
    language = fresh()
    items: Items = []
    for raw in CODES:
        for at in range(0, len(raw), size):
            items += language.feed(raw[at : at + size])
    scans = [item for item in items if isinstance(item, Scanned)]
    assert [(scan.data, scan.symbology) for scan in scans] == [
        (b"134567890123456789", "qr"),
        (b"A" * 200 + b"B" * 40, "qr"),
        (b"6901028225168", "code128"),
    ]
    assert [scan.raw for scan in scans] == [CODES[0], CODES[1] + CODES[2], CODES[3]]
    assert sends(items) == [ACK.data] * 4


def test_the_set_up_is_sent_one_by_one_each_after_its_acknowledgement() -> None:
    language = SsiLanguage(SsiSettings(host_trigger=True))
    heard = sends(language.connected())
    assert heard == [PACKETED]
    items: Items = []
    for _ in range(6):
        new = language.feed(HEARD)
        items += new
        heard += sends(new)
    told = [read_parameters(ssi.parse(raw).data) for raw in heard]
    assert [(one.number, one.value) for (one,) in told] == [
        (238, b"\x01"),
        (236, b"\x00"),
        (159, b"\x01"),
        (334, b"\x00"),
        (138, b"\x08"),
        (155, b"\x14"),
    ]
    assert heard[-2] == TRIGGER_HOST
    assert [item for item in items if isinstance(item, Reply)] == [
        Reply(HEARD, Command.LOCK, ok=True)
    ]


@pytest.mark.parametrize(
    ("seconds", "tenths"),
    [(0.5, 20), (2.0, 20), (2.1, 50), (5.0, 50), (7.5, 75), (7.6, 99), (9.9, 99), (30.0, 99)],
)
def test_the_scanner_is_told_to_wait_the_next_time_that_it_may_know(
    seconds: float, tenths: int
) -> None:
    language = SsiLanguage(SsiSettings(response_seconds=seconds))
    language.connected()
    heard = [raw for _ in range(4) for raw in sends(language.feed(HEARD))]
    assert heard[-1] == ssi.build(Op.PARAM_SEND, bytes([0xFF, 0x9B, tenths]))


def patient(*answers: bytes) -> SsiLanguage:
    """The set-up is answered, its last order, the response time-out, with these."""
    language = SsiLanguage()
    language.connected()
    for answer in (*[HEARD] * 4, *answers):
        language.feed(answer)
    return language


def test_a_scanner_that_refuses_a_response_time_out_is_taken_for_the_slowest_and_not_told() -> None:
    refused = said(Op.NAK, bytes([Nak.BAD_CONTEXT]))
    language = SsiLanguage()
    language.connected()
    for _ in range(4):
        language.feed(HEARD)
    assert language.feed(refused) == []
    language.feed(US)
    assert language.silence() == []
    assert language.wait == pytest.approx(3 * 9.9 - 1.0)
    assert language.feed(ssi.again(US)) == [ACK]
    assert [language.silence(), language.wait] == [[], pytest.approx(28.7)]


def test_what_was_said_before_the_response_time_out_was_agreed_is_remembered_the_longest() -> None:
    language = patient()
    language.feed(US)
    language.feed(HEARD)
    assert [language.silence(), language.wait] == [[], pytest.approx(28.7)]
    assert language.silence() == []
    language.feed(US)
    assert [language.silence(), language.wait] == [[], 5.0]


def test_a_scanner_that_never_answers_for_its_response_time_out_is_told_and_the_slowest() -> None:
    language = patient()
    items = [item for _ in range(3) for item in language.silence()]
    assert items[-1] == Reply(b"", None, ok=False, text=b"no answer")
    language.feed(US)
    assert [language.silence(), language.wait] == [[], pytest.approx(28.7)]


def test_a_boot_makes_the_response_time_out_unknown_until_it_is_set_again() -> None:
    language = patient(HEARD)
    language.feed(said(Op.EVENT, b"\x03"))
    for _ in range(4):
        language.feed(HEARD)
    assert ssi.parse(sends(language.feed(said(Op.NAK, bytes([Nak.RESEND]))))[0]).data[1] == 0x9B
    language.feed(HEARD)
    assert [language.silence(), language.wait] == [[], pytest.approx(28.7)]  # for the event itself
    language.silence()
    language.feed(US)
    assert [language.silence(), language.wait] == [[], 5.0]


@pytest.mark.parametrize(
    ("raw", "after"),
    [(US, [b"x"]), (damaged(US), [b"x"]), (code(b"one", more=True), [])],  # x may be its end
)
def test_what_was_said_before_the_scanner_heard_of_us_is_no_code(
    raw: bytes, after: list[bytes]
) -> None:
    language = SsiLanguage()
    language.connected()
    found: Items = []
    for heard in (raw, HEARD, ssi.again(raw), code(b"x")):
        found += language.feed(heard)
    scans = [item for item in found if isinstance(item, Scanned)]
    assert [scan.data for scan in scans if scan.problem is None] == after
    assert len(scans) == 2


def test_a_scanner_that_answers_no_command_is_heard_all_the_same() -> None:
    language = SsiLanguage()
    language.connected()
    assert problems(language.feed(US)) == [Problem.DAMAGED]
    while not any(isinstance(item, Reply) for item in language.silence()):
        pass
    assert problems(language.feed(code(b"next"))) == [None]


def test_without_the_settings_only_the_packets_are_asked_for() -> None:
    language = SsiLanguage(SsiSettings(lock=False, wake=True))
    assert language.connected() == [Send(b"\x00"), Send(PACKETED)]


def test_a_set_up_that_is_refused_or_not_answered_is_told() -> None:
    language = SsiLanguage()
    language.connected()
    refused = said(Op.NAK, bytes([Nak.DENIED]))
    items = language.feed(refused)
    assert items[0] == Reply(refused, None, ok=False, text=b"DENIED")
    lock = ssi.parse(sends(items)[0])
    for _ in range(2):
        assert language.wait == 2.0
        assert sends(language.silence()) == [ssi.again(lock.raw)]
    assert language.silence()[0] == Reply(b"", Command.LOCK, ok=False, text=b"no answer")


def test_a_retransmission_is_acknowledged_and_not_delivered_again() -> None:
    language = fresh()
    language.feed(US)
    assert later(language, ssi.again(US)) == [ACK]
    assert later(language, ssi.again(US)) == [ACK]
    assert language.feed(US) == [Scanned(US, b"US", "code128"), ACK]


def test_a_retransmission_to_an_acknowledgement_that_was_only_late_is_not_acknowledged() -> None:
    language = fresh()
    # A second one would be taken for that of the next code, which nobody would miss then.
    assert language.feed(US + ssi.again(US) * 2) == [Scanned(US, b"US", "code128"), ACK]
    assert language.feed(code(b"next", more=True)) == [ACK]


def test_a_stream_said_again_to_a_late_acknowledgement_is_not_acknowledged() -> None:
    language = fresh(ack_each=False)
    first, last = code(b"one", more=True), code(b"two")
    assert sends(language.feed(first + last + ssi.again(first) + ssi.again(last))) == [ACK.data]
    assert sends(later(language, ssi.again(first) + ssi.again(last))) == [ACK.data]


@pytest.mark.parametrize("before", [b"", US])
def test_a_damaged_code_has_the_time_of_its_repetition_whatever_came_before(before: bytes) -> None:
    language = fresh()
    language.feed(before)
    language.silence()
    language.feed(damaged(code(b"next")))
    assert language.wait == 2.5
    assert problems(language.feed(code(b"next", again=True))) == [None]


@pytest.mark.parametrize(
    ("response", "waits"), [(0.5, [0.25, 5.75]), (2.0, [1.0, 5.0]), (9.9, [4.95, 24.75])]
)
def test_a_code_read_again_much_later_is_a_new_one_even_as_a_retransmission(
    response: float, waits: list[float]
) -> None:
    language = fresh(response_seconds=response)
    language.feed(US)
    for wait in waits:
        assert language.wait == pytest.approx(wait)
        assert language.silence() == []
    assert language.wait is None  # a scanner that nobody uses costs nothing
    repeated = ssi.again(US)
    assert language.feed(repeated) == [Scanned(repeated, b"US", "code128"), ACK]


def test_what_comes_again_within_three_time_outs_is_a_repetition_and_begins_them_anew() -> None:
    language = fresh()
    language.feed(US)
    for _ in range(2):
        assert later(language, ssi.again(US)) == [ACK]
    assert [language.silence(), language.wait] == [[], 5.0]


def test_a_message_of_which_another_host_may_have_heard_is_doubted_longer() -> None:
    language = SsiLanguage(SsiSettings())
    language.connected()
    for _ in range(8):
        language.feed(HEARD)
    assert problems(language.feed(ssi.again(US))) == [Problem.DAMAGED]
    assert [language.silence(), language.silence()] == [[], []]
    assert language.wait == FORGET_SECONDS
    assert problems(language.feed(ssi.again(code(b"other")))) == [Problem.DAMAGED]


def test_a_damaged_code_is_asked_for_again_and_delivered_once() -> None:
    language = fresh()
    assert language.feed(damaged(US)) == [RESEND]
    repeated = ssi.again(US)
    assert language.feed(repeated) == [Scanned(repeated, b"US", "code128"), ACK]
    assert [*language.silence(), *language.silence()] == []
    assert language.wait is None


def test_a_code_that_stays_damaged_is_reported_once() -> None:
    language = fresh()
    items = [*language.feed(damaged(US)), *language.feed(damaged(US)), *language.feed(damaged(US))]
    assert items[:2] == [RESEND, RESEND]
    assert problems(items) == [Problem.DAMAGED]


def test_a_damaged_code_that_is_not_repeated_is_reported() -> None:
    language = fresh()
    language.feed(damaged(US))
    assert language.wait == 2.5
    assert problems(language.silence()) == [Problem.DAMAGED]
    language.feed(damaged(US))
    items = language.feed(code(b"next"))
    assert problems(items) == [Problem.DAMAGED, None]


def test_a_second_scan_of_the_same_code_that_came_damaged_is_not_swallowed() -> None:
    language = fresh()
    language.feed(US)
    language.feed(damaged(US))
    items = language.feed(ssi.again(US))
    assert problems(items) == [Problem.DAMAGED]
    assert items[-1] == ACK


def test_a_cut_code_is_asked_for_again_after_the_character_time_out() -> None:
    language = fresh()
    assert language.feed(US[:6]) == []
    assert language.wait == 0.2
    assert language.silence() == [RESEND]
    assert problems(language.feed(ssi.again(US))) == [None]


@pytest.mark.parametrize("raw", [b"690123\r", b"hello, world\r\n", b"6\r"])
def test_noise_may_be_a_scanner_that_lost_its_set_up(raw: bytes) -> None:
    language = fresh()
    assert language.feed(raw) == []
    assert language.wait == 0.2
    assert sends(language.silence()) == [RESEND.data, PACKETED]
    for _ in range(5):
        language.feed(HEARD)
    assert language.silence() == [Scanned(raw, b"", problem=Problem.DAMAGED)]
    assert problems(language.feed(US)) == [None]


def test_noise_right_before_a_code_is_dropped() -> None:
    language = fresh()
    language.feed(b"~")
    assert problems(language.feed(US)) == [None]
    assert [*language.silence(), *language.silence()] == []
    assert language.wait is None


def test_parts_are_joined_and_acknowledged_one_by_one() -> None:
    language = fresh()
    parts = [code(b"a" * 250, more=True), code(b"b" * 250, more=True), code(b"c")]
    assert language.feed(parts[0]) == [ACK]
    assert language.feed(parts[1]) == [ACK]
    whole = Scanned(b"".join(parts), b"a" * 250 + b"b" * 250 + b"c", "qr")
    assert language.feed(parts[2]) == [whole, ACK]
    message = message_of(whole.raw)
    assert message is not None
    assert (message.code_type, message.data) == (0x1C, whole.data)


def test_parts_without_acknowledgements_are_asked_for_again_as_a_whole() -> None:
    language = fresh(ack_each=False)
    first, last = code(b"one", more=True), code(b"two")
    assert language.feed(first) == []
    assert language.feed(last) == [Scanned(first + last, b"onetwo", "qr"), ACK]
    assert later(language, ssi.again(first) + ssi.again(last)) == [ACK]
    assert language.feed(damaged(first)) == []
    assert language.feed(last) == [RESEND]
    items = language.feed(ssi.again(first) + code(b"three", again=True))
    assert [item.data for item in items if isinstance(item, Scanned)] == [b"onethree"]


def test_the_last_part_damaged_without_acknowledgements_is_asked_for_when_it_is_quiet() -> None:
    language = fresh(ack_each=False)
    language.feed(code(b"one", more=True))
    assert language.feed(damaged(code(b"two"))) == []
    assert language.wait == 0.2
    assert language.silence() == [RESEND]


def test_a_message_that_lost_its_end_never_takes_the_next_code_for_it() -> None:
    language = fresh()
    language.feed(code(b"half", more=True))
    assert language.silence() == []
    assert problems(language.silence()) == [Problem.CUT]
    assert problems(language.feed(code(b"late"))) == [Problem.DAMAGED]
    assert problems(language.feed(code(b"next"))) == [None]
    language.feed(code(b"half", more=True))
    assert language.silence() == []
    assert problems(language.silence()) == [Problem.CUT]
    assert language.silence() == []
    assert problems(language.feed(code(b"next"))) == [None]
    language.feed(code(b"half", more=True))
    language.feed(damaged(code(b"rest")))
    items = language.feed(
        code(b"next")
    )  # not a repetition, and too early for a sender that gave up
    assert problems(items) == [Problem.DAMAGED, Problem.DAMAGED]
    assert problems(language.feed(code(b"next"))) == [None]


def test_a_part_said_again_at_once_is_not_acknowledged_for_the_next_one() -> None:
    language = fresh()
    first = code(b"half", more=True)
    assert language.feed(first + ssi.again(first)) == [ACK]
    assert language.wait == 1.0
    assert language.silence() == []
    assert language.wait == 1.5
    assert language.feed(ssi.again(first)) == [ACK]
    assert problems(language.feed(code(b"rest"))) == [None]
    assert [language.wait, language.silence(), language.wait] == [1.0, [], 5.0]


def test_a_message_that_the_sender_gave_up_is_not_joined_with_the_next_one() -> None:
    language = fresh()
    first = code(b"half", more=True)
    language.feed(first)
    for _ in range(2):
        assert later(language, ssi.again(first)) == [ACK]
    items = later(language, code(b"next", more=True))
    assert problems(items) == [Problem.CUT, Problem.DAMAGED]
    assert ssi.parse(sends(items)[-1]).data == bytes([Nak.CANCEL])
    assert problems(language.feed(code(b"its end"))) == [Problem.DAMAGED]
    assert problems(language.feed(code(b"whole"))) == [None]


def test_a_repeated_part_that_came_cut_is_not_followed_by_the_next_message() -> None:
    language = fresh()
    first, other = code(b"half", more=True), code(b"other")
    language.feed(first)
    language.feed(ssi.again(first)[:6])
    assert language.silence() == [RESEND]
    # The sender gave up, and the first packet of its next message came cut too.
    language.feed(other[:6])
    assert language.silence() == [RESEND]
    items = language.feed(ssi.again(other))
    assert problems(items) == [Problem.DAMAGED, Problem.DAMAGED]
    assert problems(language.feed(code(b"whole"))) == [None]


def test_a_part_that_is_repeated_and_damaged_is_still_delivered() -> None:
    language = fresh()
    language.feed(code(b"half", more=True))
    rest = code(b"rest", again=True)  # it was first said in vain
    assert language.feed(damaged(rest)) == [RESEND]
    assert problems(language.feed(rest)) == [None]


def test_the_rest_of_a_message_that_was_given_up_is_no_code() -> None:
    language = fresh()
    language.feed(code(b"half", more=True))
    language.silence()
    language.silence()
    items = language.feed(code(b"rest", again=True))
    assert problems(items) == [Problem.DAMAGED]
    assert ssi.parse(sends(items)[0]).data == bytes([Nak.CANCEL])


def test_what_is_said_again_to_a_host_that_just_came_is_no_code_unless_it_was_heard() -> None:
    language = greeted()
    assert problems(language.feed(code(b"tail", again=True))) == [Problem.DAMAGED]
    assert language.feed(US) == [Scanned(US, b"US", "code128"), ACK]
    assert later(language, ssi.again(US)) == [ACK]


def test_what_is_refused_is_refused_once_until_its_sender_missed_that() -> None:
    language = fresh()
    language.feed(code(b"half", more=True))
    language.connected()
    tail = code(b"tail", again=True)
    items = language.feed(tail + tail)
    assert problems(items) == [Problem.DAMAGED]
    # A second refusal would be taken for that of the next code.
    assert len(sends(items)) == 1
    for _ in range(3):
        language.feed(HEARD)
    language.silence()
    assert problems(language.feed(tail)) == [Problem.DAMAGED]
    assert problems(language.feed(code(b"tail"))) == [None]


def test_what_was_acknowledged_just_before_the_connection_was_lost_is_no_second_scan() -> None:
    language = fresh()
    language.feed(US)
    language.connected()
    assert language.feed(ssi.again(US)) == [ACK]
    language.connected()
    assert language.feed(ssi.again(US)) == [ACK]


def test_what_was_first_said_to_nobody_is_a_scan_when_it_is_said_again() -> None:
    language = fresh()
    language.feed(US)
    language.connected()
    repeated = code(b"other", again=True)
    assert language.feed(repeated) == [Scanned(repeated, b"other", "qr"), ACK]
    assert later(language, repeated) == [ACK]


def test_a_scan_cut_right_after_the_connection_is_delivered_when_it_is_repeated() -> None:
    for size in range(4, len(US)):
        language = greeted()
        assert language.feed(US[:size]) == []
        assert sends(language.silence())[0] == RESEND.data
        repeated = ssi.again(US)
        assert language.feed(repeated) == [Scanned(repeated, b"US", "code128"), ACK]
        assert later(language, repeated) == [ACK]


@pytest.mark.parametrize("at", range(4, 7))
def test_a_scan_damaged_right_after_the_connection_is_delivered_when_it_is_repeated(
    at: int,
) -> None:
    language = greeted()
    assert language.feed(US[:at] + bytes([US[at] ^ 0x40]) + US[at + 1 :]) == [RESEND]
    assert language.feed(damaged(ssi.again(US))) == [RESEND]
    assert problems(language.feed(ssi.again(US))) == [None]


@pytest.mark.parametrize(
    "heard",
    [
        US[:3],  # nothing says whether it was repeated
        ssi.again(US)[:8],
        ssi.again(US)[:3] + b"\x00" + ssi.again(US)[4:],  # only the bit that says so is damaged
        damaged(code(b"longer")),  # another one
    ],
)
def test_what_may_have_been_heard_by_another_host_is_refused_though_we_asked(heard: bytes) -> None:
    language = greeted()
    items = language.feed(heard) or language.silence()
    assert sends(items)[0] == RESEND.data
    items = language.feed(ssi.again(US))
    assert problems(items) == [Problem.DAMAGED]
    assert ssi.parse(sends(items)[-1]).data == bytes([Nak.CANCEL])


def test_a_long_code_whose_beginning_was_cut_after_the_connection_is_delivered_once() -> None:
    language = greeted()
    first, last = code(b"one", more=True), code(b"two")
    language.feed(first[:6])
    language.silence()
    assert language.feed(ssi.again(first)) == [ACK]
    language.feed(last[:6])
    language.silence()
    items = language.feed(ssi.again(last))
    assert [item.data for item in items if isinstance(item, Scanned)] == [b"onetwo"]
    assert later(language, ssi.again(last)) == [ACK]


def test_the_rest_of_a_refused_message_is_no_code_after_a_new_connection_either() -> None:
    language = fresh()
    language.feed(code(b"half", more=True))
    language.feed(code(b"x", more=True, kind=3))
    assert language.connected()
    assert problems(language.feed(code(b"rest"))) == [Problem.DAMAGED]


def test_a_second_scan_of_the_same_code_that_came_cut_is_delivered() -> None:
    language = fresh()
    language.feed(US)
    language.feed(US[:6])
    language.silence()
    assert problems(language.feed(ssi.again(US))) == [None]
    assert later(language, ssi.again(US)) == [ACK]


@pytest.mark.parametrize("broken", [0, 1])
def test_a_stream_of_the_same_code_that_came_damaged_is_delivered_again(broken: int) -> None:
    language = fresh(ack_each=False)
    parts = [code(b"one", more=True), code(b"two")]
    language.feed(b"".join(parts))
    heard = list(parts)
    heard[broken] = heard[broken][:5] + b"!" + heard[broken][6:]
    items = language.feed(b"".join(heard)) or language.silence()
    assert items == [RESEND]
    again = [ssi.again(part) for part in parts]
    items = language.feed(b"".join(again))
    assert [item.data for item in items if isinstance(item, Scanned)] == [b"onetwo"]
    assert later(language, b"".join(again)) == [ACK]


def test_a_stream_that_may_be_a_second_scan_of_the_same_code_is_reported() -> None:
    language = fresh(ack_each=False)
    parts = code(b"one", more=True), code(b"two")
    language.feed(b"".join(parts))
    language.feed(b"~~~")
    assert RESEND.data in sends([*language.silence(), *language.silence()])
    items = language.feed(ssi.again(parts[0]) + ssi.again(parts[1]))
    assert problems(items) == [Problem.DAMAGED]
    assert items[-1] == ACK


def test_a_part_said_again_after_a_damaged_one_ends_the_message() -> None:
    language = fresh()
    first = code(b"half", more=True)
    language.feed(first)
    assert language.feed(damaged(ssi.again(first))) == [RESEND]
    items = language.feed(ssi.again(first))
    assert problems(items) == [Problem.DAMAGED]
    assert ssi.parse(sends(items)[-1]).data == bytes([Nak.CANCEL])
    assert problems(language.feed(code(b"rest"))) == [Problem.DAMAGED]
    assert problems(language.feed(code(b"next"))) == [None]


def test_a_part_repeated_in_a_stream_spoils_it_until_all_is_repeated() -> None:
    language = fresh(ack_each=False)
    first, last = code(b"one", more=True), code(b"two")
    language.feed(first)
    assert language.feed(ssi.again(first)) == []
    assert language.feed(last) == [RESEND]
    items = language.feed(ssi.again(first) + ssi.again(last))
    assert [item.data for item in items if isinstance(item, Scanned)] == [b"onetwo"]


def test_the_rest_of_a_half_code_after_a_lost_connection_is_no_code() -> None:
    language = fresh()
    language.feed(code(b"half", more=True))
    language.connected()
    assert problems(language.feed(code(b"rest"))) == [Problem.DAMAGED]
    assert problems(language.feed(code(b"next"))) == [None]


def test_a_half_code_at_a_lost_connection_is_reported() -> None:
    language = fresh()
    language.feed(code(b"half", more=True))
    assert problems(language.connected()) == [Problem.CUT]


@pytest.mark.parametrize("part", [code(b"x", kind=3), said(Op.DECODE_DATA)])
def test_parts_that_do_not_belong_together_are_refused(part: bytes) -> None:
    language = fresh()
    language.feed(code(b"half", more=True))
    items = language.feed(part)
    assert problems(items) == [Problem.DAMAGED]
    assert ssi.parse(sends(items)[-1]).data == bytes([Nak.CANCEL])


def test_an_endless_message_is_cancelled_and_its_rest_is_no_code() -> None:
    language = fresh()
    items: Items = []
    for _ in range(40):
        items += language.feed(code(b"x" * 250, more=True))
    assert Problem.OVERLONG in problems(items)
    assert None not in problems(items)
    assert problems(language.feed(code(b"tail"))) == [Problem.DAMAGED]
    assert problems(language.feed(code(b"next"))) == [None]


@pytest.mark.parametrize(
    ("settings", "data", "scanned"),
    [
        (LineSettings(), b"]Q1abc\r\n", (b"abc", "]Q1")),
        (LineSettings(aim=False), b"]Q1abc", (b"]Q1abc", None)),
        (LineSettings(prefix=b"\x02", suffix=b"\x03"), b"\x02abc\x03", (b"abc", None)),
        (LineSettings(code_ids=Vendor.ZEBRA), b"P01abc\t", (b"abc", None)),
        (LineSettings(code_ids=Vendor.ZEBRA), b"Dabc", (b"Dabc", None)),
    ],
)
def test_what_the_scanner_adds_is_no_part_of_the_code(
    settings: LineSettings, data: bytes, scanned: tuple[bytes, str | None]
) -> None:
    (scan, _) = fresh(code=settings).feed(code(data))
    assert isinstance(scan, Scanned)
    assert (scan.data, scan.aim) == scanned


@pytest.mark.parametrize(
    ("kind", "data", "scanned"),
    [
        (0x1C, b"]Q3abc", (b"abc", "gs1-qr", "]Q3")),
        (0x03, b"]C0123", (b"123", "code128", "]C0")),
        (0x1C, b"]C0123", (b"]C0123", "qr", None)),
        (0x1C, b"]Z6123", (b"]Z6123", "qr", None)),
        (0x99, b"]C0123", (b"123", "code128", "]C0")),
        (0x16, b"]X09783161484100", (b"9783161484100", "ean13", "]X0")),
    ],
)
def test_a_code_cannot_pretend_to_be_of_another_symbology(
    kind: int, data: bytes, scanned: tuple[bytes, str, str | None]
) -> None:
    (scan, _) = fresh().feed(code(data, kind=kind))
    assert isinstance(scan, Scanned)
    assert (scan.data, scan.symbology, scan.aim) == scanned


@pytest.mark.parametrize(
    ("command", "raw"),
    [
        (Command.TRIGGER, "04e40400ff14"),
        (Command.STOP, "04e50400ff13"),
        (Command.ENABLE, "04e90400ff0f"),
        (Command.DISABLE, "04ea0400ff0e"),
    ],
)
def test_commands_are_the_published_packets(command: Command, raw: str) -> None:
    language = fresh()
    assert language.command(command) == [Send(bytes.fromhex(raw))]
    assert language.feed(HEARD) == [Reply(HEARD, command, ok=True)]


def test_every_command_is_answered_to() -> None:
    assert SsiLanguage().can == frozenset(Command)
    for command in Command:
        language = fresh()
        (send,) = language.command(command)
        assert isinstance(send, Send)
        identify = command is Command.IDENTIFY
        answer = said(Op.REPLY_REVISION, b"X 1 Y") if identify else HEARD
        (reply,) = language.feed(answer)
        assert reply == Reply(answer, command, ok=True, text=b"X 1 Y" if identify else b"")


def test_one_command_at_a_time() -> None:
    language = fresh()
    language.command(Command.TRIGGER)
    with pytest.raises(DeviceError) as caught:
        language.command(Command.YES)
    assert caught.value.code == "E_BUSY"
    language.feed(HEARD)
    assert language.command(Command.YES)


def test_a_command_waits_behind_the_set_up() -> None:
    language = SsiLanguage(SsiSettings(lock=False))
    language.connected()
    assert language.command(Command.TRIGGER) == []
    heard = [raw for _ in range(4) for raw in sends(language.feed(HEARD))]
    assert heard[-1] == bytes.fromhex("04e40400ff14")


def test_a_command_is_repeated_twice_then_given_up() -> None:
    language = fresh()
    (first,) = language.command(Command.TRIGGER)
    assert isinstance(first, Send)
    assert [language.silence(), language.silence()] == [[Send(ssi.again(first.data))]] * 2
    assert language.silence() == [Reply(b"", Command.TRIGGER, ok=False, text=b"no answer")]
    assert language.command(Command.TRIGGER) == [first]


def test_a_command_that_came_damaged_is_repeated() -> None:
    language = fresh()
    (first,) = language.command(Command.TRIGGER)
    assert isinstance(first, Send)
    resend = said(Op.NAK, bytes([Nak.RESEND]))
    assert language.feed(resend) == [Send(ssi.again(first.data))]
    language.feed(resend)
    assert language.feed(resend) == [Reply(b"", Command.TRIGGER, ok=False, text=b"no answer")]
    assert language.feed(resend) == []


@pytest.mark.parametrize(
    ("cause", "text"), [(0x06, b"DENIED"), (0x02, b"BAD_CONTEXT"), (9, b"NAK 09")]
)
def test_a_refusal_is_a_reply(cause: int, text: bytes) -> None:
    language = fresh()
    language.command(Command.TRIGGER)
    raw = said(Op.NAK, bytes([cause]))
    assert language.feed(raw) == [Reply(raw, Command.TRIGGER, ok=False, text=text)]


def test_a_code_between_a_command_and_its_answer() -> None:
    language = fresh()
    language.command(Command.YES)
    assert language.feed(US) == [Scanned(US, b"US", "code128"), ACK]
    assert language.feed(HEARD) == [Reply(HEARD, Command.YES, ok=True)]


def test_a_scanner_that_talks_on_does_not_hide_that_it_never_answers() -> None:
    language = fresh()
    language.command(Command.YES)
    items = [item for at in range(100) for item in language.feed(code(b"%d" % at))]
    assert sum(isinstance(item, Scanned) for item in items) == 100
    replies = [item for item in items if isinstance(item, Reply)]
    assert replies == [Reply(b"", Command.YES, ok=False, text=b"no answer")]


def test_a_damaged_answer_is_no_lost_code() -> None:
    language = fresh()
    (first,) = language.command(Command.TRIGGER)
    assert isinstance(first, Send)
    assert language.feed(damaged(HEARD)) == [RESEND]
    assert language.silence() == [Send(ssi.again(first.data))]
    assert language.feed(HEARD) == [Reply(HEARD, Command.TRIGGER, ok=True)]
    assert language.silence() == []


def test_parameters_are_set_and_read() -> None:
    language = fresh()
    assert language.set([Parameter(138, b"\x08")]) == [Send(TRIGGER_HOST)]
    language.feed(HEARD)
    (permanent,) = language.set([Parameter(138, b"\x08")], permanent=True)
    assert isinstance(permanent, Send)
    assert ssi.parse(permanent.data).status == Status.PERMANENT
    language.feed(HEARD)
    assert language.get(138) == [Send(bytes.fromhex("05c704008afea6"))]
    answer = bytes.fromhex("09c60000ff01009c07fd8e")
    items = language.feed(answer)
    assert items[0] == ACK
    assert isinstance(items[1], Reply)
    assert [(p.number, p.value) for p in read_parameters(items[1].text)] == [
        (1, b"\x00"),
        (156, b"\x07"),
    ]
    assert later(language, ssi.again(answer)) == [ACK]


def test_the_response_time_out_is_set_by_the_settings_alone() -> None:
    with pytest.raises(ValueError, match="response time-out"):
        fresh().set([Parameter(138, b"\x08"), Parameter(155, b"\x63")])


def test_beeps_and_lamps() -> None:
    language = fresh(no=0x14)
    assert ssi.parse(sends(language.command(Command.NO))[0]).data == b"\x14"
    language.feed(HEARD)
    assert ssi.parse(sends(language.beep(3))[0]).data == b"\x03"
    language.feed(HEARD)
    assert language.light() == [Send(bytes.fromhex("05e7040001ff0f"))]
    language.feed(HEARD)
    assert language.light(on=False) == [Send(bytes.fromhex("05e8040001ff0e"))]


def test_events_are_told_once_and_a_boot_sets_up_again() -> None:
    language = fresh()
    event = bytes.fromhex("05f6000001ff04")
    assert language.feed(event) == [Reply(event, text=b"\x01"), ACK]
    assert later(language, ssi.again(event)) == [ACK]
    booted = said(Op.EVENT, b"\x03")
    assert language.feed(booted) == [Reply(booted, text=b"\x03"), ACK, Send(PACKETED)]


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (said(Op.MGMT, b"\x00\x04\x06\x00"), ACK),
        (said(Op.REPLY_REVISION, b"X"), None),
        (said(0x91, b""), BAD_CONTEXT),
    ],
)
def test_what_nobody_asked_for_is_told_and_answered(raw: bytes, answer: Send | None) -> None:
    items = fresh().feed(raw)
    assert items[0] == Reply(raw, text=ssi.parse(raw).data)
    assert items[1:] == ([] if answer is None else [answer])


def test_codes_in_forms_without_a_manual_are_refused_and_seen() -> None:
    raw = said(Op.BATCH_DATA, b"690123")
    assert fresh().feed(raw) == [Scanned(raw, b"", problem=Problem.DAMAGED), DENIED]


def test_a_tills_command_passes_and_its_answer_is_a_reply() -> None:
    language = fresh()
    beep = ssi.build(Op.BEEP, b"\x00")
    assert language.passing(ACK.data + beep[:3]) == []
    assert language.passing(beep[3:]) == [Send(beep)]
    assert language.passing(ssi.again(beep)) == []
    assert language.feed(HEARD) == [Reply(HEARD, ok=True)]


def test_a_till_cannot_undo_what_the_guard_needs() -> None:
    language = fresh()
    raw = bytes.fromhex("10c60408ffee019f01ec018a07f00000fa22")  # logged: sets EC on
    (send,) = language.passing(raw)
    assert isinstance(send, Send)
    kept = ssi.parse(send.data)
    assert [one.number for one in read_parameters(kept.data)] == [138, 256]
    assert kept.status == Status.PERMANENT
    language.feed(HEARD)
    assert language.passing(PACKETED) == []
    assert language.passing(ssi.build(Op.PARAM_SEND, b"\xff\x9b\x63")) == []
    both = ssi.build(Op.PARAM_SEND, b"\xff\x9b\x63\x8a\x08")
    assert language.passing(both) == [Send(TRIGGER_HOST)]
    language.feed(HEARD)
    assert language.passing(TRIGGER_HOST) == [Send(TRIGGER_HOST)]


def test_what_a_till_says_wrongly_is_the_scanners_to_refuse() -> None:
    language = fresh()
    cut = ssi.build(Op.PARAM_SEND, b"\xff\xee")
    assert language.passing(b"~" + damaged(PACKETED) + cut) == [Send(cut)]
    harmless = bytes.fromhex("05d1000002ff28")
    assert language.feed(harmless) == [Reply(harmless, ok=False, text=b"BAD_CONTEXT")]


@pytest.mark.parametrize("raw", [b"", b"690123\r", HEARD, US + code(b"x"), said(Op.EVENT, b"\x01")])
def test_only_a_message_is_a_message(raw: bytes) -> None:
    assert message_of(raw) is None


def test_a_till_that_resets_the_scanner_makes_it_set_up_again() -> None:
    language = fresh()
    defaults = bytes.fromhex("04c80400ff30")
    assert language.passing(defaults) == [Send(defaults)]
    assert language.feed(HEARD) == [Reply(HEARD, ok=True), Send(PACKETED)]


def test_a_till_that_never_stops_is_told_so() -> None:
    language = fresh()
    items = [language.passing(ssi.build(Op.BEEP, bytes([n]))) for n in range(MAX_WAITING + 2)]
    assert items[-1] == [Reply(b"", ok=False, text=b"too many commands")]


@pytest.mark.parametrize("size", [1, 4, 100])
def test_raw_codes_end_at_their_line_end_and_answers_are_no_codes(size: int) -> None:
    language = SsiLanguage(SsiSettings(packets=False, lock=False, code=LineSettings(end=End.CR)))
    assert ssi.parse(sends(language.connected())[0]).data == b"\xff\xee\x00"
    stream = b"690123\r" + HEARD + b"690456\r"
    items = [
        item for at in range(0, len(stream), size) for item in language.feed(stream[at : at + size])
    ]
    assert [item.data for item in items if isinstance(item, Scanned)] == [b"690123", b"690456"]
    assert language.feed(b"half") == []
    assert language.wait == 0.1
    assert problems(language.silence()) == [Problem.CUT]


@given(st.lists(st.binary(max_size=80), max_size=12), st.booleans(), st.booleans())
@settings(max_examples=150)
def test_garbage_never_raises_and_waits_come_to_an_end(
    pieces: list[bytes], ack_each: bool, packets: bool
) -> None:
    language = SsiLanguage(SsiSettings(ack_each=ack_each, packets=packets))
    language.connected()
    for piece in pieces:
        language.feed(piece)
        language.passing(piece)
    for _ in range(200):
        if language.wait is None:
            break
        language.silence()
    assert language.wait is None


PIECES = st.one_of(
    st.binary(max_size=12),
    st.builds(
        code,
        st.binary(max_size=20),
        more=st.booleans(),
        again=st.booleans(),
        kind=st.sampled_from([3, 0x1C]),
    ),
    st.sampled_from([HEARD, US, damaged(US), US[:5], said(Op.EVENT, b"\x01")]),
)


@given(st.lists(st.none() | PIECES, max_size=20), st.booleans())
@settings(max_examples=300)
def test_whatever_comes_each_code_is_one_whole_message_and_acknowledged_after_it(
    pieces: list[bytes | None], ack_each: bool
) -> None:
    language = SsiLanguage(SsiSettings(ack_each=ack_each))
    language.connected()
    for piece in pieces:
        items = language.silence() if piece is None else language.feed(piece)
        for at, item in enumerate(items):
            if isinstance(item, Scanned) and item.problem is None:
                message = message_of(item.raw)
                assert message is not None
                assert message.data.startswith(item.data)
                assert items[at + 1] == ACK
            elif isinstance(item, Scanned):
                assert item.data == b""
                assert item.raw
