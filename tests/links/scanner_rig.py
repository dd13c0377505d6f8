"""A scanner, its link and its till in simulated time: no port, no thread, no nap."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pos_guard.links.scanner import ScannerSession
from pos_guard.links.session import (
    CancelTimer,
    CloseDevice,
    Effects,
    SetTimer,
    Tell,
    ToApp,
    ToDevice,
)
from pos_guard.scanners.language import Items, Reply, Scanned, ScannerLanguage, Send
from pos_guard_simulator.bench import Twin

MAX_TURNS = 40_000


class Chain:
    """Twin, session and till, with the bytes between them. ``chunk``: bytes that arrive at once.

    The till is the host's side of the same kind of scanner: whatever it counts as a scan, a real
    till would.
    """

    def __init__(
        self, session: ScannerSession, twin: Twin, till: ScannerLanguage, chunk: int = 0
    ) -> None:
        self.session = session
        self.twin = twin
        self.till = till
        self.chunk = chunk
        self.now = 0.0
        self.told: list[str] = []
        self.scanned: list[Scanned] = []
        self.replies: list[Reply] = []
        self.to_scanner = bytearray()
        self.deaf_till = False
        self.hung_up = False
        self._till_since = 0.0
        self._timers: dict[tuple[str, str], float] = {}
        self._way: list[Callable[[], None]] = []

    @property
    def codes(self) -> list[bytes]:
        """The codes that the till may act on."""
        return [scan.data for scan in self.scanned if scan.problem is None and not scan.late]

    def connect(self) -> None:
        """The scanner, then the till."""
        self.from_twin(self.twin.connected())
        self.from_session(self.session.device_connected())
        self.connect_till()

    def connect_till(self) -> None:
        """A till opens its port."""
        self.from_session(self.session.app_connected())
        self.from_till(self.till.connected())
        self.settle()

    def show(self, effects: Effects) -> None:
        """The twin was shown something; let everything come to rest but for long waits."""
        self.from_twin(effects)
        self.settle()

    def from_session(self, effects: Effects) -> None:
        """What the session wants done."""
        for effect in effects:
            if isinstance(effect, ToApp):
                self._later(self._at_till, effect.data)
            elif isinstance(effect, ToDevice):
                self.to_scanner += effect.data
                self._later(self._at_twin, effect.data)
            elif isinstance(effect, Tell):
                self.told.append(effect.say.en)
            elif isinstance(effect, CloseDevice):
                self.hung_up = True
            else:
                self._timer("session", effect)

    def from_twin(self, effects: Effects) -> None:
        """What the twin wants done."""
        for effect in effects:
            if isinstance(effect, ToApp):
                self._later(self._at_session, effect.data)
            else:
                self._timer("twin", effect)

    def from_till(self, items: Items) -> None:
        """What the till's language found and wants sent."""
        self._till_since = self.now
        for item in items:
            if isinstance(item, Send):
                self._later(self._from_app, item.data)
            elif isinstance(item, Scanned):
                self.scanned.append(item)
            else:
                self.replies.append(item)

    def settle(self, seconds: float = 8.0) -> None:
        """Move bytes and time until nothing is left to happen within ``seconds``."""
        end = self.now + seconds
        for _ in range(MAX_TURNS):
            if self._way:
                self._way.pop(0)()
            elif not self._wait(end):
                return
        raise AssertionError("they never come to rest")

    def _at_session(self, data: bytes) -> None:
        if not self.hung_up:
            self.from_session(self.session.device_data(data))

    def _from_app(self, data: bytes) -> None:
        self.from_session(self.session.app_data(data))

    def _at_twin(self, data: bytes) -> None:
        self.from_twin(self.twin.data(data))

    def _at_till(self, data: bytes) -> None:
        if not self.deaf_till:
            self.from_till(self.till.feed(data))

    def _later(self, arrive: Callable[[bytes], None], data: bytes) -> None:
        size = self.chunk or len(data)
        for at in range(0, len(data), size):
            self._way.append(partial(arrive, data[at : at + size]))

    def _timer(self, whose: str, effect: object) -> None:
        if isinstance(effect, SetTimer):
            self._timers[whose, effect.name] = self.now + effect.seconds
        elif isinstance(effect, CancelTimer):
            self._timers.pop((whose, effect.name), None)

    def _wait(self, end: float) -> bool:
        """Run whatever is due first; False: nothing is, before the end."""
        wait = None if self.deaf_till else self.till.wait
        till = end + 1 if wait is None else self._till_since + wait
        first = min(self._timers, key=self._timers.__getitem__, default=("", ""))
        due = self._timers.get(first, end + 1)
        if min(till, due) > end:
            return False
        self.now = max(self.now, min(till, due))
        if till < due:
            self.from_till(self.till.silence())
            return True
        del self._timers[first]
        whose, name = first
        if whose == "twin":
            self.from_twin(self.twin.timer(name))
        else:
            self.from_session(self.session.timer(name))
        return True
