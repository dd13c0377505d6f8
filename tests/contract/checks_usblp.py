"""``/dev/usb/lp0``: the kernel's usblp driver."""

from __future__ import annotations

import fcntl
import os

from tests.contract.files import code_of, opened, pulling, readable, still_blocked, writable
from tests.contract.levels import Level
from tests.contract.site import Device, Site
from tests.contract.statements import Family
from tests.contract.waiting import SECONDS, wait_until

LP = Family(
    "usblp",
    "A printer at /dev/usb/lp0",
    "drivers/usb/class/usblp.c, seen on Linux 6.1",
    (Level.PRELOAD, Level.USBIP, Level.KERNEL),
)

BULK_OUT = 0x01
LPGETSTATUS = 0x060B
GET_DEVICE_ID = 2 << 30 | 1024 << 16 | ord("P") << 8 | 1
SOFT_RESET = ord("P") << 8 | 7
NOT_AN_IOCTL = 2 << 30 | ord("P") << 8 | 99

PTY = "its bytes go through a pty, which has a buffer of its own"


def status(fd: int) -> int:
    """The port status byte."""
    answer = bytearray(4)
    fcntl.ioctl(fd, LPGETSTATUS, answer)
    return int.from_bytes(answer, "little")


def device_id(fd: int) -> str:
    """The IEEE 1284 device id."""
    answer = bytearray(1024)
    fcntl.ioctl(fd, GET_DEVICE_ID, answer)
    return bytes(answer[2 : int.from_bytes(answer[:2], "big")]).decode()


@LP.states(
    "prints", "What is written is printed, and the answer to DLE EOT can be read.", carried=True
)
def prints_and_answers(site: Site) -> None:
    printer = site.plug("printer")
    lp = opened(site, printer.node)
    assert os.write(lp, b"Coffee 12.50\n\x1dV\x00") == 16
    os.write(lp, b"\x10\x04\x01")
    assert os.read(lp, 10) == b"\x12"
    assert printer.texts("paper") == ["Coffee 12.50"]


@LP.states(
    "second-open",
    "A second open of the node is EBUSY.",
    preload="opens of a preloaded node are not refused",
)
def only_one_program_has_it(site: Site) -> None:
    printer = site.plug("printer")
    opened(site, printer.node)
    assert code_of(lambda: opened(site, printer.node)) == "EBUSY"


@LP.states("status", "LPGETSTATUS is 0x18, without paper 0x38, also while the node takes no data.")
def status_is_the_port_status_byte(site: Site) -> None:
    printer = site.plug("printer")
    lp = opened(site, printer.node)
    assert status(lp) == 0x18
    printer.do("fail", "paper_out")
    assert status(lp) == 0x38
    printer.do("mend", "paper_out")
    assert status(lp) == 0x18


@LP.states("device-id", "An ioctl gives the IEEE 1284 device id, with its length before it.")
def tells_the_device_id(site: Site) -> None:
    printer = site.plug("printer")
    told = device_id(opened(site, printer.node))
    assert told == "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;SN:one;"


@LP.states("soft-reset", "An ioctl resets the printer; one that usblp does not know is ENOTTY.")
def soft_reset_and_no_such_ioctl(site: Site) -> None:
    printer = site.plug("printer")
    lp = opened(site, printer.node)
    fcntl.ioctl(lp, SOFT_RESET)
    assert printer.number("resets") == 1
    assert code_of(lambda: fcntl.ioctl(lp, NOT_AN_IOCTL, bytearray(4))) == "ENOTTY"


@LP.states(
    "blocking-write",
    "A blocking write to a printer that takes nothing (NAK) never returns: only a signal ends it.",
    preload=PTY,
)
def a_write_never_returns(site: Site) -> None:
    printer = site.plug("printer")
    printer.do("mute", BULK_OUT)
    lp = opened(site, printer.node)
    assert still_blocked(lambda: os.write(lp, b"B" * 100))
    assert printer.number("taken") == 0


@LP.states(
    "no-paper-write",
    "So does a write to a printer without paper, once its buffer is full.",
)
def a_write_without_paper_never_returns(site: Site) -> None:
    printer = site.plug("printer")
    printer.do("fail", "paper_out")
    lp = opened(site, printer.node)
    assert still_blocked(lambda: _write_for_ever(lp))
    assert 0 < printer.number("taken") < 100_000


def _write_for_ever(fd: int) -> None:
    while True:
        os.write(fd, b"x" * 4096)


@LP.states(
    "nonblocking-write",
    "With O_NONBLOCK a write returns its whole length though the printer took nothing; the next is "
    "EAGAIN, and select finds the node not writable.",
    preload=PTY,
)
def the_first_write_without_blocking_lies(site: Site) -> None:
    printer = site.plug("printer")
    printer.do("mute", BULK_OUT)
    lp = opened(site, printer.node, os.O_RDWR | os.O_NONBLOCK)
    assert os.write(lp, b"1" * 100) == 100
    assert printer.number("taken") == 0
    assert code_of(lambda: os.write(lp, b"2" * 100)) == "EAGAIN"
    assert not writable(lp, 0.2)


@LP.states(
    "close-discards",
    "close() silently discards what the printer has not taken.",
    preload="what was written still goes out",
)
def close_discards(site: Site) -> None:
    printer = site.plug("printer")
    printer.do("mute", BULK_OUT)
    lp = os.open(printer.node, os.O_RDWR | os.O_NONBLOCK)
    assert os.write(lp, b"1" * 100) == 100
    os.close(lp)
    printer.do("unmute", BULK_OUT)
    lp = opened(site, printer.node)
    os.write(lp, b"\x10\x04\x01")
    assert os.read(lp, 10) == b"\x12"
    assert printer.number("taken") == 3


@LP.states(
    "writable",
    "Writable again (POLLOUT) means that the printer has taken all of it.",
    preload=PTY,
)
def writable_means_taken(site: Site) -> None:
    printer = site.plug("printer")
    lp = opened(site, printer.node, os.O_RDWR | os.O_NONBLOCK)
    assert os.write(lp, b"A" * 5000) == 5000
    assert writable(lp, SECONDS)
    assert printer.number("taken") == 5000


@LP.states("long-write", "A long write arrives whole.")
def a_long_write_arrives_whole(site: Site) -> None:
    printer = site.plug("printer")
    lp = opened(site, printer.node)
    assert os.write(lp, b"Long line of text\n" * 600) == 10_800
    wait_until(lambda: printer.number("taken") == 10_800)


@LP.states("fsync", "fsync() is EINVAL.")
def it_cannot_be_synced(site: Site) -> None:
    lp = opened(site, site.plug("printer").node)
    assert code_of(lambda: os.fsync(lp)) == "EINVAL"


@LP.states(
    "stall",
    "A write that the printer refuses (STALL) is EIO.",
    carried=True,
    preload="the write after it is EIO: the node's pty had taken the first",
)
def a_stall_is_an_input_output_error(site: Site) -> None:
    printer = site.plug("printer")
    printer.do("halt", BULK_OUT)
    lp = opened(site, printer.node)
    assert code_of(lambda: os.write(lp, b"x")) == "EIO"


@LP.states("stall-lasts", "usblp does not clear it: every write is EIO until the soft reset ioctl.")
def a_stall_lasts_until_the_soft_reset(site: Site) -> None:
    printer = site.plug("printer")
    printer.do("halt", BULK_OUT)
    lp = opened(site, printer.node)
    wait_until(lambda: code_of(lambda: os.write(lp, b"x")) == "EIO")
    for _ in range(2):
        assert code_of(lambda: os.write(lp, b"x")) == "EIO"
    fcntl.ioctl(lp, SOFT_RESET)
    os.write(lp, b"\x10\x04\x01")
    assert os.read(lp, 10) == b"\x12"


@LP.states(
    "unplug", "Unplugged while open: write and read are ENODEV, and the node is gone.", carried=True
)
def unplugged_while_open(site: Site) -> None:
    printer = site.plug("printer")
    lp = opened(site, printer.node)
    printer.unplug()
    assert code_of(lambda: os.write(lp, b"x")) == "ENODEV"
    assert code_of(lambda: os.read(lp, 1)) == "ENODEV"
    assert not os.path.exists(printer.node)
    assert code_of(lambda: os.open(printer.node, os.O_RDWR)) == "ENOENT"


@LP.states(
    "unplug-in-write",
    "Unplugged in the midst of a write: the write fails, and how much was taken is not told.",
    preload=PTY,
)
def unplugged_in_the_middle_of_a_write(site: Site) -> None:
    printer = site.plug("printer")
    printer.do("leave_after", 1000)
    lp = opened(site, printer.node)
    assert code_of(lambda: os.write(lp, b"x" * 5000)) in {"ENODEV", "EIO", "ESHUTDOWN"}
    assert printer.number("taken") == 1000


@LP.states("unplug-in-read", "Unplugging ends a read that waits: ENODEV or EIO, as it happens.")
def unplugging_ends_a_waiting_read(site: Site) -> None:
    printer = site.plug("printer")
    lp = opened(site, printer.node)
    pulling(site, printer)
    assert code_of(lambda: os.read(lp, 1)) in {"ENODEV", "EIO"}


@LP.states("no-answer", "Without an answer a nonblocking read is EAGAIN; select tells of the next.")
def a_read_without_an_answer(site: Site) -> None:
    lp = opened(site, site.plug("printer").node, os.O_RDWR | os.O_NONBLOCK)
    for question in (b"\x10\x04\x01", b"\x1d\x49\x01"):
        assert code_of(lambda: os.read(lp, 10)) == "EAGAIN"
        os.write(lp, question)
        assert readable(lp, SECONDS)
        assert len(os.read(lp, 10)) == 1


@LP.states("detach", "A program that detaches usblp takes the node from who has it open: ENODEV.")
def detached_while_open(site: Site) -> None:
    printer = site.plug("printer")
    lp = opened(site, printer.node)
    device = printer.usb()
    device.detach_kernel_driver(0)
    assert code_of(lambda: os.write(lp, b"x")) == "ENODEV"
    wait_until(lambda: not os.path.exists(printer.node))


@LP.states("attach", "Attached again, usblp makes the node again.")
def attached_again(site: Site) -> None:
    printer = site.plug("printer")
    device = printer.usb()
    device.detach_kernel_driver(0)
    wait_until(lambda: not os.path.exists(printer.node))
    device.attach_kernel_driver(0)
    wait_until(lambda: _opens(printer))


def _opens(printer: Device) -> bool:
    return not code_of(lambda: os.close(os.open(printer.node, os.O_RDWR)))
