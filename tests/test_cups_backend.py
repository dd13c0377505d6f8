"""The CUPS backend's parts: device URIs, discovery, lines for cupsd, side channel, documents."""

from __future__ import annotations

import asyncio
import io
import os
import tomllib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pos_guard.cups
from pos_guard.cups import run
from pos_guard.cups.document import FileDocument, PipeDocument, open_document
from pos_guard.cups.questions import Questions
from pos_guard.cups.report import MAX_CHARACTERS, REASONS, Reporter
from pos_guard.cups.side_channel import Request, Requests, State, Status, answer, state_of
from pos_guard.cups.target import discovered, parse_target
from pos_guard.errors import LocalError
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.model import Words
from pos_guard.ports.address import Address, Kind

SETTINGS = """
[[link]]
name = "printer"
protocol = "escpos"
app = "unix:/run/pos-guard/cups"
device = "serial:/dev/ttyUSB0:19200"

[[link]]
name = "kitchen"
protocol = "escpos"
app = "tcp:127.0.0.1:9100"
device = "lp:/dev/usb/lp0"
[link.printer]
model = "{model}"
refused = "hold"
wait_ms = 30000
idle_ms = 400

[[link]]
name = "till"
protocol = "escpos"
app = "pty:/run/pos-guard/till"
device = "serial:/dev/ttyUSB1:19200"

[[link]]
name = "any"
protocol = "escpos"
app = "tcp:127.0.0.1:0"
device = "serial:/dev/ttyUSB3:19200"

[[link]]
name = "scanner"
protocol = "scanner"
app = "tcp:127.0.0.1:9200"
device = "serial:/dev/ttyUSB2:9600"
"""


@pytest.fixture
def guard_toml(tmp_path: Path) -> Path:
    return write(tmp_path, "epson-80")


def write(folder: Path, model: str) -> Path:
    path = folder / "guard.toml"
    path.write_text(SETTINGS.format(model=model), "utf-8")
    return path


# -- device URIs -----------------------------------------------------------------------------


def test_a_short_uri_names_a_link_of_the_usual_settings(guard_toml: Path) -> None:
    target = parse_target("posguard:/printer", {"POS_GUARD_CONFIG": str(guard_toml)})
    assert target.app == Address(Kind.UNIX, path="/run/pos-guard/cups")
    assert target.socket == guard_toml.parent / "run" / "decide.sock"
    assert (target.link, target.proof, target.wait_s, target.hold_s) == (
        *("printer", "status", 300),
        0.5,
    )


def test_a_long_uri_names_the_settings_too(guard_toml: Path) -> None:
    target = parse_target(f"posguard://{guard_toml}?link=kitchen&wait=60", {})
    assert target.app == Address(Kind.TCP, "127.0.0.1", 9100)
    assert (target.proof, target.wait_s) == ("process-id", 60)
    assert target.hold_s == 30.4  # a receipt that waits for its payment
    assert target.device_id.endswith("CMD:ESC/POS;CLS:PRINTER;")
    assert "MDL:Epson TM" in target.device_id


@pytest.mark.parametrize(
    ("model", "proof"),
    [("epson-80", "process-id"), ("xprinter-80", "status"), ("hprt-tp80k", "none")],
)
def test_the_model_says_how_it_proves_a_print(tmp_path: Path, model: str, proof: str) -> None:
    target = parse_target(f"posguard://{write(tmp_path, model)}?link=kitchen", {})
    assert target.proof == proof


def test_a_star_printer_has_no_queue(tmp_path: Path) -> None:
    path = write(tmp_path, "star-line")
    with pytest.raises(LocalError, match="link kitchen: a Star printer can have no CUPS queue"):
        parse_target(f"posguard://{path}?link=kitchen", {})
    assert not [line for line in discovered(path, usual=False) if "kitchen" in line]


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("usb://EPSON/TM", "looks like posguard:/printer"),
        ("posguard://host/printer", "looks like posguard:/printer"),
        ("posguard:/nobody", "no printer link nobody"),
        ("posguard:/scanner", "no printer link scanner"),
        ("posguard:/till", 'needs app = "unix:/PATH"'),
        ("posguard:/any", 'needs app = "unix:/PATH"'),
        ("posguard:/", "add ?link=NAME"),
        ("posguard:///etc/pos-guard/guard.toml", "add ?link=NAME"),
        ("posguard:/printer?wait=0", "wait=0"),
        ("posguard:/printer?wait=-5", "wait=-5"),
        ("posguard:/printer?wait=٣", "wait=٣"),
        ("posguard:/printer?wait=9999999", "wait=9999999"),
        ("posguard:/printer?proof=hope", "proof=hope"),
        ("posguard:/printer?color=red", "no such option of a device URI: color"),
        ("posguard:/printer?wait", "options look like"),
        ("posguard:/printer?wait=1&wait=2", "twice"),
        ("posguard:/printer?" + "&".join(f"a{n}=1" for n in range(20)), "options look like"),
    ],
)
def test_a_wrong_uri_says_what_is_wrong(guard_toml: Path, uri: str, words: str) -> None:
    with pytest.raises(LocalError) as error:
        parse_target(uri, {"POS_GUARD_CONFIG": str(guard_toml)})
    assert words in str(error.value)


def test_a_wrong_uri_stops_the_queue(guard_toml: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {"POS_GUARD_CONFIG": str(guard_toml), "LANG": "en"}
    code = run(["posguard:/nobody", "1", "anna", "receipt", "1", ""], environment)
    assert code == 4
    assert capsys.readouterr().err.startswith("ERROR: This queue cannot print: ")


def test_settings_that_are_not_there_stop_the_queue(capsys: pytest.CaptureFixture[str]) -> None:
    environment = {"POS_GUARD_CONFIG": "/nowhere/guard.toml", "DEVICE_URI": "posguard:/printer"}
    assert run(["receipts", "1", "anna", "receipt", "1", ""], environment) == 4
    assert "/nowhere/guard.toml" in capsys.readouterr().err


def test_a_wrong_number_of_arguments_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["posguard", "1", "anna"], {}) == 1
    assert capsys.readouterr().err == "usage: posguard job-id user title copies options [file]\n"


def test_the_console_script_has_the_name_of_the_scheme() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["scripts"]["posguard"] == "pos_guard.cups:main"
    assert callable(pos_guard.cups.main)


# -- discovery -------------------------------------------------------------------------------


def test_discovery_lists_the_links_that_a_queue_can_use(
    guard_toml: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["posguard"], {"POS_GUARD_CONFIG": str(guard_toml)}) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == (
        'direct posguard:/printer "Unknown" "pos-guard printer"'
        ' "MFG:pos-guard;MDL:receipt printer;CMD:ESC/POS;CLS:PRINTER;"'
    )
    assert second.startswith('direct posguard:/kitchen "Epson TM')
    assert second.count('"') == 6


def test_discovery_of_other_settings_names_them(guard_toml: Path) -> None:
    lines = list(discovered(guard_toml, usual=False))
    assert lines[0].startswith(f"direct posguard://{guard_toml}?link=printer ")


def test_discovery_without_settings_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["posguard"], {"POS_GUARD_CONFIG": "/nowhere/guard.toml"}) == 0
    said = capsys.readouterr()
    assert (said.out, said.err[:7]) == ("", "DEBUG: ")


# -- lines for cupsd -------------------------------------------------------------------------

SAY = Words("没有打印\nSTATE: +x", "Not printed\nSTATE: +x")


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("zh_CN.UTF-8", "ERROR: 没有打印 STATE: +x\n"),
        ("en_GB", "ERROR: Not printed STATE: +x\n"),
        ("", "ERROR: Not printed STATE: +x\n"),
    ],
)
def test_words_come_in_the_language_of_the_job_and_on_one_line(lang: str, line: str) -> None:
    out = io.StringIO()
    Reporter(out, lang).error(SAY)
    assert out.getvalue() == line


@given(st.text(max_size=2000))
def test_no_text_makes_a_second_line_or_one_that_cups_cuts(text: str) -> None:
    out = io.StringIO()
    Reporter(out, "en").warning(Words("", text))
    line = out.getvalue()
    assert line.splitlines() == [line[:-1]]
    assert len(line) <= len("WARNING: \n") + MAX_CHARACTERS
    assert len(line.encode()) < 2048 + len(line)  # four bytes a character at most


def test_reasons_are_set_once_and_taken_back() -> None:
    out = io.StringIO()
    report = Reporter(out, "en")
    for now in ({"media-empty-error"}, {"media-empty-error"}, set[str](), {"cover-open-error"}):
        report.reasons(now)
    lines = out.getvalue().splitlines()
    first = len(REASONS) - 1  # whatever an earlier job has left behind
    assert lines[first:] == [
        "STATE: +media-empty-error",
        "STATE: -media-empty-error",
        "STATE: +cover-open-error",
    ]
    assert all(line.startswith("STATE: -") for line in lines[:first])


# -- side channel ----------------------------------------------------------------------------

# Packets as libcups 2.4.2 sends them for cupsSideChannelDoRequest(DRAIN_OUTPUT) and
# cupsSideChannelSNMPGet(".1.3.6.1"), read at the other end of its descriptor 4.
DRAIN = bytes.fromhex("02 00 00 00")
SNMP = bytes.fromhex("06 00 00 09") + b".1.3.6.1\x00"


@pytest.mark.parametrize("step", [1, 3, 100])
def test_requests_come_whole_however_they_arrive(step: int) -> None:
    data = DRAIN + SNMP + DRAIN
    requests = Requests()
    found = [got for at in range(0, len(data), step) for got in requests.feed(data[at : at + step])]
    assert found == [Request(2, b""), Request(6, b".1.3.6.1\x00"), Request(2, b"")]


@given(st.binary(max_size=300))
@settings(max_examples=50)
def test_garbage_on_the_side_channel_is_only_requests(data: bytes) -> None:
    found = Requests().feed(data)
    assert sum(4 + len(request.data) for request in found) <= len(data)


def test_an_answer_has_the_request_its_status_and_its_length() -> None:
    assert answer(4, Status.OK, b"MFG:x;").hex() == "04010006" + b"MFG:x;".hex()
    assert answer(6, Status.NOT_IMPLEMENTED).hex() == "06070000"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (PrinterStatus(), State.OFFLINE),
        (PrinterStatus(online=True, paper=True), State.ONLINE),
        (PrinterStatus(online=True, near_end=True), State.ONLINE | State.MEDIA_LOW),
        (PrinterStatus(online=False, paper=False, near_end=True), State.MEDIA_EMPTY),
        (PrinterStatus(online=False, cover_open=True), State.ERROR),
        (PrinterStatus(online=False, error=True), State.ERROR),
    ],
)
def test_the_state_is_cups_own(status: PrinterStatus, state: State) -> None:
    assert state_of(status) == state


# -- documents -------------------------------------------------------------------------------


async def gather(pieces: AsyncIterator[bytes]) -> list[bytes]:
    return [piece async for piece in pieces]


def test_a_file_gives_itself_once_for_each_copy(tmp_path: Path) -> None:
    path = tmp_path / "job"
    path.write_bytes(b"\x1b@receipt")
    document = open_document(["1", "anna", "t", "3", "", str(path)], 0)
    assert document.copies == 3
    for _ in range(document.copies):
        assert asyncio.run(gather(document.pieces())) == [b"\x1b@receipt"]


@pytest.mark.parametrize("copies", ["", "-1", "x", "99999", "²"])
def test_a_number_of_copies_is_a_number(copies: str, tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="number of copies"):
        open_document(["1", "anna", "t", copies, "", str(tmp_path)], 0)


def test_a_file_that_is_no_receipt_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(LocalError, match="64 MiB"):
        FileDocument(str(path), 1)


def with_pipe(work: Callable[[PipeDocument, int], None]) -> list[bytes]:
    async def read() -> list[bytes]:
        ours, theirs = os.pipe()
        document = PipeDocument(ours)
        try:
            work(document, theirs)
            os.close(theirs)
            return await gather(document.pieces())
        finally:
            os.close(ours)

    return asyncio.run(read())


def test_a_pipe_gives_all_that_came_in_one_piece() -> None:
    def write(_: PipeDocument, end: int) -> None:
        for part in (b"one ", b"two ", b"three"):
            os.write(end, part)

    assert with_pipe(write) == [b"one two three"]
    assert with_pipe(lambda _document, _end: None) == []


def test_a_pipe_is_drained_once_its_piece_was_taken() -> None:
    async def play() -> list[str]:
        ours, theirs = os.pipe()
        document, said = PipeDocument(ours), list[str]()
        await document.drained()  # nothing came: nothing to wait for
        os.write(theirs, b"receipt")
        draining = asyncio.create_task(document.drained())
        draining.add_done_callback(lambda _: said.append("drained"))
        os.close(theirs)
        async for piece in document.pieces():
            await asyncio.wait([draining], timeout=0.01)
            said.append(piece.decode())
        await draining
        os.close(ours)
        return said

    assert asyncio.run(play()) == ["receipt", "drained"]


@pytest.mark.parametrize(
    ("data", "asked", "cut_short"),
    [
        (b"\x1b@text\n\x1dV\x00", 0, False),
        (b"\x1dr\x01\x1dr\x31", 2, False),
        (b"\x1bv", 1, False),
        (b"\x1dI\x01\x1dI\x43", 1, False),  # GS I 67 is answered by a block
        (b"\x1dv0\x00\x01\x00\x03\x00\x1dr", 0, True),
        (b"\x1dv0\x00\x01\x00\x03\x00\x1dr\x01", 0, False),  # dots, no question
        (b"text\x1d", 0, True),
    ],
)
def test_what_a_document_asks_and_where_it_ends(data: bytes, asked: int, cut_short: bool) -> None:
    questions = Questions(china=False)
    for at in range(len(data)):
        questions.feed(data[at : at + 1])
    assert (questions.asked, questions.cut_short) == (asked, cut_short)
    questions.forget()
    assert questions.asked == 0
