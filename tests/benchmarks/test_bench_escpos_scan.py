"""A long ESC/POS command in small pieces costs in proportion to its length, not to its square."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pos_guard.frames.escpos import EscPosScanner
from tests.benchmarks.ratio import Benchmark, Side, against, note_rate

PIECE = 4096
SHORT, LONG = 1 << 18, (1 << 20) - 64
"""Bytes of the same command, four times as long: four times the work, or sixteen if it is copied
again with every piece. LONG is just below the scanner's longest command."""


def raster(size: int) -> list[bytes]:
    """One GS v 0 in pieces, 64 bytes a row."""
    rows = size // 64
    return _pieces(b"\x1dv0\x00\x40\x00" + rows.to_bytes(2, "little") + bytes(64 * rows))


def logos(size: int) -> list[bytes]:
    """One FS q of pictures whose heads stand all over it."""
    count = 240
    rows = size // count // 8 - 1
    picture = b"\x01\x00" + rows.to_bytes(2, "little") + bytes(8 * rows)
    return _pieces(b"\x1cq" + bytes((count,)) + picture * count)


def _pieces(data: bytes) -> list[bytes]:
    return [data[at : at + PIECE] for at in range(0, len(data), PIECE)]


def scanned(pieces: list[bytes]) -> int:
    scanner = EscPosScanner()
    return sum(len(scanner.feed(piece)) for piece in pieces)


@pytest.mark.parametrize("command", [raster, logos])
def test_escpos_scan_of_a_long_command_against_a_quarter_of_it(
    benchmark: Benchmark, command: Callable[[int], list[bytes]]
) -> None:
    long, short = command(LONG), command(SHORT)
    assert scanned(long) == scanned(short) == 1
    ratio = against(benchmark, Side(lambda: scanned(long)), Side(lambda: scanned(short)))
    note_rate(benchmark, LONG, "B")
    assert ratio < 10
