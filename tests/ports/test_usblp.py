"""The port over usblp, as far as a pty or a socket stands in for the driver.

What only the driver does (its ioctls, EBUSY for a second program, the discarded last piece) is
tested on a real kernel, in tests/kernel.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.errors import PortBusyError, PortClosedError, PortError, PortTimeoutError
from pos_guard.ports.node_error import open_error
from pos_guard.ports.pty import open_pty
from pos_guard.ports.usb_errors import PRINTER
from pos_guard.ports.usblp import UsbLpPort


@pytest.fixture
def packets() -> Iterator[tuple[UsbLpPort, socket.socket]]:
    """Packets keep their borders, as on USB, and one may be empty."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    near.setblocking(False)
    port = UsbLpPort(near.detach(), "/dev/usb/lp9")
    yield port, far
    port.close()
    far.close()


@pytest.mark.parametrize("content", [b"receipt", bytes(50_000)])
def test_a_write_returns_once_the_last_piece_is_taken(content: bytes) -> None:
    pty = open_pty()
    port = UsbLpPort.open(pty.path)
    received = bytearray()

    def print_() -> None:
        os.set_blocking(pty.master, True)
        while len(received) < len(content):
            received.extend(os.read(pty.master, 4096))

    printer = threading.Thread(target=print_)
    printer.start()
    port.write(content, 10)
    printer.join(10)
    assert (bytes(received), port.pending) == (content, 0)
    port.close()
    pty.close()


def test_a_write_that_is_not_taken_counts_what_the_system_has() -> None:
    pty = open_pty()
    port = UsbLpPort.open(pty.path)
    with pytest.raises(PortTimeoutError) as caught:
        port.write(bytes(1 << 20), 0.1)
    assert 0 < port.pending <= caught.value.sent < 1 << 20
    pending = port.pending
    started = time.monotonic()
    port.close()
    assert time.monotonic() - started < 1.5
    assert port.pending == pending  # nobody knows whether it was printed
    pty.close()


def test_close_waits_for_the_last_piece() -> None:
    pty = open_pty()
    port = UsbLpPort.open(pty.path)
    with pytest.raises(PortTimeoutError):
        port.write(bytes(1 << 20), 0.1)
    printing = threading.Timer(0.1, lambda: [os.read(pty.master, 4096) for _ in range(3)])
    printing.start()
    port.close()
    printing.join()
    assert port.pending == 0
    pty.close()


def test_empty_packets_are_no_end_and_no_answer(
    packets: tuple[UsbLpPort, socket.socket],
) -> None:
    port, far = packets
    for data in (b"", b"", b"\x12"):
        far.send(data)
    assert port.read(10, 1) == b"\x12"


def test_a_printer_that_sends_empty_packets_only_times_out_without_spinning(
    packets: tuple[UsbLpPort, socket.socket],
) -> None:
    port, far = packets
    for _ in range(50):
        far.send(b"")
    cpu = time.thread_time()
    with pytest.raises(PortTimeoutError):
        port.read(10, 0.1)
    assert time.thread_time() - cpu < 0.05


def test_a_printer_that_is_gone_ends_reads_and_writes() -> None:
    pty = open_pty()
    port = UsbLpPort.open(pty.path)
    pty.close()
    with pytest.raises(PortClosedError):
        port.read(1, 5)
    with pytest.raises(PortClosedError):
        port.write(b"x", 5)
    port.close()


def test_a_closed_port_answers_no_request() -> None:
    pty = open_pty()
    port = UsbLpPort.open(pty.path)
    for call in (port.port_status, port.device_id, port.soft_reset):
        with pytest.raises(PortError, match="no USB printer"):
            call()
    port.close()
    port.close()
    for call in (port.port_status, port.device_id, port.soft_reset):
        with pytest.raises(PortClosedError):
            call()
    pty.close()


def test_a_device_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PortClosedError, match="plug the printer in"):
        UsbLpPort.open(str(tmp_path / "lp0"))


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (16, PortBusyError, "in use by another program"),
        (19, PortClosedError, "plug the printer in"),
        (6, PortClosedError, "plug the printer in"),
        (13, PortError, "add this user to group lp"),
        (1, PortError, "add this user to group lp"),
        (5, PortError, "Input/output error"),
    ],
)
def test_why_it_cannot_be_opened(number: int, kind: type[PortError], words: str) -> None:
    error = open_error("/dev/usb/lp0", OSError(number, os.strerror(number)), PRINTER)
    assert type(error) is kind
    assert words in str(error)
