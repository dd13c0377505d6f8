"""The secrets that tests use, so that each is found exactly, in whatever writing.

What the patterns of ``detector`` would take for one anyhow is here all the same: an exact value is
also found where a pattern cannot look, inside a database page or packed into half bytes.
"""

from __future__ import annotations

CARDS = (
    "4111111111111111",
    "4242424242424242",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "3056930009020004",
    "30569309025904",
    "3566002020360505",
    "6200000000000005",
    "6205500000000000004",
    "4012888888881881",
    "4000056655665556",
)
"""Test cards that Adyen, Stripe, UnionPay and WeChat Pay publish in their documents."""

PAYMENT_CODES = (
    "134621000053364349",
    "134567890123456789",
    "134651234567890123",
    "134669410611194349",
    "130061098828009406",
    "134650000000000001",
    "134650000000000009",
    "28763443825664394",
    "2866640000594810",
)
"""Codes of customers that tests scan and charge; the demo's are found by their pattern."""

PINS = (
    "482915",
    "730264",
    "918357",
    "275931",
    "482916",
    "628413",
    "640193",
    "640275",
)
"""PINs of the people in tests. A new one is missed by nobody: see ``test_known``."""

PASSWORDS = ("987654", "Sesame77")
"""Of a ZVT terminal and of a PostgreSQL user."""

TOTP_SECRETS = (b"12345678901234567890", b"maya-second-factor-1", b"anna-second-factor-1")
"""RFC 6238's, and the ones that tests enrol."""
