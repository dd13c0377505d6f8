"""What a test lets happen: faults, pulled cables, power cuts, time."""

from __future__ import annotations

import pytest

from tests.plugin.plugin_run import passes

pytest_plugins = ["pytester"]

FAULTS = """
LINES = b"".join(b"line %d\\n" % n for n in range(1, 7))

def test_paper_runs_out(pos):
    pos.fault("paper_out", after_lines=3)
    with pos.printer.open() as port:
        port.write(LINES)
        pos.settle()
        assert "line 3" in pos.printer.paper.text and "line 4" not in pos.printer.paper.text
        port.write(bytes((0x10, 0x04, 0x04)))
        assert port.read(1)[0] & 0b01100000 == 0b01100000
        pos.printer.clear("paper_out")
        pos.printer.expect("line 6")

def test_a_fault_ends_with_its_block(printer):
    with printer.fault("cover_open"):
        assert printer.faults == {"cover_open"}
    assert printer.faults == set()

def test_bytes_get_lost(printer):
    printer.fault("drop", at=4, amount=2)
    with printer.open() as port:
        port.write(b"abcdefgh\\n")
    printer.expect("abcdgh")

def test_a_scanner_that_stutters(pos):
    with pos.scanner.open() as port, pos.fault("double", device="scanner"):
        assert pos.scan("4711")
        assert port.read(10) == b"4711\\r4711\\r"

def test_a_scanner_that_reads_nothing(pos):
    with pos.fault("no-read"):
        assert not pos.scan("4711")

def test_what_a_device_does_not_have(pos):
    with pytest.raises(ValueError, match="printer and scanner have 'unplug'"):
        pos.fault("unplug")
    with pytest.raises(ValueError, match="there is no fault 'rust', only: .*paper_out"):
        pos.fault("rust")
    with pytest.raises(ValueError, match="only: printer, scanner, terminal, host"):
        pos.fault("paper_out", device="drawer")
    with pytest.raises(ValueError, match="is none of"):
        pos.fault("paper_out", device="terminal")
    with pytest.raises(ValueError, match="prints no lines"):
        pos.fault("no-read", after_lines=1)
    with pytest.raises(ValueError, match="counts bytes"):
        pos.fault("stall", after_lines=1)
    with pytest.raises(ValueError, match="counts after_lines"):
        pos.printer.fault("cover_open", at=3)

ENQUIRY = bytes.fromhex("050100")  # ZVT: status enquiry, answered with 80 00 and more

@pytest.mark.pos(level="tcp")
def test_the_line_of_a_terminal(pos):
    pos.terminal.fault("link:garble", at=0, direction="out", amount=1)
    with socket.create_connection((pos.terminal.host, pos.terminal.port), 5) as line:
        line.sendall(ENQUIRY)
        assert line.recv(1) != bytes((0x80,))
    with pos.fault("stall", device="terminal"):
        line = socket.create_connection((pos.terminal.host, pos.terminal.port), 5)
        line.sendall(ENQUIRY)
        pos.settle()
    assert line.recv(1) == bytes((0x80,))
    line.close()

@pytest.mark.pos(level="usb")
def test_a_word_of_a_terminal_on_the_usb(terminal):
    with terminal.fault("lost"):
        pass
    with pytest.raises(ValueError, match="is none of"):
        terminal.fault("stall")

@pytest.mark.pos(level="usb")
def test_the_usb_corrects_its_own_errors(pos):
    with pytest.raises(ValueError, match="only: unplug"):
        pos.printer.fault("garble")
"""


def test_faults(pytester: pytest.Pytester) -> None:
    passes(pytester, FAULTS, 9)


CABLES = """
@pytest.mark.parametrize("level", [
    pytest.param(level, marks=pytest.mark.pos(level=level)) for level in ("memory", "pty")
])
def test_a_cable_is_pulled_and_put_back(printer, level):
    port = printer.open()
    address = printer.address
    printer.unplug()
    with pytest.raises((serial.SerialException, OSError)):
        port.write(b"lost"); port.read(1)
    port.close()
    with pytest.raises(serial.SerialException):
        printer.open()
    printer.plug()
    assert printer.address == address
    with printer.open() as port:
        port.write(BILL)
        assert printer.receipts[-1].order_id == "17"

def test_a_power_cut_loses_what_was_not_printed(pos):
    pos.shop.sign_in("anna")
    before = pos.clock.boot_id
    key = pos.shop.order(1250, "17")
    with pos.printer.open() as port:
        port.write(b"no line end")
        pos.settle()
        pos.power_cut(seconds=60)
        port.write(b"again\\n")
        pos.printer.expect("again")
    assert "no line end" not in pos.printer.paper.text
    assert pos.clock.boot_id != before
    assert pos.shop.order(1250, "17") == key

@pytest.mark.pos(level="tcp")
def test_a_power_cut_resets_connections(pos):
    line = socket.create_connection((pos.printer.host, pos.printer.port), 5)
    line.sendall(b"one\\n")
    pos.printer.expect("one")
    pos.power_cut()
    assert line.recv(1) == b""
    line.close()
"""


def test_cables_and_power(pytester: pytest.Pytester) -> None:
    passes(pytester, CABLES, 4)


TIME = """
@pytest.mark.pos(level="memory", clock="frozen", timed=True)
def test_time_stands_still(pos):
    with pos.printer.open() as port:
        port.write(BILL)
        assert len(pos.printer.receipts) == 0
        before = pos.clock.boot_us()
        pos.clock.advance(10)
        assert pos.clock.boot_us() == before + 10_000_000
        assert len(pos.printer.receipts) == 1

@pytest.mark.parametrize("level", [
    pytest.param(level, marks=pytest.mark.pos(level=level, timed=True)) for level in ("pty", "usb")
])
def test_a_minute_passes_at_once(pos, level):
    if level == "pty":
        port = pos.printer.open()
        write, close = port.write, port.close
    else:
        from escpos.printer import Usb
        pos.printer
        backend = {"backend": pos.usb_backend}
        app = Usb(0x04B8, 0x0E15, usb_args=backend, timeout=1000, profile="TM-T88V")
        app.open()
        write, close = app._raw, app.close
    pos.fault("paper_near_end", after_lines=1)
    write(b"".join(b"%d\\n" % n for n in range(100)))
    pos.settle()
    pos.clock.advance(60)
    assert "99" in pos.printer.paper.text
    close()

@pytest.mark.pos(level="memory", clock="frozen")
def test_devices_wait_by_that_clock(pos):
    pos.fault("merged", device="scanner")
    with pos.scanner.open(timeout=0) as port:
        pos.scan("1")
        pos.clock.advance(0.25)
        assert port.read(8) == b""
        pos.clock.advance(0.25)
        assert port.read(8) == b"1\\r"

def test_time_does_not_go_back(pos):
    with pytest.raises(ValueError, match="does not go back"):
        pos.clock.advance(-1)
    before = pos.clock.wall_us()
    pos.clock.step_wall(-3600)
    assert pos.clock.wall_us() < before
"""


def test_time(pytester: pytest.Pytester) -> None:
    passes(pytester, TIME, 5)
