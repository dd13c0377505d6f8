"""What a simulated receipt printer must do, statement by statement, on ports that a till opens.

Each name is a statement about real printers. Sources: Epson's command reference (real-time
commands, GS ( D, GS ( H, GS a, GS r), TM-U295 specification (real-time commands inside other data),
TM-T88III specification (cover errors, paper end), TM-T70II manual (XON and XOFF among answers); the
90 seconds of network printers: ESC-POS-.NET's notes; a job that an unfinished picture swallows:
receiptio, which sends 8,192 NULs because of it.
"""

from __future__ import annotations

import pytest

from pos_guard.clock import ManualClock
from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.bench import Bench, Second
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup
from pos_guard_simulator.simulated_printer import PrinterSeat
from tests.simulator.test_bench import dial

EOT, PAPER, ROLL = b"\x10\x04\x01", b"\x1dr\x01", b"\x10\x04\x04"
PULSE = b"\x10\x14\x01\x00\x01"
RASTER = b"\x1dv0\x00\x08\x00\x02\x00"  # 8 bytes by 2 rows follow


def held(fault: Fault) -> ReceiptPrinter:
    """A printer that is stopped, with data that waits."""
    printer = ReceiptPrinter()
    printer.fail(fault)
    printer.data(b"waits\n")
    return printer


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.COVER_OPEN, 0x1A),
        (Fault.PAPER_OUT, 0x1A),
        (Fault.CUTTER, 0x1A),
        (Fault.UNRECOVERABLE, 0x1A),
    ],
)
def test_real_time_commands_act_on_arrival_when_it_is_offline_or_in_error(
    fault: Fault, status: int
) -> None:
    assert held(fault).data(EOT) == bytes([status])


def test_and_when_its_buffer_is_full() -> None:
    printer = held(Fault.PAPER_OUT)
    printer.data(b"x" * printer.room)
    assert printer.room == 0
    assert printer.data(ROLL) == b"\x7e"


def test_and_when_it_is_deselected() -> None:
    assert ReceiptPrinter().data(b"\x1b=\x02" + EOT) == b"\x12"


def test_and_when_their_bytes_stand_inside_the_data_of_another_command() -> None:
    printer = ReceiptPrinter()
    assert printer.data(RASTER + b"\xff" * 4 + EOT + PULSE + b"\xff" * 4) == b"\x12"
    assert [pulse.realtime for pulse in printer.pulses] == [True]
    assert printer.data(b"after\n") == b""
    assert printer.paper.text == "[image 64x2]\nafter\n"


def test_gs_d_before_graphics_is_the_cure_for_the_pulse() -> None:
    printer = ReceiptPrinter()
    printer.data(b"\x1d(D\x03\x00\x14\x01\x00" + RASTER + PULSE + bytes(11))
    assert printer.pulses == []


def test_a_real_time_command_within_another_command_is_taken_as_its_parameter() -> None:
    printer = ReceiptPrinter()
    printer.data(b"\x1b!")
    printer.data(EOT)  # 10h is the n of ESC !: double height
    printer.data(b"tall\n")
    (run,) = printer.paper.lines[0].runs
    assert run.style == ("1x2",)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (PAPER, b"\x00"),
        (b"\x1dI\x42", b"\x5fEPSON\x00"),
        (b"\x1da\x02", b"\x10\x00\x00\x00"),
        (b"\x1d(H\x06\x00\x30\x300001", b"\x37\x220001\x00"),
    ],
    ids=["GS r", "GS I", "GS a", "GS ( H"],
)
class TestThroughTheReceiveBuffer:
    def test_it_is_delayed_by_earlier_data(self, question: bytes, answer: bytes) -> None:
        clock = ManualClock()
        printer = ReceiptPrinter(printer_model("epson"), Setup(timed=True), clock)
        assert printer.data(b"one\ntwo\n" + question) == b""
        said = b""
        while printer.deadline_us is not None:
            clock.advance((printer.deadline_us - clock.boot_us()) / 1_000_000)
            said += printer.tick()
        assert said == answer

    def test_it_is_not_executed_while_it_is_stopped(self, question: bytes, answer: bytes) -> None:
        printer = held(Fault.COVER_OPEN)
        assert printer.data(question) == b""
        assert printer.clear(Fault.COVER_OPEN) == answer


def test_gs_i_is_answered_in_its_turn_whatever_follows_it() -> None:
    assert ReceiptPrinter().data(b"\x1dI\x42text\n" + PAPER) == b"\x5fEPSON\x00\x00"


def test_of_process_ids_only_the_latest_is_kept_and_cleared_data_is_never_acknowledged() -> None:
    printer = ReceiptPrinter()
    printer.data(b"line\x1d(H\x06\x00\x30\x300001\x1d(H\x06\x00\x30\x300002")
    assert printer.data(b"\n") == b"\x37\x220002\x00"
    printer.fail(Fault.CUTTER)
    printer.data(b"gone\n\x1d(H\x06\x00\x30\x300003")
    assert printer.data(b"\x10\x05\x02") == b""  # DLE ENQ 2: recover and clear
    assert printer.clear(Fault.CUTTER) == b""
    assert "gone" not in printer.paper.text


def test_at_paper_end_it_is_offline_and_prints_what_it_held_on_the_new_roll() -> None:
    printer = held(Fault.PAPER_OUT)
    assert printer.data(EOT + ROLL) == b"\x1a\x7e"
    assert printer.paper.text == ""
    printer.clear(Fault.PAPER_OUT)
    assert printer.paper.text == "waits\n"


@pytest.mark.parametrize(("needs_enq", "error"), [(False, 0x52), (True, 0x16)])
def test_a_cover_opened_while_printing_is_an_error_of_either_kind(
    needs_enq: bool, error: int
) -> None:
    setup = Setup(timed=True, cover_needs_enq=needs_enq)
    printer = ReceiptPrinter(printer_model("epson"), setup, ManualClock())
    printer.data(b"one\ntwo\n")
    printer.fail(Fault.COVER_OPEN)
    assert printer.data(b"\x10\x04\x03") == bytes([error])


def test_nothing_prints_before_its_line_is_ended() -> None:
    printer = ReceiptPrinter()
    printer.data(b"Buffered, not printed")
    assert printer.paper.text == ""
    printer.data(b"\n")
    assert printer.paper.text == "Buffered, not printed\n"


def test_on_a_serial_line_dle_eot_and_automatic_status_do_not_wait_for_dsr_and_gs_r_does() -> None:
    printer = ReceiptPrinter(setup=Setup(handshake="dtr"))
    printer.data(b"\x1da\xff")
    printer.host_ready(ready=False)
    assert printer.data(PAPER + EOT) == b"\x12"
    assert printer.fail(Fault.COVER_OPEN).hex() == "38000000"
    printer.clear(Fault.COVER_OPEN)
    assert b"\x00" in printer.host_ready(ready=True)


def test_xon_and_xoff_stand_among_the_answers() -> None:
    printer = ReceiptPrinter(setup=Setup(handshake="xonxoff"))
    assert printer.data(EOT) == b"\x11\x12"
    assert printer.fail(Fault.COVER_OPEN) == b"\x13"
    assert printer.clear(Fault.COVER_OPEN) == b"\x11"


def test_after_an_unfinished_picture_the_next_job_is_swallowed_until_the_count_is_reached() -> None:
    printer = ReceiptPrinter()
    printer.data(RASTER + b"\xff" * 10)  # six bytes are missing
    printer.data(b"\x1b@next job\n")
    assert "next job" not in printer.paper.text
    assert "job" in printer.paper.text


@pytest.mark.parametrize("second", ["wait", "refuse"])
def test_a_network_printer_has_one_session_and_a_second_client_waits_or_is_refused(
    second: Second,
) -> None:
    with Bench() as bench:
        address = bench.tcp("printer", PrinterSeat(ReceiptPrinter()), second=second)
        with dial(address) as first, dial(address) as other:
            first.sendall(EOT)
            assert first.recv(1) == b"\x12"
            other.sendall(EOT)
            if second == "wait":
                first.close()
            assert other.recv(1) == (b"\x12" if second == "wait" else b"")


def test_a_network_printer_hangs_up_on_who_is_idle() -> None:
    with Bench() as bench:
        seat = PrinterSeat(ReceiptPrinter(), idle_s=0.05)
        with dial(bench.tcp("printer", seat)) as host:
            host.sendall(EOT)
            assert host.recv(1) == b"\x12"
            assert host.recv(1) == b"", "after 90 seconds on the real ones"
