"""What a till has not read: in order, bounded, and not for long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pos_guard.ports.usb_unread import KEPT_SECONDS, MAX_UNREAD, Unread


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def drained(unread: Unread, size: int = 64) -> list[bytes]:
    found: list[bytes] = []
    while (piece := unread.take(size)) is not None:
        found.append(piece)
    return found


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=20), st.integers(1, 50))
def test_every_piece_comes_in_order_and_never_with_a_part_of_another(
    pieces: list[bytes], size: int
) -> None:
    unread = Unread(Clock())
    for piece in pieces:
        unread.put(piece)
    cut = [p[at : at + size] for p in pieces for at in range(0, len(p), size)]
    assert drained(unread, size) == cut


def test_a_code_that_nobody_reads_is_no_code_of_the_next_customer() -> None:
    clock = Clock()
    unread = Unread(clock)
    unread.put(b"old")
    clock.now += KEPT_SECONDS + 0.1
    assert unread.take(64) is None
    unread.put(b"older")
    clock.now += 60
    unread.put(b"new")
    assert drained(unread) == [b"new"]


def test_a_till_that_reads_slowly_gets_all_of_it() -> None:
    clock = Clock()
    unread = Unread(clock)
    for number in range(5):
        unread.put(b"%d" % number)
    found: list[bytes | None] = []
    for _ in range(5):
        clock.now += KEPT_SECONDS * 0.9
        found.append(unread.take(64))
    assert found == [b"0", b"1", b"2", b"3", b"4"]


def test_the_rest_of_a_code_that_was_left_in_its_midst_goes() -> None:
    clock = Clock()
    unread = Unread(clock)
    unread.put(b"123456")
    assert unread.take(2) == b"12"
    clock.now += KEPT_SECONDS + 0.1
    unread.put(b"next")
    assert drained(unread) == [b"next"]


def test_no_more_is_kept_than_the_limit_and_the_oldest_goes() -> None:
    unread = Unread(Clock())
    for number in range(3 * MAX_UNREAD // 1000):
        unread.put(b"%04d" % number + bytes(996))
    kept = drained(unread, 1000)
    assert len(kept) == MAX_UNREAD // 1000
    assert kept[-1].startswith(b"%04d" % (3 * MAX_UNREAD // 1000 - 1))
    unread.put(bytes(MAX_UNREAD + 1))  # one piece alone is kept whatever its size
    assert unread.take(8) == bytes(8)
    unread.clear()
    assert unread.take(1) is None
