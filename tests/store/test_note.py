"""Signed notes: those that other programs signed, and every way in which one is wrong."""

from __future__ import annotations

import base64

import pytest

from pos_guard.errors import TamperError
from pos_guard.store.note import Ed25519Signer, Ed25519Verifier, HmacSigner, opened, signed

# The example of golang.org/x/mod/sumdb/note (note_test.go, example_test.go; BSD-3-Clause): key and
# note as its documentation shows them, made by that program.
NAME = "PeterNeumann"
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE = (
    f"{TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKv"
    "qfqdngotpRZb6KE6RyyBwJnAM=\n"
)

SEED = base64.b64decode(SECRET.split("+", 4)[4])[1:]


def test_a_note_of_another_program_is_read() -> None:
    key = Ed25519Verifier(NAME, base64.b64decode(PUBLIC.split("+", 2)[2])[1:])
    assert key.key_id.hex() == "c74f20a3"
    assert key.text() == PUBLIC
    assert opened(NOTE, key) == TEXT


def test_the_same_key_makes_the_same_note() -> None:
    assert signed(TEXT, Ed25519Signer(NAME, SEED)) == NOTE


@pytest.mark.parametrize("signer", [Ed25519Signer(NAME, SEED), HmacSigner("till", b"k" * 32)])
def test_every_changed_letter_of_the_text_is_found(signer: Ed25519Signer | HmacSigner) -> None:
    note = signed("till\n7\nroot\n", signer)
    assert opened(note, signer) == "till\n7\nroot\n"
    for place in range(len("till\n7\nroot\n")):
        changed = note[:place] + chr(ord(note[place]) ^ 1) + note[place + 1 :]
        with pytest.raises(TamperError):
            opened(changed, signer)


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        NOTE[:-1],
        NOTE.replace("— ", "- "),
        NOTE.replace("x08go", "!08go"),
        NOTE.replace("PeterNeumann x08", "PeterNeumann y08"),
        NOTE.replace("PeterNeumann x", "Somebody x"),
        NOTE.replace("x08go/ZJ", "x08go/ZK"),
        "x" * 20_000 + "\n" + NOTE,
        NOTE + NOTE.partition("\n\n")[2].replace("/ZJ", "/ZK"),
    ],
    ids=range(10),
)
def test_what_is_no_note_of_this_key_is_refused(note: str) -> None:
    with pytest.raises(TamperError):
        opened(note, Ed25519Signer(NAME, SEED))


def test_signatures_of_others_are_passed_over() -> None:
    ours, theirs = HmacSigner("till", b"k" * 32), HmacSigner("till", b"x" * 32)
    lines = signed(TEXT, theirs) + signed(TEXT, ours).partition("\n\n")[2]
    assert opened(lines, ours) == TEXT
    with pytest.raises(TamperError, match="no key of this store"):
        opened(signed(TEXT, theirs), ours)
