"""Register scanners: the language against the twin and against scans that look like replies."""

from __future__ import annotations

import contextlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import DeviceError
from pos_guard.frames import registers as wire
from pos_guard.frames.lines import End, LineSettings
from pos_guard.frames.reply_search import Found, Perhaps, Scan
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.session import ToApp
from pos_guard.scanners.language import Command, Items, Problem, Reply, Scanned, Send
from pos_guard.scanners.register import RegisterLanguage
from pos_guard.scanners.register_replies import Due, find_reply
from pos_guard_simulator.scanner import ScannerTwinSettings
from pos_guard_simulator.scanner_register import RegisterScanner
from tests.scanners.twin_rig import TwinRig

GM65 = scanner_model("gm65")
FM30 = scanner_model("newland-fm30")
DONE = bytes.fromhex("02000001003331")


class Rig(TwinRig):
    """A register language and the twin that it talks to."""

    def __init__(self, model: str = "gm65", *, free: bool = True, size: int = 999) -> None:
        self.language: RegisterLanguage = RegisterLanguage(
            scanner_model(model), LineSettings(end=End.CR)
        )
        self.twin: RegisterScanner = RegisterScanner(scanner_model(model), free=free)
        super().__init__(self.language, self.twin, size)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 999])
@pytest.mark.parametrize("model", ["gm65", "gm812", "newland-fm30", "hamlet", "waveshare"])
def test_a_triggered_scan_and_its_replies_in_any_pieces(model: str, size: int) -> None:
    rig = Rig(model, free=False, size=size)
    rig.connect()
    locks = [(Command.LOCK, True)] if Command.LOCK in rig.language.can else []
    rig.tell(Command.TRIGGER)
    assert rig.language.reading
    rig.show("134567890123456789")
    assert not rig.language.reading
    assert rig.replies == [*locks, (Command.TRIGGER, True)]
    assert [(scan.data, scan.problem) for scan in rig.scans] == [(b"134567890123456789", None)]
    assert rig.language.wait is None


def test_what_it_can_comes_from_the_map() -> None:
    trigger = {Command.TRIGGER}
    assert RegisterLanguage(scanner_model("gm812")).can == trigger
    assert RegisterLanguage(scanner_model("newland-em3095")).can == frozenset()
    assert RegisterLanguage(FM30).can == trigger | {Command.STOP}
    assert RegisterLanguage(GM65).can == trigger | {Command.STOP, Command.IDENTIFY, Command.LOCK}
    with pytest.raises(DeviceError, match="newland-fm30 has no register for lock") as caught:
        RegisterLanguage(FM30).command(Command.LOCK)
    assert caught.value.code == "E_ILLEGAL"


def test_from_the_connection_on_nobody_changes_it_by_a_code() -> None:
    rig = Rig()
    assert rig.twin.set_up("sound", 0)
    rig.twin.set_up("sound", 0x40)
    rig.connect()
    assert rig.replies == [(Command.LOCK, True)]
    assert not rig.twin.set_up("sound", 0)
    assert rig.twin.register("sound") == 0x40
    rig.twin.power_cut()
    assert rig.twin.set_up("sound", 0)
    rig.connect()
    assert not rig.twin.set_up("sound", 0x40)


def test_bits_around_a_setting_stay_as_they_are() -> None:
    rig = Rig()
    before = [rig.twin.register(name) for name in ("led", "sound", "aim", "light")]
    rig.carry(rig.language.write("mode", 1))
    assert rig.twin.register("mode") == 1
    assert [rig.twin.register(name) for name in ("led", "sound", "aim", "light")] == before
    assert [frame.kind for frame in rig.twin.frames] == [7, 8]
    assert rig.replies == [(None, True)]


def test_registers_are_read_written_and_kept() -> None:
    rig = Rig()
    rig.carry(rig.language.write("baud", GM65.registers["baud"].values["115200"]))
    rig.carry(rig.language.save())
    rig.twin.power_cut()
    rig.carry(rig.language.read("baud"))
    assert rig.twin.register("baud") == 0x1A
    last = rig.seen[-1]
    assert isinstance(last, Reply)
    assert last.text == b"\x1a\x00"
    assert bytes.fromhex("7E 00 08 02 00 2A 1A 00") + b"\xe4\x7e" in rig.twin.heard


@pytest.mark.parametrize(("name", "value"), [("loudness", 1), ("mode", 4), ("mode", -1),
                                             ("baud", 0x10000), ("read-timeout", 256)])  # fmt: skip
def test_what_the_map_does_not_have_is_not_written(name: str, value: int) -> None:
    language = RegisterLanguage(GM65)
    with pytest.raises(DeviceError) as caught:
        language.write(name, value)
    assert caught.value.code == "E_ILLEGAL"
    assert language.wait is None


def test_it_says_its_software() -> None:
    rig = Rig()
    rig.tell(Command.IDENTIFY)
    assert rig.seen == [Reply(wire.reply(0, b"\x69"), Command.IDENTIFY, True, b"\x69")]


def test_nothing_is_told_while_it_reads_but_stop() -> None:
    rig = Rig(free=False)
    rig.tell(Command.TRIGGER)
    for command in (Command.TRIGGER, Command.IDENTIFY, Command.LOCK):
        with pytest.raises(DeviceError) as caught:
            rig.language.command(command)
        assert caught.value.code == "E_BUSY"
    with pytest.raises(DeviceError):
        rig.language.read("software")
    rig.tell(Command.STOP)
    assert not rig.language.reading
    assert not rig.twin.reading
    rig.show("not seen")
    assert rig.scans == []
    rig.tell(Command.IDENTIFY)


def test_a_session_without_a_code_ends_as_the_scanner_ends_it() -> None:
    rig = Rig(free=False)
    rig.tell(Command.TRIGGER)
    assert rig.language.wait == 5.0
    assert rig.language.silence() == []
    rig.twin.timer("reading")
    assert not rig.language.reading
    assert rig.language.wait is None
    rig.tell(Command.IDENTIFY)


def test_one_answer_is_awaited_at_a_time_and_not_for_ever() -> None:
    rig = Rig()
    rig.twin.mute = True
    rig.tell(Command.IDENTIFY)
    with pytest.raises(DeviceError) as caught:
        rig.language.command(Command.LOCK)
    assert caught.value.code == "E_BUSY"
    assert rig.language.wait == 0.5
    assert rig.language.silence() == [Reply(b"", Command.IDENTIFY, ok=False)]
    assert rig.language.wait is None
    rig.language.command(Command.LOCK)


def test_a_lost_answer_to_a_trigger_may_mean_that_it_reads() -> None:
    rig = Rig(free=False)
    rig.twin.mute = True
    rig.tell(Command.TRIGGER)
    assert rig.language.silence() == [Reply(b"", Command.TRIGGER, ok=False)]
    assert rig.language.reading
    rig.show("abc")
    assert [scan.data for scan in rig.scans] == [b"abc"]
    assert not rig.language.reading


def test_scans_in_the_place_of_an_answer_are_no_session() -> None:
    rig = Rig(free=True)
    rig.twin.mute = True
    rig.tell(Command.TRIGGER)
    for code in "12345678":
        rig.show(code)
    assert rig.codes == [b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8"]
    assert rig.replies == [(Command.TRIGGER, False)]
    assert rig.language.silence() == []
    assert not rig.language.reading


def test_a_refused_trigger_reads_nothing() -> None:
    language = RegisterLanguage(FM30)
    language.command(Command.TRIGGER)
    assert language.feed(wire.reply(3)) == [Reply(wire.reply(3), Command.TRIGGER, False, b"\x00")]
    assert not language.reading
    assert language.wait is None


def test_what_stands_before_an_answer_is_scan_data() -> None:
    language = RegisterLanguage(FM30)
    language.command(Command.TRIGGER)
    items = language.feed(b"6901234567892\rabc" + DONE + b"def\r")
    assert items == [
        Scanned(b"6901234567892\r", b"6901234567892"),
        Reply(DONE, Command.TRIGGER, True, b"\x00"),
        Scanned(b"abcdef\r", b"abcdef"),
    ]


LOOKALIKES = [
    b"\x02\x00",
    b"\x02\x00\x00\x01\x01\x33\x31",
    b"\x02\x00\x00\x02\x00\x00\x00\x00",
    b"\x02\x00\x02\x01\x00\x33\x31",
    b"\x02\x00\x00\x00" + bytes(40),
    b"\x03\x00\x00\x01\x00\x33\x31",
    b"\x02\x02\x00\x02",
]


@pytest.mark.parametrize("scan", LOOKALIKES, ids=lambda scan: scan.hex())
@pytest.mark.parametrize("size", [1, 4, 999])
def test_a_scan_that_begins_like_an_answer_is_not_lost(scan: bytes, size: int) -> None:
    language = RegisterLanguage(FM30, LineSettings(end=End.CR))
    line = scan + b"\r"
    language.command(Command.TRIGGER)
    items: Items = []
    for start in range(0, len(line), size):
        items += language.feed(line[start : start + size])
    items += language.feed(DONE)
    assert items == [Scanned(line, scan), Reply(DONE, Command.TRIGGER, True, b"\x00")]


def test_half_an_answer_is_scan_data_once_the_time_is_over() -> None:
    language = RegisterLanguage(FM30, LineSettings(end=End.CR))
    language.command(Command.TRIGGER)
    assert language.feed(DONE[:5]) == []
    assert language.silence() == [
        Reply(b"", Command.TRIGGER, ok=False),
        Scanned(DONE[:5], DONE[:5], problem=Problem.CUT),
    ]


def test_an_answer_that_nobody_waits_for_is_no_answer() -> None:
    language = RegisterLanguage(FM30, LineSettings(end=End.CR))
    assert language.feed(DONE) == []
    assert language.wait == 0.3
    assert language.silence() == [Scanned(DONE, DONE, problem=Problem.CUT)]


@pytest.mark.parametrize("size", [1, 4, 999])
def test_a_tills_own_commands_pass_and_their_answers_go_back(size: int) -> None:
    rig = Rig(free=False, size=size)
    told = bytes.fromhex("7E 00 08 01 00 02 01 AB CD")
    for start in range(0, len(told), size):
        sent = rig.language.passing(told[start : start + size])
        assert sent == [Send(told[start : start + size])]
        rig.carry(sent)
    assert rig.seen == [Reply(DONE, None, True, b"\x00")]
    assert rig.language.reading
    rig.show("abc")
    assert [scan.data for scan in rig.scans] == [b"abc"]
    assert not rig.language.reading


def test_a_tills_wrong_or_unknown_command_is_answered_too() -> None:
    """Newland NLS-EM3095 manual p. 19: 01 for a wrong CRC, 03 for an unknown command."""
    language = RegisterLanguage(FM30)
    language.passing(bytes.fromhex("7E 00 07 01 00 0A 01 11 22"))
    language.passing(wire.command(0x05, 0x01F0, b"\x08"))
    language.passing(wire.command(0x05, 0x01F0, b"\x08"))
    serial = wire.reply(0, b"EL030095")
    assert language.feed(wire.reply(1) + wire.reply(3) + serial) == [
        Reply(wire.reply(1), None, False, b"\x00"),
        Reply(wire.reply(3), None, False, b"\x00"),
        Reply(serial, None, True, b"EL030095"),
    ]


def test_answers_come_in_the_order_of_commands_whosever_they_are() -> None:
    language = RegisterLanguage(GM65, lock=False)
    language.command(Command.LOCK)
    language.passing(wire.heartbeat())
    items = language.feed(wire.reply(0, b"\x05") + wire.reply(0, alive=True))
    written = wire.write(3, b"\x07")
    assert items == [Send(written), Reply(wire.reply(0, alive=True), None, True, b"\x00")]
    assert language.feed(DONE) == [Reply(DONE, Command.LOCK, True, b"\x00")]


def test_a_new_connection_forgets_what_was_due() -> None:
    language = RegisterLanguage(FM30, LineSettings(end=End.CR))
    language.command(Command.TRIGGER)
    language.feed(b"abc" + DONE[:4])
    assert language.connected() == []
    assert language.wait is None
    assert language.feed(DONE + b"x\r") == [Scanned(DONE + b"x\r", DONE + b"x")]


@pytest.mark.parametrize(
    ("due", "data", "finding"),
    [
        (Due(7, 2), wire.reply(0, b"\x39\x01"), Found(0, 8, True, b"\x39\x01")),
        (Due(7, 2), b"a" + wire.reply(0, b"\x39\x01")[:5], Perhaps(1)),
        (Due(7, 2), wire.reply(0, b"\x39"), Scan(7)),
        (Due(7, 256), wire.reply(0, bytes(256)), Found(0, 262, True, bytes(256))),
        (Due(7, 256), wire.reply(0, bytes(256))[:-1], Perhaps(0)),
        (Due(7, 1), wire.reply(1), Found(0, 7, False, b"\x00")),
        (Due(8), wire.reply(0, b"\x01"), Scan(7)),
        (Due(8), b"\x02\x00\x00\x01" + DONE, Found(4, 11, True, b"\x00")),
        (Due(10), wire.reply(0, alive=True), Found(0, 7, True, b"\x00")),
        (Due(10), DONE, Found(0, 7, True, b"\x00")),
        (Due(5, None), wire.reply(0, b"EL030095"), Found(0, 14, True, b"EL030095")),
        (Due(5, None), bytes.fromhex("02 00 00 08 45 4C 30 33 30 30 39 35 25 51"), Scan(14)),
    ],
)  # fmt: skip
def test_an_answer_fits_its_command(due: Due, data: bytes, finding: object) -> None:
    assert find_reply(due)(data, True) == finding


CODES = st.binary(min_size=1, max_size=12).filter(lambda code: not set(code) & set(b"\r\n\t]"))
EVENTS = st.lists(
    st.one_of(
        CODES,
        st.sampled_from(LOOKALIKES),
        st.sampled_from([Command.TRIGGER, Command.STOP, Command.IDENTIFY, Command.LOCK]),
    ),
    max_size=10,
)


@settings(max_examples=80, deadline=None)
@given(EVENTS, st.integers(1, 20))
def test_each_scan_and_each_answer_arrives_once(events: list[bytes | Command], size: int) -> None:
    rig = Rig(free=True, size=size)
    rig.connect()
    told: list[tuple[Command | None, bool | None]] = [(Command.LOCK, True)]
    for event in events:
        if isinstance(event, bytes):
            rig.show(event)
        elif not rig.language.reading or event is Command.STOP:
            rig.tell(event)
            told.append((event, True))
    assert [scan.data for scan in rig.scans] == [e for e in events if isinstance(e, bytes)]
    assert rig.replies == told


FAULTS = st.lists(
    st.one_of(CODES, st.sampled_from(["mute", "silence", "unplug", "power", Command.TRIGGER,
                                      Command.IDENTIFY, Command.LOCK, Command.STOP])),
    max_size=14,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(FAULTS, st.integers(1, 9))
def test_each_scan_arrives_once_whatever_answers_are_lost(
    events: list[bytes | str | Command], size: int
) -> None:
    rig = Rig(free=True, size=size)
    rig.connect()
    shown: list[bytes] = []
    for event in events:
        match event:
            case bytes():
                rig.show(event)
                shown.append(event)
            case Command():
                with contextlib.suppress(DeviceError):
                    rig.tell(event)
            case "mute":
                rig.twin.mute = not rig.twin.mute
            case "silence":
                rig.carry(rig.language.silence())
            case "power":
                rig.twin.power_cut()
            case _:
                rig.connect()
    assert [scan.data for scan in rig.scans] == shown
    assert all(scan.problem is None for scan in rig.scans)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=4), st.booleans())
def test_no_byte_of_garbage_is_lost_while_an_answer_is_due(
    data: bytes, cuts: list[int], head: bool
) -> None:
    line = (b"\x02\x00\x00" if head else b"") + data.replace(b"\r", b"").replace(b"\n", b"")
    language = RegisterLanguage(GM65, LineSettings(end=End.IDLE, aim=False), lock=False)
    language.command(Command.IDENTIFY)
    items: Items = []
    for start, stop in pairwise([0, *sorted(min(cut, len(line)) for cut in cuts), len(line)]):
        items += language.feed(line[start:stop])
    items += language.silence()
    items += language.silence()
    raws = [item.raw for item in items if isinstance(item, Scanned | Reply)]
    assert b"".join(raws) == line


def test_the_twins_settings_reach_the_line() -> None:
    twin = RegisterScanner(FM30, ScannerTwinSettings(terminator=b"\n", prefix=b"\x02"))
    assert twin.scan("abc") == [ToApp(b"\x02abc\n")]
