"""The same devices at every level, by clients that know nothing of us: pyserial, sockets, pyusb."""

from __future__ import annotations

import escpos.printer
import pytest
import serial.rfc2217
import usb.core

from pos_guard.ports.hid import HidPort
from pos_guard_simulator import till
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend
from tests.plugin.plugin_run import passes, run

pytest_plugins = ["pytester"]

LOADED = (escpos.printer, serial.rfc2217, usb.core, HidPort, SimulatedBackend, till)

PRINTER = """
SERIAL = ("memory", "pty", "rfc2217")
@pytest.mark.parametrize(
    "level", [pytest.param(level, marks=pytest.mark.pos(level=level)) for level in SERIAL]
)
def test_serial(pos, level):
    with pos.printer.open() as port:
        port.write(BILL)
        port.write(bytes((0x10, 0x04, 0x01)))
        assert port.read(1)[0] & 0b10010011 == 0b00010010
        assert pos.printer.receipts[-1].total == 1250
        assert pos.wanted.level == level

@pytest.mark.pos(level="tcp", printer="xprinter-80")
def test_network(printer):
    from escpos.printer import Network
    app = Network(printer.host, printer.port, profile="TM-T88V")
    app.text("Hello\\n"); app.qr("https://example.org", native=True); app.cut(); app.close()
    receipt = printer.next_receipt()
    assert receipt.text.startswith("Hello")
    assert receipt.codes == ["https://example.org"]

@pytest.mark.pos(level="usb")
def test_usb(pos):
    from escpos.printer import Usb
    assert pos.printer.address == "usb:04b8:0e15"
    backend = {"backend": pos.usb_backend}
    app = Usb(0x04B8, 0x0E15, usb_args=backend, timeout=1000, profile="TM-T88V")
    app.open(); app.text("Hello\\n"); app.cut()
    assert [receipt.text for receipt in pos.printer.receipts] == ["Hello"]
    with pos.fault("paper_out"):
        assert app.paper_status() == 0
    assert app.paper_status() == 2
    app.close()
"""


def test_a_printer_at_every_level(pytester: pytest.Pytester) -> None:
    passes(pytester, PRINTER, 5)


SCANNER = """
SERIAL = ("memory", "pty", "rfc2217")
@pytest.mark.parametrize(
    "level", [pytest.param(level, marks=pytest.mark.pos(level=level)) for level in SERIAL]
)
def test_serial(pos, level):
    with pos.scanner.open() as port:
        assert pos.scan("6901234567892", symbology="]E0")
        assert port.read_until(b"\\r") == b"6901234567892\\r"

@pytest.mark.pos(level="tcp")
def test_network(pos):
    with socket.create_connection((pos.scanner.host, pos.scanner.port), 5) as line:
        assert pos.scan(b"caf\\xe9")
        assert line.recv(16) == b"caf\\xe9\\r"

@pytest.mark.pos(level="usb", scanner="honeywell-hidpos")
def test_usb(pos):
    from pos_guard.ports.hid import HidPort
    from pos_guard.ports.usb_find import UsbPlace
    pos.scanner
    port = HidPort.open(UsbPlace(scheme="hid"), backend=pos.usb_backend)
    assert pos.scan("6901234567892", symbology="]E0")
    assert b"6901234567892" in port.read(64, 1.0)
    port.close()
    pos.scanner.unplug()
    assert not pos.scan("1")
"""


def test_a_scanner_at_every_level(pytester: pytest.Pytester) -> None:
    passes(pytester, SCANNER, 5)


TERMINAL = """
from pos_guard_simulator import till

def link(framing):
    return till.ZvtLink(framing, currency=978, answer_seconds=5.0, result_seconds=5.0)

def pays(terminal, line):
    terminal.decline(666, code="6C")
    assert line.pay(1250).approved
    assert not line.pay(666).approved
    assert [(one.kind, one.amount) for one in terminal.moved] == [("sale", 1250)]
    terminal.decline()
    assert not line.pay(1250).approved
    terminal.approve()
    assert line.pay(1250).approved

@pytest.mark.pos(level="tcp")
def test_network(terminal):
    line = link(till.TcpFraming(till.TcpLine(terminal.host, terminal.port)))
    pays(terminal, line)
    line.close()

def test_pty(terminal):
    line = link(till.SerialFraming(till.SerialLine(terminal.address, 115200), ack_seconds=5.0))
    pays(terminal, line)
    line.close()

@pytest.mark.pos(level="usb", terminal="zvt")
def test_usb(terminal):
    assert terminal.address.startswith("usb:")

@pytest.mark.parametrize("profile", ["caisse-ap", "nexi-p17", "pax-poslink", "transbank"])
@pytest.mark.pos(level="memory")
def test_others(request, profile):
    request.node.add_marker(pytest.mark.pos(terminal=profile))
    terminal = request.getfixturevalue("terminal")
    terminal.approve(); terminal.decline(100); terminal.goes_silent(200, moved=True)
    assert terminal.moved == []
    with pytest.raises(ValueError, match="is none of"):
        terminal.answers("dance")
    with pytest.raises(ValueError, match="is none of"):
        terminal.fault("dance")
"""


def test_a_payment_terminal(pytester: pytest.Pytester) -> None:
    passes(pytester, TERMINAL, 7)


HOST = """
from pos_guard_simulator import till

def test_wechat(pos):
    client = till.WeChatClient(pos.host.url, mchid="1900000109", currency="CNY", seconds=5.0)
    pos.host.decline(200)
    assert client.pay("ORDER001", "134650000000000001", 100).approved
    assert not client.pay("ORDER002", "134650000000000002", 200).approved
    assert [(one.kind, one.amount) for one in pos.host.moved] == [("paid", 100)]

@pytest.mark.pos(level="usb", host="iso8583-ascii")
def test_an_acquirer_is_on_the_network(pos_host):
    assert pos_host.port > 0
    pos_host.answers("decline:51", amount=100)
    assert pos_host.moved == []

@pytest.mark.pos(level="usb", levels={"printer": "memory"})
def test_a_level_of_one_device(pos):
    assert pos.printer.address.startswith("sim://")
    assert pos.scanner.address.startswith("usb:")
"""


def test_a_payment_host(pytester: pytest.Pytester) -> None:
    passes(pytester, HOST, 3)


WRONG = """
@pytest.mark.pos(level="cloud")
def test_level(pos): ...
@pytest.mark.pos(levels={"drawer": "pty"})
def test_device(pos): ...
@pytest.mark.pos(printer="laser")
def test_printer(pos): ...
@pytest.mark.pos(colour="red")
def test_option(pos): ...
@pytest.mark.pos(clock="lunar")
def test_clock(pos): ...
@pytest.mark.pos("usb")
def test_place(pos): ...
@pytest.mark.pos(timed="no")
def test_flag(pos): ...
@pytest.mark.pos(host="iso8583-cup,dance=1")
def test_host_option(pos): pos.host
@pytest.mark.pos(scanner="honeywell-hidpos")
def test_usb_only(pos): pos.scanner
"""


def test_what_is_not_there_is_an_error_that_names_what_is(pytester: pytest.Pytester) -> None:
    result = run(pytester, WRONG)
    result.assert_outcomes(errors=7, failed=2)
    for line in (
        "*no level 'cloud', only: memory, pty, tcp, rfc2217, usb",
        "*no device 'drawer', only: printer, scanner, terminal, host",
        "*no printer model or profile 'laser', only: *epson*xprinter-80",
        "*no option of @pytest.mark.pos named 'colour', only: level*",
        "*no clock 'lunar', only: running, frozen",
        "*takes names: pos(level=*",
        "*timed is True or False, not 'no'",
        "*dance*",
        "*honeywell-hidpos is on the USB only*",
    ):
        result.stdout.fnmatch_lines(["*" + line])
