"""Checkpoints and their short codes: the specification's own example, every misread letter."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import LocalError, TamperError
from pos_guard.store.checkpoint import Checkpoint, parse_checkpoint, parse_code, short_code

# The example of C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint), without its signature.
TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
ROOT = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")


def test_the_example_of_the_specification() -> None:
    checkpoint = parse_checkpoint(TEXT)
    assert checkpoint == Checkpoint("example.com/behind-the-sofa", 20852163, ROOT)
    assert checkpoint.text() == TEXT
    assert parse_checkpoint(TEXT + "an extension\n") == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT.replace("20852163", "020852163"),
        TEXT.replace("20852163", "-1"),
        TEXT.replace("20852163", "１"),
        TEXT.replace("20852163", "9" * 19),
        TEXT.replace("CsU", "!!!"),
        TEXT.replace("CsUY", ""),
        TEXT.replace("example.com/behind-the-sofa", ""),
        TEXT + "\n",
    ],
    ids=range(10),
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(TamperError):
        parse_checkpoint(text)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**17), st.binary(min_size=32, max_size=32))
def test_a_code_is_read_as_people_write_it(size: int, root: bytes) -> None:
    code = short_code(size, root)
    assert parse_code(code) == (size, code)
    assert parse_code(f" {code.lower().replace('-', ' ')} ") == (size, code)
    assert parse_code(
        code.replace("1", "I")[: len(str(size))].replace("I", "1")
        + code[len(str(size)) :].replace("0", "O").replace("1", "l")
    ) == (size, code)


def test_every_misread_letter_and_swap_is_found() -> None:
    code = short_code(12345, ROOT)
    head, _, letters = code.partition("-")
    flat = letters.replace("-", "")
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    wrong = missed = 0
    for at, letter in enumerate(flat):
        for other in alphabet.replace(letter, ""):
            wrong += 1
            missed += _accepted(f"{head}-{flat[:at]}{other}{flat[at + 1 :]}")
        if at and flat[at - 1] != letter:
            wrong += 1
            missed += _accepted(f"{head}-{flat[: at - 1]}{letter}{flat[at - 1]}{flat[at + 1 :]}")
    assert wrong > 500
    assert missed == flat[:-1].count("0") + flat[:-1].count("Z")
    for digit in range(5):
        for other in "0123456789".replace(head[digit], ""):
            changed = head[:digit] + other + head[digit + 1 :]
            assert not _accepted(f"{changed}-{letters}")


def _accepted(code: str) -> bool:
    try:
        parse_code(code)
    except LocalError:
        return False
    return True


@pytest.mark.parametrize("code", ["", "12", "x-ABCD-EFGH-JKMN-PQRS", "1-ABCD", "1-" + "U" * 16])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(LocalError):
        parse_code(code)


def test_a_code_depends_on_size_and_root() -> None:
    assert short_code(1, ROOT)[2:] != short_code(2, ROOT)[2:]
    assert short_code(1, ROOT) != short_code(1, bytes(32))
