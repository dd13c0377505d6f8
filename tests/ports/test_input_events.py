"""Input events between the kernel's form and ours; keyboards themselves are met in tests/kernel."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import (
    FrameError,
    LocalError,
    PortBusyError,
    PortClosedError,
    PortError,
    PortTimeoutError,
)
from pos_guard.frames.keys import KeyEvent, parse_events
from pos_guard.ports.evdev import KEYBOARD, EvdevPort, InputFacts
from pos_guard.ports.hid_facts import HidFacts
from pos_guard.ports.hidraw import HidrawPort
from pos_guard.ports.input_events import DROPPED, KERNEL_BYTES, DropSieve, for_kernel, from_kernel
from pos_guard.ports.ioctls import io, ior, iow
from pos_guard.ports.node_error import open_error
from pos_guard.ports.uinput import DEVICE, UinputPort

SYN = KeyEvent(0, 0, 0)
SHIFT, ONE, SCAN_CODE = KeyEvent(1, 42, 1), KeyEvent(1, 2, 1), KeyEvent(4, 4, 0x7001E)
FACTS = InputFacts(3, 0x0C2E, 0x0200, "Scanner")


def joined() -> tuple[socket.socket, int]:
    """The kernel's end, and a descriptor for a port; a message is what one read gives."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    far.setblocking(False)
    return near, far.detach()


# -- the two forms ------------------------------------------------------------------------------


@pytest.mark.skipif(KERNEL_BYTES != 24, reason="a 32-bit system")
def test_an_event_of_a_64_bit_kernel() -> None:
    """Key 2 pressed at 1.000002 s, written by hand from linux/input.h."""
    data = bytes.fromhex("0100000000000000 0200000000000000 0100 0200 01000000".replace(" ", ""))
    assert from_kernel(data) == [ONE]
    assert from_kernel(data + data[:23]) == [ONE]
    assert for_kernel([ONE]) == bytes(16) + data[16:]


@given(
    st.lists(st.builds(KeyEvent, st.integers(0, 0x1F), st.integers(0, 0x2FF), st.integers(-5, 5)))
)
def test_events_survive_both_ways(events: list[KeyEvent]) -> None:
    assert from_kernel(for_kernel(events)) == events


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (ior("E", 0x02, 8), 0x80084502),  # EVIOCGID
        (iow("E", 0x90, 4), 0x40044590),  # EVIOCGRAB
        (ior("H", 0x01, 4), 0x80044801),  # HIDIOCGRDESCSIZE
        (ior("H", 0x02, 4100), 0x90044802),  # HIDIOCGRDESC
        (io("U", 1), 0x5501),  # UI_DEV_CREATE
        (iow("U", 3, 92), 0x405C5503),  # UI_DEV_SETUP
    ],
)
def test_ioctl_numbers(number: int, expected: int) -> None:
    """As C's sizeof and the macros give them on x86-64."""
    assert number == expected


# -- lost events --------------------------------------------------------------------------------


def test_what_follows_a_full_buffer_goes_up_to_the_next_report() -> None:
    sieve = DropSieve(lambda: [42, 2])
    assert sieve.take([SHIFT, SYN, DROPPED, ONE]) == [SHIFT, SYN]
    assert sieve.take([ONE, DROPPED, ONE]) == []
    assert sieve.take([ONE, SYN, ONE, SYN]) == [DROPPED, SHIFT, SYN, ONE, SYN]


def test_nothing_lost_nothing_changed() -> None:
    events = [SHIFT, SCAN_CODE, SYN, ONE, SYN]
    assert DropSieve(list).take(events) == events


# -- ports --------------------------------------------------------------------------------------


@pytest.fixture
def keyboard() -> Iterator[tuple[socket.socket, EvdevPort]]:
    near, fd = joined()
    port = EvdevPort(fd, FACTS, [])
    yield near, port
    port.close()
    near.close()


def test_a_keyboard_gives_events_in_the_normal_form(
    keyboard: tuple[socket.socket, EvdevPort],
) -> None:
    near, port = keyboard
    near.send(for_kernel([SCAN_CODE, ONE, SYN]))
    assert parse_events(port.read(4096, 1)) == [SCAN_CODE, ONE, SYN]
    near.send(for_kernel([ONE]))
    assert port.read(8, 1) == struct.pack("<HHi", 1, 2, 1)


def test_a_keyboards_reads_are_bounded_and_it_takes_no_commands(
    keyboard: tuple[socket.socket, EvdevPort],
) -> None:
    near, port = keyboard
    with pytest.raises(PortTimeoutError):
        port.read(8, 0.01)
    with pytest.raises(LocalError):
        port.read(7, 1)
    with pytest.raises(PortError, match="takes no commands"):
        port.write(b"\x16T\r", 1)
    near.close()
    with pytest.raises(PortClosedError):
        port.read(8, 1)


def test_keys_typed_before_the_grab_make_the_scan_void() -> None:
    near, fd = joined()
    port = EvdevPort(fd, FACTS, [DROPPED, SHIFT, SYN])
    near.send(for_kernel([ONE]))
    assert parse_events(port.read(4096, 1)) == [DROPPED, SHIFT, SYN]
    assert parse_events(port.read(4096, 1)) == [ONE]
    port.close()
    near.close()


def test_a_keyboard_that_cannot_be_asked_any_more_is_an_error_of_its_port(
    keyboard: tuple[socket.socket, EvdevPort],
) -> None:
    near, port = keyboard
    near.send(for_kernel([DROPPED, SYN]))  # which keys are held no socket tells
    with pytest.raises(PortError):
        port.read(4096, 1)


def test_what_is_typed_is_whole_frames() -> None:
    near, fd = joined()
    port = UinputPort(fd)
    data = struct.pack("<HHi", 1, 2, 1) + bytes(8)
    port.write(data * 2 + data[:8], 1)
    sent = [from_kernel(near.recv(4096)) for _ in range(3)]
    assert sent == [[ONE, SYN], [ONE, SYN], [ONE]]
    near.send(for_kernel([KeyEvent(0x11, 1, 1)]))
    assert parse_events(port.read(64, 1)) == [KeyEvent(0x11, 1, 1)]
    with pytest.raises(FrameError):
        port.write(data[:9], 1)
    with pytest.raises(PortTimeoutError) as caught:
        port.write(data, -1)
    assert caught.value.sent == 0
    assert port.node() == ""  # a socket has none
    near.close()
    with pytest.raises(PortClosedError):
        port.write(data, 1)


def test_a_report_is_read_whole_and_written_with_a_zero_where_there_are_no_ids() -> None:
    near, fd = joined()
    port = HidrawPort(fd, HidFacts(1, 2, b""))
    near.send(bytes(range(8)))
    assert port.read(64, 1) == bytes(range(8))
    near.send(bytes(9))
    with pytest.raises(LocalError, match="9 bytes"):
        port.read(8, 1)
    port.write(b"\x02", 1)
    assert near.recv(64) == b"\0\x02"
    near.close()
    with pytest.raises(PortClosedError):
        port.write(b"\x02", 1)
    port.close()
    with pytest.raises(PortClosedError):
        port.write(b"\x02", 1)


# -- opening ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [EvdevPort, HidrawPort])
def test_what_cannot_be_opened_says_why(
    kind: type[EvdevPort] | type[HidrawPort], tmp_path: Path
) -> None:
    with pytest.raises(PortClosedError, match="is not there: plug the scanner in"):
        kind.open(str(tmp_path / "event0"))
    file = tmp_path / "event1"
    file.write_bytes(b"")
    with pytest.raises(PortError, match=r"no (input|HID) device"):
        kind.open(str(file))


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.EBUSY, PortBusyError, "in use"),
        (errno.ENODEV, PortClosedError, "plug the scanner in"),
        (errno.EACCES, PortError, "add this user to group input"),
        (errno.EIO, PortError, "cannot be opened"),
    ],
)
def test_why_a_keyboard_cannot_be_opened(number: int, kind: type[PortError], words: str) -> None:
    error = open_error("/dev/input/event0", OSError(number, os.strerror(number)), KEYBOARD)
    assert type(error) is kind
    assert words in str(error)


@pytest.mark.skipif(Path(DEVICE).exists(), reason="a virtual keyboard would type into this system")
def test_without_uinput_it_says_how_to_load_it() -> None:
    with pytest.raises(PortClosedError, match="modprobe uinput"):
        UinputPort.create("till")
