"""The hash chain: every flipped bit, drop, swap, duplicate, truncation and splice is found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store.canonical import canonical
from pos_guard.store.chain import GENESIS, Head, link, sealed
from pos_guard.store.columns import Row
from pos_guard.store.merkle import Tree, leaf_hash
from pos_guard.store.store import Store
from pos_guard.store.verify import Verified, Verifier

KEY = b"k" * 32
RECORDS = 24


def verify_records(rows: Sequence[Row], head: Head | None, key: bytes) -> Verified:
    verifier = Verifier()
    verifier.read(rows)
    return verifier.finish(head, key)


@pytest.fixture
def log(store: Store, clock: ManualClock) -> tuple[list[Row], Head, bytes]:
    """A log of 50 records as a real store wrote them, its head, and its key."""
    for number in range(RECORDS - 2):
        clock.advance(1)
        with store.transaction():
            body: dict[str, Json] = {"entry": number, "link": "zvt", "amount": 1250 + number}
            store.audit.append("verdict", body, actor="anna")
    head = store.audit.head()
    assert head is not None
    rows = store._database.rows("SELECT seq, record, hash FROM audit ORDER BY seq")
    assert len(rows) == RECORDS
    assert verify_records(rows, head, store.keys.mac).count == RECORDS
    return rows, head, store.keys.mac


def flips(raw: bytes) -> Iterator[bytes]:
    """Every way to flip one bit."""
    changed = bytearray(raw)
    for place in range(len(raw)):
        for bit in range(8):
            changed[place] ^= 1 << bit
            yield bytes(changed)
            changed[place] ^= 1 << bit


def found_at(rows: Sequence[Row], head: Head | None, key: bytes) -> int | None:
    """Where verification finds the change; fails the test when it does not."""
    try:
        verify_records(rows, head, key)
    except TamperError as error:
        return error.seq
    raise AssertionError("the change was not found")


def test_any_flipped_bit_of_a_record_or_hash_is_found_at_its_record(
    log: tuple[list[Row], Head, bytes],
) -> None:
    rows, head, key = log
    tried = bits = 0
    for index, (seq, record, digest) in enumerate(rows):
        assert isinstance(record, bytes)
        assert isinstance(digest, bytes)
        others = rows[:index], rows[index + 1 :]
        for changed in flips(record):
            assert found_at([*others[0], (seq, changed, digest), *others[1]], head, key) == seq
            tried += 1
        for changed in flips(digest):
            assert found_at([*others[0], (seq, record, changed), *others[1]], head, key) == seq
            tried += 1
        bits += 8 * (len(record) + len(digest))
    assert tried == bits > RECORDS * 8 * 250


def test_any_flipped_bit_of_a_number_is_found(log: tuple[list[Row], Head, bytes]) -> None:
    rows, head, key = log
    for index, (seq, record, digest) in enumerate(rows):
        assert isinstance(seq, int)
        for bit in range(63):
            changed = list(rows)
            changed[index] = (seq ^ (1 << bit), record, digest)
            assert found_at(changed, head, key) == seq


def test_any_flipped_bit_of_the_head_is_found(log: tuple[list[Row], Head, bytes]) -> None:
    rows, head, key = log
    heads = [replace(head, hash=changed) for changed in flips(head.hash)]
    heads += [replace(head, mac=changed) for changed in flips(head.mac)]
    heads += [replace(head, count=head.count ^ (1 << bit)) for bit in range(63)]
    heads.append(replace(head, count=-head.count))
    assert head.peaks is not None
    heads += [replace(head, peaks=changed) for changed in flips(head.peaks)]
    heads.append(replace(head, peaks=None))
    for changed in heads:
        assert found_at(rows, changed, key) is None


def test_a_wrong_key_is_found(log: tuple[list[Row], Head, bytes]) -> None:
    rows, head, key = log
    for changed in flips(key):
        assert found_at(rows, head, changed) is None


def test_every_drop_swap_and_duplicate_is_found(log: tuple[list[Row], Head, bytes]) -> None:
    rows, head, key = log
    for index in range(RECORDS):
        assert found_at(rows[:index] + rows[index + 1 :], head, key) == index + 1
        assert found_at(rows[: index + 1] + rows[index:], head, key) == index + 2
        for other in range(index + 1, RECORDS):
            swapped = list(rows)
            swapped[index], swapped[other] = swapped[other], swapped[index]
            assert found_at(swapped, head, key) == index + 1


def test_a_drop_is_found_also_when_the_rest_is_renumbered(
    log: tuple[list[Row], Head, bytes],
) -> None:
    rows, head, key = log
    for index in range(RECORDS):
        left = rows[:index] + rows[index + 1 :]
        renumbered = [(number, row[1], row[2]) for number, row in enumerate(left, 1)]
        assert found_at(renumbered, head, key) == index + 1


def test_every_truncation_is_found(log: tuple[list[Row], Head, bytes]) -> None:
    rows, head, key = log
    for length in range(RECORDS):
        assert found_at(rows[:length], head, key) == length + 1


def test_a_truncation_with_an_unsealed_head_is_found(log: tuple[list[Row], Head, bytes]) -> None:
    rows, head, key = log
    for length in range(1, RECORDS):
        last = rows[length - 1][2]
        assert isinstance(last, bytes)
        peaks = head.peaks
        for forged in (
            replace(head, count=length, hash=last),
            sealed(length, last, bytes(32), peaks),
        ):
            assert found_at(rows[:length], forged, key) is None


def test_a_log_rewritten_from_the_start_needs_the_key(
    log: tuple[list[Row], Head, bytes],
) -> None:
    rows, head, key = log
    forged: list[Row] = []
    previous = GENESIS
    for seq, record, _ in rows:
        assert isinstance(record, bytes)
        fields = json.loads(record) | {"prev": previous.hex()}
        changed = canonical(fields).replace(b'"amount":12', b'"amount":99')
        previous = link(previous, changed)
        forged.append((seq, changed, previous))
    assert found_at(forged, head, key) is None
    assert found_at(forged, replace(head, hash=previous), key) is None
    assert found_at(forged, sealed(RECORDS, previous, KEY, head.peaks), key) is None


def test_records_and_heads_of_another_store_do_not_fit(
    log: tuple[list[Row], Head, bytes],
) -> None:
    rows, head, key = log
    others: list[Row] = []
    previous, tree = GENESIS, Tree()
    for seq, old, _ in rows:
        assert isinstance(old, bytes)
        fields = json.loads(old) | {"terminal": "T2", "prev": previous.hex()}
        record = canonical(fields)
        previous = link(previous, record)
        tree.add(leaf_hash(record))
        others.append((seq, record, previous))
    their_head = sealed(RECORDS, previous, KEY, tree.peaks_bytes())
    assert verify_records(others, their_head, KEY).count == RECORDS
    assert found_at(others, head, key) is None
    assert found_at(others, their_head, key) is None
    for index in range(1, RECORDS):
        assert found_at(rows[:index] + others[index:], head, key) == index + 1
        assert found_at(others[:index] + rows[index:], head, key) == index + 1


@pytest.mark.parametrize("wrong", [None, 7, "text", 1.5])
def test_a_column_of_another_type_is_found(
    log: tuple[list[Row], Head, bytes], wrong: str | int | float | None
) -> None:
    rows, head, key = log
    seq, record, digest = rows[9]
    for row in ((wrong, record, digest), (seq, wrong, digest), (seq, record, wrong)):
        assert found_at([*rows[:9], row, *rows[10:]], head, key) == 10


def test_a_log_without_a_head_is_found(log: tuple[list[Row], Head, bytes]) -> None:
    rows, _, key = log
    assert found_at(rows, None, key) is None


def test_an_empty_log_is_whole_and_says_so() -> None:
    verified = verify_records([], sealed(0, GENESIS, KEY), KEY)
    assert (verified.count, verified.head) == (0, GENESIS.hex())
