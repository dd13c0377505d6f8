"""``pos-guard simulate printer``: as a print program and a test meet it."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path

import serial
import zxingcpp
from PIL import Image

from pos_guard_simulator.paper_slip import Slip
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.simulate_printer import SlipWriter
from pos_guard_simulator.simulated_printer import SlipWatch
from tests.simulator.simulate_process import Control, simulating

CUT = b"\x1dVB\x00"
STATUS = b"\x10\x04\x01"
ONLINE, OFFLINE = b"\x12", b"\x1a"  # DLE EOT 1: bit 3


def qr(payload: bytes) -> bytes:
    """GS ( k, functions 180 and 181 (Epson's reference): store and print a QR code."""
    size = (len(payload) + 3).to_bytes(2, "little")
    return b"\x1d(k" + size + b"1P0" + payload + b"\x1d(k\x03\x001Q0"


def read(port: serial.Serial, count: int) -> bytes:
    return bytes(port.read(count))


def test_a_serial_client_prints_and_each_receipt_is_a_picture_and_a_text(tmp_path: Path) -> None:
    out, link = tmp_path / "out", tmp_path / "printer"
    with simulating("printer", "--pty", str(link), "--out", str(out)) as printer:
        assert printer.ready["device"] == "printer"
        assert printer.ready["profile"] == "epson"
        assert printer.pty == str(link)
        with serial.Serial(str(link), timeout=10) as port:
            port.write(b"\x1b@First\n" + qr(b"PGSALE:T1-000001") + CUT + b"Second\n" + CUT)
            port.write(b"Hanging out\n" + STATUS)
            assert read(port, 1) == ONLINE
    assert not link.is_symlink()
    names = [f"{number:04d}.{end}" for number in (1, 2, 3) for end in ("png", "txt")]
    assert sorted(file.name for file in out.iterdir()) == names
    assert (out / "0001.txt").read_text("utf-8") == "First\n[QR: PGSALE:T1-000001]\n"
    assert (out / "0002.txt").read_text("utf-8") == "Second\n"
    assert (out / "0003.txt").read_text("utf-8") == "Hanging out\n"
    with Image.open(out / "0001.png") as picture:
        assert [code.text for code in zxingcpp.read_barcodes(picture)] == ["PGSALE:T1-000001"]


def test_paper_runs_out_after_so_many_lines_and_the_rest_waits(tmp_path: Path) -> None:
    control = tmp_path / "control"
    with (
        simulating("printer", "--tcp", "127.0.0.1:0", "--fault", "paper_out:2",
                   "--control", str(control)) as printer,
        socket.create_connection(printer.address, timeout=10) as till,
        Control(control) as test,
    ):  # fmt: skip
        till.sendall(b"one\ntwo\nthree\n" + CUT + STATUS)
        assert till.recv(1) == OFFLINE
        assert test.ask("paper") == {"first": 1, "slips": [], "loose": "one\ntwo"}
        assert test.ask("state")["faults"] == ["paper_out"]
        test.ask("clear", name="paper_out")
        assert test.ask("paper") == {"first": 1, "slips": ["one\ntwo\nthree"], "loose": ""}
        test.ask("fault", name="cover_open")
        till.sendall(b"\x10\x04\x02")
        assert till.recv(1)[0] & 0x04  # DLE EOT 2: bit 2, cover open


def test_drawer_and_display_are_told_and_a_stopped_printer_takes_no_more_than_its_buffer(
    tmp_path: Path,
) -> None:
    control = tmp_path / "control"
    big = b"x\n" * 10_000  # more than the printer's buffer of 4 kB
    with (
        simulating("printer", "--tcp", "127.0.0.1:0", "--fault", "cover_open",
                   "--control", str(control)) as printer,
        socket.create_connection(printer.address, timeout=10) as till,
        Control(control) as test,
    ):  # fmt: skip
        till.sendall(STATUS)
        assert till.recv(1) == OFFLINE
        till.sendall(b"\x1bp\x00\x19\xfa\x1b=\x02\x0cTOTAL 1.00\x1b=\x01" + big + CUT + STATUS)
        test.ask("clear", name="cover_open")
        assert till.recv(1) == ONLINE  # it stood behind all the rest
        state = test.ask("state")
        assert (state["display"], state["drawer"], state["lost"]) == ("TOTAL 1.00\n", 1, 0)
        assert [len(slip) for slip in test.ask("paper")["slips"]] == [len(big) - 1]


def test_the_control_socket_is_ours_alone_and_goes_at_the_end(tmp_path: Path) -> None:
    control = tmp_path / "control"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(control))
    with simulating("printer", "--control", str(control), end=signal.SIGINT) as printer:
        assert printer.ready["control"] == str(control)
        assert control.stat().st_mode & 0o777 == 0o600
    assert not control.exists()


def test_what_the_control_socket_cannot_do_is_said(tmp_path: Path) -> None:
    control = tmp_path / "control"
    with simulating("printer", "--control", str(control)):
        with Control(control) as test:
            assert "only: clear, fault, lines, paper, picture, plug, state" in test.fail(
                "scan", payload="1"
            )
            assert "paper_out" in test.fail("fault", name="fire")
            assert "at most 10000" in test.fail("fault", name="cutter", after_lines=10_001)
            assert "unknown field: after_lines" in test.fail("fault", name="drop", after_lines=3)
            assert "takes no amount" in test.fail("fault", name="stall", amount=3)
            assert "none of" in test.fail("clear", name="fire")
            assert "unknown field: lines" in test.fail("paper", lines=3)
            assert test.raw(b"{]\n")["error"]["code"] == "bad-json"
            assert test.raw(b"[]\n")["error"]["code"] == "bad-json"
            assert test.raw(b'{"op": 7}\n')["error"]["code"] == "bad-request"
            assert test.raw(b"{}\n")["error"]["code"] == "bad-request"
            assert test.ask("state")["lost"] == 0
            assert test.raw(b"x" * 70_000)["error"]["code"] == "too-long"
        with Control(control) as another:
            assert another.ask("state")["drawer"] == 0


def test_a_folder_is_continued_and_a_failure_reported(tmp_path: Path) -> None:
    (tmp_path / "0007.txt").write_text("from before", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not ours", encoding="utf-8")
    said: list[str] = []
    heard = threading.Event()

    def report(text: str) -> None:
        said.append(text)
        heard.set()

    writer = SlipWriter(tmp_path, report)
    (tmp_path / "0009.png").mkdir()
    for text in (b"eight\n", b"nine\n"):
        printer = ReceiptPrinter()
        printer.data(text + CUT)
        writer.add(printer.paper.receipts[0])
    assert heard.wait(10)
    writer.close()
    assert (tmp_path / "0008.txt").read_text("utf-8") == "eight\n"
    assert len(said) == 1
    assert "0009.png" in said[0]


def test_the_watch_sees_each_slip_once_also_when_old_ones_went() -> None:
    printer = ReceiptPrinter()
    watch = SlipWatch(printer)
    seen: list[Slip] = []
    for first in range(0, 1200, 300):
        for number in range(first, first + 300):
            printer.data(b"%d\n" % number + CUT)
        seen += watch.fresh()
    assert [slip.text for slip in seen] == [str(number) for number in range(1200)]
    assert watch.fresh() == []
