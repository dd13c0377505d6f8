"""Devices on a stage: asked by name, watched on their lines, their codes masked."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from serial import Serial

from pos_guard.frames.decoded import Json
from pos_guard.ports.address import Address
from pos_guard_simulator.scanner_make import ScannerOptions
from pos_guard_simulator.simulate_device import Fields, RequestError
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.simulate_printer import PrinterOptions, printer_device
from pos_guard_simulator.simulate_scanner import scanner_device
from pos_guard_simulator.stage.control_socket import control_socket
from pos_guard_simulator.stage.journal import Event
from pos_guard_simulator.stage.perform import Role, new_journal, opened, served
from pos_guard_simulator.stage.stage import Stage

CODE = "134612345678901234"
"""A payment code as WeChat's documents show them: 18 digits that begin with 10 to 15."""

TCP = Place(tcp=Address.parse("tcp:127.0.0.1:0"))


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A printer on the network and a scanner on a serial line."""
    cast = [
        Role("bon", printer_device(PrinterOptions()), TCP),
        Role("hand", scanner_device(ScannerOptions("generic-serial")), Place()),
    ]
    with opened(cast, new_journal()) as stage:
        yield stage


def _print(stage: Stage, data: bytes) -> None:
    addresses = stage.facts("bon")["addresses"]
    assert isinstance(addresses, dict)
    host, _, port = str(addresses["tcp"]).rpartition(":")
    with socket.create_connection((host, int(port)), 5) as line:
        line.sendall(data)


def _heard(stage: Stage, enough: Callable[[list[Event]], bool]) -> list[Event]:
    """All events, once there are enough."""
    assert stage.journal is not None
    journal, done = stage.journal, threading.Event()
    events: list[Event] = []

    def hear(event: Event) -> None:
        events.append(event)
        if enough(events):
            done.set()

    end = journal.watch(hear, since=0)
    assert done.wait(10), [event.as_json() for event in events]
    end()
    return events


def _kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]


def test_what_is_printed_is_told_as_frames_paper_and_receipt(stage: Stage) -> None:
    _print(stage, b"\x1b@Total 12.50\n\x1bp\x00\x19\xfa\x1dV\x00")
    events = _heard(stage, lambda events: "closed" in _kinds(events))
    frames = [event.body["name"] for event in events if event.kind == "frame"]
    assert frames == ["ESC @", "TEXT", "LF", "ESC p", "GS V"]
    (receipt,) = [event for event in events if event.kind == "receipt"]
    assert receipt.device == "bon"
    assert receipt.body == {"number": 1, "text": "Total 12.50"}
    assert [event.body for event in events if event.kind == "drawer"] == [{"now": 1}]
    assert {"connected", "closed"} < set(_kinds(events))


def test_a_receipt_as_a_picture_and_the_paper_that_is_not_cut(stage: Stage) -> None:
    _print(stage, b"one\n\x1dV\x00two\n")
    _heard(stage, lambda events: "closed" in _kinds(events))
    assert stage.ask("bon", "paper", Fields({})) == {"first": 1, "slips": ["one"], "loose": "two"}
    for fields in ({"number": 1}, {}):
        png = stage.ask("bon", "picture", Fields(fields))["png"]
        assert isinstance(png, str)
        picture = Image.open(io.BytesIO(base64.b64decode(png)))
        assert picture.format == "PNG"
        assert picture.width >= 576  # an 80 mm head
    with pytest.raises(RequestError, match="receipt 2 is not kept"):
        stage.ask("bon", "picture", Fields({"number": 2}))


def test_a_scan_reaches_the_till_and_its_code_no_journal(stage: Stage) -> None:
    addresses = stage.facts("hand")["addresses"]
    assert isinstance(addresses, dict)
    with Serial(str(addresses["pty"]), timeout=5) as till:
        stage.ask("hand", "scan", Fields({"payload": CODE}))
        assert till.read_until(b"\r").strip() == CODE.encode()
        encoded = base64.b64encode(CODE.encode()).decode()
        stage.ask("hand", "scan", Fields({"base64": encoded}))
        assert till.read_until(b"\r").strip() == CODE.encode()
    events = _heard(stage, lambda events: _kinds(events).count("scan") == 2)
    told = json.dumps([event.as_json() for event in events])
    assert CODE not in told
    assert encoded[:12] not in told
    scans = [event.body for event in events if event.kind == "scan"]
    assert scans == [{"payload": "1346**********1234"}, {"base64": "(24 characters)"}]


def test_a_fault_and_its_end_are_told_with_their_fields(stage: Stage) -> None:
    stage.ask("bon", "fault", Fields({"name": "cover_open"}))
    stage.ask("bon", "clear", Fields({"name": "cover_open"}))
    events = _heard(stage, lambda events: "clear" in _kinds(events))
    told = [(event.kind, event.body) for event in events]
    assert ("fault", {"name": "cover_open"}) in told
    assert ("faults", {"now": ["cover_open"]}) in told
    assert told[-1] == ("clear", {"name": "cover_open"})


@pytest.mark.parametrize(
    ("name", "op", "fields", "says"),
    [
        ("bong", "state", {}, "there is no 'bong' here, only: bon, hand"),
        ("bon", "fly", {}, "a printer has no 'fly', only:"),
        ("bon", "fault", {"name": "fire"}, "'fire' is none of"),
        ("bon", "state", {"more": 1}, "more"),
        ("bon", "unplug", {"more": 1}, "more"),
    ],
)
def test_what_cannot_be_asked_is_said_and_is_no_event(
    stage: Stage, name: str, op: str, fields: dict[str, Json], says: str
) -> None:
    with pytest.raises(RequestError, match=says):
        stage.ask(name, op, Fields(fields))
    assert stage.journal is not None
    assert op not in _kinds(stage.journal.since(0))


def test_a_cable_is_pulled_and_put_back(stage: Stage) -> None:
    link = stage.facts("hand")["addresses"]
    assert isinstance(link, dict)
    with Serial(str(link["pty"]), timeout=5) as till:
        stage.ask("hand", "unplug", Fields({}))
        with pytest.raises(OSError, match="no data"):
            till.read(1)
    assert stage.facts("hand")["addresses"] == {}
    back = stage.ask("hand", "plug", Fields({}))["addresses"]
    assert isinstance(back, dict)
    with Serial(str(back["pty"]), timeout=5) as till:
        stage.ask("hand", "scan", Fields({"payload": "4006381333931"}))
        assert till.read_until(b"\r") == b"4006381333931\r"


def test_one_control_socket_for_all_devices(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "control"
    with (
        served(stage, [control_socket(path)]) as said,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line,
    ):
        assert said == {"control": str(path)}
        assert path.stat().st_mode & 0o777 == 0o600
        line.connect(str(path))
        answers = line.makefile("r")

        def ask(request: dict[str, Json]) -> dict[str, Json]:
            line.sendall(json.dumps(request).encode() + b"\n")
            answer: dict[str, Json] = json.loads(answers.readline())
            return answer

        paper: dict[str, Json] = {"ok": True, "first": 1, "slips": [], "loose": ""}
        assert ask({"op": "paper", "device": "bon"}) == paper
        assert ask({"op": "paper"})["error"] == {
            "code": "bad-request",
            "message": "say which 'device' of: bon, hand",
        }
        wrong = ask({"op": "state", "device": "till"})["error"]
        assert isinstance(wrong, dict)
        assert wrong["code"] == "unknown-device"
    assert not path.exists()
