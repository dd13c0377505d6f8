"""What counts as a secret is found in every writing; what merely looks like one is left alone."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.secrets import known
from tests.secrets.detector import (
    Needle,
    key_needles,
    known_in,
    packed_needles,
    secrets_in,
    totp_needles,
)

KEY = bytes.fromhex("00ff27475cbeb2a1d9ad9f8e1bfe0d4a6f3f1f9d5a0b7c8e9f00112233445566")

FOUND = [
    ("card number", "paid with 4111 1111 1111 1111"),
    ("card number", '{"reference": "5555-5555-5555-4444"}'),
    ("card number", "6200000000000005 was refused"),
    ("card number", "4012000033330026"),  # in no list of ours: by its range, length and Luhn
    ("payment code", "code 134650000000000123 twice"),
    ("payment code", "ValueError: '28763443825664399'"),
    ("card number", "6212345678900000003"),
    ("PIN", '{"pin": "482915"}'),
    ("PIN", "wrong PIN: 730264."),
    ("PIN or password", "password=987654"),
    ("password", "dsn user Sesame77"),
    ("track 1", "%B4444333322221111^DOE/JOHN^29121010000000000?"),
    ("track 2", ";4444333322221111=29121010000000?"),
    ("track 2", "4444333322221111D29121010000000"),
    ("private key", "-----BEGIN EC PRIVATE KEY-----"),
    ("auth header", "Authorization: Bearer abcdef0123456789"),
    ("auth header", '"authorization": "WECHATPAY2-SHA256-RSA2048 mchid=\\"190000\\""'),
    ("API key", "x-api-key: sk_live_12345678"),
    ("API key", "apiv3_key = 0123456789abcdef"),
    ("password in an address", "postgresql://till:hunter2@db/shop"),
    ("TOTP enrolment", "otpauth://totp/shop:maya?secret=GEZDGNBVGY3TQOJQ&issuer=x"),
    ("payment code (EMV)", "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWET"),
]

MASK = re.compile(r"(.{2}…, )?[0-9]+ (characters|bytes)")
"""Two letters at most."""

LEFT = [
    "",
    '{"boot_us": 5018123456789, "wall_us": 1795363200000000}',
    "wall_us=4000000000000002",
    "order 20261122160804 of T1-000001",
    "out_trade_no 1217752501201407033233368018",  # 28 digits
    "4111111111111112",  # Luhn fails
    "411111******1111 of ben",
    "13************49",
    hashlib.sha256(b"x").hexdigest() + " 4a411111111111111b",
    "amount 48291500, 1482915 and 4829.15",
    "terminal 52001233, merchant 1900000109",
    "postgresql://till@db/shop",
    "the authorization of ben: none",
    "price 12.482915",
    "not within 4.012888888881881 s",
]


def kinds(text: str, keys: tuple[Needle, ...] = ()) -> set[str]:
    return {finding.kind for finding in secrets_in(text, keys)}


@pytest.mark.parametrize(("kind", "text"), FOUND)
def test_it_is_found(kind: str, text: str) -> None:
    assert any(found.startswith(kind) for found in kinds(text)), kinds(text)


@pytest.mark.parametrize("text", LEFT)
def test_it_is_left_alone(text: str) -> None:
    assert kinds(text) == set()


ROWS_OF_ONE_LETTER = {"4242424242424242", "6200000000000005", "6205500000000000004"}


@pytest.mark.parametrize("card", sorted({*known.CARDS} - ROWS_OF_ONE_LETTER))
def test_a_packed_card_number_is_found_in_binary(card: str) -> None:
    data = b"\xff\xfe" + bytes.fromhex(card + "f" * (len(card) % 2)) + b"\x00\x01"
    assert {finding.kind for finding in known_in(data)} == {"card number, packed"}


@pytest.mark.parametrize("card", ["5555555555554444", "378282246310005", "3566002020360505"])
def test_a_card_number_is_found_half_a_byte_later(card: str) -> None:
    digits = f"3{card}"
    data = b"\xff" + bytes.fromhex(digits + "f" * (len(digits) % 2)) + b"\x00"
    assert {finding.kind for finding in known_in(data)} == {"card number, packed"}


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        KEY.hex().encode(),
        KEY.hex().upper().encode(),
        base64.b64encode(KEY),
        base64.urlsafe_b64encode(KEY),
        base64.b32encode(KEY),
        base64.b64encode(b"k" + KEY + b"more"),
        base64.b64encode(b"ke" + KEY),
        base64.b64encode(b"key" + KEY),
        repr(KEY).encode(),
        repr({"key": KEY}).encode(),
    ],
)
def test_a_key_is_found_in_every_writing(written: bytes) -> None:
    needles = key_needles("key pepper", KEY)
    assert list(known_in(b"before " + written + b" after", needles))
    assert not list(known_in(b"before and after", needles))


@settings(max_examples=60)
@given(st.binary(min_size=16, max_size=40), st.binary(max_size=7), st.binary(max_size=7))
def test_any_key_is_found_in_base64_of_anything(key: bytes, before: bytes, after: bytes) -> None:
    text = base64.b64encode(before + key + after)
    assert any(needle.data in text for needle in key_needles("key", key))


@pytest.mark.parametrize("secret", known.TOTP_SECRETS)
def test_a_totp_secret_is_found_as_it_is_typed(secret: bytes) -> None:
    typed = base64.b32encode(secret).decode().rstrip("=")
    assert any(kind.startswith("TOTP") for kind in kinds(f"enter {typed} in the app"))


@pytest.mark.parametrize(("kind", "text"), FOUND)
def test_a_finding_never_holds_the_secret(kind: str, text: str) -> None:
    found = list(secrets_in(text))
    assert found
    for finding in found:
        assert MASK.fullmatch(finding.masked), kind


def test_needles_do_not_show_what_they_look_for() -> None:
    for needle in (*packed_needles(), *totp_needles(), *key_needles("key", KEY)):
        assert repr(needle.data)[2:-1] not in repr(needle)


def test_digests_hold_nothing() -> None:
    for number in range(2000):
        digest = hashlib.sha512(str(number).encode()).digest()
        assert list(known_in(digest)) == []
        assert kinds(digest.hex()) == set()
        assert kinds(base64.b64encode(digest).decode()) == set()
        assert (
            kinds(f"token {digest[:8].hex()} of {digest[:32].hex()}, {digest[8:24].hex()}") == set()
        )
