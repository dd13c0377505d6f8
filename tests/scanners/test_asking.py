"""Commands and answers among scans: each scan exactly once, no answer swallows one."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import DeviceError, LocalError
from pos_guard.frames.lines import End, LineSettings
from pos_guard.scanners.asking import MAX_BETWEEN, MAX_DUE, MAX_HELD, AskingLines, Timing
from pos_guard.scanners.datalogic import DatalogicLanguage
from pos_guard.scanners.de2120 import De2120Language
from pos_guard.scanners.em3000 import Em3000Language
from pos_guard.scanners.honeywell import HoneywellLanguage
from pos_guard.scanners.language import Command, Item, Items, Problem, Reply, Scanned, Send
from pos_guard.scanners.lines import LineLanguage
from pos_guard.scanners.newland import NewlandLanguage

GOLDEN = Path(__file__).parents[1] / "golden" / "scanner_lines_commands.json"
ROWS: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))
EM3000 = [bytes.fromhex(row["payload"]) for row in ROWS if row["kind"] == "newland-em3000-lrc"]
UNIFIED = next(
    bytes.fromhex(row["payload"]) for row in ROWS if row["kind"] == "newland-unified-reply"
)
MENU = next(row["payload"].encode() for row in ROWS if row["kind"] == "honeywell-menu-reply")

CODE = b"134567890123456789"
SCAN = Scanned(b"]Q1" + CODE + b"\r", CODE, "qr", "]Q1")
OTHER = Scanned(b"4006381333931\r", b"4006381333931")
TOLD = b"Product Name: Voyager 1602g\r\nBoot Revision: : 8992\r\n"

Make = Callable[[LineSettings | None], AskingLines]

# Language, command, the scanner's answer, whether it is a yes.
ANSWERS: list[tuple[Make, Command, bytes, bool | None]] = [
    (HoneywellLanguage, Command.IDENTIFY, TOLD + b"REVINF\x06.", True),
    (HoneywellLanguage, Command.IDENTIFY, b"REVINF\x15.", False),
    (DatalogicLanguage, Command.IDENTIFY, b"\x01\x02Magellan 800i\r\nA00\x03\x04", None),
    (De2120Language, Command.TRIGGER, b"\x06", True),
    (De2120Language, Command.STOP, b"\x15", False),
    (NewlandLanguage, Command.TRIGGER, UNIFIED, True),
    (NewlandLanguage, Command.NO, UNIFIED.replace(b"\x06", b"\x05"), False),
    (Em3000Language, Command.IDENTIFY, EM3000[1], None),
]
IDS = [f"{make.__name__}-{command}-{ok}" for make, command, _, ok in ANSWERS]


def heard(language: AskingLines, pieces: list[bytes]) -> list[Item]:
    return [item for piece in pieces for item in language.feed(piece)]


def scans(items: Items) -> list[Scanned]:
    return [item for item in items if isinstance(item, Scanned)]


def silent(language: AskingLines) -> list[Item]:
    """Everything that silence brings, at most so often."""
    items: list[Item] = []
    for _ in range(6):
        if language.wait is None:
            return items
        assert language.wait > 0
        items += language.silence()
    raise AssertionError("silence never comes to an end")


@pytest.mark.parametrize(("make", "command", "answer", "ok"), ANSWERS, ids=IDS)
def test_an_answer_between_two_scans_in_every_split(
    make: Make, command: Command, answer: bytes, ok: bool | None
) -> None:
    wire = SCAN.raw + answer + OTHER.raw
    for at in range(len(wire) + 1):
        language = make(None)
        language.command(command)
        first, reply, last = heard(language, [wire[:at], wire[at:]])
        assert (first, last) == (SCAN, OTHER), at
        assert isinstance(reply, Reply)
        assert (reply.raw, reply.to, reply.ok) == (answer, command, ok)
        assert language.wait is None
    language = make(None)
    language.command(command)
    bytewise = heard(language, [wire[at : at + 1] for at in range(len(wire))])
    assert [type(item) for item in bytewise] == [Scanned, Reply, Scanned]


@pytest.mark.parametrize(("make", "command", "answer", "ok"), ANSWERS, ids=IDS)
def test_an_answer_that_never_comes(
    make: Make, command: Command, answer: bytes, ok: bool | None
) -> None:
    del answer, ok
    language = make(None)
    language.command(command)
    assert language.wait == 2.0
    with pytest.raises(DeviceError) as caught:
        language.command(command)
    assert caught.value.code == "E_BUSY"
    assert silent(language) == [Reply(b"", command, ok=False)]
    language.command(command)


@pytest.mark.parametrize(("make", "command", "answer", "ok"), ANSWERS, ids=IDS)
def test_a_half_answer_is_lost_to_nobody(
    make: Make, command: Command, answer: bytes, ok: bool | None
) -> None:
    """What was held back comes out as scan data, and is no whole scan unless a line end came."""
    del ok
    for stop in range(1, len(answer)):
        language = make(None)
        language.command(command)
        items = [*language.feed(answer[:stop]), *silent(language)]
        raw = b"".join(item.raw for item in scans(items))
        assert raw == answer[:stop]
        assert Reply(b"", command, ok=False) in items
        assert all(item.problem for item in scans(items) if not item.raw.endswith((b"\r", b"\n")))


@pytest.mark.parametrize(("make", "command", "answer", "ok"), ANSWERS, ids=IDS)
def test_an_answer_that_nobody_asked_for_is_scan_data(
    make: Make, command: Command, answer: bytes, ok: bool | None
) -> None:
    del command, ok
    language = make(None)
    items = [*language.feed(answer), *silent(language)]
    assert not [item for item in items if isinstance(item, Reply)]
    assert b"".join(item.raw for item in scans(items)) == answer


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ANSWERS),
    st.lists(st.sampled_from([SCAN.raw, OTHER.raw, b"\x06", b"\x02\x00", b"REV", b"~", b"\r\n"])),
    st.lists(st.integers(0, 300), max_size=8),
)
def test_no_byte_is_lost_or_doubled(
    row: tuple[Make, Command, bytes, bool | None], parts: list[bytes], cuts: list[int]
) -> None:
    make, command, answer, _ = row
    wire = b"".join(parts) + answer + SCAN.raw
    places = sorted({0, *(cut for cut in cuts if cut < len(wire)), len(wire)})
    language = make(LineSettings(end=End.CR))
    language.command(command)
    items = heard(language, [wire[a:b] for a, b in pairwise(places)])
    items += silent(language)
    raws = [item.raw for item in items if isinstance(item, Scanned | Reply)]
    kept = b"".join(raws).replace(b"\r", b"").replace(b"\n", b"")
    # Ends of empty lines are no scans; they and an answer are all that may be elsewhere.
    assert len(kept) == len(wire.replace(b"\r", b"").replace(b"\n", b""))


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([make for make, *_ in ANSWERS]),
    st.lists(st.binary(max_size=40), max_size=6),
    st.lists(st.binary(max_size=40), max_size=3),
)
def test_garbage_from_scanner_and_till_raises_nothing(
    make: Make, pieces: list[bytes], told: list[bytes]
) -> None:
    """Whatever a scanner or a till sends: items come out, silence ends, commands are known."""
    language = make(None)
    for data in told:
        assert language.passing(data) == [Send(data)]
    for data in pieces:
        language.feed(data)
    silent(language)
    for command in language.can:
        assert isinstance(language.command(command)[0], Send)
        silent(language)


def test_an_answer_to_a_command_of_the_till_is_no_scan() -> None:
    language = HoneywellLanguage()
    assert language.passing(b"\x16M\rCB") == [Send(b"\x16M\rCB")]
    assert language.passing(b"R?.") == [Send(b"R?.")]
    assert heard(language, [SCAN.raw + MENU + OTHER.raw]) == [
        SCAN,
        Reply(MENU, None, ok=True, text=b"CBRENA1,SSX0,CK20,CCT1,MIN2,MAX60,DFT"),
        OTHER,
    ]


@pytest.mark.parametrize(
    ("make", "told", "answer"),
    [
        (DatalogicLanguage, b"BiE", b"\x01\x02x\x03\x04"),
        (De2120Language, b"^_^SPCINV0.", b"\x15"),
        (NewlandLanguage, b"~\x010000@SCNTRG1;\x03", UNIFIED),
        (HoneywellLanguage, b"\x02999999\x03", b"\x06"),
        (HoneywellLanguage, b"\x16M\r0401D05.", b"\x16M\r0401D05\x06."),
        (NewlandLanguage, b"#99900030;", b"!99900030;"),
        (NewlandLanguage, b"$$$$", b"@@@@"),
        (NewlandLanguage, b"$$%^5917", b"\r\n$$%~OK\r\n"),
        (Em3000Language, EM3000[0], EM3000[1]),
    ],
)
def test_answers_to_what_a_till_sends_in_pieces(make: Make, told: bytes, answer: bytes) -> None:
    for at in range(len(told) + 1):
        language = make(None)
        language.passing(told[:at])
        language.passing(told[at:])
        reply, scan = heard(language, [answer + SCAN.raw])
        assert isinstance(reply, Reply)
        assert (reply.to, scan) == (None, SCAN)


def test_a_command_waits_until_a_till_has_its_answer() -> None:
    language = De2120Language()
    language.passing(b"^_^SCAN.")
    with pytest.raises(DeviceError, match="before"):
        language.command(Command.TRIGGER)
    language.feed(b"\x06")
    language.command(Command.TRIGGER)


def test_a_till_that_sends_without_end_costs_no_memory() -> None:
    language = De2120Language()
    for _ in range(MAX_DUE + 20):
        language.passing(b"^_^SCAN.")
    assert len(language._due) == MAX_DUE
    for _ in range(50):
        language.passing(b"^" * 1000)
    assert len(language._told) < 5000


def test_an_answer_that_comes_after_many_scans_comes_no_more() -> None:
    language = HoneywellLanguage()
    language.command(Command.IDENTIFY)
    items = heard(language, [SCAN.raw] * MAX_BETWEEN)
    assert items == [*[SCAN] * MAX_BETWEEN, Reply(b"", Command.IDENTIFY, ok=False)]
    language.command(Command.IDENTIFY)


def test_what_is_held_back_for_an_answer_has_a_bound() -> None:
    language = NewlandLanguage()
    language.command(Command.TRIGGER)
    head = b"\x02\x010000@"
    items = heard(language, [head, *[b"x" * 1000] * 20])
    assert len(language._held) <= MAX_HELD
    assert not [item for item in items if isinstance(item, Reply)]
    assert heard(language, [b"\r", UNIFIED])[-1:] == [
        Reply(UNIFIED, Command.TRIGGER, ok=True, text=b"DFMADD069990039999F141")
    ]


def test_silence_cuts_a_scan_first_and_gives_up_the_answer_later() -> None:
    language = HoneywellLanguage(timing=Timing(idle_seconds=0.2, reply_seconds=1.0))
    language.command(Command.IDENTIFY)
    language.feed(b"13456")
    assert language.wait == 0.2
    assert language.silence() == [Scanned(b"13456", b"13456", problem=Problem.CUT)]
    assert language.wait == pytest.approx(0.8)
    assert language.silence() == [Reply(b"", Command.IDENTIFY, ok=False)]
    assert language.wait is None


def test_a_scan_longer_than_any_code_is_said() -> None:
    language = LineLanguage()
    items = heard(language, [b"1" * 5000, b"1" * 5000, b"\r", OTHER.raw])
    assert items == [Scanned(b"", b"", problem=Problem.OVERLONG), OTHER]


def test_a_late_line_feed_goes_where_its_scan_went() -> None:
    late = Scanned(b"\n", b"", late=True)
    assert heard(LineLanguage(), [SCAN.raw, b"\n" + OTHER.raw]) == [SCAN, late, OTHER]


def test_silence_is_the_end_where_the_settings_say_so() -> None:
    language = LineLanguage(LineSettings(end=End.IDLE), timing=Timing(idle_seconds=0.08))
    assert language.feed(b"BCD\n002\n") == []
    assert language.wait == 0.08
    assert language.silence() == [Scanned(b"BCD\n002\n", b"BCD\n002")]


def test_what_a_till_tells_a_plain_scanner_passes_and_changes_nothing() -> None:
    language = LineLanguage()
    assert language.passing(b"\x16T\r") == [Send(b"\x16T\r")]
    assert language.wait is None
    assert language.feed(SCAN.raw) == [SCAN]


def test_whatever_is_told_begins_the_silence_anew() -> None:
    language = LineLanguage(commands={Command.NO: b"\x07"}, timing=Timing(idle_seconds=0.2))
    language.feed(b"13456")
    language.command(Command.NO)
    assert language.wait == 0.2
    assert [scan.problem for scan in scans(language.silence())] == [Problem.CUT]
    language.passing(b"x")
    assert language.wait is None


def test_a_scanner_that_comes_again_has_forgotten_everything() -> None:
    language = HoneywellLanguage(setup=["232BAD9", "TRGMOD0"])
    (sent,) = language.connected()
    assert sent == Send(b"\x16M\r232BAD9;TRGMOD0!")
    reply, *rest = language.feed(b"232BAD9\x06;TRGMOD0\x06!" + b"13456")
    assert isinstance(reply, Reply)
    assert (reply.to, reply.ok, rest) == (None, True, [])
    language.command(Command.IDENTIFY)
    language.feed(TOLD)
    language.connected()
    assert heard(language, [b"232BAD9\x06;TRGMOD0\x06!" + OTHER.raw])[1:] == [OTHER]


def test_newlands_set_up_is_sent_and_answered() -> None:
    language = NewlandLanguage(setup=["SCNMOD0"])
    assert language.connected() == [Send(b"~\x010000#SCNMOD0;\x03")]
    (reply,) = language.feed(b"\x02\x010000#SCNMOD0\x06;\x03")
    assert isinstance(reply, Reply)
    assert (reply.to, reply.ok) == (None, True)


def test_a_set_up_that_no_menu_can_hold() -> None:
    with pytest.raises(LocalError):
        HoneywellLanguage(setup=["x"])
    with pytest.raises(LocalError):
        NewlandLanguage(setup=["x"])


@pytest.mark.parametrize(
    ("language", "command", "sent"),
    [
        (HoneywellLanguage(), Command.TRIGGER, b"\x16T\r"),
        (HoneywellLanguage(), Command.STOP, b"\x16U\r"),
        (HoneywellLanguage(), Command.NO, b"\x16\x07\r"),
        (HoneywellLanguage(), Command.IDENTIFY, b"\x16M\rREVINF."),
        (DatalogicLanguage(), Command.ENABLE, b"E"),
        (DatalogicLanguage(), Command.DISABLE, b"D"),
        (DatalogicLanguage(), Command.YES, b"B"),
        (DatalogicLanguage(), Command.NO, b"F"),
        (DatalogicLanguage(powerscan=True), Command.NO, b"FE"),
        (DatalogicLanguage(powerscan=True), Command.TRIGGER, b"T"),
        (DatalogicLanguage(powerscan=True), Command.STOP, b"X"),
        (De2120Language(), Command.TRIGGER, b"^_^SCAN."),
        (De2120Language(), Command.STOP, b"^_^SLEEP."),
        (NewlandLanguage(), Command.TRIGGER, b"~\x010000#SCNTRG1;\x03"),
        (NewlandLanguage(), Command.DISABLE, b"~\x010000#SCNENA0;\x03"),
        (NewlandLanguage(), Command.YES, b"~\x010000#BEEPON2700F80T;LEDONS2C500D;\x03"),
        (Em3000Language(), Command.IDENTIFY, EM3000[0]),
        (LineLanguage(commands={Command.NO: b"\x07"}), Command.NO, b"\x07"),
        (HoneywellLanguage(commands={Command.YES: b"\x16\x06"}), Command.YES, b"\x16\x06"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_the_bytes_of_each_command(language: AskingLines, command: Command, sent: bytes) -> None:
    assert command in language.can
    assert language.command(command) == [Send(sent)]


@pytest.mark.parametrize("make", [LineLanguage, *dict.fromkeys(make for make, *_ in ANSWERS)])
def test_what_a_scanner_cannot_do_is_said(make: Make) -> None:
    language = make(None)
    assert Command.LOCK not in language.can
    with pytest.raises(DeviceError) as caught:
        language.command(Command.LOCK)
    assert caught.value.code == "E_ILLEGAL"
