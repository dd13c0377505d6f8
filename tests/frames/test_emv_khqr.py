"""KHQR: what the National Bank of Cambodia asks beyond EMVCo, and where it departs from it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pos_guard.frames import emv_mpm
from pos_guard.frames.codes import classify


def sealed(base: dict[str, str], **changes: str | None) -> str:
    """A code with a right checksum; ``t54=None`` leaves an object out."""
    tags = dict[str, str | None](base) | {tag[1:]: value for tag, value in changes.items()}
    return emv_mpm.seal(emv_mpm.build({t: v for t, v in tags.items() if v is not None}))


def inner(**values: str) -> str:
    return emv_mpm.build({tag[1:]: value for tag, value in values.items()})


PLAIN = {
    "00": "01",
    "01": "11",
    "02": "4000123456789012",
    "52": "5812",
    "53": "156",
    "58": "CN",
    "59": "BEST TRANSPORT",
    "60": "BEIJING",
}
KHQR = PLAIN | {
    "29": inner(t00="jonhsmith@nbcq"),
    "53": "116",
    "58": "KH",
}
TIMES = inner(t00="1700000000000", t01="1700000060000")


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({}, ("khqr-29",)),
        ({"t99": TIMES, "t01": "12", "t54": "1.5"}, ("khqr-29",)),
        ({"t99": TIMES, "t01": "12"}, ("khqr-29", "khqr-no-amount")),
        ({"t01": "12", "t54": "1"}, ("khqr-29", "khqr-no-time")),
        (
            {"t99": inner(t00="1700000000000"), "t01": "12", "t54": "1"},
            ("khqr-29", "khqr-no-expiry"),
        ),
        ({"t99": inner(t00="17000000000000", t01="1700000000000")}, ("khqr-29", "khqr-time")),
        ({"t99": inner(t00="1700000000000", t01="17000000600000")}, ("khqr-29", "khqr-time")),
        (
            {"t99": inner(t00="1700000000000", t01="１７０００００００００００")},
            ("khqr-29", "khqr-time"),
        ),
        ({"t29": inner(t00="j@devb", t01="x" * 32, t02="x" * 32)}, ("khqr-29",)),
        ({"t29": inner(t00="j@devb", t01="x" * 33)}, ("khqr-29", "khqr-long")),
        ({"t29": inner(t00="j@devb", t02="x" * 33)}, ("khqr-29", "khqr-long")),
        ({"t58": None}, ("absent-58", "khqr-29")),
        ({"t58": "KKH"}, ("format-58", "khqr-country", "khqr-29")),
        ({"t58": "TH"}, ()),
        ({"t99": inner(t00="1700000060000", t01="1700000000000")}, ("khqr-29", "khqr-time")),
        ({"t99": inner(t00="soon")}, ("khqr-29", "khqr-time")),
        ({"t99": inner(t00="9" * 30)}, ("khqr-29", "khqr-time")),
        ({"t99": inner(t01="1700000000000")}, ("khqr-99", "khqr-29", "khqr-time")),
        ({"t99": "none"}, ("template-99", "khqr-29", "khqr-time")),
        ({"t29": inner(t00="john_smith_devb")}, ("khqr-29", "khqr-account")),
        ({"t29": inner(t00=f"{'j' * 30}@devb")}, ("long-29-00", "khqr-29", "khqr-account")),
        ({"t53": "156"}, ("khqr-currency", "khqr-29")),
        ({"t29": inner(t00="A0000006230101", t01="x")}, ()),
    ],
)
def test_khqr(changes: dict[str, str | None], problems: tuple[str, ...]) -> None:
    assert classify(sealed(KHQR, t02=None, **changes)).problems == problems


def test_khqr_says_when_it_expires() -> None:
    found = classify(sealed(KHQR, t99=TIMES))
    assert found.expires == datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC)
