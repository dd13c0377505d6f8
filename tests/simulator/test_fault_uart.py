"""Bytes as a UART of another speed or parity has them: bits counted by hand, and oversampled."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard_simulator.faulty_line.uart import resampled, with_parity, without_parity


def oversampled(data: bytes, sent: int, read: int) -> bytes:
    """Another way to the same: a wave form of fine samples, and a reader who counts them."""
    fine = 2 * sent * read
    bits = [bit for byte in data for bit in (0, *(byte >> n & 1 for n in range(8)), 1)]
    wave = [bit for bit in bits for _ in range(fine // sent)]
    idle = [1] * (20 * fine // read)
    wave = [1, *wave, *idle]
    out, at = bytearray(), 1
    while True:
        while at < len(wave) and not (wave[at] == 0 and wave[at - 1] == 1):
            at += 1
        if at >= len(wave):
            return bytes(out)
        half = fine // read // 2
        if wave[at + half]:
            at += half
            continue
        out.append(sum(wave[at + half * (2 * n + 3)] << n for n in range(8)))
        at += half * 19 + 1


@pytest.mark.parametrize(
    ("data", "sent", "read", "expected"),
    [
        # 0x55 is a square wave: 0 10101010 1. Read twice as fast, each bit counts double:
        # 0 01100110 0 is 0x66 without a stop bit; then 11, and 0 0110011 with the idle line: 0xE6.
        (b"\x55", 4800, 9600, b"\x66\xe6"),
        # Half as fast: in the middle of each start bit the line is already 1 again.
        (b"\x55", 9600, 4800, b""),
        # 0 00001111 1, half as fast: looked at from the third bit on, every second: 0 1 1 1, idle.
        (b"\xf0", 9600, 4800, b"\xfe"),
        (b"U", 9600, 9600, b"U"),
        (b"", 9600, 1200, b""),
        # A zero sent slowly is a break: one byte of zeros, then nothing that falls.
        (b"\x00", 1200, 9600, b"\x00"),
        # 0xFF is nothing but a start bit: four times too short to be one.
        (b"\xff", 9600, 2400, b""),
    ],
)
def test_bits_counted_by_hand(data: bytes, sent: int, read: int, expected: bytes) -> None:
    assert resampled(data, sent, read) == expected


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=12),
    st.sampled_from([(1, 2), (2, 1), (3, 2), (2, 3), (4, 1), (1, 8), (8, 1), (100, 97), (5, 6)]),
)
def test_as_a_reader_who_counts_fine_samples(data: bytes, rates: tuple[int, int]) -> None:
    assert resampled(data, *rates) == oversampled(data, *rates)


@given(st.binary(max_size=40), st.integers(1, 9))
def test_the_right_speed_changes_nothing(data: bytes, rate: int) -> None:
    assert resampled(data, rate, rate) == data


@given(st.binary(max_size=40))
def test_two_percent_of_error_are_nothing_to_a_uart(data: bytes) -> None:
    assert resampled(data, 100, 98) == data
    assert resampled(data, 98, 100) == data


@pytest.mark.parametrize(
    ("byte", "seen"),
    # Even parity: A has two ones, C three; the code chart of 7E1 on an 8N1 screen.
    [
        (b"A", b"A"),
        (b"C", b"\xc3"),
        (b"\r", b"\x8d"),
        (b"\n", b"\n"),
        (b"1", b"\xb1"),
        (b"3", b"3"),
    ],
)
def test_a_parity_bit_is_bit_seven(byte: bytes, seen: bytes) -> None:
    assert with_parity(byte) == seen
    assert without_parity(seen) == byte


def test_a_wrong_parity_is_a_question_mark() -> None:
    assert without_parity(b"ABC1") == b"AB??"
