"""The states that a tape allows a disk to be in: by hand, for tapes short enough to see through."""

from __future__ import annotations

import random

import pytest

from tests.store.crash.disk_states import SECTOR, Disk, Torn, changed
from tests.store.crash.tape import Act, Event

ONE, OTHER = "one", "other"


def put(file: str, data: bytes, at: int = 0) -> Event:
    return Event(file, Act.WRITE, at, data)


def sync(file: str) -> Event:
    return Event(file, Act.SYNC)


def disk(*events: Event) -> Disk:
    return Disk(events, {ONE: b"....", OTHER: None})


@pytest.mark.parametrize(
    ("before", "event", "after"),
    [
        (b"abcd", put(ONE, b"XY", 1), b"aXYd"),
        (b"abcd", put(ONE, b"XY", 3), b"abcXY"),
        (b"ab", put(ONE, b"XY", 4), b"ab\0\0XY"),
        (None, put(ONE, b"XY"), b"XY"),
        (b"abcd", Event(ONE, Act.TRUNCATE, 2), b"ab"),
        (b"ab", Event(ONE, Act.TRUNCATE, 4), b"ab\0\0"),
        (b"abcd", Event(ONE, Act.DELETE), None),
    ],
)
def test_one_change(before: bytes | None, event: Event, after: bytes | None) -> None:
    assert changed(before, event) == after


def states(found: Disk) -> list[tuple[int, int, int]]:
    return [(crash.kept[ONE], crash.kept[OTHER], crash.now) for crash in found.prefixes()]


def test_without_a_sync_each_file_stops_anywhere_at_any_time() -> None:
    found = disk(put(ONE, b"a"), put(OTHER, b"b"))
    assert states(found) == [(0, 0, 2), (0, 1, 2), (1, 0, 2), (1, 1, 2)]


def test_a_sync_holds_its_own_file_alone() -> None:
    found = disk(put(ONE, b"a"), put(OTHER, b"b"), sync(ONE), put(ONE, b"c", 1))
    assert states(found) == [
        (0, 0, 2),  # before the sync; not after it
        (0, 1, 2),
        (1, 0, 4),  # the other file was never synced
        (1, 1, 4),
        (2, 0, 4),
        (2, 1, 4),
    ]


def test_what_is_written_after_a_sync_is_never_there_without_what_it_held() -> None:
    found = disk(put(ONE, b"a"), sync(ONE), put(OTHER, b"b"), sync(OTHER))
    assert states(found) == [(0, 0, 1), (1, 0, 3), (1, 1, 4)]


def test_images_follow_the_changes_also_over_many() -> None:
    events = [put(ONE, bytes([number]), number) for number in range(100)]
    found = Disk(events, {ONE: b"", OTHER: None})
    images = {crash.kept[ONE]: found.images(crash)[ONE] for crash in found.prefixes()}
    assert images == {count: bytes(range(count)) for count in range(101)}


def test_a_torn_write_is_new_in_one_half_or_to_a_sector() -> None:
    page = bytes(range(1, 5)) * SECTOR
    found = Disk([put(ONE, page), sync(ONE)], {ONE: bytes(len(page)), OTHER: None})
    first = next(found.prefixes())
    torn = list(found.torn(first, sectors=False))
    half = len(page) // 2
    assert [crash.torn for crash in torn] == [Torn(0, 0, half), Torn(0, half, 2 * half)]
    assert found.images(torn[0])[ONE] == page[:half] + bytes(half)
    assert found.images(torn[1])[ONE] == bytes(half) + page[half:]
    cuts = {crash.torn.stop for crash in found.torn(first, sectors=True) if crash.torn is not None}
    assert cuts == {SECTOR, 2 * SECTOR, 3 * SECTOR, 4 * SECTOR}


def test_nothing_is_torn_that_was_not_written_yet_or_is_synced() -> None:
    found = disk(put(ONE, b"ab"), sync(ONE), put(OTHER, b"cd"), sync(OTHER))
    torn = {
        (crash.kept[ONE], crash.kept[OTHER]): [
            t.torn.event for t in found.torn(crash, sectors=False) if t.torn
        ]
        for crash in found.prefixes()
    }
    assert torn == {(0, 0): [0, 0], (1, 0): [2, 2], (1, 1): []}


def test_reordered_writes_keep_what_was_synced_and_any_of_the_rest() -> None:
    found = disk(put(ONE, b"a"), sync(ONE), put(ONE, b"b", 1), put(ONE, b"c", 2), put(OTHER, b"d"))
    images = {
        (crash.now, image[ONE], image[OTHER])
        for crash in found.reordered(random.Random(1), 300)
        for image in [found.images(crash)]
    }
    last = {(one, other) for now, one, other in images if now == 5}
    parts = {b"a...", b"ab..", b"a.c.", b"abc."}
    assert last == {(one, other) for one in parts for other in (None, b"d")}
    assert {one for now, one, _ in images if now == 1} == {b"....", b"a..."}


def test_a_file_that_nobody_expected_is_an_error() -> None:
    with pytest.raises(AssertionError, match="third"):
        disk(put("third", b"x"))
