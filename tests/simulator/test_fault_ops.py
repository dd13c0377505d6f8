"""``fault`` and ``clear`` are the same two requests for every kind of device."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

import pytest
import serial

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects, ToApp
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.faults.on_device import with_faults
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.line_faults import LineFault, LinePlan
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.simulate import host, printer, provider, scanner, terminal
from pos_guard_simulator.simulate_device import Device, Fields, OnUsb, Reply, carry_out
from pos_guard_simulator.simulate_place import Place

DEVICES = {
    "printer": ["printer"],
    "scanner": ["scanner"],
    "ssi": ["scanner", "--model", "zebra-ssi"],
    "zvt": ["terminal", "zvt"],
    "transbank": ["terminal", "transbank"],
    "caisse-ap": ["terminal", "caisse-ap"],
    "iso8583": ["host", "iso8583"],
    "wechat": ["provider", "wechat"],
}


GROUPS = {"printer": printer, "scanner": scanner, "terminal": terminal, "host": host,
          "provider": provider}  # fmt: skip


def made(name: str, *options: str) -> Device:
    """The device that ``pos-guard simulate`` makes of these words."""
    group, *words = DEVICES[name]
    made: tuple[Device, Place] = GROUPS[group].main([*words, *options], standalone_mode=False)
    return made[0]


def asked(device: Device, op: str, **fields: Json) -> Reply:
    return carry_out(device, op, Fields(fields))


def said(effects: Effects) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToApp))


@pytest.mark.parametrize("name", DEVICES)
def test_every_device_has_its_own_faults_and_those_of_a_line(name: str) -> None:
    device = made(name)
    own = {"printer": "cover_open", "scanner": "no-read", "ssi": "lost-ack", "wechat": "silent"}
    assert {"fault", "clear"} <= set(device.ops)
    assert asked(device, "fault", name=own.get(name, "decline")).answer == {}
    assert asked(device, "clear", name=own.get(name, "decline")).answer == {}
    assert asked(device, "fault", name="truncate", at=3, amount=2, direction="out").answer == {}
    assert asked(device, "fault", name="link:stall").answer == {}
    assert asked(device, "clear", name="stall").answer == {}


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("op", ["fault", "clear"])
@pytest.mark.parametrize("fault", ["fire", "link:fire", "link:cover_open", ""])
def test_what_a_device_does_not_have_is_refused(name: str, op: str, fault: str) -> None:
    with pytest.raises(LocalError):
        asked(made(name), op, name=fault)


@pytest.mark.parametrize("name", DEVICES)
def test_fields_of_another_fault_are_refused(name: str) -> None:
    for fields in ({"after_bytes": 1}, {"at": -1}, {"amount": 0}, {"direction": "up"}):
        with pytest.raises(LocalError):
            asked(made(name), "fault", name="link:drop", **cast("dict[str, Json]", fields))


def test_a_name_of_both_is_the_devices_own() -> None:
    ssi = made("ssi")
    cast("FaultyLine", ssi.twin).connected()
    asked(ssi, "fault", name="drop")
    assert said(asked(ssi, "scan", payload="123").effects) == b"", "the packet is lost"
    other = made("ssi")
    cast("FaultyLine", other.twin).connected()
    asked(other, "fault", name="link:drop", direction="out")
    whole = said(asked(made("ssi"), "scan", payload="123").effects)
    assert said(asked(other, "scan", payload="123").effects) == whole[1:], "a byte is lost"


def test_what_a_scanner_reads_goes_through_its_line() -> None:
    device = made("scanner", "--line-fault", "truncate@out:0x2")
    assert device.scan is not None
    assert said(device.scan(b"12345")) == b"1234"
    assert said(device.scan(b"12345")) == b"12345\r"


def test_a_usb_device_is_pulled_and_enumerates_anew() -> None:
    device = made("scanner", "--model", "honeywell-hidpos", "--usbip", "127.0.0.1:0")
    function = cast("OnUsb", device.twin).function
    gone, back = threading.Event(), threading.Event()

    def changed() -> None:
        (back if function.present else gone).set()

    function.listen(changed)
    assert asked(device, "fault", name="no-read").answer == {}
    with pytest.raises(LocalError, match="each report has a CRC"):
        asked(device, "fault", name="link:garble")
    asked(device, "fault", name="re_enumerate", amount=50)
    assert gone.wait(10)
    assert back.wait(10)


def test_a_device_with_a_faulty_line_keeps_it() -> None:
    device = made("printer")
    assert with_faults(device) is device


class Watched(Scanner):
    """A scanner that says when somebody has opened its port."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = threading.Semaphore(0)

    def connected(self) -> Effects:
        self.opened.release()
        return super().connected()


@pytest.mark.parametrize("named", [True, False])
def test_enumerated_anew_a_serial_device_is_at_another_pty(tmp_path: Path, named: bool) -> None:
    link = str(tmp_path / "port") if named else None
    twin = Watched()
    line = FaultyLine(twin, serial=True)
    with Bench() as bench:
        first = bench.pty("scanner", line, link)
        before = Path(first).resolve()
        assert twin.opened.acquire(timeout=10)
        with serial.Serial(first, timeout=10) as port:
            bench.call("scanner", lambda: line.outward(twin.scan("1")))
            assert port.read(2) == b"1\r"
        bench.call("scanner", lambda: line.plan(LinePlan(LineFault.RE_ENUMERATE, amount=20)))
        assert twin.opened.acquire(timeout=10), "it is there again"
        again = bench.address("scanner")
        assert (again == first) is named
        assert Path(again).resolve() != before
        with serial.Serial(again, timeout=10) as port:
            bench.call("scanner", lambda: line.outward(twin.scan("2")))
            assert port.read(2) == b"2\r"
