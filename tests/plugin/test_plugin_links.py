"""``pos.scanner.fault``: what goes wrong between a scanner and the app, at each level."""

from __future__ import annotations

import pytest

from tests.plugin.plugin_run import passes

pytest_plugins = ["pytester"]

LINES = """
from contextlib import closing
from pos_guard.errors import LocalError

@pytest.mark.parametrize("level", [
    pytest.param(level, marks=pytest.mark.pos(level=level))
    for level in ("memory", "pty")
])
def test_a_byte_of_a_scan_is_lost(pos, level):
    with pos.scanner.open() as port:
        pos.scanner.fault("link:drop", at=2)
        assert pos.scan("4711")
        assert port.read(4) == b"471\\r"
        with pos.fault("link:stall", device="scanner"):
            assert pos.scan("4712")
        assert port.read(5) == b"4712\\r", "cleared, it comes"

@pytest.mark.pos(level="tcp")
def test_a_byte_at_a_tcp_port_comes_late_and_twice(pos):
    with socket.create_connection((pos.scanner.host, pos.scanner.port), 5) as line:
        pos.settle()
        pos.scanner.fault("link:duplicate", at=1)
        pos.scan("4711")
        assert line.recv(9) == b"47711\\r"

@pytest.mark.pos(level="usb")
def test_a_serial_scanner_on_the_usb_has_its_line(pos):
    from pos_guard.ports.cdc_acm import CdcPort
    from pos_guard.ports.usb_find import UsbPlace

    assert pos.scanner.address
    with closing(CdcPort.open(UsbPlace(scheme="cdc"), backend=pos.usb_backend)) as port:
        pos.scanner.fault("link:truncate", amount=2)
        pos.scan("4711")
        assert port.read(9, 5) == b"471"

def test_own_faults_go_first_and_take_no_place(pos):
    with pos.scanner.fault("cut"), pos.scanner.open() as port:
        pos.scan("4711")
        assert port.read(2) == b"47"
    with pytest.raises(ValueError, match="no fault of a link"):
        pos.scanner.fault("cut", at=3)
    with pytest.raises(ValueError, match="is not a valid Direction"):
        pos.scanner.fault("link:drop", direction="up")
    with pytest.raises(LocalError, match="only: .*no-read"):
        pos.scanner.fault("link:rust")
"""

REPORTS = """
import errno, usb.core

@pytest.mark.pos(level="usb", scanner="honeywell-hidpos")
def test_a_report_is_lost_and_the_endpoint_refuses(pos):
    pos.scanner.fault("link:drop", at=1)
    found = usb.core.find(backend=pos.usb_backend)
    found.detach_kernel_driver(0)
    pos.scan("0123456789" * 20)
    for piece in (0, 2, 3):
        assert b"%d" % (piece * 56 % 10) == found.read(0x81, 64, 1000).tobytes()[5:6]
    with pos.scanner.fault("link:stall"):
        pos.scan("4711")
        with pytest.raises(usb.core.USBError) as caught:
            found.read(0x81, 64, 1000)
        assert caught.value.errno == errno.EPIPE
    assert b"4711" in found.read(0x81, 64, 1000).tobytes()

@pytest.mark.pos(level="usb", scanner="generic-wedge")
def test_what_no_bus_lets_through_is_refused_with_its_reason(pos):
    with pytest.raises(ValueError, match="each report has a CRC"):
        pos.fault("link:garble", device="scanner")
    pos.scanner.fault("link:drop", at=1, amount=2)
    pos.scan("12")
    found = usb.core.find(backend=pos.usb_backend)
    found.detach_kernel_driver(0)
    keys = [found.read(0x81, 8, 1000)[2] for _ in range(3)]
    assert keys == [0x1E, 0, 0x28], "1, a release, Enter: the 2 was never pressed"
"""


def test_lines(pytester: pytest.Pytester) -> None:
    passes(pytester, LINES, 5)


def test_reports(pytester: pytest.Pytester) -> None:
    passes(pytester, REPORTS, 2)
