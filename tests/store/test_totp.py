"""TOTP against the published vectors, and what a code is good for."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from pos_guard.clock import SECOND
from pos_guard.store import totp

SECRET = b"12345678901234567890"

# RFC 4226, appendix D: counters 0 to 9.
HOTP = (
    "755224 287082 359152 969429 338314",
    "254676 287922 162583 399871 520489",
)

# RFC 6238, appendix B, SHA-1: seconds, and the eight digits of which an app of six shows the last.
TOTP = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


def test_the_counter_vectors_of_rfc_4226() -> None:
    assert [totp.code_at(SECRET, counter) for counter in range(10)] == " ".join(HOTP).split()


@pytest.mark.parametrize(("seconds", "eight"), TOTP)
def test_the_time_vectors_of_rfc_6238(seconds: int, eight: str) -> None:
    assert totp.code_at(SECRET, totp.step_of(seconds * SECOND)) == eight[2:]


@pytest.mark.parametrize(("off", "found"), [(-2, None), (-1, 999), (0, 1000), (1, 1001), (2, None)])
def test_a_code_may_be_one_step_off(off: int, found: int | None) -> None:
    code = totp.code_at(SECRET, 1000 + off)
    assert totp.matching_step(SECRET, code, 1000 * totp.STEP_US, -1) == found


@pytest.mark.parametrize(("after", "found"), [(998, 1000), (999, 1000), (1000, None), (1001, None)])
def test_a_step_counts_only_after_the_last_one(after: int, found: int | None) -> None:
    code = totp.code_at(SECRET, 1000)
    assert totp.matching_step(SECRET, code, 1000 * totp.STEP_US, after) == found


@pytest.mark.parametrize("code", ["", "7552244", "75522", "七五五二二四", "\ud800", "755224 "])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert totp.matching_step(SECRET, code, 0, -1) is None


def test_the_address_says_what_an_app_needs() -> None:
    parts = urlsplit(totp.uri(SECRET, "anna b", "pos-guard till1"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/pos-guard%20till1:anna%20b"
    assert parse_qs(parts.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["pos-guard till1"],
        "digits": ["6"],
        "period": ["30"],
    }
