"""What is otherwise on a pty than on a real serial port, with the exact errors."""

from __future__ import annotations

import fcntl
import os
import termios
from typing import Any

import serial
from serial.tools import list_ports

from tests.contract.checks_serial import opened, plugged
from tests.contract.files import code_of, exception_of
from tests.contract.levels import Level
from tests.contract.site import Site
from tests.contract.statements import Family

PTY = Family(
    "pty",
    "Where a pty is no serial port",
    "drivers/tty/pty.c and glibc 2.36, seen on Linux 6.1; a preloaded /dev/ttyACM0 is a pty inside",
    (Level.PTY, Level.PRELOAD),
)

TIOCGICOUNT, TIOCMIWAIT = 0x545D, 0x545C

LINES = "the preloaded node answers these ioctls as cdc_acm does"


@PTY.states("no-lines", "cts, dsr, ri, cd and setting dtr, rts: OSError ENOTTY.", preload=LINES)
def there_are_no_modem_lines(site: Site) -> None:
    _, port = plugged(site)
    for line in ("cts", "dsr", "ri", "cd"):
        assert code_of(lambda line=line: getattr(port, line)) == "ENOTTY"  # type: ignore[misc]  # mypy knows no default in a lambda
    for line in ("dtr", "rts"):
        assert code_of(lambda line=line: setattr(port, line, False)) == "ENOTTY"  # type: ignore[misc]  # as above


@PTY.states("no-counts", "TIOCGICOUNT and TIOCMIWAIT: ENOTTY.", preload=LINES)
def nothing_is_counted(site: Site) -> None:
    _, port = plugged(site)
    assert code_of(lambda: fcntl.ioctl(port.fd, TIOCGICOUNT, bytes(80))) == "ENOTTY"
    assert code_of(lambda: fcntl.ioctl(port.fd, TIOCMIWAIT, 0x20)) == "ENOTTY"


@PTY.states(
    "parity",
    "Parity is dropped: the first open succeeds, and any setting after it is termios.error EINVAL, "
    "which is neither OSError nor SerialException.",
)
def parity_is_an_error_of_the_second_change(site: Site) -> None:
    port = opened(site, site.plug("line"), parity="E")
    assert not termios.tcgetattr(port.fd)[2] & termios.PARENB
    assert exception_of(lambda: _set_timeout(port)) == "error"


def _set_timeout(port: Any) -> None:
    port.timeout = 1


@PTY.states("flush", "flush() returns at once, even if nobody has read; out_waiting is 0.")
def nothing_is_under_way(site: Site) -> None:
    device = site.plug("line")
    device.do("stall")
    port = opened(site, device)
    port.write(b"x" * 1000)
    port.flush()
    assert port.out_waiting == 0


@PTY.states("plain-open", "A second open that is not exclusive succeeds.")
def two_programs_have_it_open(site: Site) -> None:
    device = site.plug("line")
    opened(site, device)
    assert opened(site, device).is_open


@PTY.states(
    "unlisted",
    "list_ports does not list it.",
    preload="sysfs has it: it is listed with its ids",
)
def it_is_not_listed(site: Site) -> None:
    device = site.plug("line")
    assert os.path.realpath(device.node) not in [port.device for port in list_ports.comports()]


@PTY.states("inter-byte", "inter_byte_timeout is not heeded: a read waits for its time-out.")
def the_time_between_bytes_is_not_heeded(site: Site) -> None:
    device = site.plug("line")
    port = serial.serial_for_url(device.node, timeout=0.4, inter_byte_timeout=0.05)
    site.later(port.close)
    device.do("say", b"12".hex())
    assert port.read(2) == b"12"
    device.do("say", b"3".hex())
    assert port.read(2) == b"3"
