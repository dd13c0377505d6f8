"""The till of a provider link: an HTTP client that keeps its connection, and believes answers."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.frames.provider_reply import outcome_of
from pos_guard.frames.provider_request import Meaning
from pos_guard.model import Outcome
from tests.simulation.provider_profiles import Speech
from tests.simulation.world import Cable, World

PATIENCE_S = 100.0


@dataclass(slots=True)
class Asked:
    """One request and what the till made of it."""

    raw: bytes
    frame: bytes
    meaning: Meaning
    started_us: int
    over: bool = False


class Till:
    """One connection at a time; ``on_end`` hears each answer."""

    def __init__(self, world: World, speech: Speech, dial: Callable[[], Cable]) -> None:
        self._world, self._speech, self._dial = world, speech, dial
        self._cable: Cable | None = None
        self._got = b""
        self._queue: deque[Asked] = deque()
        self.asked: list[Asked] = []
        self.sent: Counter[bytes] = Counter()
        self.on_end: Callable[[Asked, Outcome], None] = lambda _asked, _outcome: None

    def attach(self, cable: Cable) -> None:
        """Nothing: this till dials."""

    @property
    def connected(self) -> bool:
        return self._cable is not None

    @property
    def busy(self) -> bool:
        if not self.asked or self.asked[-1].over:
            return False
        return self._world.now_us - self.asked[-1].started_us < PATIENCE_S * 1_000_000

    def command(self, raw: bytes) -> None:
        """Send a request: on the connection that is there, or on a new one."""
        frame, meaning = self._speech.meaning(raw)
        self.asked.append(Asked(raw, frame, meaning, self._world.now_us))
        self.sent[frame] += 1
        self._dialled()
        self._queue.append(self.asked[-1])
        self.noise(raw)

    def noise(self, data: bytes) -> None:
        """Any bytes."""
        self._dialled().to_guard.send(data)

    def _dialled(self) -> Cable:
        if self._cable is None:
            cable = self._cable = self._dial()
            self._got = b""
            cable.to_peer.read_by(self._data, lambda: self._closed(cable))
        return self._cable

    def hang_up(self) -> None:
        """Close the connection."""
        if self._cable is not None:
            cable = self._cable
            self._closed(cable)
            cable.to_guard.end()

    def _closed(self, cable: Cable) -> None:
        cable.peer_closed = True
        cable.to_peer.unread()
        cable.to_guard.end()
        if self._cable is cable:
            self._cable = None
            for asked in self._queue:
                asked.over = True
            self._queue.clear()

    def _data(self, data: bytes) -> None:
        self._got += data
        while (end := self._got.find(b"\r\n\r\n")) >= 0:
            head, body = self._got[:end], self._got[end + 4 :]
            size = re.search(rb"(?i)\r\nContent-Length: (\d+)", head)
            length = int(size[1]) if size else 0
            if len(body) < length:
                return
            self._got = body[length:]
            self._answered(int(head.split()[1]), body[:length])

    def _answered(self, status: int, body: bytes) -> None:
        """Answers come in the order of the requests."""
        if not self._queue:
            return
        asked = self._queue.popleft()
        asked.over = True
        outcome = outcome_of(self._speech.profile, asked.meaning, status, body)
        self.on_end(asked, outcome)
