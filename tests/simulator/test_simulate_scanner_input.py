"""Codes that are typed at ``pos-guard simulate scanner``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pos_guard_simulator.simulate_scanner_input import MAX_CODE, read_codes


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        (b"", []),
        (b"one", [b"one"]),
        (b"one\ntwo\r\n\n\r\nthree", [b"one", b"two", b"three"]),
        (b"\xff\x00 \n", [b"\xff\x00 "]),
        (b"x" * (MAX_CODE + 5) + b"\ny", [b"x" * MAX_CODE, b"y"]),
        (b"x" * 3 * MAX_CODE, [b"x" * MAX_CODE]),
    ],
)
def test_codes_are_read_line_by_line(tmp_path: Path, written: bytes, codes: list[bytes]) -> None:
    (tmp_path / "codes").write_bytes(written)
    got: list[bytes] = []
    descriptor = os.open(tmp_path / "codes", os.O_RDONLY)
    try:
        read_codes(descriptor, got.append)
    finally:
        os.close(descriptor)
    assert got == codes


def test_codes_come_as_they_are_typed_and_a_closed_input_is_the_end() -> None:
    reader, writer = os.pipe()
    got: list[bytes] = []

    def scan(code: bytes) -> None:
        got.append(code)
        # Only once the first code is through may the next keys be pressed.
        os.write(writer, b"o\n") if code == b"on" else os.close(writer)

    os.write(writer, b"on\ntw")
    read_codes(reader, scan)
    os.close(reader)
    assert got == [b"on", b"two"]
    read_codes(reader, got.append)
    assert got == [b"on", b"two"]
