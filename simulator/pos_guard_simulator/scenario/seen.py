"""What has been seen of one device up to now, for whoever asks whether it is as expected."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pos_guard.frames.decoded import Json
from pos_guard_simulator.stage.journal import Event

MAX_FRAMES = 20
"""Frames of a device that are shown with what was not met, newest last: half a screen."""

MAX_RECEIPTS = 10_000
"""Texts of receipts that are kept: some 10 MB, and more than anybody looks at one by one."""

MAX_WIDTH = 160
"""Characters of one of them."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a device answers when it is asked: its ``state``, and what ``moved``."""

    state: Mapping[str, Json] = field(default_factory=dict[str, Json])
    moved: Sequence[Mapping[str, Json]] = ()


Eyes = Callable[[str], Look]
"""Asks a device, by its name."""


@dataclass(slots=True)
class Seen:
    """One device: its slips (``cut`` so many, the newest are kept), and its last frames.

    Of the guard: its last verdicts, and what it said to people.
    """

    cut: int = 0
    receipts: deque[str] = field(default_factory=lambda: deque[str](maxlen=MAX_RECEIPTS))
    loose: str = ""
    frames: deque[str] = field(default_factory=lambda: deque[str](maxlen=MAX_FRAMES))

    def heard(self, event: Event) -> None:
        """One more event of this device."""
        if event.kind == "receipt":
            self.cut += 1
            self.receipts.append(str(event.body["text"]))
        elif event.kind == "paper":
            self.loose = str(event.body["now"])
        elif event.kind in ("frame", "bytes"):
            self.frames.append(_frame(event.body))
        elif event.kind in ("verdict", "told", "asked"):
            self.frames.append(json.dumps(dict(event.body), ensure_ascii=False))

    @property
    def paper(self) -> str:
        """All of it; each cut is a dashed line."""
        slips = [*self.receipts, self.loose] if self.loose else self.receipts
        return "\n- - -\n".join(slips)

    def slip(self, number: int) -> str | None:
        """The receipt of this number from 1; -1 is the last; 0 is what was not cut off."""
        if number == 0:
            return self.loose
        gone = self.cut - len(self.receipts)
        at = number - 1 - gone if number > 0 else len(self.receipts) + number
        return self.receipts[at] if 0 <= at < len(self.receipts) else None

    @property
    def numbered(self) -> list[tuple[int, str]]:
        """The receipts that are kept, by their numbers."""
        return list(enumerate(self.receipts, self.cut - len(self.receipts) + 1))


def _frame(body: Mapping[str, Json]) -> str:
    arrow = "<" if body.get("direction") == "out" else ">"
    if "name" not in body:
        raw = body.get("raw")
        return f"{arrow} {raw}" if raw else f"{arrow} ({body.get('bytes')} bytes)"
    fields = body.get("fields")
    said = json.dumps(fields, ensure_ascii=False) if fields else ""
    wrong = f"  [{body['error']}]" if body.get("error") else ""
    return f"{arrow} {body['name']}  {said}{wrong}".rstrip()[:MAX_WIDTH]
