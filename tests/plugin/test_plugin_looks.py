"""What a test can read of the devices, and what it can do to them by hand."""

from __future__ import annotations

import pytest
import zxingcpp
from escpos.printer import Dummy

from pos_guard_simulator import paper_image, scanner_picture
from tests.plugin.plugin_run import passes

pytest_plugins = ["pytester"]

LOADED = (Dummy, paper_image, scanner_picture, zxingcpp)

PAPER = """
def test_the_paper(pos, tmp_path):
    from escpos.printer import Dummy
    app = Dummy(profile="TM-T88V")
    app.set(bold=True); app.text("Thank you\\n")
    app.qr("https://example.org/17", native=True, size=6)
    app.cashdraw(2); app.cut(); app.text("next\\n")
    with pos.printer.open() as port:
        port.write(app.output)
        port.write(bytes((0x1b, 0x3d, 2)) + b"\\x0cTOTAL 12.50" + bytes((0x1b, 0x3d, 1)))
        receipt = pos.printer.receipts[0]
        assert pos.printer.display.startswith("TOTAL 12.50")
    assert receipt.lines[0].runs[0].style == ("bold",)
    assert pos.printer.paper.lines[0].text == "Thank you"
    assert pos.printer.paper.loose == "next"
    assert not receipt.claims_paid
    assert pos.printer.paper.image.height > receipt.image.height
    assert pos.printer.drawer_pulses == 1
    assert pos.printer.faults == {"drawer_open"}
    assert "Thank you" in repr(receipt) and "next" in repr(pos.printer.paper)
    assert [one.text for one in pos.printer.receipts[:5]] == [receipt.text]
    receipt.png(tmp_path / "receipt.png")
    with pos.scanner.open() as port:
        assert pos.scanner.scan_picture(tmp_path / "receipt.png")
        assert port.read_until(b"\\r") == b"https://example.org/17\\r"

def test_no_paper_has_no_picture(printer):
    from pos_guard.errors import LocalError
    with pytest.raises(LocalError, match="nothing was printed"):
        printer.paper.image

@pytest.mark.pos(drawer=False, printer="xprinter-80")
def test_a_printer_that_beeps(printer):
    from escpos.printer import Dummy
    app = Dummy(profile="TM-T88V")
    app.buzzer(times=2, duration=1)
    with printer.open() as port:
        port.write(app.output)
        assert printer.beeps >= 1
"""


def test_paper_drawer_and_display(pytester: pytest.Pytester) -> None:
    passes(pytester, PAPER, 3)


SCANNER = """
@pytest.mark.pos(level="memory", scanner="honeywell-serial")
def test_a_trigger_and_a_complaint(pos):
    with pos.scanner.open(timeout=0) as port:
        port.write(b"\\x16\\x07\\r")
        pos.scanner.pull_trigger()
        assert pos.scanner.beeps == 1

@pytest.mark.pos(level="memory")
def test_time_between_bytes(pos):
    with pos.scanner.open(timeout=5) as port, pos.fault("slow"):
        pos.scan("4711")
        assert port.read(5) == b"4711\\r"

@pytest.mark.pos(level="memory")
def test_time_passes_by_hand(pos):
    with pos.scanner.open(timeout=0) as port, pos.fault("merged"):
        pos.scan("4711")
        assert port.read(8) == b""
        pos.clock.advance(1)
        assert port.read(8) == b"4711\\r"

@pytest.mark.pos(level="memory")
def test_a_cable_that_is_pulled_within_a_scan(pos):
    with pos.scanner.open(timeout=5) as port, pos.fault("unplug", device="scanner"):
        pos.scan("4711")
        assert port.read(2) == b"47"
        with pytest.raises(serial.SerialException):
            port.read(1)
"""


def test_scanner(pytester: pytest.Pytester) -> None:
    passes(pytester, SCANNER, 4)


SHOP = """
def test_a_guard_in_the_app(pos):
    from pos_guard import Intent, IntentKind, Tender
    assert pos.shop.sign_in("anna") and not pos.shop.sign_in("nobody")
    pos.shop.order(1250, "17")
    refund = Intent(IntentKind.REFUND, Tender.CARD, 1250, "EUR")
    decision = pos.guard.judge(refund, link="app")
    assert not decision.allowed
    assert set(pos.shop.pins) == {"anna", "ben", "maya"}

@pytest.mark.pos(currency="CNY", clock="frozen")
def test_another_currency_on_a_clock_that_stands(pos):
    pos.power_cut()
    assert pos.shop.sign_in("maya")
"""


def test_shop(pytester: pytest.Pytester) -> None:
    passes(pytester, SHOP, 2)
