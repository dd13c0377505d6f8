"""Replaces secrets in text and in packed digits by what everybody may see. Lengths stay.

A card number becomes a documented test number of its length (as card schemes and payment providers
publish them), other secret digits zeros and letters X. A payment code keeps its first two digits,
which say whose wallet it is: what comes back is still read as a code of that wallet.
"""

from __future__ import annotations

import re

from pos_guard.frames.codes import classify
from pos_guard.pan import holds_card_number, is_card_number

TEST_NUMBERS = {
    13: "4222222222222",
    14: "30569309025904",
    15: "378282246310005",
    16: "4111111111111111",
    19: "6205500000000000004",
}
"""Source: the test card tables of PayPal (13 to 16 digits) and Stripe (19 digits, UnionPay)."""

_SHORTEST, _LONGEST = 12, 19

_RUN = re.compile(rb"[0-9]+(?:[ .\-]{1,3}[0-9]+)*")
"""Digits, in groups with a separator or three between them."""

_TRACK = re.compile(
    rb"(?<=;)[0-9]{12,19}[=D][0-9]{4,}|%[Bb][0-9]{12,19}\^[^\^\x00-\x1f]{2,26}\^[0-9]{4,}"
)
"""Track 2 and track 1 of a magnetic stripe (ISO/IEC 7813)."""

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""What Luhn makes of every second digit."""

_CARDS_BEGIN = frozenset("2345689")

_PACKED = re.compile("[0-9]{12,}")


def stand_in(size: int) -> str:
    """A number of so many digits that is nobody's: no card at all where none is documented."""
    return TEST_NUMBERS.get(size, "0" * size)


def hide_all(text: bytes) -> bytes:
    """A secret text: all its digits and letters are replaced, its other signs stay."""
    hidden = bytearray(re.sub(rb"[A-Za-z\x80-\xff]", b"X", text))
    for found in _RUN.finditer(text):
        _put(hidden, found.start(), _plain(found[0]))
    return bytes(hidden)


def hide_numbers(text: bytes) -> bytes:
    """A text that may hold secrets: card numbers, payment codes and tracks in it are replaced."""
    hidden = bytearray(text)
    for track in _TRACK.finditer(text):
        hidden[track.start() : track.end()] = hide_all(track[0])
    for found in _RUN.finditer(bytes(hidden)):
        for start, stop in _secret_spans(found[0]):
            at = found.start() + start
            _put(hidden, at, _plain(found[0][start:stop]))
    return bytes(hidden)


def hide_packed(data: bytes) -> bytes:
    """Digits of four bits each, secret all of them; what is no digit (a separator, F) stays."""
    text = data.hex()
    first = re.match(r"[0-9]*", text)
    size = 0 if first is None else len(first[0])
    number = stand_in(size) if _SHORTEST <= size <= _LONGEST else "0" * size
    return bytes.fromhex(number + re.sub(r"[0-9]", "0", text[size:]))


def hide_packed_numbers(data: bytes) -> bytes:
    """Card numbers in digits of four bits each, wherever they begin."""
    text = data.hex()
    hidden = list(text)
    for run in _PACKED.finditer(text):
        for start, stop in _card_spans(run[0]):
            at = run.start() + start
            hidden[at : at + stop - start] = stand_in(stop - start)
    return bytes.fromhex("".join(hidden))


def is_clean(data: bytes) -> bool:
    """Whether no card number but a documented one stands in the text."""
    text = data.decode("latin-1")
    for number in TEST_NUMBERS.values():
        text = text.replace(number, "x")
    return not holds_card_number(text)


def _plain(run: bytes) -> str:
    """What stands in the place of a secret run's digits."""
    digits = re.sub(rb"[^0-9]", b"", run).decode()
    if not digits.strip("0"):
        return digits  # somebody hid it before
    if classify(digits).payable:
        return digits[:2] + "0" * (len(digits) - 2)
    return stand_in(len(digits)) if _SHORTEST <= len(digits) <= _LONGEST else "0" * len(digits)


def _put(hidden: bytearray, at: int, digits: str) -> None:
    """Put digits where digits stand, from ``at`` on."""
    left = iter(digits.encode())
    for place in range(at, len(hidden)):
        if 48 <= hidden[place] <= 57:
            digit = next(left, None)
            if digit is None:
                return
            hidden[place] = digit


def _secret_spans(run: bytes) -> list[tuple[int, int]]:
    """Where in a run of digit groups a card number or a payment code stands."""
    groups = [(found.start(), found.end()) for found in re.finditer(rb"[0-9]+", run)]
    spans: list[tuple[int, int]] = []
    for first, (start, _) in enumerate(groups):
        if spans and start < spans[-1][1]:
            continue
        for _, stop in groups[first:]:
            digits = re.sub(rb"[^0-9]", b"", run[start:stop]).decode()
            if len(digits) > _LONGEST + 5:  # the longest payment code has 24
                break
            if len(digits) < _SHORTEST:
                continue
            if is_card_number(digits) or classify(digits).payable:
                spans.append((start, stop))
                break
    return spans


def _card_spans(run: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = 0
    while at <= len(run) - _SHORTEST:
        if run[at] not in _CARDS_BEGIN:
            at += 1
            continue
        sizes = range(min(_LONGEST, len(run) - at), _SHORTEST - 1, -1)
        size = next((size for size in sizes if _is_packed(run[at : at + size])), 0)
        if size:
            spans.append((at, at + size))
        at += size or 1
    return spans


def _is_packed(digits: str) -> bool:
    """A card number, and not digits that are written as text (30 to 39)."""
    values = list(map(int, digits))
    total = sum(values[-1::-2]) + sum(_DOUBLED[value] for value in values[-2::-2])
    if total % 10:  # nine in ten, and quicker than to look up whose range it is in
        return False
    halves = digits[0::2], digits[1::2]
    as_text = any(len(half) - half.count("3") <= 1 for half in halves)
    return not as_text and is_card_number(digits)
