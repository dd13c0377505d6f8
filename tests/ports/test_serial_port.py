from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import serial

from pos_guard.errors import PortBusyError, PortClosedError, PortError, PortTimeoutError
from pos_guard.ports.pty import Pty, open_pty
from pos_guard.ports.serial import SerialPort, SerialSettings
from pos_guard.ports.tcp import TcpPort


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[Pty]:
    made = open_pty(str(tmp_path / "printer"))
    yield made
    made.close()


def test_a_second_program_finds_the_line_busy(pty: Pty) -> None:
    port = SerialPort(SerialSettings(pty.path))
    with pytest.raises(PortBusyError, match="in use"):
        SerialPort(SerialSettings(pty.path))
    port.close()
    SerialPort(SerialSettings(pty.path)).close()


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        (SerialSettings("/dev/pos-guard-nowhere"), PortClosedError, "not there"),
        (SerialSettings("/dev/null"), PortError, "cannot"),
        (SerialSettings("/dev/null", parity="X"), PortError, "cannot be opened"),
        (SerialSettings("/dev/null", baudrate=-1), PortError, "cannot be opened"),
    ],
)
def test_what_cannot_be_opened_says_why(
    settings: SerialSettings, error: type[PortError], words: str
) -> None:
    with pytest.raises(error, match=words):
        SerialPort(settings)


def test_parity_on_a_pty_is_our_error_or_none(pty: Pty) -> None:
    # The kernel strips parity from ptys; glibc then fails the second open, not the first.
    settings = SerialSettings(pty.path, parity="E")
    with pytest.raises(PortError, match="cannot do these settings"):
        open_three_times(settings)


def open_three_times(settings: SerialSettings) -> None:
    for _ in range(3):
        SerialPort(settings).close()


def test_modem_lines_of_a_pty_are_a_port_error(pty: Pty) -> None:
    port = SerialPort(SerialSettings(pty.path))
    with pytest.raises(PortError, match="no modem lines"):
        port.lines()
    with pytest.raises(PortError, match="no modem lines"):
        port.set_lines(dtr=True, rts=False)
    port.close()


def test_stopped_by_xoff_ends_at_the_deadline_with_the_count(pty: Pty) -> None:
    port = SerialPort(SerialSettings(pty.path, xonxoff=True))
    os.write(pty.master, b"\x13")
    with pytest.raises(PortTimeoutError) as caught:
        port.write(b"x" * 1_000_000, 0.2)
    assert caught.value.sent < 1_000_000
    port.close()


def test_an_xon_under_way_while_a_line_is_opened_is_not_lost_with_the_old_input(pty: Pty) -> None:
    # With a flush the line stayed stopped for ever, in 1 of 3,000 such openings on a busy machine.
    settings = SerialSettings(pty.path, xonxoff=True)
    for _ in range(100):
        stopped = SerialPort(settings)
        os.write(pty.master, b"\x13")
        with pytest.raises(PortTimeoutError):
            stopped.write(b"x" * 100_000, 0.01)
        stopped.close()
        os.write(pty.master, b"old\x11")
        port = SerialPort(settings)
        with suppress(BlockingIOError):
            while os.read(pty.master, 65536):
                continue
        port.write(b"new", 5)
        port.close()


def test_the_link_points_to_the_pty_and_goes_with_it(tmp_path: Path) -> None:
    link = tmp_path / "scanner"
    link.symlink_to("/dev/pts/gone")
    pty = open_pty(str(link))
    assert link.readlink() == Path(pty.path)
    with serial.Serial(str(link), timeout=2) as till:
        os.write(pty.master, b"69\r\n\x00\xff")
        assert till.read(6) == b"69\r\n\x00\xff"
    pty.close()
    assert not link.is_symlink()


def test_nobodys_device_is_replaced_by_a_link(tmp_path: Path) -> None:
    real = tmp_path / "ttyUSB0"
    real.write_bytes(b"")
    with pytest.raises(FileExistsError, match="not a symbolic link"):
        open_pty(str(real))
    assert stat.S_ISREG(real.stat().st_mode)


def test_nobody_listens_is_a_closed_port() -> None:
    with pytest.raises(PortClosedError, match="refuses"):
        TcpPort.connect("127.0.0.1", 1, 2)
    with pytest.raises(PortError):
        TcpPort.connect("no-such-host.invalid", 9, 5)
