"""What may be on a disk after the power was cut: every state that the syncs on a tape allow.

A file keeps what was synced, and of the writes after that any first part (``prefixes``), with the
next one torn (``torn``), or any of them at all (``reordered``). The files are independent of each
other until a sync. Nothing else is assumed of a disk; one that loses what it synced is not honest,
and no program can be durable on it.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tests.store.crash.tape import Act, Event

SECTOR = 512
_STRIDE = 32  # images are kept for every so many events, and go on from there


@dataclass(frozen=True, slots=True)
class Torn:
    """Of the write with this number on the tape only the bytes from ``start`` to ``stop`` came."""

    event: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Crash:
    """A state of the disk: so many changes of each file, and perhaps some later ones.

    ``now``: the latest moment, in events on the tape, at which a power cut may have left this:
    what was acknowledged by then must be there.
    """

    kept: dict[str, int]
    now: int
    later: tuple[int, ...] = ()
    torn: Torn | None = None


class _File:
    """The changes of one file, by their numbers on the tape."""

    def __init__(self, name: str, events: Sequence[Event], base: bytes | None) -> None:
        self._events = events
        self._total = len(events)
        mine = [number for number, event in enumerate(events) if event.file == name]
        self.changes = [number for number in mine if events[number].act is not Act.SYNC]
        self.syncs = [number for number in mine if events[number].act is Act.SYNC]
        self._images: list[bytes | None] = [base]

    def first(self, count: int) -> int:
        """The first moment at which so many changes were made."""
        return self.changes[count - 1] + 1 if count else 0

    def last(self, count: int) -> int:
        """The last moment at which only so many may be on the disk."""
        if count == len(self.changes):
            return self._total
        later = bisect_left(self.syncs, self.changes[count])
        return self.syncs[later] if later < len(self.syncs) else self._total

    def floor(self, moment: int) -> int:
        """How many changes are surely on the disk at a moment."""
        done = bisect_left(self.syncs, moment)
        return bisect_left(self.changes, self.syncs[done - 1]) if done else 0

    def issued(self, moment: int) -> int:
        """How many changes were made by then."""
        return bisect_left(self.changes, moment)

    def image(self, count: int) -> bytes | None:
        """The file after so many changes; None: there is none."""
        while len(self._images) <= count // _STRIDE:
            start = (len(self._images) - 1) * _STRIDE
            numbers = self.changes[start : start + _STRIDE]
            self._images.append(self._changed(self._images[-1], numbers))
        start = count // _STRIDE * _STRIDE
        return self._changed(self._images[count // _STRIDE], self.changes[start:count])

    def _changed(self, image: bytes | None, numbers: Sequence[int]) -> bytes | None:
        for number in numbers:
            image = changed(image, self._events[number])
        return image


class Disk:
    """The files of a tape, as they were when it began (``base``) and as they became."""

    def __init__(self, events: Sequence[Event], base: dict[str, bytes | None]) -> None:
        strange = {event.file for event in events} - base.keys()
        assert not strange, f"nobody expected writes to {strange}"
        self._events = events
        self._files = {name: _File(name, events, content) for name, content in base.items()}
        self._first, self._second = self._files

    def prefixes(self) -> Iterator[Crash]:
        """Every first part of the changes of each file that its syncs allow together."""
        one, other = (self._files[name] for name in (self._first, self._second))
        low = 0
        for count in range(len(one.changes) + 1):
            while other.last(low) < one.first(count):
                low += 1
            for beside in range(low, len(other.changes) + 1):
                if other.first(beside) > one.last(count):
                    break
                now = min(one.last(count), other.last(beside))
                yield Crash({self._first: count, self._second: beside}, now)

    def torn(self, crash: Crash, *, sectors: bool) -> Iterator[Crash]:
        """The same with the next write of a file torn: in half, or at every sector."""
        for name, file in self._files.items():
            count = crash.kept[name]
            if count == len(file.changes) or file.changes[count] >= crash.now:
                continue
            number = file.changes[count]
            size = len(self._events[number].data)
            for start, stop in _tears(size, sectors=sectors):
                yield Crash(crash.kept, crash.now, torn=Torn(number, start, stop))

    def reordered(self, chance: random.Random, count: int) -> Iterator[Crash]:
        """At random moments, any of the changes that no sync has covered."""
        for _ in range(count):
            now = chance.randrange(len(self._events) + 1)
            kept = {name: file.floor(now) for name, file in self._files.items()}
            unsynced = [
                number
                for name, file in self._files.items()
                for number in file.changes[kept[name] : file.issued(now)]
            ]
            yield Crash(kept, now, tuple(n for n in unsynced if chance.random() < 0.7))

    def images(self, crash: Crash) -> dict[str, bytes | None]:
        """The files as that crash left them."""
        found = {name: file.image(crash.kept[name]) for name, file in self._files.items()}
        changes = [self._events[number] for number in crash.later]
        if crash.torn is not None:
            whole = self._events[crash.torn.event]
            part = whole.data[crash.torn.start : crash.torn.stop]
            changes.append(Event(whole.file, Act.WRITE, whole.at + crash.torn.start, part))
        for event in changes:
            found[event.file] = changed(found[event.file], event)
        return found


def changed(image: bytes | None, event: Event) -> bytes | None:
    """A file after one change; a write beyond the end leaves zeros before it."""
    if event.act is Act.DELETE:
        return None
    image = image or b""
    if event.act is Act.TRUNCATE:
        return image[: event.at].ljust(event.at, b"\0")
    end = event.at + len(event.data)
    return image[: event.at].ljust(event.at, b"\0") + event.data + image[end:]


def sample(crashes: Iterator[Crash], share: int, of: int) -> Iterator[Crash]:
    """Every ``of``-th of them, beginning with number ``share``."""
    return islice(crashes, share, None, of)


def _tears(size: int, *, sectors: bool) -> Iterator[tuple[int, int]]:
    """From where to where a torn write of this size is new: its first part, or its last."""
    if size < 2:
        return
    yield 0, size // 2
    yield size // 2, size
    if sectors:
        yield from ((0, stop) for stop in range(SECTOR, size, SECTOR) if stop != size // 2)
