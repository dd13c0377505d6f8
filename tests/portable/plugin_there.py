"""Tests of an app, as users of the pytest plugin write them; test_portable_plugin runs them."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from escpos.printer import Usb

if TYPE_CHECKING:
    from pos_guard_simulator.pytest_plugin.pos import Pos

SLIP = b"Corner shop\nTOTAL EUR 12.50\n\x1dV\0"


@pytest.mark.pos(level="memory")
def test_memory(pos: Pos) -> None:
    with pos.printer.open() as line:
        line.write(SLIP)
        assert pos.printer.receipts[-1].total == 1250
    with pos.scanner.open() as line:
        assert pos.scan("4006381333931")
        assert line.read_until(b"\r").endswith(b"4006381333931\r")


@pytest.mark.pos(level="tcp")
def test_tcp(pos: Pos) -> None:
    with socket.create_connection((pos.printer.host, pos.printer.port), timeout=10) as till:
        till.sendall(SLIP)
        assert pos.printer.next_receipt().matches("slip")
    pos.printer.unplug()
    with socket.create_connection((pos.printer.host, pos.printer.port), timeout=10) as till:
        till.sendall(b"again\n\x1dV\0")
        assert "again" in pos.printer.next_receipt().text


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial 3.5
@pytest.mark.pos(level="rfc2217")
def test_rfc2217(pos: Pos) -> None:
    with pos.printer.open() as line:
        line.write(SLIP)
        assert pos.printer.next_receipt().total == 1250


@pytest.mark.pos(level="usb")
def test_usb(pos: Pos) -> None:
    vendor, product = (int(word, 16) for word in pos.printer.address.split(":")[1:])
    printer = Usb(vendor, product, usb_args={"backend": pos.usb_backend})
    printer.text("Corner shop\n")
    printer.cut()
    printer.close()
    assert "Corner shop" in pos.printer.receipts[-1].text


def test_pty(pos: Pos) -> None:
    assert pos.printer.address


@pytest.mark.pos(level="tcp", guard=True)
def test_guard(pos: Pos) -> None:
    assert not pos.guard.verdicts


@pytest.mark.pos(level="memory")
def test_report(pos: Pos) -> None:
    pos.printer.open().write(SLIP)
    assert pos.printer.receipts[-1].total == 1
