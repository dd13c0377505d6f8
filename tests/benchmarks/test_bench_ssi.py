"""What SSI costs on a saturated line: CPU seconds to parse and acknowledge, per line second."""

from __future__ import annotations

import time

import pytest

from pos_guard.frames import ssi
from pos_guard.frames.ssi import DECODER, Op
from pos_guard.scanners.language import Scanned, Send
from pos_guard.scanners.ssi import SsiLanguage, SsiSettings
from tests.benchmarks.ratio import Benchmark

LINE = 11_520
"""Bytes a second that 115,200 baud carry, with a start and a stop bit for each byte."""

READ = 16
"""Bytes that a serial port gives at once at this speed: a UART's queue."""

SECONDS = 2

CODES = {
    "goods": (0x0B, b"6901028225168"),
    "payment": (0x1C, b"134567890123456789"),
    "order": (0x1C, b"00020101" * 31),
}


def stream(code: str) -> bytes:
    """``SECONDS`` of the line at work, each packet right behind the other."""
    kind, data = CODES[code]
    packets = [
        ssi.build(Op.DECODE_DATA, bytes([kind]) + data[:-4] + b"%04d" % at, source=DECODER)
        for at in range(10_000)
    ]
    return b"".join(packets)[: SECONDS * LINE]


def served(data: bytes) -> tuple[int, int]:
    """How many codes were delivered, and how many acknowledged."""
    language = SsiLanguage(SsiSettings(lock=False))
    scans = acks = 0
    for at in range(0, len(data), READ):
        for item in language.feed(data[at : at + READ]):
            scans += isinstance(item, Scanned)
            acks += isinstance(item, Send)
    return scans, acks


@pytest.mark.parametrize("code", CODES)
def test_ssi_with_acks_against_the_time_of_a_saturated_line(
    benchmark: Benchmark, code: str
) -> None:
    data = stream(code)
    size = ssi.HEADER + 1 + len(CODES[code][1]) + ssi.CHECKSUM
    assert served(data) == (len(data) // size,) * 2
    spent: list[float] = []

    def turn() -> None:
        start = time.process_time()
        served(data)
        spent.append(time.process_time() - start)

    benchmark.pedantic(turn, rounds=10, warmup_rounds=2, iterations=1)
    share = sorted(spent)[len(spent) // 2] / SECONDS
    benchmark.extra_info.update(
        subject_us=round(share * 1e6, 1), peer_us=1e6, ratio=round(share, 3)
    )
    assert share <= 0.10, f"{share:.1%} of a core"
