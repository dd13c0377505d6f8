"""A twin under observation: its bytes are noted, and its timers go by the test's clock."""

from __future__ import annotations

from pos_guard.clock import SECOND
from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToApp
from pos_guard_simulator.bench import READ_BYTES, Bounded, Twin
from pos_guard_simulator.pytest_plugin.clock import PosClock
from pos_guard_simulator.pytest_plugin.frames import FrameLog
from pos_guard_simulator.pytest_plugin.news import News


class Watched:
    """Between any twin and its port. ``heard`` counts the bytes that it was given."""

    def __init__(
        self, twin: Twin, clock: PosClock, log: FrameLog, news: News, *, frozen: bool
    ) -> None:
        self.heard = 0
        self._twin = twin
        self._clock = clock
        self._log = log
        self._news = news
        self._frozen = frozen
        self._due: dict[str, int] = {}

    @property
    def room(self) -> int:
        """Bytes that the twin takes now."""
        return self._twin.room if isinstance(self._twin, Bounded) else READ_BYTES

    def connected(self) -> Effects:
        """Somebody opened the port."""
        return self.said(self._twin.connected())

    def data(self, data: bytes) -> Effects:
        """The app sent bytes."""
        self.heard += len(data)
        self._log.note(data, outward=False)
        return self.said(self._twin.data(data))

    def closed(self) -> Effects:
        """The app hung up."""
        return self.said(self._twin.closed())

    def timer(self, name: str) -> Effects:
        """A timer ran out in real time."""
        self._due.pop(name, None)
        return self.said(self._twin.timer(name))

    def said(self, effects: Effects) -> Effects:
        """What the twin does, by itself or by somebody's hand, as its port is told."""
        for effect in effects:
            if isinstance(effect, ToApp):
                self._log.note(effect.data, outward=True)
            elif isinstance(effect, SetTimer):
                self._due[effect.name] = self._clock.boot_us() + int(effect.seconds * SECOND)
            elif isinstance(effect, CancelTimer):
                self._due.pop(effect.name, None)
        self._news.tell()
        if not self._frozen:
            return effects
        return [one for one in effects if not isinstance(one, SetTimer | CancelTimer)]

    def due(self) -> int | None:
        """When its next timer runs out, on the clock's boot time."""
        return min(self._due.values(), default=None)

    def ring(self) -> Effects:
        """Time has passed: what is due happens, and the rest has that much less to wait.

        These are not ``said`` yet.
        """
        now = self._clock.boot_us()
        due = sorted((at, name) for name, at in self._due.items() if at <= now)
        effects: Effects = []
        if not self._frozen:
            waits = [(name, at - now) for name, at in self._due.items() if at > now]
            effects += [SetTimer(name, left / SECOND) for name, left in waits]
        for _, name in due:
            del self._due[name]
            effects += [CancelTimer(name), *self._twin.timer(name)]
        return effects
