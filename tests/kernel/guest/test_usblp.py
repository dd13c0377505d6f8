"""The kernel's usblp driver with our twin: what /dev/usb/lp0 really does.

Each statement is one that the simulated bus and the drivers build on.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.kernel.guest.conftest import Plugged
from tests.kernel.guest.kernel_events import SECONDS, KernelEvents

LPGETSTATUS = 0x060B
GET_DEVICE_ID = 2 << 30 | 1024 << 16 | ord("P") << 8 | 1
BULK_OUT, BULK_IN = 0x01, 0x82


@contextmanager
def opened(node: str, flags: int = os.O_RDWR) -> Iterator[int]:
    fd = os.open(node, flags)
    try:
        yield fd
    finally:
        os.close(fd)


def code_of(call: Callable[[], object]) -> int | None:
    """The error number, or None when there was no error."""
    try:
        call()
    except OSError as error:
        return error.errno
    return None


def still_blocked(call: Callable[[], object], seconds: float = 1.0) -> bool:
    """Only a signal ends this call."""

    class Interruption(Exception):  # noqa: N818  # no error: it is what the test waits for
        pass

    def interrupt(_number: int, _frame: object) -> None:
        raise Interruption

    before = signal.signal(signal.SIGUSR1, interrupt)
    killer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGUSR1))
    killer.start()
    try:
        call()
    except Interruption:
        return True
    finally:
        killer.cancel()
        signal.signal(signal.SIGUSR1, before)
    return False


def writable(fd: int, seconds: float) -> bool:
    return bool(select.select([], [fd], [], seconds)[1])


def test_it_prints_and_answers(printer: Plugged) -> None:
    with opened(printer.node) as lp:
        assert os.write(lp, b"Coffee 12.50\n\x1dV\x00") == 16
        os.write(lp, b"\x10\x04\x01")
        assert os.read(lp, 10) == b"\x12"
    assert printer.paper == ["Coffee 12.50"]


def test_only_one_program_has_it(printer: Plugged) -> None:
    with opened(printer.node):
        assert code_of(lambda: os.open(printer.node, os.O_RDWR)) == errno.EBUSY


def test_its_status_is_the_port_status_byte(printer: Plugged) -> None:
    def status(fd: int) -> int:
        answer = bytearray(4)
        fcntl.ioctl(fd, LPGETSTATUS, answer)
        return int.from_bytes(answer, "little")

    with opened(printer.node) as lp:
        assert status(lp) == 0x18
        printer.do("fail", "paper_out")
        assert status(lp) == 0x38
        printer.do("mend", "paper_out")
        assert status(lp) == 0x18


def test_it_tells_the_device_id(printer: Plugged) -> None:
    answer = bytearray(1024)
    with opened(printer.node) as lp:
        fcntl.ioctl(lp, GET_DEVICE_ID, answer)
    length = int.from_bytes(answer[:2], "big")
    text = bytes(answer[2:length]).decode()
    assert text == "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;SN:one;"


def test_a_write_to_a_printer_that_takes_nothing_never_returns(printer: Plugged) -> None:
    printer.do("mute", BULK_OUT)
    with opened(printer.node) as lp:
        assert still_blocked(lambda: os.write(lp, b"B" * 100))
    assert printer.taken == 0


def test_without_blocking_the_first_write_lies_and_close_discards(printer: Plugged) -> None:
    printer.do("mute", BULK_OUT)
    with opened(printer.node, os.O_RDWR | os.O_NONBLOCK) as lp:
        assert os.write(lp, b"1" * 100) == 100
        assert printer.taken == 0
        assert code_of(lambda: os.write(lp, b"2" * 100)) == errno.EAGAIN
        assert not writable(lp, 0.2)
    printer.do("unmute", BULK_OUT)
    with opened(printer.node) as lp:
        os.write(lp, b"\x10\x04\x01")
        assert os.read(lp, 10) == b"\x12"
    assert printer.taken == 3


def test_writable_again_means_that_the_printer_took_it_all(printer: Plugged) -> None:
    with opened(printer.node, os.O_RDWR | os.O_NONBLOCK) as lp:
        assert os.write(lp, b"A" * 5000) == 5000
        assert writable(lp, SECONDS)
        assert printer.taken == 5000


def test_a_long_write_arrives_whole(printer: Plugged) -> None:
    with opened(printer.node) as lp:
        assert os.write(lp, b"Long line of text\n" * 600) == 10800
    assert printer.taken == 10800


def test_it_cannot_be_synced(printer: Plugged) -> None:
    with opened(printer.node) as lp:
        assert code_of(lambda: os.fsync(lp)) == errno.EINVAL


def test_a_stall_is_an_input_output_error(printer: Plugged) -> None:
    printer.do("halt", BULK_OUT)
    with opened(printer.node) as lp:
        assert code_of(lambda: os.write(lp, b"x")) == errno.EIO


def test_unplugged_while_open(printer: Plugged) -> None:
    events = KernelEvents()
    with opened(printer.node) as lp:
        printer.do("unplug")
        events.wait(ACTION="remove", SUBSYSTEM="usbmisc")
        assert code_of(lambda: os.write(lp, b"x")) == errno.ENODEV
        assert code_of(lambda: os.read(lp, 1)) == errno.ENODEV
        assert not os.path.exists(printer.node)
        assert code_of(lambda: os.open(printer.node, os.O_RDWR)) == errno.ENOENT
    events.close()


def test_unplugged_in_the_middle_of_a_write(printer: Plugged) -> None:
    printer.do("unplug", 1000)
    with opened(printer.node) as lp:
        code = code_of(lambda: os.write(lp, b"x" * 5000))
    assert code in {errno.ENODEV, errno.EIO, errno.ESHUTDOWN}
    assert printer.taken == 1000


@pytest.mark.parametrize("data", [b"\x10\x04\x01", b"\x1d\x49\x01"])
def test_a_read_without_an_answer_waits(printer: Plugged, data: bytes) -> None:
    with opened(printer.node, os.O_RDWR | os.O_NONBLOCK) as lp:
        assert code_of(lambda: os.read(lp, 10)) == errno.EAGAIN
        os.write(lp, data)
        assert select.select([lp], [], [], SECONDS)[0] == [lp]
        assert len(os.read(lp, 10)) == 1
