"""The lines that the printer link adds to paper."""

from __future__ import annotations

import pytest

from pos_guard.links.printer_lines import chinese_lines


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("还有未确认", 10, ["还有未确认"]),
        ("还有未确认。", 10, ["还有未确", "认。"]),
        ("还有 12.50 未确认", 10, ["还有 12.50", " 未确认"]),
        ("", 10, []),
    ],
)
def test_a_closing_sign_never_begins_a_line(text: str, columns: int, lines: list[str]) -> None:
    assert chinese_lines(text, columns) == lines
