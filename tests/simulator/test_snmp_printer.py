"""A printer's status by SNMP: what print queues are told of each fault, and who asks so."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import CliRunner

from pos_guard.clock import ManualClock
from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.commands import simulate
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup
from pos_guard_simulator.snmp.ber import Oid, Tag
from pos_guard_simulator.snmp.message import Value
from pos_guard_simulator.snmp.printer_agent import printer_facts
from pos_guard_simulator.snmp.printer_view import PrinterNow, printer_view
from pos_guard_simulator.snmp.view import View, octets, text, ticks, whole
from tests.simulator.simulate_process import ENVIRONMENT, Control, Device, command, simulating

REQUIRED = "POS_GUARD_REQUIRE_CLIENTS"
BACKENDS = (Path("/usr/lib/cups/backend/snmp"), Path("/usr/lib/cups/backend-available/snmp"))
LOOPBACK = "127.0.16.1"
"""An address of this machine at which nobody else has port 161."""

HR: Oid = (1, 3, 6, 1, 2, 1, 25, 3)
PRT: Oid = (1, 3, 6, 1, 2, 1, 43)
PPM: Oid = (1, 3, 6, 1, 4, 1, 2699, 1, 2)
STATUSES = [(*HR, 2, 1, 5, 1), (*HR, 5, 1, 1, 1), (*HR, 5, 1, 2, 1)]
"""What Windows asks for every few minutes (emupos 0.4, windows_queue/snmp.py)."""


def view(printer: ReceiptPrinter, *, printing: bool = False, tcp: str = "10.0.0.5:9100") -> View:
    now = PrinterNow(printer.condition, printing, 4711)
    return printer_view(printer_facts(printer, "epson", tcp), now)


def shown(seen: View) -> tuple[Value, ...]:
    return tuple(seen.get(name) for name in STATUSES)


@pytest.mark.parametrize(
    ("faults", "device", "printer", "bits", "alerts"),
    [
        ((), 2, 3, 0, []),
        ((Fault.PAPER_NEAR_END,), 3, 3, 0x80, [807]),
        ((Fault.PAPER_OUT,), 5, 1, 0x40, [808]),
        ((Fault.PAPER_NEAR_END, Fault.PAPER_OUT), 5, 1, 0x40, [808]),
        ((Fault.COVER_OPEN,), 5, 1, 0x08, [3]),
        ((Fault.COVER_OPEN_PRINTING,), 5, 1, 0x08, [3]),
        ((Fault.CUTTER,), 5, 1, 0x04, [8]),
        ((Fault.WAITING,), 5, 1, 0x02, [22]),
        ((Fault.FEED_BUTTON,), 5, 1, 0x02, [22]),
        ((Fault.LOW_VOLTAGE,), 5, 1, 0x02, [22]),
        ((Fault.PAPER_NEAR_END, Fault.WAITING), 5, 1, 0x82, [807, 22]),
        ((Fault.RECOVERABLE,), 5, 1, 0x01, [29]),
        ((Fault.UNRECOVERABLE,), 5, 1, 0x01, [30]),
        ((Fault.HEAD_HOT,), 5, 1, 0x01, [36]),
        ((Fault.DRAWER_OPEN,), 2, 3, 0, []),
        ((Fault.PAPER_NEAR_END, Fault.COVER_OPEN), 5, 1, 0x88, [807, 3]),
    ],
)
def test_every_fault_is_told(
    faults: tuple[Fault, ...], device: int, printer: int, bits: int, alerts: list[int]
) -> None:
    """States by the table of RFC 3805 2.2.13.2, bits of RFC 2790, codes of IANA-PRINTER-MIB."""
    twin = ReceiptPrinter()
    for fault in faults:
        twin.fail(fault)
    seen = view(twin)
    assert shown(seen) == (whole(device), whole(printer), octets(bytes((bits,))))
    column: Oid = (*PRT, 18, 1, 1, 7)
    codes, name = list[Value](), column
    while (found := seen.after(name))[0][:-2] == column:
        name, code = found
        codes.append(code)
    assert codes == [whole(code) for code in alerts]


def test_it_prints_as_long_as_its_time_runs() -> None:
    twin = ReceiptPrinter(printer_model("epson"), Setup(timed=True), ManualClock())
    assert shown(view(twin, printing=twin.deadline_us is not None))[1] == whole(3)
    twin.data(b"one\n")
    assert shown(view(twin, printing=twin.deadline_us is not None))[1] == whole(4)


def test_a_roll_and_a_cover_have_levels_and_states() -> None:
    twin = ReceiptPrinter()
    level, cover = (*PRT, 8, 2, 1, 10, 1, 1), (*PRT, 6, 1, 1, 3, 1, 1)
    assert (view(twin).get(level), view(twin).get(cover)) == (whole(-3), whole(4))
    twin.fail(Fault.PAPER_OUT)
    twin.fail(Fault.COVER_OPEN)
    assert (view(twin).get(level), view(twin).get(cover)) == (whole(0), whole(3))


@pytest.mark.parametrize(
    ("tcp", "uri"),
    [
        ("10.0.0.5:9100", "socket://10.0.0.5:9100"),
        ("[::1]:9100", "socket://[::1]:9100"),
        ("0.0.0.0:9100", ""),
        ("[::]:9100", ""),
    ],
)
def test_the_port_monitor_names_what_can_be_dialled(tcp: str, uri: str) -> None:
    seen = view(ReceiptPrinter(), tcp=tcp)
    assert seen.get((*PPM, 1, 3, 1, 1, 4, 1, 1)) == text(uri)
    assert seen.get((*PPM, 1, 3, 1, 1, 6, 1, 1)) == whole(9100)


def test_a_walk_sees_every_object_once_and_in_order() -> None:
    seen, names = view(ReceiptPrinter()), list[Oid]()
    name: Oid = (0, 0)
    while (found := seen.after(name))[1].tag is not Tag.END_OF_VIEW:
        name = found[0]
        names.append(name)
    assert names == sorted(set(names))
    assert len(names) > 40
    assert seen.get((1, 3, 6, 1, 2, 1, 1, 3, 0)) == ticks(4711)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--snmp", "127.0.0.1:0"), "--snmp is for network printers: --tcp"),
        (("--tcp", "127.0.0.1:0", "--snmp", "161"), "write HOST:PORT"),
    ],
)
def test_where_it_cannot_be_it_says_so(arguments: tuple[str, ...], says: str) -> None:
    done = CliRunner().invoke(simulate, ["printer", *arguments])
    assert done.exit_code == 2
    assert says in " ".join(done.stderr.split())


def test_a_port_that_is_taken_ends_it() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{other.getsockname()[1]}"
        done = CliRunner().invoke(simulate, ["printer", "--tcp", "127.0.0.1:0", "--snmp", place])
    assert done.exit_code == 2
    assert f"--snmp {place}: Address already in use" in " ".join(done.stderr.split())


def missing(what: str) -> NoReturn:
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED}=1, and {what}")
    pytest.skip(what)


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


class NetSnmp:
    """net-snmp's programs in front of one agent."""

    def __init__(self, address: str) -> None:
        self.address = address

    def said(self, program: str, version: str, *arguments: str) -> str:
        done = run(program, f"-v{version}", "-cpublic", "-On", "-t5", self.address, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def statuses(self) -> list[str]:
        names = (".".join(map(str, name)) for name in STATUSES)
        lines = self.said("snmpget", "1", *names).splitlines()
        return [line.partition(" = ")[2].strip() for line in lines]


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Device, Control]]:
    control = tmp_path_factory.mktemp("snmp") / "control"
    places = ("--tcp", "127.0.0.1:0", "--snmp", "127.0.0.1:0", "--control", str(control))
    with simulating("printer", *places) as device, Control(control) as test:
        yield device, test


@pytest.fixture
def net_snmp(printer: tuple[Device, Control]) -> NetSnmp:
    if shutil.which("snmpget") is None:
        missing("there is no net-snmp on this machine (Debian: snmp)")
    return NetSnmp(printer[0].ready["addresses"]["snmp"])


def test_net_snmp_sees_what_happens(printer: tuple[Device, Control], net_snmp: NetSnmp) -> None:
    _, test = printer
    assert net_snmp.statuses() == ["INTEGER: 2", "INTEGER: 3", "Hex-STRING: 00"]
    test.ask("fault", name="cover_open")
    assert net_snmp.statuses() == ["INTEGER: 5", "INTEGER: 1", "Hex-STRING: 08"]
    test.ask("clear", name="cover_open")
    assert net_snmp.statuses() == ["INTEGER: 2", "INTEGER: 3", "Hex-STRING: 00"]


def test_net_snmp_walks_all_of_it(net_snmp: NetSnmp) -> None:
    def values(said: str) -> list[str]:
        return [line for line in said.splitlines() if "Timeticks" not in line]

    one_by_one = values(net_snmp.said("snmpwalk", "2c", "-Ov", "1.3.6.1"))
    assert values(net_snmp.said("snmpbulkwalk", "2c", "-Ov", "-Cr50", "1.3.6.1")) == one_by_one
    assert len(one_by_one) > 40
    assert one_by_one[0] == 'STRING: "EPSON TM-T20II"'


def test_windows_first_question_is_answered(net_snmp: NetSnmp) -> None:
    """GETNEXT of the port monitor MIB: whoever answers with anything else has none."""
    said = net_snmp.said("snmpgetnext", "1", ".".join(map(str, PPM)))
    assert said.startswith(".1.3.6.1.4.1.2699.1.2.1.1.1.0 =")


def test_switched_off_it_is_silent(printer: tuple[Device, Control], net_snmp: NetSnmp) -> None:
    _, test = printer
    test.ask("fault", name="power_off")
    done = run("snmpget", "-v1", "-cpublic", "-t0.2", "-r0", net_snmp.address, "1.3.6.1.2.1.1.1.0")
    assert "No Response" in done.stderr
    test.ask("clear", name="power_off")
    assert net_snmp.statuses()[0] == "INTEGER: 2"


def test_cups_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CUPS asks port 161 only, which is for root."""
    (tmp_path / "snmp.conf").write_text("MaxRunTime 1\n")
    monkeypatch.setenv("CUPS_SERVERROOT", str(tmp_path))
    backend = next((path for path in BACKENDS if path.exists()), None)
    if backend is None:
        missing("there is no CUPS on this machine (Debian: cups)")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((LOOPBACK, 161))
        except OSError as error:
            pytest.skip(f"{LOOPBACK}:161: {error.strerror}")
    with simulating("printer", "--tcp", "127.0.0.1:0", "--snmp", f"{LOOPBACK}:161") as device:
        found = run(str(backend), LOOPBACK).stdout
    host, port = device.address
    assert f'network socket://{host}:{port} "EPSON TM-T20II" "EPSON TM-T20II" "MFG:EPSON;' in found


def test_a_scenario_names_it_for_the_app(tmp_path: Path) -> None:
    file = tmp_path / "queue.toml"
    file.write_text('[device.bon]\nkind = "printer"\nlevel = "tcp"\nsnmp = "127.0.0.1:0"\n')
    app = ("sh", "-c", 'test -n "$1" && test "$1" = "$POS_BON_SNMP"', "sh", "{bon.snmp}")
    done = subprocess.run(
        command("simulate", "scenario", str(file), "--", *app),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
