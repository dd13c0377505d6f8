"""What every port promises, as one public function: run it against any new back-end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from pos_guard.errors import PortClosedError, PortTimeoutError
from pos_guard.ports.base import Port

MakePair = Callable[[], tuple[Port, Port]]

ALL_BYTES = bytes(range(256))


def read_exactly(port: Port, count: int) -> bytes:
    """Read until ``count`` bytes are there."""
    data = b""
    while len(data) < count:
        data += port.read(count - len(data), 5)
    return data


def check_two_way(make_pair: MakePair) -> None:
    """Check all of :class:`~pos_guard.ports.base.Port` on two joined ends."""
    for check in (
        check_transparent_both_ways,
        check_read_times_out,
        check_write_counts_what_left,
        check_large_transfer_under_back_pressure,
        check_peer_gone,
        check_close_wakes_a_reader,
        check_closed_port_refuses,
    ):
        one, other = make_pair()
        try:
            check(one, other)
        finally:
            one.close()
            other.close()


def check_transparent_both_ways(one: Port, other: Port) -> None:
    for near, far in ((one, other), (other, one)):
        near.write(ALL_BYTES, 2)
        assert read_exactly(far, 256) == ALL_BYTES
    one.write(b"abc", 2)
    assert other.read(2, 2) == b"ab"
    assert other.read(9, 2) == b"c"


def check_read_times_out(one: Port, other: Port) -> None:
    del other
    started = time.monotonic()
    with pytest.raises(PortTimeoutError):
        one.read(1, 0.05)
    assert 0.04 <= time.monotonic() - started < 2


def check_write_counts_what_left(one: Port, other: Port) -> None:
    flood = b"x" * 64 * 1024 * 1024
    cpu = time.thread_time()
    with pytest.raises(PortTimeoutError) as caught:
        one.write(flood, 0.3)
    assert time.thread_time() - cpu < 0.2, "a full buffer must not spin"
    assert 0 < caught.value.sent < len(flood)
    assert read_exactly(other, 1) == b"x"


def check_large_transfer_under_back_pressure(one: Port, other: Port) -> None:
    sent = ALL_BYTES * 400
    writer = threading.Thread(target=one.write, args=(sent, 10))
    writer.start()
    received = read_exactly(other, len(sent))
    writer.join(10)
    assert received == sent


def check_peer_gone(one: Port, other: Port) -> None:
    other.close()
    with pytest.raises(PortClosedError):
        one.read(1, 2)
    with pytest.raises(PortClosedError):
        write_twice(one)


def write_twice(port: Port) -> None:
    """TCP learns of the loss from the reset that answers the first write."""
    port.write(b"x", 2)
    with pytest.raises(PortClosedError):
        port.read(1, 2)
    port.write(b"x", 2)


def check_close_wakes_a_reader(one: Port, other: Port) -> None:
    del other
    caught: list[type[BaseException]] = []
    waiting = threading.Event()

    def read() -> None:
        waiting.set()
        try:
            one.read(1, 30)
        except PortClosedError as error:
            caught.append(type(error))

    reader = threading.Thread(target=read)
    reader.start()
    waiting.wait(2)
    started = time.monotonic()
    one.close()
    reader.join(5)
    assert caught == [PortClosedError]
    assert time.monotonic() - started < 2


def check_closed_port_refuses(one: Port, other: Port) -> None:
    del other
    one.close()
    one.close()
    with pytest.raises(PortClosedError):
        one.read(1, 1)
    with pytest.raises(PortClosedError):
        one.write(b"x", 1)
