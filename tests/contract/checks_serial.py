"""What pyserial sees of a serial line, wherever the line is."""

from __future__ import annotations

import threading
from typing import Any

import serial

from tests.contract.files import code_of, exception_of, pulling
from tests.contract.levels import GUEST, LINES, Level
from tests.contract.site import Device, Site
from tests.contract.statements import Family
from tests.contract.waiting import SECONDS, wait_until

SERIAL = Family(
    "serial",
    "A serial line through pyserial",
    "pyserial 3.5 with n_tty, cdc_acm and its own URL handlers, seen on Linux 6.1",
    (*LINES, Level.PRELOAD, *GUEST),
)

ALL_BYTES = bytes(range(256))

NO_LINES = "a pty has no modem lines: OSError ENOTTY"
SOCKET = "a TCP connection has no line settings, lines or breaks; pyserial ignores them"
PTY_PARITY = "a pty drops parity and 7 bits: the second open or change is termios.error EINVAL"
UNTOLD = "the pty has the setting, but nobody asks it"


def opened(site: Site, device: Device, **settings: Any) -> Any:
    """A pyserial port, closed when the check is over."""
    usual: dict[str, Any] = {"timeout": SECONDS, **settings}
    port = serial.serial_for_url(device.node, **usual)
    site.later(lambda: _closed(port))
    if site.level is Level.TCP:  # a connection is there before it is accepted
        wait_until(lambda: device.do("is_open") is True)
    return port


def _closed(port: Any) -> None:
    """Close it; one whose device is gone may say so once more, and pyserial leave its socket."""
    left = getattr(port, "_socket", None)
    try:
        port.close()
    except OSError:
        port.is_open = False
    if left is not None:
        left.close()


def plugged(site: Site) -> tuple[Device, Any]:
    """A line and an open port to it."""
    device = site.plug(site.line)
    return device, opened(site, device)


@SERIAL.states("bytes", "Every byte passes unchanged, both ways.", carried=True)
def bytes_pass_unchanged(site: Site) -> None:
    device, port = plugged(site)
    port.write(ALL_BYTES)
    wait_until(lambda: device.do("heard") == ALL_BYTES.hex())
    device.do("say", ALL_BYTES.hex())
    assert port.read(256) == ALL_BYTES


@SERIAL.states("timeout", "A read that gets too little returns what came before its time-out.")
def a_read_runs_out_of_time(site: Site) -> None:
    device = site.plug(site.line)
    port = opened(site, device, timeout=0.3)
    assert port.read(1) == b""
    device.do("say", b"12".hex())
    assert port.read(3) == b"12"
    device.do("say", b"34\r5".hex())
    assert port.read_until(b"\r") == b"34\r"


@SERIAL.states(
    "in-waiting",
    "in_waiting counts the bytes that wait.",
    tcp="pyserial's socket:// says 0 or 1",
)
def waiting_bytes_are_counted(site: Site) -> None:
    device, port = plugged(site)
    assert port.in_waiting == 0
    device.do("say", b"12345".hex())
    wait_until(lambda: port.in_waiting == 5)


@SERIAL.states(
    "cancel",
    "cancel_read() ends a read in another thread.",
    tcp="pyserial's socket:// has none",
    rfc2217="pyserial's rfc2217:// has none",
)
def a_read_is_cancelled(site: Site) -> None:
    _, port = plugged(site)
    ended = threading.Event()

    def stop() -> None:
        while not ended.wait(0.05):
            port.cancel_read()

    hand = threading.Thread(target=stop)
    hand.start()
    assert port.read(1) == b""
    ended.set()
    hand.join()


@SERIAL.states(
    "baudrate",
    "The machine is told the speed, at the open and when it changes.",
    pty=UNTOLD,
    tcp=SOCKET,
)
def the_speed_is_told(site: Site) -> None:
    device = site.plug(site.line)
    port = opened(site, device, baudrate=19_200)
    port.write(b"x")
    wait_until(lambda: device.do("baudrate") == 19_200)
    port.baudrate = 115_200
    port.write(b"x")
    wait_until(lambda: device.do("baudrate") == 115_200)


@SERIAL.states(
    "odd-baudrate",
    "So is a speed that has no name in termios.",
    pty=UNTOLD,
    tcp=SOCKET,
    preload="it is told as 9600",
)
def any_speed_is_told(site: Site) -> None:
    device = site.plug(site.line)
    port = opened(site, device, baudrate=12_345)
    port.write(b"x")
    wait_until(lambda: device.do("baudrate") == 12_345)


@SERIAL.states(
    "parity",
    "Parity can be set at the open and changed after it, and the machine is told.",
    pty=PTY_PARITY,
    preload=PTY_PARITY,
    tcp=SOCKET,
)
def the_parity_is_told(site: Site) -> None:
    device = site.plug(site.line)
    port = opened(site, device, parity="E")
    port.write(b"x")
    wait_until(lambda: device.do("parity") == "E")
    port.parity = "O"
    port.write(b"x")
    wait_until(lambda: device.do("parity") == "O")
    port.parity = "N"


@SERIAL.states("lines", "CTS, DSR, CD and RI can be read.", pty=NO_LINES)
def the_modem_lines_are_read(site: Site) -> None:
    _, port = plugged(site)
    for line in (port.cts, port.dsr, port.cd, port.ri):
        assert line in (True, False)


@SERIAL.states(
    "lines-follow",
    "DSR, CD and RI are what the machine drives.",
    pty=NO_LINES,
    tcp=SOCKET,
)
def the_modem_lines_follow(site: Site) -> None:
    device, port = plugged(site)
    for line in ("dsr", "cd", "ri"):
        for driven in (True, False, True):
            device.do("wire", line, driven)
            wait_until(lambda line=line, driven=driven: getattr(port, line) is driven)  # type: ignore[misc]  # mypy knows no default in a lambda


@SERIAL.states(
    "dtr-rts",
    "The machine sees DTR and RTS, high at the open and low at the close.",
    pty=NO_LINES,
    tcp=SOCKET,
    rfc2217="high and changes are seen; a close ends the connection and says nothing of them",
)
def dtr_and_rts_are_seen(site: Site) -> None:
    device, port = plugged(site)
    wait_until(lambda: device.do("dtr") is True and device.do("rts") is True)
    port.rts = False
    wait_until(lambda: device.do("rts") is False)
    assert device.do("dtr") is True
    port.dtr = False
    wait_until(lambda: device.do("dtr") is False)
    port.rts = port.dtr = True
    wait_until(lambda: device.do("dtr") is True and device.do("rts") is True)
    port.close()
    wait_until(lambda: device.do("dtr") is False and device.do("rts") is False)


@SERIAL.states(
    "break",
    "The machine sees a BREAK begin and end.",
    pty="it succeeds, and nobody sees it",
    tcp=SOCKET,
)
def a_break_is_seen(site: Site) -> None:
    device, port = plugged(site)
    port.break_condition = True
    wait_until(lambda: device.do("in_break") is True)
    port.break_condition = False
    wait_until(lambda: device.do("in_break") is False)


@SERIAL.states(
    "write-timeout",
    "A write that the machine does not take ends with SerialTimeoutException, without a count.",
    tcp="pyserial's socket:// has no write time-out: it waits for ever",
    rfc2217="write_timeout is NotImplementedError, and spoils the port",
)
def a_write_runs_out_of_time(site: Site) -> None:
    device = site.plug(site.line)
    device.do("stall")
    port = opened(site, device, write_timeout=0.3)
    assert exception_of(lambda: _write_for_ever(port)) == "SerialTimeoutException"
    device.do("go_on")


def _write_for_ever(port: Any) -> None:
    while True:
        port.write(b"x" * 10_000)


@SERIAL.states(
    "second-open",
    "A second exclusive open is refused.",
    tcp="the newest connection wins, as it is set up here",
    rfc2217="the newest connection wins, as it is set up here",
)
def a_line_is_opened_by_one(site: Site) -> None:
    device = site.plug(site.line)
    if site.level is Level.MEMORY:  # which knows no other opens than exclusive ones
        opened(site, device)
        assert code_of(lambda: opened(site, device)) == "EBUSY"
        return
    opened(site, device, exclusive=True)
    assert code_of(lambda: opened(site, device, exclusive=True)) == "EAGAIN"


@SERIAL.states(
    "unplug",
    "After the cable is pulled, read and write raise SerialException.",
    carried=True,
    rfc2217="a read that waits gives b'', and a first write succeeds; then they do",
)
def a_line_is_pulled_out(site: Site) -> None:
    device, port = plugged(site)
    device.unplug()
    assert exception_of(lambda: port.read(1)) == "SerialException"
    assert exception_of(lambda: _write_for_ever(port)) == "SerialException"


@SERIAL.states(
    "unplug-in-read",
    "Pulling the cable ends a read that waits: SerialException.",
    rfc2217="it gives b'' first",
)
def pulling_the_cable_ends_a_read(site: Site) -> None:
    device, port = plugged(site)
    pulling(site, device)
    assert exception_of(lambda: port.read(1)) == "SerialException"


@SERIAL.states(
    "reopen",
    "A line that is gone cannot be opened: SerialException, ENOENT.",
    tcp="the port listens on: the next connection is accepted",
    rfc2217="the port listens on: the next connection is accepted",
)
def a_line_that_is_gone(site: Site) -> None:
    device, port = plugged(site)
    device.unplug()
    _closed(port)
    assert code_of(lambda: opened(site, device)) == "ENOENT"


@SERIAL.states(
    "before-open",
    "What the machine says before anybody has opened the line is lost.",
    preload="a CDC-ACM device keeps it: it sends only when it is asked",
    kernel="a CDC-ACM device keeps it: it sends only when it is asked",
)
def what_was_said_before_is_lost(site: Site) -> None:
    device = site.plug(site.line)
    device.do("say", b"early".hex())
    port = opened(site, device)
    device.do("say", b"late".hex())
    assert port.read(4) == b"late"


@SERIAL.states(
    "xonxoff",
    "XOFF from the machine stops the program's writes, XON lets them go on, and neither is read.",
    memory="sim:// hands them to the program as bytes",
    tcp=SOCKET,
    rfc2217="the setting is told to the device; the client does not look for XOFF",
    kernel="cdc_acm swallows them and goes on",
)
def software_flow_control(site: Site) -> None:
    device = site.plug(site.line)
    port = opened(site, device, xonxoff=True)
    device.do("say", b"\x13".hex())
    device.do("say", b"a".hex())
    assert port.read(1) == b"a"  # the XOFF before it has been seen
    writer = threading.Thread(target=port.write, args=(b"held",))
    writer.start()
    device.do("say", b"b".hex())
    assert port.read(1) == b"b"
    assert device.do("heard") == ""
    device.do("say", b"\x11".hex())
    wait_until(lambda: device.do("heard") == b"held".hex())
    writer.join()
