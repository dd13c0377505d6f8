"""The menu twins: Honeywell, Newland, DE2120, Datalogic and EM3000, each with its language."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToApp
from pos_guard.scanners.language import Command, Send
from pos_guard.scanners.make import LanguageSettings, make_language
from pos_guard_simulator.scanner_menu import REPORT, HoneywellScanner, NewlandScanner
from pos_guard_simulator.scanner_menu_bytes import DatalogicScanner, De2120Scanner, Em3000Scanner
from pos_guard_simulator.scanner_menu_session import READING, SessionScanner
from tests.scanners.twin_rig import TwinRig

GOLDEN = Path(__file__).parents[1] / "golden" / "scanner_lines_commands.json"
SAMPLES: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))

Twin = Callable[[], SessionScanner]

TWINS: dict[str, Twin] = {
    "honeywell-serial": lambda: HoneywellScanner(free=False),
    "newland-hr52": lambda: NewlandScanner(free=False),
    "de2120": lambda: De2120Scanner(free=False),
    "datalogic-powerscan": lambda: DatalogicScanner(free=False, powerscan=True),
    "datalogic-magellan": DatalogicScanner,
    "newland-em3000": Em3000Scanner,
}
TRIGGERED = [name for name, twin in TWINS.items() if not twin().free]
SIZES = [1, 2, 3, 5, 8, 13, 9999]


def sent(effects: Effects) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToApp))


def golden(kind: str) -> list[bytes]:
    found = [sample for sample in SAMPLES if sample["kind"] == kind]
    return [
        bytes.fromhex(one["payload"]) if one.get("encoding") == "hex" else one["payload"].encode()
        for one in found
    ]


def rig_of(name: str, size: int = 9999) -> TwinRig:
    rig = TwinRig(make_language(scanner_model(name)), TWINS[name](), size)
    rig.connect()
    return rig


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", TRIGGERED)
def test_a_trigger_a_scan_and_a_stop_in_any_pieces(name: str, size: int) -> None:
    rig = rig_of(name, size)
    rig.show("unseen")
    rig.tell(Command.TRIGGER)
    rig.show("134567890123456789")
    rig.show("unseen")
    rig.tell(Command.TRIGGER)
    rig.tell(Command.STOP)
    rig.show("unseen")
    assert rig.codes == [b"134567890123456789"]
    assert all(ok for _, ok in rig.replies)
    assert rig.language.wait is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("honeywell-serial", REPORT),
        ("newland-hr52", b"QRYSYSProduct Name: HR52"),
        ("datalogic-magellan", b"Datalogic scanner"),
        ("newland-em3000", b"0213SW058383KH-56"),
    ],
)
def test_each_says_what_it_is(name: str, text: bytes, size: int) -> None:
    rig = rig_of(name, size)
    rig.tell(Command.IDENTIFY)
    ok = None if name in ("datalogic-magellan", "newland-em3000") else True
    assert rig.replies == [(Command.IDENTIFY, ok)]
    assert rig.told == text
    assert rig.scans == []


@pytest.mark.parametrize("name", ["datalogic-magellan", "datalogic-powerscan"])
def test_a_datalogic_says_yes_and_no_and_goes_on_reading(name: str) -> None:
    twin = DatalogicScanner(powerscan=name.endswith("powerscan"))
    rig = TwinRig(make_language(scanner_model(name)), twin)
    rig.tell(Command.YES)
    rig.tell(Command.NO)
    rig.show("abc")
    assert (twin.good_beeps, twin.error_beeps) == (1, 1)
    assert rig.codes == [b"abc"]
    rig.tell(Command.DISABLE)
    rig.show("unseen")
    rig.tell(Command.ENABLE)
    rig.show("def")
    assert rig.codes == [b"abc", b"def"]


def test_a_powerscan_reads_no_more_after_not_on_file() -> None:
    """Datalogic PowerScan manual p. 381; a Magellan only beeps (9300i manual p. 481)."""
    hand, table = DatalogicScanner(powerscan=True), DatalogicScanner()
    for twin in (hand, table):
        twin.data(b"F")
    assert hand.scan("abc") == []
    assert sent(table.scan("abc")) == b"abc\r"
    hand.data(b"R")
    assert sent(hand.scan("abc")) == b"abc\r"
    assert table.data(b"TX") == []
    assert (hand.missed, table.missed) == (1, 0)


def test_a_newland_shows_yes_and_no() -> None:
    twin = NewlandScanner()
    rig = TwinRig(make_language(scanner_model("newland-hr52")), twin)
    rig.tell(Command.YES)
    rig.tell(Command.NO)
    assert [signal[:6] for signal in twin.signals] == ["BEEPON", "LEDONS"] * 2
    assert rig.replies == [(Command.YES, True), (Command.NO, True)]
    rig.tell(Command.DISABLE)
    rig.show("unseen")
    rig.tell(Command.ENABLE)
    rig.show("abc")
    assert rig.codes == [b"abc"]


def test_a_honeywell_complains() -> None:
    rig = rig_of("honeywell-serial")
    rig.tell(Command.NO)
    assert rig.twin.beeps == 1
    assert rig.replies == []


def test_a_honeywell_answers_as_its_manual_prints() -> None:
    """The whole answer to CBR?. of the 2020/4820 manual p. 12-4."""
    (answer,) = golden("honeywell-menu-reply")
    assert sent(HoneywellScanner().data(b"\x16M\rCBR?.")) == answer


def test_the_published_commands_are_known() -> None:
    twin = HoneywellScanner(free=False)
    trigger, stop, beep, report, baud, *_ = golden("honeywell-command")
    assert twin.data(trigger) == [SetTimer(READING, 5.0)]
    assert twin.data(stop) == [CancelTimer(READING)]
    twin.data(beep)
    assert twin.beeps == 1
    assert sent(twin.data(report)) == REPORT + b"REVINF\x06."
    assert sent(twin.data(baud)) == b"232BAD9\x06."
    assert twin.menu.now["232BAD"] == "9"
    de2120 = De2120Scanner()
    answers = [sent(de2120.data(word)) for word in golden("de2120-command")]
    # How it tells its version is not published: the twin does not know that word.
    assert answers == [b"\x06", b"\x06", b"\x06", b"\x15", b"\x06"]
    assert de2120.baud == "5"
    (asked, told) = golden("newland-em3000-lrc")
    assert sent(Em3000Scanner().data(asked)) == told
    (command,) = golden("newland-unified")
    (reply,) = golden("newland-unified-reply")
    newland = NewlandScanner()
    assert sent(newland.data(command)) == reply
    assert newland.menu.now["DFMADD"] == "069990039999F141"
    datalogic = DatalogicScanner(powerscan=True)
    for byte in golden("datalogic-host-command"):
        answer = sent(datalogic.data(byte))
        assert answer[:2] + answer[-2:] == (b"\x01\x02\x03\x04" if byte in b"ihs" else b"")


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (b"CBRENA0.", b"CBRENA0\x06."),
        (b"CBRENA0!", b"CBRENA0\x06!"),
        (b"CBRENA7.", b"CBRENA7\x15."),
        (b"XYZABC1.", b"XYZABC1\x05."),
        (b"XYZ?.", b"XYZ\x05."),
        (b"CBRENA0,SSX1;232BAD3.", b"CBRENA0\x06,CBRSSX1\x06,232BAD3\x06."),
        (b"CBRENA^.", b"CBRENA1\x06."),
        (b"CBRENA*.", b"CBRENA0|1\x06."),
    ],
)
@pytest.mark.parametrize("size", [1, 4, 99])
def test_a_status_for_every_setting(told: bytes, answer: bytes, size: int) -> None:
    twin = HoneywellScanner()
    line = b"\x16M\r" + told
    pieces = [line[start : start + size] for start in range(0, len(line), size)]
    assert b"".join(sent(twin.data(piece)) for piece in pieces) == answer


def test_only_what_is_kept_survives_a_loss_of_power() -> None:
    twin, newland = HoneywellScanner(), NewlandScanner()
    twin.data(b"\x16M\rCBRENA0!")
    twin.data(b"\x16M\r232BAD9.")
    twin.menu.power_cut()
    assert (twin.menu.now["CBRENA"], twin.menu.now["232BAD"]) == ("1", "9")
    newland.data(b"~\x010000#C11ENA1;\x03~\x010000@DFMADD7;\x03")
    assert newland.menu.now["C11ENA"] == "1"
    newland.menu.power_cut()
    assert (newland.menu.now["C11ENA"], newland.menu.now["DFMADD"]) == ("0", "7")
    assert sent(newland.data(b"~\x010000#C11ENA*;C11ENA5;NONONO;\x03")) == (
        b"\x02\x010000#C11ENA0\x06;C11ENA5\x15;NONONO\x05;\x03"
    )


@pytest.mark.parametrize("told", [b"\x00\x00\x80", b";;;;", b",,C11ENA1", b"\xff*;", b"QRYSYS;;"])
def test_a_setting_that_is_none_gets_a_status_or_nothing(told: bytes) -> None:
    twin = NewlandScanner()
    answer = sent(twin.data(b"~\x010000#" + told + b";\x03"))
    assert answer == b"" or (answer[:7], answer[-2:]) == (b"\x02\x010000#", b";\x03")
    assert sent(twin.data(b"~\x010000#SCNTRG1;\x03")) == b"\x02\x010000#SCNTRG1\x06;\x03"
    honeywell = HoneywellScanner()
    honeywell.data(b"\x16M\r" + told + b".")
    assert sent(honeywell.data(b"\x16M\rCBRENA1.")) == b"CBRENA1\x06."


@pytest.mark.parametrize(
    ("name", "setup", "key"),
    [("honeywell-serial", "CBRENA0", "CBRENA"), ("newland-hr52", "C11ENA1", "C11ENA")],
)
def test_a_set_up_reaches_the_scanner(name: str, setup: str, key: str) -> None:
    language = make_language(scanner_model(name), LanguageSettings(setup=(setup,)))
    twin: Any = TWINS[name]()
    rig = TwinRig(language, twin, 3)
    rig.connect()
    assert twin.menu.now[key] == setup[6:]
    assert rig.replies == [(None, True)]


def test_a_session_ends_by_itself() -> None:
    twin = De2120Scanner(free=False)
    twin.data(b"^_^SCAN.")
    twin.timer("other")
    assert twin.reading
    twin.timer(READING)
    assert twin.scan("abc") == []
    assert twin.start(0) == [CancelTimer(READING)]
    assert sent(twin.scan("abc")) == b"abc\r"


COMMANDS = st.sampled_from(sorted(Command))
CODES = st.text("0123456789ABCabc:/.?=^_", min_size=1, max_size=30)


@pytest.mark.parametrize("name", list(TWINS))
@settings(max_examples=40, deadline=None)
@given(events=st.lists(st.one_of(COMMANDS, CODES), max_size=8), size=st.integers(1, 30))
def test_each_scan_arrives_once_whatever_is_told(
    name: str, events: list[Command | str], size: int
) -> None:
    twin = TWINS[name]()
    rig = TwinRig(make_language(scanner_model(name)), twin, size)
    rig.connect()
    seen: list[bytes] = []
    for event in events:
        if not isinstance(event, Command):
            if twin.enabled and (twin.reading or twin.free):
                seen.append(event.encode())
            rig.show(event)
        elif event in rig.language.can:
            rig.tell(event)
    assert rig.codes == seen
    assert len(rig.scans) == twin.scans == len(seen)
    assert all(ok is not False for _, ok in rig.replies)


@pytest.mark.parametrize("name", list(TWINS))
@settings(max_examples=40, deadline=None)
@given(
    pieces=st.lists(
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from([b"\x16M\r", b"~\x010000#", b"^_^", b"\x7e\x00", b"?.", b";\x03"]),
        ),
        max_size=8,
    )
)
def test_garbage_from_the_host_is_survived(name: str, pieces: list[bytes]) -> None:
    twin, language = TWINS[name](), make_language(scanner_model(name))
    for piece in pieces:
        (passed,) = language.passing(piece)
        assert passed == Send(piece)
        language.feed(sent(twin.data(piece)))
    assert twin.heard == b"".join(pieces)
    assert twin.closed() == []
