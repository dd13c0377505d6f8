"""The printer twin on real ports: somebody else's library, a full buffer, a second client."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pos_guard.clock import SystemClock
from pos_guard_simulator.bench import Bench, Second
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.line_faults import LineFault, LinePlan
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup
from pos_guard_simulator.simulated_printer import PrinterSeat
from tests.simulator.simulate_process import Control, simulating

pytestmark = [
    # python-escpos reads its own data with importlib.resources.path, which newer Pythons deprecate.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:escpos"),
    pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning"),
]

STATUS = b"\x10\x04\x01"
ONLINE, OFFLINE = b"\x12", b"\x1a"
SECONDS = 60.0


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench() as bench:
        yield bench


def dial(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def heard(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (part := client.recv(count - len(data))):
        data += part
    return data


@pytest.mark.parametrize("port", ["tcp", "pty"])
def test_python_escpos_sees_a_printer(bench: Bench, port: str, tmp_path: Path) -> None:
    from escpos import printer as escpos

    twin = ReceiptPrinter()
    seat = PrinterSeat(twin)
    client: Any
    if port == "tcp":
        host, _, number = bench.tcp("printer", seat).rpartition(":")
        client = escpos.Network(host, int(number), timeout=SECONDS)
    else:
        path = bench.pty("printer", seat, str(tmp_path / "port"))
        client = escpos.Serial(devfile=path, timeout=0.1)
    assert client.is_online() is True
    assert client.paper_status() == 2
    for fault, online, paper in (
        (Fault.PAPER_NEAR_END, True, 1),
        (Fault.PAPER_OUT, False, 0),
        (Fault.COVER_OPEN, False, 2),
        (Fault.HEAD_HOT, False, 2),
    ):
        bench.call("printer", lambda fault=fault: seat.fail(fault))  # type: ignore[misc]
        assert (client.is_online(), client.paper_status()) == (online, paper), fault
        bench.call("printer", lambda fault=fault: seat.clear(fault))  # type: ignore[misc]
    client.text("Total 12.50\n")
    client.qr("https://example.com", native=True)
    client.cashdraw(2)
    client.cut()
    assert client.is_online() is True
    assert [slip.text for slip in twin.paper.receipts] == ["Total 12.50\n[QR: https://example.com]"]
    assert len(twin.pulses) == 1
    client.close()


def test_a_full_printer_holds_the_host_up_and_loses_nothing(bench: Bench) -> None:
    picture = b"\x1dv0\x00\x48\x00\xff\x08" + bytes(0x48 * 0x08FF)
    twin = ReceiptPrinter()
    seat = PrinterSeat(twin)
    with dial(bench.tcp("printer", seat)) as host:
        bench.call("printer", lambda: seat.fail(Fault.COVER_OPEN))
        sent = _send_until_held_up(host, picture)
        assert bench.ask(lambda: twin.room) == 0
        bench.call("printer", lambda: seat.clear(Fault.COVER_OPEN))
        host.sendall(picture[sent % len(picture) :] + STATUS)
        assert heard(host, 1) == ONLINE
    assert twin.lost == 0
    assert twin.paper.text == "[image 576x2303]\n" * (sent // len(picture) + 1)


def test_a_bench_is_cleared_away_while_a_host_is_held_up() -> None:
    seat = PrinterSeat(ReceiptPrinter())
    seat.fail(Fault.COVER_OPEN)
    with Bench() as bench:
        host = dial(bench.tcp("printer", seat))
        _send_until_held_up(host, bytes(1 << 16))
    with host:
        host.settimeout(SECONDS)
        with pytest.raises(OSError, match=r"reset|Broken"):
            host.sendall(bytes(1 << 24))


def _send_until_held_up(host: socket.socket, unit: bytes) -> int:
    """Send it again and again until the other side takes no more; how much it took."""
    sent = 0
    host.settimeout(0.2)
    try:
        while sent < 1 << 26:
            sent += host.send(unit[sent % len(unit) :])
    except TimeoutError:
        host.settimeout(SECONDS)
        return sent
    raise AssertionError("it took 64 MiB")


def test_time_runs_on_a_real_port(bench: Bench) -> None:
    twin = ReceiptPrinter(setup=Setup(timed=True, interface="tcp"), clock=SystemClock())
    with dial(bench.tcp("printer", PrinterSeat(twin))) as host:
        host.sendall(b"one\ntwo\n\x1d(H\x06\x00\x30\x300001" + STATUS)
        assert heard(host, 8) == ONLINE + b"\x37\x220001\x00"
    assert twin.paper.text == "one\ntwo\n"


@pytest.mark.parametrize("second", ["wait", "refuse", "newest"])
def test_a_second_client(bench: Bench, second: Second) -> None:
    address = bench.tcp("printer", PrinterSeat(ReceiptPrinter()), second=second)
    with dial(address) as first, dial(address) as other:
        if second == "newest":
            other.sendall(STATUS)
            assert heard(other, 1) == ONLINE
            assert heard(first, 1) == b""
            return
        first.sendall(STATUS)
        assert heard(first, 1) == ONLINE
        if second == "refuse":
            assert heard(other, 1) == b""
        else:
            other.sendall(STATUS)
            other.settimeout(0.2)
            with pytest.raises(TimeoutError):
                other.recv(1)
            first.close()
            other.settimeout(SECONDS)
            assert heard(other, 1) == ONLINE


def test_a_silent_client_is_hung_up_on_and_another_gets_in(bench: Bench) -> None:
    seat = PrinterSeat(ReceiptPrinter(), idle_s=0.2)
    address = bench.tcp("printer", seat, second="wait")
    with dial(address) as first, dial(address) as other:
        first.sendall(STATUS)
        assert heard(first, 1) == ONLINE
        other.sendall(STATUS)
        assert heard(first, 1) == b""
        assert heard(other, 1) == ONLINE


def test_a_cable_pulled_at_a_byte_and_a_new_connection(bench: Bench) -> None:
    twin = ReceiptPrinter()
    line = FaultyLine(PrinterSeat(twin))
    line.plan(LinePlan(LineFault.UNPLUG, 4))
    address = bench.tcp("printer", line)
    with dial(address) as host:
        host.sendall(b"one\ntwo\n")
        assert heard(host, 1) == b""
    with dial(address) as host:
        host.sendall(b"three\n" + STATUS)
        assert heard(host, 1) == ONLINE
    assert twin.paper.text == "one\nthree\n"


def test_faults_by_option_and_by_control_socket(tmp_path: Path) -> None:
    control = tmp_path / "control"
    with (
        simulating("printer", "--tcp", "127.0.0.1:0", "--control", str(control),
                   "--profile", "xprinter-80", "--fault", "drop@1", "--fault", "garble@out:1",
                   "--fault", "cutter@2", "--drawer", "--idle-seconds", "90") as printer,
        socket.create_connection(printer.address, timeout=SECONDS) as till,
        Control(control) as test,
    ):  # fmt: skip
        assert printer.ready["profile"] == "xprinter-80"
        till.sendall(STATUS + STATUS + STATUS)
        assert heard(till, 1) == ONLINE  # the first question had lost a byte
        assert heard(till, 1) != ONLINE
        till.sendall(b"\none\ntwo\n" + STATUS)
        assert heard(till, 1) == OFFLINE
        assert test.ask("state")["faults"] == ["cutter"]
        test.ask("clear", name="cutter")
        test.ask("fault", name="stall", direction="out")
        till.sendall(STATUS + b"\x1bp\x00\x19\xfa")
        test.ask("clear", name="stall")
        assert heard(till, 1) == ONLINE
        test.ask("fault", name="half_open", at=3)
        till.sendall(STATUS * 2)
        assert heard(till, 1)[0] & 0x08 == 0
        till.settimeout(0.2)
        with pytest.raises(TimeoutError):
            till.recv(1)


def test_idle_seconds_are_for_networks() -> None:
    from click.testing import CliRunner

    from pos_guard_simulator.simulate import printer

    result = CliRunner().invoke(printer, ["--pty", "--idle-seconds", "5"])
    assert result.exit_code == 2
    assert "--tcp" in result.output
