"""What the decoders of the STX profiles share: a stream of frames, shown one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.stx import Control, StxEvent, StxFormat, StxFrame, StxFramer
from pos_guard.model import Intent

HIDDEN_FROM = 2
"""Of a frame that cannot be read all but the beginning is blanked: it may hold a card number."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One body, read. ``masked`` names fields to mask, ``ranges`` where they stand in the body."""

    name: str
    fields: dict[str, Json]
    intent: Intent | None = None
    masked: frozenset[str] = frozenset()
    ranges: tuple[tuple[int, int], ...] = ()
    error: FrameError | None = field(default=None)


def show_stream(
    data: bytes, form: StxFormat, read: Callable[[bytes, bytes], Shown]
) -> Iterator[Decoded]:
    """Every frame and control byte of a stream; ``read`` gets a body and its whole frame."""
    framer = StxFramer(form)
    framer.feed(data)
    while (event := framer.take()) is not None:
        yield show_event(event, read)
    rest = framer.drop()
    if rest is not None:
        yield show_event(rest, read)


def show_event(event: StxEvent, read: Callable[[bytes, bytes], Shown]) -> Decoded:
    """One event of a framer."""
    if isinstance(event, Control):
        return Decoded("stx", event.name, bytes([event.value]))
    if not isinstance(event, StxFrame):
        return broken(event.cut, event.error)
    start = len(event.raw) - 2 - len(event.body)
    try:
        shown = read(event.body, event.raw)
    except FrameError as error:
        return broken(event.raw, _moved(error, start))
    fields = {**shown.fields, "lrc": f"{event.raw[-1]:02X}"}
    ranges = tuple((low + start, high + start) for low, high in shown.ranges)
    return Decoded(
        "stx", shown.name, event.raw, fields, shown.intent, shown.error, shown.masked, ranges
    )


def broken(raw: bytes, error: FrameError, name: str = "unknown") -> Decoded:
    """Bytes that could not be read."""
    hidden = ((HIDDEN_FROM, len(raw)),) if len(raw) > HIDDEN_FROM else ()
    return Decoded("stx", name, raw, error=error, secret_ranges=hidden)


def _moved(error: FrameError, by: int) -> FrameError:
    at = None if error.at is None else error.at + by
    return FrameError(error.code, str(error), at)
