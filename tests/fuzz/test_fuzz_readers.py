"""Whatever a reader gets, it reads it or says FrameError, and soon.

Garbage, golden messages with bytes changed, cut, doubled, and with the lengths and counts of
2^31 and of nothing put in their midst.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from tests.fuzz.readers import READERS, Reading

EXAMPLES = int(os.environ.get("POS_GUARD_FUZZ_EXAMPLES", "25"))
SECONDS = 10
"""For one message; a reader that needs as much would stop a till. Machines stall, so not less."""

_HOSTILE = (
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x84\x7f\xff\xff\xff",
    b"\xff\xff\xff",
    b"\x80",
    b"\x1f" + b"\xff" * 40,
    b"\x00" * 8,
    b"\x99\x99",
    b"2147483648",
    b"-1",
    b"999",
    b"000",
    b"\xd9\xa3",  # a digit of another script
    b"\xf0\x9f\x98\x80",
    b"]]>",
    b"&#x80000000;",
    b"%7F%FF%FF%FF",
    b"1e2147483647",
    b"[" * 40,
)


@contextlib.contextmanager
def in_time() -> Iterator[None]:
    """A reader that hangs fails with what it was doing."""

    def late(*_: object) -> None:
        raise AssertionError(f"not read within {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def changed(seed: bytes, source: random.Random) -> bytes:
    """The message with one to four wrongs done to it."""
    data = bytearray(seed)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(data) + 1)
        match source.randrange(6):
            case 0:
                data[at : at + 1] = source.randbytes(1)
            case 1:
                del data[at : at + source.randint(1, 8)]
            case 2:
                data[at:at] = source.choice(_HOSTILE)
            case 3:
                data[at : at + 4] = source.choice(_HOSTILE)
            case 4:
                data[at:at] = data[at : at + source.randint(1, 32)]
            case _:
                del data[at:]
    return bytes(data)


def give(reading: Reading, data: bytes) -> None:
    with in_time(), contextlib.suppress(FrameError):
        reading.read(data)


@pytest.mark.parametrize("name", READERS)
def test_garbage_is_read_or_refused(name: str) -> None:
    reading = READERS[name]

    @settings(max_examples=EXAMPLES, deadline=None, database=None)
    @given(st.binary(max_size=400))
    def garbage(data: bytes) -> None:
        give(reading, data)

    garbage()


@pytest.mark.parametrize("name", READERS)
def test_changed_messages_are_read_or_refused(name: str) -> None:
    reading = READERS[name]
    seeds = reading.seeds or (bytes(32),)

    @settings(max_examples=EXAMPLES * 2, deadline=None, database=None)
    @given(st.sampled_from(seeds), st.integers(0, 2**32))
    def hostile(seed: bytes, source: int) -> None:
        give(reading, changed(seed, random.Random(source)))

    hostile()


@pytest.mark.parametrize("name", READERS)
def test_every_cut_of_a_message_is_read_or_refused(name: str) -> None:
    for seed in READERS[name].seeds[:2]:
        step = max(1, len(seed) // 60)
        for end in range(0, len(seed), step):
            give(READERS[name], seed[:end])


def test_seeds_are_messages_that_the_readers_read() -> None:
    """Else only the first byte of every format would be fuzzed."""
    deaf: list[str] = []
    for name, reading in READERS.items():
        read = 0
        for seed in reading.seeds:
            with contextlib.suppress(FrameError):
                reading.read(seed)
                read += 1
        if not read:
            deaf.append(name)
    assert not deaf
