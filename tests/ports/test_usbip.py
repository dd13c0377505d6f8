"""The USB/IP session byte for byte, and its connection over a real socket pair."""

from __future__ import annotations

import errno
import json
import socket
import struct
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.usbip import HEADER
from pos_guard.ports.usb_device import Setup
from pos_guard.ports.usbip import MAX_PENDING, UsbIpSession, packet_sizes
from pos_guard.ports.usbip_connection import UsbIpConnection
from tests.ports.usb_gadget import Gadget

GOLDEN: dict[str, str] = json.loads(
    (Path(__file__).parents[1] / "golden" / "usbip.json").read_text(encoding="utf-8")
)
IN, OUT = 1, 0
SECONDS = 60.0


def submit(
    seq: int, direction: int, number: int, length: int, data: bytes = b"", setup: bytes = bytes(8)
) -> bytes:
    words = (1, seq, 0x10002, direction, number, 0, length, 0, 0xFFFFFFFF, 0)
    return struct.pack(">10I", *words) + setup + data


def write(seq: int, data: bytes) -> bytes:
    return submit(seq, OUT, 1, len(data), data)


def read(seq: int, length: int = 64) -> bytes:
    return submit(seq, IN, 2, length)


def unlink(seq: int, target: int) -> bytes:
    return struct.pack(">6I24x", 2, seq, 0x10002, 0, 0, target)


def ended(seq: int, status: int, count: int, data: bytes = b"") -> bytes:
    return struct.pack(">5IiIII12x", 3, seq, 0, 0, 0, status, count, 0, 0xFFFFFFFF) + data


def unlinked(seq: int, status: int) -> bytes:
    return struct.pack(">5Ii24x", 4, seq, 0, 0, 0, status)


def golden(name: str) -> bytes:
    return bytes.fromhex(GOLDEN[name])


def test_the_kernels_own_example_is_answered_as_captured() -> None:
    gadget = Gadget()
    session = UsbIpSession(gadget)
    # The capture's device has its IN endpoint at number 1.
    assert session.feed(golden("submit_in")) == b""
    assert session.feed(golden("submit_out")) == golden("returned_out")
    assert gadget.took == golden("submit_out")[HEADER:]
    gadget.packets.append(golden("returned_in")[HEADER:])
    assert session.changed() == golden("returned_in")


@pytest.mark.parametrize("chunk", [1, 47, 48, 49, 1000])
def test_requests_may_arrive_in_any_pieces(chunk: int) -> None:
    gadget = Gadget()
    session = UsbIpSession(gadget)
    gadget.packets.append(b"\x12")
    stream = write(1, b"hello") + read(2) + write(3, b"") + write(4, b"x" * 100)
    answers = b"".join(session.feed(stream[at : at + chunk]) for at in range(0, len(stream), chunk))
    assert answers == (ended(1, 0, 5) + ended(2, 0, 1, b"\x12") + ended(3, 0, 0) + ended(4, 0, 100))
    assert gadget.took == b"hello" + b"x" * 100
    assert not session.over


def test_a_device_that_takes_nothing_keeps_its_host_waiting() -> None:
    gadget = Gadget(room=3)
    session = UsbIpSession(gadget)
    assert session.feed(write(1, b"abcdef") + write(2, b"gh")) == b""
    assert session.changed() == b""
    gadget.room = 4
    assert session.changed() == ended(1, 0, 6)
    gadget.room = 1
    assert session.changed() == ended(2, 0, 2)
    assert gadget.took == b"abcdefgh"


def test_a_transfer_that_was_given_up_says_so_once() -> None:
    gadget = Gadget(room=0)
    session = UsbIpSession(gadget)
    session.feed(write(1, b"one") + write(2, b"two"))
    assert session.feed(unlink(3, 1)) == unlinked(3, -errno.ECONNRESET)
    gadget.room = 100
    assert session.changed() == ended(2, 0, 3)
    assert session.feed(unlink(4, 2)) == unlinked(4, 0)
    assert gadget.took == b"two"


def test_answers_that_came_for_a_read_given_up_are_not_lost() -> None:
    gadget = Gadget()
    session = UsbIpSession(gadget)
    gadget.packets.append(b"A" * 64)  # a whole packet: more may follow
    assert session.feed(read(1, 128)) == b""
    assert session.feed(unlink(2, 1)) == unlinked(2, -errno.ECONNRESET)
    gadget.packets.append(b"B")
    assert session.feed(read(3, 128)) == ended(3, 0, 65, b"A" * 64 + b"B")


@pytest.mark.parametrize(
    ("packets", "asked", "status", "data"),
    [
        ([b"abc"], 64, 0, b"abc"),
        ([b"a" * 64], 64, 0, b"a" * 64),
        ([b"a" * 64, b"b" * 10], 128, 0, b"a" * 64 + b"b" * 10),
        ([b"a" * 64, b""], 128, 0, b"a" * 64),  # the empty packet that ends a transfer
        ([b"a" * 64], 10, -errno.EOVERFLOW, b"a" * 10),
        ([], 0, 0, b""),
    ],
)
def test_a_short_packet_ends_a_read(
    packets: list[bytes], asked: int, status: int, data: bytes
) -> None:
    gadget = Gadget()
    gadget.packets.extend(packets)
    answer = UsbIpSession(gadget).feed(read(1, asked))
    assert answer == ended(1, status, len(data), data)


def test_a_halted_endpoint_stalls_and_the_other_works() -> None:
    gadget = Gadget()
    gadget.halted = {1}
    gadget.packets.append(b"\x16")
    session = UsbIpSession(gadget)
    assert session.feed(write(1, b"x") + read(2)) == (
        ended(1, -errno.EPIPE, 0) + ended(2, 0, 1, b"\x16")
    )
    gadget.halted = {0x82}
    assert session.feed(read(3)) == ended(3, -errno.EPIPE, 0)


def test_control_requests_reach_the_device_and_are_cut_to_what_was_asked() -> None:
    gadget = Gadget()
    session = UsbIpSession(gadget)
    port_status = bytes.fromhex("a101000000000100")
    assert session.feed(submit(1, IN, 0, 1, setup=port_status)) == ended(1, 0, 1, b"\x18")
    set_line = bytes.fromhex("2120000000000200")
    assert session.feed(submit(2, OUT, 0, 2, b"ab", setup=set_line)) == ended(2, 0, 2)
    unknown = bytes.fromhex("c1ff000000000100")
    assert session.feed(submit(3, IN, 0, 1, setup=unknown)) == ended(3, -errno.EPIPE, 0)
    assert gadget.asked == [
        Setup(0xA1, 1, 0, 0, 1),
        Setup(0x21, 0x20, 0, 0, 2),
        Setup(0xC1, 0xFF, 0, 0, 1),
    ]


@pytest.mark.parametrize("request_", [write(1, b"x"), read(1), submit(1, IN, 0, 1)])
def test_an_unplugged_device_ends_the_session(request_: bytes) -> None:
    gadget = Gadget()
    gadget.present = False
    session = UsbIpSession(gadget)
    assert session.feed(request_) == b""
    assert session.over


def test_what_is_no_usbip_ends_the_session_after_what_was() -> None:
    session = UsbIpSession(Gadget())
    assert session.feed(write(1, b"x") + bytes(HEADER) + write(2, b"y")) == ended(1, 0, 1)
    assert session.over


def test_a_host_cannot_pile_up_requests() -> None:
    session = UsbIpSession(Gadget())
    for number in range(MAX_PENDING):
        session.feed(read(number))
        assert not session.over
    session.feed(read(MAX_PENDING))
    assert session.over


def test_a_host_cannot_pile_up_bytes() -> None:
    session = UsbIpSession(Gadget(room=0))
    block = bytes(16 * 1024 * 1024)
    session.feed(write(1, block))
    session.feed(write(2, block))
    assert not session.over
    session.feed(write(3, b"x"))
    assert session.over


def test_packet_sizes_are_read_from_the_descriptors() -> None:
    gadget = Gadget()
    assert packet_sizes(gadget.configuration_descriptor) == {1: 64, 0x82: 64}
    assert packet_sizes(b"\x09\x02\x20") == {}
    assert packet_sizes(b"\x00" * 20) == {}


@given(st.lists(st.binary(max_size=200), max_size=5))
@settings(max_examples=150)
def test_garbage_never_raises(pieces: list[bytes]) -> None:
    session = UsbIpSession(Gadget())
    for piece in pieces:
        session.feed(piece)
        session.changed()


STEPS = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 300)),
    st.tuples(st.just("read"), st.integers(0, 200)),
    st.tuples(st.just("unlink"), st.integers(0, 30)),
    st.tuples(st.just("room"), st.integers(0, 300)),
    st.tuples(st.just("packet"), st.integers(0, 64)),
)


@given(st.lists(STEPS, max_size=30))
@settings(max_examples=200)
def test_every_transfer_ends_exactly_once(steps: list[tuple[str, int]]) -> None:
    gadget = Gadget(room=0)
    session = UsbIpSession(gadget)
    begun: set[int] = set()
    answers = b""
    for seq, (step, number) in enumerate(steps, 1):
        if step in {"write", "read"}:
            begun.add(seq)
            answers += session.feed(
                write(seq, b"w" * number) if step == "write" else read(seq, number)
            )
        elif step == "unlink":
            answers += session.feed(unlink(seq, number))
        else:
            gadget.room += number if step == "room" else 0
            gadget.packets.extend([b"p" * number] if step == "packet" else [])
            answers += session.changed()
    gadget.room = 1 << 30
    gadget.packets.extend([b""] * len(steps))
    answers += session.changed()
    assert not session.over
    assert sorted(begun) == sorted(ends(answers, steps))


def ends(answers: bytes, steps: list[tuple[str, int]]) -> list[int]:
    """The transfers that were answered or given up, as often as they were."""
    found: list[int] = []
    while answers:
        command, seq, _, _, _, status, count = struct.unpack(">5IiI", answers[:28])
        if command == 3:
            found.append(seq)
            is_read = steps[seq - 1][0] == "read"
            answers = answers[48 + (count if is_read else 0) :]
        else:
            assert command == 4
            found += [steps[seq - 1][1]] if status == -errno.ECONNRESET else []
            answers = answers[48:]
    return found


# -- over a socket ----------------------------------------------------------------------------


def receive(host: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = host.recv(count - len(data))
        assert more, f"hung up after {data.hex()}"
        data += more
    return data


@pytest.fixture
def pair() -> tuple[socket.socket, socket.socket]:
    host, ours = socket.socketpair()
    host.settimeout(SECONDS)
    return host, ours


def test_a_connection_serves_and_hears_of_changes(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    host, ours = pair
    gadget = Gadget()
    connection = UsbIpConnection(gadget, ours)
    with host:
        host.sendall(write(1, b"bill") + read(2))
        assert receive(host, 48) == ended(1, 0, 4)
        gadget.packets.append(b"\x12")
        gadget.changed()
        assert receive(host, 49) == ended(2, 0, 1, b"\x12")
        connection.close()
        assert host.recv(1) == b""
    assert not connection.alive
    assert gadget.listeners == []
    connection.close()


def test_large_answers_go_out_while_the_host_is_slow(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    host, ours = pair
    gadget = Gadget()
    gadget.packets.extend([b"z" * 64] * 32768)
    connection = UsbIpConnection(gadget, ours)
    with host:
        host.sendall(read(1, 2 * 1024 * 1024))
        answer = receive(host, 48 + 2 * 1024 * 1024)
    assert answer == ended(1, 0, 2 * 1024 * 1024, b"z" * (2 * 1024 * 1024))
    connection.close()


@pytest.mark.parametrize("how", ["unplugged", "hung up", "garbage"])
def test_a_connection_ends_by_itself(pair: tuple[socket.socket, socket.socket], how: str) -> None:
    host, ours = pair
    gadget = Gadget()
    over = threading.Event()
    connection = UsbIpConnection(gadget, ours, over.set)
    with host:
        if how == "unplugged":
            gadget.present = False
            gadget.changed()
        elif how == "hung up":
            host.shutdown(socket.SHUT_RDWR)
        else:
            host.sendall(bytes(HEADER))
        assert over.wait(SECONDS)
    assert not connection.alive
    connection.close()
