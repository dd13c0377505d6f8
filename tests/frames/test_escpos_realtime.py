"""Real-time commands are found wherever they stand, and however the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.escpos_realtime import RealTimeFinder, find_realtime

EOT = b"\x10\x04\x01"
BUZZER_AROUND_EOT = b"\x10\x14\x03\x10\x04\x01\x00\x00"


@pytest.mark.parametrize(
    ("data", "raws"),
    [
        (b"text" + EOT + b"\x10\x05\x02", [EOT, b"\x10\x05\x02"]),
        (b"\x1dv0\x00\x03\x00\x01\x00" + EOT, [EOT]),
        (b"\x10\x10\x04\x01", [EOT]),
        (b"\x10\x14\x01\x00" + EOT, [EOT]),  # no pulse: t is 10h
        (BUZZER_AROUND_EOT, [BUZZER_AROUND_EOT]),  # its parameters are no command
        (b"\x10\x04\x07\x01\x10\x04\x12\x01", [b"\x10\x04\x07\x01", b"\x10\x04\x12\x01"]),
        (b"\x10\x04\x13\x10\x06\x01", []),
    ],
)
def test_by_example_whole_and_byte_by_byte(data: bytes, raws: list[bytes]) -> None:
    assert [token.raw for token in find_realtime(data)] == raws
    whole, single = RealTimeFinder(), RealTimeFinder()
    found = whole.feed(data + b"end")
    assert [token.raw for token in found] == raws
    assert [t for at in range(len(data)) for t in single.feed(data[at : at + 1])] == found
    assert all(data[token.at :].startswith(token.raw) for token in found)


PIECES = st.sampled_from(
    [EOT, BUZZER_AROUND_EOT, b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", b"\x10\x14\x02\x01",
     b"\x10", b"\x14", b"\x04\x01", b"\x01\x00\x01", b"\x03", b"a"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=10).map(b"".join), st.integers(1, 7))
def test_cuts_do_not_matter(data: bytes, size: int) -> None:
    data += bytes(10)  # enough for the longest command that may have begun
    finder = RealTimeFinder()
    found = [t for at in range(0, len(data), size) for t in finder.feed(data[at : at + size])]
    assert found == RealTimeFinder().feed(data) == find_realtime(data)
