"""The CUPS backend as cupsd starts it: arguments, environment, descriptors; daemon and twin."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from ctypes.util import find_library
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pos_guard_simulator.printer import Fault
from tests.integration.cups_shop import (
    BILL,
    LAUNCH,
    PAID,
    CupsShop,
    channels,
    cups_shop,
    end,
    receipt,
)

SECONDS = 60.0


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[CupsShop]:
    with cups_shop(tmp_path) as made:
        yield made


def test_a_bill_is_printed_and_proved(shop: CupsShop) -> None:
    done = shop.print(BILL)
    assert (done.code, done.said("ERROR")) == (0, [])
    assert done.said("PAGE") == ["1 1"]
    assert [("NOT PAID" in slip.text) for slip in shop.slips()] == [True]


def test_paid_without_a_payment_is_cancelled_with_words(shop: CupsShop) -> None:
    assert shop.print(BILL).code == 0
    done = shop.print(PAID)
    assert done.code == 5
    assert done.said("PAGE") == []
    assert len(done.said("ERROR")) == 1
    assert "\nPAID" not in shop.slips()[-1].text
    chinese = shop.print(PAID, lang="zh_CN.UTF-8").said("ERROR")
    assert any("一" <= char <= "鿿" for char in chinese[0])


def test_paid_after_the_payment_is_printed_and_later_ones_are_copies(shop: CupsShop) -> None:
    assert shop.print(BILL).code == 0
    shop.pay()
    done = shop.print(PAID)
    assert (done.code, done.said("PAGE")) == (0, ["1 1"])
    assert "\nPAID" in shop.slips()[-1].text
    assert shop.print(PAID).code == 0
    assert shop.print(PAID).code == 0
    assert "REPRINT 1" in shop.slips()[-1].text


def test_each_copy_of_a_file_is_judged_and_proved(shop: CupsShop) -> None:
    done = shop.print(BILL, copies=3)
    assert (done.code, done.said("PAGE")) == (0, ["1 1", "2 1", "3 1"])
    assert len(shop.slips()) == 3
    refused = shop.print(PAID, copies=3)
    assert (refused.code, refused.said("PAGE")) == (5, [])
    assert len(shop.slips()) == 4  # one slip that says why; the other copies were never sent


def test_a_job_by_pipe_is_sent_in_one_go_though_the_filter_pauses(shop: CupsShop) -> None:
    backend = shop.start("8", "anna", "receipt", "9", "")
    assert backend.stdin is not None
    backend.stdin.write(BILL[:60].decode())
    backend.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        backend.wait(0.8)  # longer than the link's idle time, within the filter's pause
    done = end(backend, BILL[60:].decode())
    assert (done.code, done.said("PAGE")) == (0, ["1 1"])
    assert len(shop.slips()) == 1


def test_an_empty_job_prints_nothing(shop: CupsShop) -> None:
    assert end(shop.start("9", "anna", "receipt", "1", "")).code == 0
    assert shop.print(b"").code == 0
    assert shop.slips() == []


def test_a_job_without_a_cut_is_judged_and_proved_too(shop: CupsShop) -> None:
    assert shop.print(BILL[:-4]).code == 0
    done = shop.print(PAID[:-4])
    assert (done.code, done.said("PAGE")) == (5, [])


def test_no_paper_before_the_job_leaves_it_to_the_error_policy(shop: CupsShop) -> None:
    shop.fail(Fault.PAPER_OUT)
    done = shop.print(BILL, options="&wait=1")
    assert done.code == 1
    assert "+media-empty-error" in done.said("STATE")
    shop.mend(Fault.PAPER_OUT)
    assert shop.slips() == []
    done = shop.print(BILL)
    assert done.code == 0
    assert "-media-empty-error" in done.said("STATE")


def test_paper_that_ends_within_the_job_is_unknown_and_held(shop: CupsShop) -> None:
    shop.fail(Fault.PAPER_OUT, after_lines=2)
    done = shop.print(BILL, options="&wait=2")
    assert done.code == 3
    assert "+media-empty-error" in done.said("STATE")
    assert done.said("PAGE") == []


def test_new_paper_in_time_finishes_the_job(shop: CupsShop) -> None:
    shop.fail(Fault.PAPER_OUT, after_lines=2)
    path = shop.directory / "job.bin"
    path.write_bytes(BILL)
    backend = shop.start("7", "anna", "receipt", "1", "", str(path))
    wait_for(backend, "STATE: +media-empty-error")
    shop.mend(Fault.PAPER_OUT)
    done = end(backend)
    assert (done.code, done.said("PAGE")) == (0, ["1 1"])
    assert len(shop.slips()) == 1


def test_of_two_receipts_in_one_job_the_good_one_is_printed(shop: CupsShop) -> None:
    done = shop.print(BILL + PAID)
    assert (done.code, len(done.said("ERROR")), done.said("PAGE")) == (5, 1, [])
    assert ["Coffee" in slip.text for slip in shop.slips()] == [True, False]


def test_a_long_picture_is_printed_and_proved(shop: CupsShop) -> None:
    rows = 2000
    picture = b"\x1dv0\x00\x48\x00" + rows.to_bytes(2, "little") + bytes(range(72)) * rows
    done = shop.print(b"\x1b@Menu\n" + picture + b"\x1dV\x42\x00")
    assert (done.code, done.said("ERROR")) == (0, [])
    assert [f"x{rows}]" in slip.text for slip in shop.slips()] == [True]


def test_a_closed_cover_is_waited_for(shop: CupsShop) -> None:
    shop.fail(Fault.COVER_OPEN)
    path = shop.directory / "job.bin"
    path.write_bytes(BILL)
    backend = shop.start("7", "anna", "receipt", "1", "", str(path))
    wait_for(backend, "STATE: +cover-open-error")
    shop.mend(Fault.COVER_OPEN)
    assert end(backend).code == 0
    assert len(shop.slips()) == 1


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become somebody else")
def test_a_user_who_may_not_print_there_stops_the_queue() -> None:
    with TemporaryDirectory(prefix="pg-cups-") as made:
        Path(made).chmod(0o755)
        with cups_shop(Path(made)) as shop:
            (shop.directory / "guard.toml").chmod(0o644)
            path = shop.directory / "job.bin"
            path.write_bytes(BILL)
            path.chmod(0o644)
            backend = shop.start("7", "a", "t", "1", "", str(path), launch=AS_NOBODY + LAUNCH)
            done = end(backend)
            assert (done.code, shop.slips()) == (4, [])
            assert "mode 0700" in done.said("ERROR")[0]


AS_NOBODY = """
import asyncio, os, pos_guard.cups, pos_guard.cups.backend
os.setgroups([]), os.setgid(65534), os.setuid(65534)
"""


def test_without_a_daemon_nothing_is_lost(shop: CupsShop) -> None:
    shop.daemon.terminate()
    shop.daemon.wait(SECONDS)
    done = shop.print(BILL, options="&wait=1")
    assert done.code == 1
    assert "+connecting-to-device" in done.said("STATE")
    assert "pos-guard" in done.said("ERROR")[0]


def test_a_daemon_that_dies_while_a_job_is_open_leaves_it_unknown(shop: CupsShop) -> None:
    shop.fail(Fault.COVER_OPEN, after_lines=2)
    path = shop.directory / "job.bin"
    path.write_bytes(BILL)
    backend = shop.start("7", "anna", "receipt", "1", "", str(path))
    wait_for(backend, "STATE: +cover-open-error")
    shop.daemon.kill()
    assert end(backend).code == 3


def test_while_another_till_prints_the_queue_waits(shop: CupsShop) -> None:
    with socket.socket(socket.AF_UNIX) as till:
        till.connect(str(shop.directory / "run" / "cups"))
        assert shop.print(BILL, options="&wait=1").code == 1
    assert shop.print(BILL).code == 0
    assert len(shop.slips()) == 1


def test_a_cancelled_job_is_not_printed_before_it_was_sent(shop: CupsShop) -> None:
    shop.fail(Fault.COVER_OPEN)
    path = shop.directory / "job.bin"
    path.write_bytes(BILL)
    backend = shop.start("7", "anna", "receipt", "1", "", str(path))
    wait_for(backend, "STATE: +cover-open-error")
    backend.send_signal(signal.SIGTERM)
    done = end(backend)
    assert done.code == 5
    assert "nothing was printed" in done.said("ERROR")[0]
    shop.mend(Fault.COVER_OPEN)
    assert shop.print(receipt("NOT PAID", "B-1")).code == 0
    assert [("B-1" in slip.text) for slip in shop.slips()] == [True]


def test_a_cancelled_job_that_was_sent_says_that_it_may_be_printed(shop: CupsShop) -> None:
    shop.fail(Fault.PAPER_OUT, after_lines=2)
    path = shop.directory / "job.bin"
    path.write_bytes(BILL)
    backend = shop.start("7", "anna", "receipt", "1", "", str(path))
    wait_for(backend, "STATE: +media-empty-error")
    backend.send_signal(signal.SIGTERM)
    done = end(backend)
    assert done.code == 5
    assert "may be printed" in done.said("ERROR")[0]


def test_a_job_that_ends_within_a_command_is_held(shop: CupsShop) -> None:
    done = shop.print(BILL + b"\x1dv0\x00\x10\x00\x40\x00" + bytes(100))
    assert done.code == 3
    assert len(done.said("WARNING")) == 1
    assert len(shop.slips()) == 1
    assert shop.print(BILL).code == 0  # the rest of that command was not waited for


def test_answers_that_the_document_asked_for_are_not_taken_for_the_proof(shop: CupsShop) -> None:
    back, side, back_end, side_end = channels()
    with back, side, back_end, side_end:
        path = shop.directory / "job.bin"
        path.write_bytes(b"\x1dr\x01\x1dI\x01" + BILL)
        ends = (back_end.fileno(), side_end.fileno())
        done = end(shop.start("7", "a", "t", "1", "", str(path), channels=ends))
        assert (done.code, len(shop.slips())) == (0, 1)
        assert back.recv(16)[:1] == b"\x00"  # GS r 1: there is paper


def test_filters_ask_over_the_side_channel(shop: CupsShop) -> None:
    back, side, back_end, side_end = channels()
    with back, side, back_end, side_end:
        side.settimeout(SECONDS)
        ends = (back_end.fileno(), side_end.fileno())
        backend = shop.start("7", "a", "t", "1", "", channels=ends)
        assert backend.stdin is not None
        assert ask(side, 8) == (1, b"\x00")  # not connected: there is nothing to print
        backend.stdin.write(BILL.decode())
        backend.stdin.flush()
        assert ask(side, 2) == (1, b"")  # drained: the link has it
        assert ask(side, 8) == (1, b"\x01")
        assert ask(side, 3) == (1, b"\x01")
        assert ask(side, 5) == (1, b"\x01")
        status, name = ask(side, 4)
        assert (status, b"CMD:ESC/POS;" in name) == (1, True)
        assert ask(side, 6, b".1.3.6.1\x00") == (7, b"")
        assert end(backend).code == 0


def ask(side: socket.socket, command: int, data: bytes = b"") -> tuple[int, bytes]:
    """One request as libcups sends it; its status and data."""
    side.sendall(bytes((command, 0)) + len(data).to_bytes(2, "big") + data)
    packet = side.recv(65536)
    assert packet[0] == command
    assert int.from_bytes(packet[2:4], "big") == len(packet) - 4
    return packet[1], packet[4:]


# A filter that uses CUPS' own library: prints a question of its own, and reads both channels.
FILTER = """
import ctypes, os, sys
cups = ctypes.CDLL("libcups.so.2")
os.write(1, bytes.fromhex(sys.argv[3]))
for channel, fd in enumerate(map(int, sys.argv[1:3]), 3):
    os.dup2(os.dup(fd), channel)
seconds = ctypes.c_double(20.0)
def request(command):
    data, size = ctypes.create_string_buffer(1024), ctypes.c_int(1024)
    status = cups.cupsSideChannelDoRequest(command, data, ctypes.byref(size), seconds)
    return status, data.raw[: size.value]
os.close(1)
said = [request(2), request(3), request(4), request(6)]
answer = ctypes.create_string_buffer(16)
size = cups.cupsBackChannelRead(answer, ctypes.c_size_t(16), seconds)
print(said, answer.raw[:size], file=sys.stderr)
"""


@pytest.mark.skipif(find_library("cups") is None, reason="libcups2 is not installed")
def test_a_filter_with_cups_own_library_is_answered_on_both_channels(shop: CupsShop) -> None:
    back, side, back_end, side_end = channels()
    job = b"\x1dr\x01" + BILL  # the filter asks for paper, and reads the answer
    with back, side, back_end, side_end:
        ours = (back.fileno(), side.fileno())
        with subprocess.Popen(
            [sys.executable, "-c", FILTER, *map(str, ours), job.hex()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=ours,
        ) as made:
            assert made.stdout is not None
            ends = (back_end.fileno(), side_end.fileno())
            backend = shop.start("7", "a", "t", "1", "", stdin=made.stdout.fileno(), channels=ends)
            made.stdout.close()
            assert made.stderr is not None
            said = made.stderr.read()
        assert end(backend).code == 0
    assert said.startswith("[(1, b''), (1, b'\\x01'), (1, b'MFG:pos-guard;"), said
    assert said.endswith("CMD:ESC/POS;CLS:PRINTER;'), (7, b'')] b'\\x00'\n"), said
    assert len(shop.slips()) == 1


def wait_for(backend: subprocess.Popen[str], line: str) -> None:
    """Until the backend says this; the test's time limit is the deadline."""
    assert backend.stderr is not None
    while (said := backend.stderr.readline()) != line + "\n":
        assert said, f"the backend ended without {line}"


def test_a_model_with_process_ids_proves_by_them(tmp_path: Path) -> None:
    with cups_shop(tmp_path, 'model = "epson-80"', model="epson-80") as shop:
        assert shop.print(BILL).code == 0
        assert shop.print(PAID).code == 5
        assert len(shop.slips()) == 2


def test_a_printer_that_never_answers_gets_the_job_and_nobody_claims_more(tmp_path: Path) -> None:
    with cups_shop(tmp_path) as shop:
        done = shop.print(BILL[:-4], options="&proof=none")
        assert done.code == 0
        assert "cannot say" in done.said("INFO")[-1]
        refused = shop.print(PAID[:-4], options="&proof=none")
        assert refused.code == 5


def test_a_printer_that_is_away_is_no_success(tmp_path: Path) -> None:
    with cups_shop(tmp_path, printer_at="127.0.0.1:1") as shop:
        asked = shop.print(BILL, options="&wait=1")
        assert (asked.code, "+offline-report" in asked.said("STATE")) == (1, True)
        unasked = shop.print(BILL, options="&proof=none")
        assert unasked.code == 3
        assert "not all was printed" in unasked.said("ERROR")[0]


def test_a_receipt_that_waits_for_its_payment_is_printed_after_it(tmp_path: Path) -> None:
    with cups_shop(tmp_path, 'refused = "hold"\nwait_ms = 20000') as shop:
        assert shop.print(BILL).code == 0
        path = shop.directory / "job.bin"
        path.write_bytes(PAID)
        with shop.socket() as listener:
            events = listener.events(SECONDS)
            backend = shop.start("7", "anna", "receipt", "1", "", str(path))
            next(event for event in events if event["event"] == "told")
        shop.pay()
        done = end(backend)
        assert (done.code, done.said("PAGE")) == (0, ["1 1"])
        assert "\nPAID" in shop.slips()[-1].text


def test_a_receipt_whose_payment_never_comes_is_cancelled(tmp_path: Path) -> None:
    with cups_shop(tmp_path, 'refused = "hold"\nwait_ms = 600') as shop:
        assert shop.print(BILL).code == 0
        done = shop.print(PAID)
        assert (done.code, done.said("PAGE")) == (5, [])
        assert "\nPAID" not in shop.slips()[-1].text
