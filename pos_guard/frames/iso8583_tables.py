"""The field tables of ISO 8583 profiles: what stands in which field, and how it is coded.

``CUP``: UnionPay's POS profile, packed digits (message fields of UnionPay POS terminals, May 2002;
the fields it leaves out have ISO 8583:1987's formats). ``ASCII``: ISO 8583:1987 written in ASCII,
as the libraries of the field (jPOS ISO87A, moov Spec87ASCII) do.
"""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.frames.iso8583_fields import (
    Binary,
    BinaryVar,
    Coding,
    Packed,
    PackedVar,
    Text,
    TextVar,
)

SECRET = frozenset({2, 14, 34, 35, 36, 45, 52, 55, 102, 103})
"""Card number, expiry, tracks, PIN block, chip data, accounts: never shown or kept."""

FREE = frozenset({43, 44, 46, 47, 48, 54, 56, 57, 58, 59, 62, 63, *range(104, 128)})
"""Fields that anybody may put anything into: masked when they hold a card number."""

_LEFT, _RIGHT = -1, 0  # where the filling zero of three digits in two bytes stands


def _bytes(most: int = 999) -> Coding:
    return BinaryVar(2, most)


CUP: Mapping[int, Coding] = {
    2: PackedVar(1, 19),
    3: Packed(3),
    4: Packed(6),
    5: Packed(6),
    6: Packed(6),
    7: Packed(5),
    11: Packed(3),
    12: Packed(3),
    13: Packed(2),
    14: Packed(2),
    15: Packed(2),
    16: Packed(2),
    17: Packed(2),
    18: Packed(2),
    19: Packed(2, _RIGHT),
    20: Packed(2, _RIGHT),
    22: Packed(2, _LEFT),
    23: Packed(2, _RIGHT),
    24: Packed(2, _RIGHT),
    25: Packed(1),
    26: Packed(1),
    32: PackedVar(1, 11),
    33: PackedVar(1, 11),
    35: PackedVar(1, 37, track=True),
    36: PackedVar(2, 104, track=True),
    37: Text(12),
    38: Text(6),
    39: Text(2),
    40: Text(3),
    41: Text(8),
    42: Text(15),
    43: Text(40, wide=True),  # a name and a place, often in GBK
    44: TextVar(1, 25, packed=True),
    45: TextVar(1, 76, packed=True),
    46: _bytes(),
    47: _bytes(),
    48: _bytes(),
    49: Text(3),
    50: Text(3),
    51: Text(3),
    52: Binary(8),
    53: Packed(8),
    54: TextVar(2, 120, packed=True),
    55: _bytes(),
    56: _bytes(),
    57: _bytes(),
    58: _bytes(),
    59: _bytes(),
    60: PackedVar(2, 999),
    61: PackedVar(2, 999),
    62: _bytes(),
    63: _bytes(),
    64: Binary(8),
}


def with_digits_in_48(table: Mapping[int, Coding]) -> Mapping[int, Coding]:
    """The same with field 48 as packed digits: how other UnionPay hosts send totals there."""
    return {**table, 48: PackedVar(2, 322)}


def _ascii() -> dict[int, Coding]:
    digits = {
        **dict.fromkeys((3, 11, 12), 6),
        **dict.fromkeys((4, 5, 6, 82, 83, 84, 85), 12),
        **dict.fromkeys((7, *range(74, 82)), 10),
        **dict.fromkeys((8, 9, 10), 8),
        **dict.fromkeys((13, 14, 15, 16, 17, 18, 71, 72), 4),
        **dict.fromkeys((19, 20, 21, 22, 23, 24, 68, 69, 70), 3),
        **dict.fromkeys((25, 26, 67), 2),
        **dict.fromkeys((27, 66), 1),
        **dict.fromkeys((53, 86, 87, 88, 89), 16),
        73: 6,
        90: 42,
    }
    texts = {37: 12, 38: 6, 39: 2, 40: 3, 41: 8, 42: 15, 49: 3, 50: 3, 51: 3}
    texts |= {91: 1, 92: 2, 93: 5, 94: 7, 95: 42, 98: 25}
    table: dict[int, Coding] = {number: Text(size, digits=True) for number, size in digits.items()}
    table |= {number: Text(size) for number, size in texts.items()}
    table |= dict.fromkeys((28, 29, 30, 31), Text(9, signed=True))
    table[97] = Text(17, signed=True)
    table |= dict.fromkeys((32, 33, 99, 100), TextVar(2, 11, digits=True))
    table |= dict.fromkeys((34, 102, 103), TextVar(2, 28))
    table |= {2: TextVar(2, 19, digits=True), 35: TextVar(2, 37), 36: TextVar(3, 104)}
    table |= {43: Text(40, wide=True), 44: TextVar(2, 25), 45: TextVar(2, 76), 54: TextVar(3, 120)}
    table |= {101: TextVar(2, 17), 104: TextVar(3, 100)}
    table |= dict.fromkeys((46, 47, 48, *range(55, 64), *range(105, 128)), TextVar(3, 999))
    return table | dict.fromkeys((52, 64, 96, 128), Binary(8, written=True))


ASCII: Mapping[int, Coding] = _ascii()

MIXED: Mapping[int, Coding] = {
    **ASCII,
    19: Packed(2, _RIGHT),
    49: Packed(2, _LEFT),
    52: Binary(8),
    55: BinaryVar(3, 999, packed=False),
}
"""Text with a few packed and binary fields and a binary bitmap: moov's example of a network."""
