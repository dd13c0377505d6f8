"""``/dev/ttyACM0``: the kernel's cdc_acm driver."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import threading
from typing import Any

import serial
from serial.tools import list_ports

from tests.contract.checks_serial import opened, plugged
from tests.contract.files import exception_of, still_blocked
from tests.contract.levels import Level
from tests.contract.site import Site
from tests.contract.statements import Family
from tests.contract.waiting import SECONDS, wait_until

CDC = Family(
    "cdc-acm",
    "A serial machine at /dev/ttyACM0",
    "drivers/usb/class/cdc-acm.c, seen on Linux 6.1",
    (Level.PRELOAD, Level.USBIP, Level.KERNEL),
)

CD, DSR, BREAK, RING, FRAMING, PARITY, OVERRUN = (1 << bit for bit in range(7))
"""Bits of SERIAL_STATE (PSTN 1.2 table 31)."""

TIOCGICOUNT, TIOCGSERIAL, TIOCSSERIAL = 0x545D, 0x541E, 0x541F
SERIAL_STRUCT = 72
CLOSING_WAIT_AT = 40
USUAL_CLOSING_WAIT, NO_WAIT = 3000, 65_535
"""In hundredths of a second: 30 s; and not at all (ASYNC_CLOSING_WAIT_NONE)."""

PTY = "the node's bytes go through a pty: see the table of ptys"


@CDC.states("listed", "list_ports shows it with vendor, product, serial number and name.")
def it_is_listed(site: Site) -> None:
    device = site.plug("line")
    [port] = [port for port in list_ports.comports() if port.device == device.node]
    assert (port.vid, port.pid, port.serial_number) == (0x1EAB, 0x1A06, "one")
    assert port.product == "Scanner (CDC)"


@CDC.states("open-raises", "Opening raises DTR and RTS, also where both were set low before.")
def opening_raises_both(site: Site) -> None:
    device = site.plug("line")
    port = serial.Serial()
    port.port, port.dtr, port.rts = device.node, False, False
    port.open()
    site.later(port.close)
    wait_until(lambda: str(device.do("history")).endswith("0"))
    assert str(device.do("history")).startswith("3")


@CDC.states("cts", "CTS is always on; DSR, CD and RI are those of SERIAL_STATE.")
def lines_follow_serial_state(site: Site) -> None:
    device, port = plugged(site)
    assert (port.cts, port.dsr, port.cd, port.ri) == (True, False, False, False)
    device.do("notify", DSR | CD | RING)
    wait_until(lambda: (port.cts, port.dsr, port.cd, port.ri) == (True, True, True, True))
    device.do("notify", CD)
    wait_until(lambda: (port.cts, port.dsr, port.cd, port.ri) == (True, False, True, False))


@CDC.states(
    "break",
    "A BREAK of the machine arrives as a byte 0.",
    preload="it is counted; " + PTY,
)
def a_break_is_a_zero(site: Site) -> None:
    device, port = plugged(site)
    device.do("notify", BREAK)
    assert port.read(1) == b"\0"


@CDC.states("counts", "TIOCGICOUNT counts framing, overrun and parity errors, and breaks.")
def errors_are_counted(site: Site) -> None:
    device, port = plugged(site)
    device.do("notify", FRAMING | PARITY | OVERRUN)
    device.do("notify", BREAK)
    wait_until(lambda: _counts(port) == (1, 1, 1, 1))


def _counts(port: Any) -> tuple[int, ...]:
    answer = bytearray(80)
    fcntl.ioctl(port.fd, TIOCGICOUNT, answer)
    return struct.unpack_from("@11i", answer)[6:10]


@CDC.states(
    "buffer",
    "The kernel takes up to 20 kB for a machine that takes nothing; out_waiting tells how much.",
    preload=PTY,
)
def the_kernel_takes_bytes_in_advance(site: Site) -> None:
    device, port = plugged(site)
    device.do("stall")
    site.later(lambda: device.do("go_on"))
    taken = _written_until_full(port.fd)
    assert 16_000 <= taken <= 24_000
    assert port.out_waiting >= taken
    assert device.number("taken") == 0


def _written_until_full(fd: int) -> int:
    """Bytes that the system takes of a port that is opened with O_NONBLOCK, as pyserial does."""
    taken = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            taken += os.write(fd, b"x" * 1000)
    return taken


@CDC.states(
    "false-timeout",
    "A write that the kernel has taken whole may still raise SerialTimeoutException: to repeat it "
    "prints it twice.",
    preload=PTY,
    source="pyserial 3.5 waits until the port is writable again; cdc_acm is not with data pending",
)
def a_time_out_although_all_was_taken(site: Site) -> None:
    device = site.plug("line")
    device.do("stall")
    port = opened(site, device, write_timeout=0.5)
    assert exception_of(lambda: port.write(b"x" * 100)) == "SerialTimeoutException"
    device.do("go_on")
    wait_until(lambda: device.number("taken") == 100)


@CDC.states(
    "xoff",
    "XOFF from the machine is swallowed, and stops nothing: the driver has no way to.",
    preload="it stops the program's writes: " + PTY,
)
def xoff_stops_nothing(site: Site) -> None:
    device = site.plug("line")
    port = opened(site, device, xonxoff=True)
    device.do("say", b"\x13a".hex())
    assert port.read(1) == b"a"
    port.write(b"on")
    wait_until(lambda: device.do("heard") == b"on".hex())


@CDC.states("flush", "flush() waits while the machine takes nothing.", preload=PTY)
def flush_waits(site: Site) -> None:
    device, port = plugged(site)
    device.do("stall")
    site.later(lambda: device.do("go_on"))
    os.write(port.fd, b"x" * 100)
    assert still_blocked(port.flush)


@CDC.states(
    "close-waits",
    "close() waits for what was not taken, for 30 s if not set otherwise; reset_output_buffer() "
    "does not help, and unplugging ends it.",
    preload=PTY,
)
def close_waits_until_it_is_unplugged(site: Site) -> None:
    device, port = plugged(site)
    assert _closing_wait(port) == USUAL_CLOSING_WAIT
    device.do("stall")
    os.write(port.fd, b"x" * 100)
    port.reset_output_buffer()
    closing = threading.Thread(target=port.close)
    closing.start()
    closing.join(1.5)
    assert closing.is_alive()
    device.unplug()
    closing.join(SECONDS)
    assert not closing.is_alive()


@CDC.states(
    "close-at-once",
    "With closing_wait 65535 (TIOCSSERIAL, as root) close() waits for nothing.",
    preload=PTY,
)
def close_does_not_wait(site: Site) -> None:
    device, port = plugged(site)
    state = bytearray(SERIAL_STRUCT)
    fcntl.ioctl(port.fd, TIOCGSERIAL, state)
    struct.pack_into("@H", state, CLOSING_WAIT_AT, NO_WAIT)
    fcntl.ioctl(port.fd, TIOCSSERIAL, bytes(state))
    device.do("stall")
    site.later(lambda: device.do("go_on"))
    os.write(port.fd, b"x" * 100)
    closing = threading.Thread(target=port.close)
    closing.start()
    closing.join(SECONDS)
    assert not closing.is_alive()


def _closing_wait(port: Any) -> int:
    state = bytearray(SERIAL_STRUCT)
    fcntl.ioctl(port.fd, TIOCGSERIAL, state)
    (found,) = struct.unpack_from("@H", state, CLOSING_WAIT_AT)
    return int(found)
