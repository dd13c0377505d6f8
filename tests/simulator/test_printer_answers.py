"""What the printer twin answers in blocks, and the commands that say what it may do.

Sources: Epson's reference (GS I, GS ( H, GS ( k 82, GS ( L, GS ( D, DLE DC4), TM-U230 manual page
578 (power-on notice), page 424 of the TM-L90 guide (GS ( D before a power-off request).
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import segno

from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.paper_items import Line
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup

CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
POWER_DOWN = b"\x10\x14\x02\x01\x08"
PULSE = b"\x10\x14\x01\x00\x01"


def process_id(name: bytes) -> bytes:
    """GS ( H 48."""
    return b"\x1d(H\x06\x00\x30\x30" + name


def offline_response(mode: bytes) -> bytes:
    """GS ( H 49."""
    return b"\x1d(H\x03\x00\x31\x30" + mode


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, b"\x20"), (49, b"\x20"), (2, b"\x03"), (50, b"\x03"), (3, b"\x01"), (51, b"\x01"),
        (65, b"\x5f1.00 SIM\x00"), (66, b"\x5fEPSON\x00"), (67, b"\x5fTM-T20II\x00"),
        (68, b"\x5fSIM0000001\x00"), (69, b"\x5fCHINA GB18030\x00"), (4, b""), (100, b""),
    ],
)  # fmt: skip
def test_gs_i_by_its_number(number: int, answer: bytes) -> None:
    assert ReceiptPrinter().data(b"\x1dI" + bytes((number,))) == answer


def test_gs_i_gives_other_blocks_with_their_number_and_a_clone_only_what_it_has() -> None:
    facts = {33: "two", 35: "three", 96: "six", 110: "ten"}
    printer = ReceiptPrinter(replace(printer_model("china"), identity=facts))
    for number, text in facts.items():
        block = bytes((0x3D, number)) + text.encode() + b"\x00"
        assert printer.data(b"\x1dI" + bytes((number,))) == block
    assert printer.data(b"\x1dIA\x1dIC") == b""


def test_a_model_without_cutter_or_chinese_says_so_in_its_type() -> None:
    plain = replace(printer_model("epson"), cutter="none", kanji="")
    assert ReceiptPrinter(plain).data(b"\x1dI\x02") == b"\x00"


def test_a_process_id_is_answered_when_all_before_it_is_printed() -> None:
    printer = ReceiptPrinter()
    assert printer.data(b"line" + process_id(b"0001")) == b""
    assert printer.data(b"\n") == b"\x37\x220001\x00"
    assert printer.data(process_id(b"0002")) == b"\x37\x220002\x00"


def test_of_ids_that_wait_only_the_latest_is_kept() -> None:
    printer = ReceiptPrinter()
    printer.data(b"line" + process_id(b"0001") + process_id(b"0002"))
    assert printer.data(b"\n") == b"\x37\x220002\x00"


@pytest.mark.parametrize("clears", [CLEAR, b"\x10\x05\x02"])
def test_cleared_data_is_never_acknowledged(clears: bytes) -> None:
    printer = ReceiptPrinter()
    printer.fail(Fault.CUTTER)
    printer.data(b"line\n" + process_id(b"0001"))
    assert printer.data(clears) == (b"\x37\x25\x00" if clears == CLEAR else b"")
    printer.clear(Fault.CUTTER)
    assert printer.data(b"next\n" + process_id(b"0002")) == b"\x37\x220002\x00"
    assert printer.paper.text == "next\n"


def test_the_line_that_was_open_is_cleared_too_and_the_settings_stay() -> None:
    printer = ReceiptPrinter()
    assert printer.data(b"\x1d!\x11open line" + CLEAR) == b"\x37\x25\x00"
    printer.data(b"next\n")
    assert printer.paper.text == "next\n"
    (item,) = printer.paper.loose.items
    assert isinstance(item, Line)
    assert {(char.style.width, char.style.height) for char in item.chars} == {(2, 2)}


def test_in_page_mode_an_id_waits_for_the_page_and_goes_with_it() -> None:
    printer = ReceiptPrinter()
    assert printer.data(b"\x1bLpage\n" + process_id(b"0001")) == b""
    assert printer.data(b"\x0c") == b"\x37\x220001\x00"
    assert printer.data(b"\x1bLpage\n" + process_id(b"0002") + b"\x18\x1bS") == b""
    assert printer.data(b"\x1bLpage\n" + process_id(b"0003") + b"\x1bS") == b""
    assert printer.data(b"\x1bLpage\n\x1b\x0c" + process_id(b"0004")) == b"\x37\x220004\x00"


def test_an_id_of_a_wrong_length_is_none() -> None:
    assert ReceiptPrinter().data(b"\x1d(H\x05\x00\x30\x30abc\n") == b""


def test_the_offline_response_comes_with_or_without_its_cause() -> None:
    printer = ReceiptPrinter()
    printer.data(offline_response(b"\x01"))
    assert printer.fail(Fault.PAPER_OUT) == b"\x37\x23\x00"
    printer.clear(Fault.PAPER_OUT)
    printer.data(offline_response(b"2"))
    assert printer.fail(Fault.PAPER_OUT) == b"\x37\x23\x60\x40\x00"
    assert printer.fail(Fault.CUTTER) == b""  # offline already
    assert printer.data(b"\x10\x14\x07\x04") == b"\x37\x23\x60\x48\x00"
    printer.clear(Fault.PAPER_OUT)
    printer.clear(Fault.CUTTER)
    printer.data(offline_response(b"0"))
    assert printer.fail(Fault.PAPER_OUT) == b""


def test_the_size_of_a_stored_qr_code_is_told_in_dots() -> None:
    printer = ReceiptPrinter()
    data = b"https://example.com/receipt/4711"
    stored = b"\x1d(k" + (len(data) + 3).to_bytes(2, "little") + b"1P0" + data
    asked = b"\x1d(k\x03\x001R0"
    modules = segno.make(data, error="M", micro=False, boost_error=False).symbol_size(border=0)[0]
    side = str(5 * modules).encode()
    answer = printer.data(b"\x1d(k\x03\x001C\x05\x1d(k\x03\x001E1" + stored + asked)
    assert answer == b"\x37\x36" + side + b"\x1f" + side + b"\x1f1\x1f0\x00"
    wide = printer.data(b"\x1d(k\x03\x001C\x10" + b"\x1d(k\x43\x011P0" + b"x" * 320 + asked)
    assert wide.endswith(b"\x1f1\x1f1\x00")
    assert ReceiptPrinter().data(asked) == b"\x37\x360\x1f0\x1f1\x1f1\x00"


def test_the_memory_for_pictures_is_told_and_used_up_and_given_back() -> None:
    printer = ReceiptPrinter()
    total, left = b"\x1d(L\x02\x0000", b"\x1d(L\x02\x0003"
    assert printer.data(total + left) == b"\x37\x30393216\x00\x37\x31393216\x00"
    stored = b"0C01AB1\x08\x00\x02\x001\xff\xff"
    printer.data(b"\x1d(L" + len(stored).to_bytes(2, "little") + stored)
    printer.data(b"\x1d8L" + len(stored).to_bytes(4, "little") + stored)
    rest = str(393216 - 2 * len(stored)).encode()
    assert printer.data(total + left) == b"\x37\x30393216\x00\x37\x31" + rest + b"\x00"
    printer.data(b"\x1d(L\x05\x000ACLR")
    assert printer.data(left) == b"\x37\x31393216\x00"


def test_a_power_off_request_must_be_enabled_and_is_told_before_the_end() -> None:
    printer = ReceiptPrinter(setup=Setup(power_notice=True))
    assert printer.data(POWER_DOWN + b"\x10\x04\x01") == b"\x3b\x31\x00\x12"
    printer.data(b"\x1d(D\x03\x00\x14\x02\x01")
    assert printer.data(POWER_DOWN + b"\x10\x04\x01gone\n") == b"\x3b\x30\x00"
    assert Fault.POWER_OFF in printer.faults
    assert printer.data(b"\x10\x04\x01") == b""
    assert printer.clear(Fault.POWER_OFF) == b"\x3b\x31\x00"
    assert printer.data(POWER_DOWN + b"\x10\x04\x01") == b"\x12"  # disabled again
    assert printer.paper.text == ""


def test_gs_d_is_undone_by_a_reset() -> None:
    printer = ReceiptPrinter()
    printer.data(b"\x1d(D\x05\x00\x14\x01\x00\x02\x00" + PULSE)
    assert printer.pulses == []
    printer.data(b"\x1b@" + PULSE)
    assert len(printer.pulses) == 1


def test_the_drawer_is_not_pulsed_while_an_error_is_there() -> None:
    printer = ReceiptPrinter()
    printer.fail(Fault.HEAD_HOT)
    printer.data(PULSE)
    assert printer.pulses == []
    printer.clear(Fault.HEAD_HOT)
    printer.data(PULSE)
    assert [(pulse.pin, pulse.on_ms, pulse.realtime) for pulse in printer.pulses] == [
        (2, 100, True)
    ]


def test_real_time_commands_act_while_the_printer_is_deselected() -> None:
    printer = ReceiptPrinter()
    assert printer.data(b"\x1b=\x02hidden\n\x10\x04\x01" + PULSE) == b"\x12"
    assert len(printer.pulses) == 1
    assert printer.paper.text == ""
    assert printer.data(b"\x1dr\x01") == b""  # not selected: not its command
    assert printer.data(b"\x1b=\x01\x1dr\x01") == b"\x00"


@pytest.mark.parametrize(("number", "name"), [(7, "ink"), (8, "micr"), (18, "peeler")])
def test_sensors_that_few_models_have_answer_there_only(number: int, name: str) -> None:
    ask = bytes((0x10, 0x04, number, 0x01))
    assert ReceiptPrinter().data(ask) == b""
    model = replace(printer_model("epson"), sensors=(name,))  # type: ignore[arg-type]
    assert ReceiptPrinter(model).data(ask) == b"\x12"


@pytest.mark.parametrize("number", [5, 6])
def test_a_status_that_no_model_has_is_not_answered(number: int) -> None:
    assert ReceiptPrinter().data(bytes((0x10, 0x04, number))) == b""


def test_the_buzzer_is_where_the_model_has_it() -> None:
    clone = ReceiptPrinter(printer_model("china"))
    clone.data(b"\x1bB\x03\x02")
    assert clone.beeps == 3
    assert clone.paper.text == ""
    late = ReceiptPrinter(replace(printer_model("epson"), buzzer="dle-dc4-3"))
    late.data(b"\x10\x14\x03\x01\x02\x00\x01\x01")
    assert late.beeps == 2


def test_a_host_that_is_not_ready_gets_only_what_does_not_ask() -> None:
    """A TM sends DLE EOT and automatic status without a look at DSR; GS r and GS I wait."""
    printer = ReceiptPrinter()
    assert printer.data(b"\x1da\xff")[:1] == b"\x10"
    assert printer.host_ready(ready=False) == b""
    assert printer.data(b"\x1dr\x01\x1dIB\x10\x04\x01") == b"\x12"
    assert printer.fail(Fault.COVER_OPEN).hex() == "38000000"
    assert printer.host_ready(ready=True) == b"\x00\x5fEPSON\x00"
