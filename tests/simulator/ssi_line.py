"""A line between the SSI language and the twin, in simulated time: no port, no thread, no nap."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToApp
from pos_guard.scanners.language import Items, Reply, Scanned, Send
from pos_guard.scanners.ssi import SsiLanguage
from pos_guard_simulator.scanner_ssi import SsiScanner

MAX_TURNS = 20_000


class SsiLine:
    """Both ends, the bytes between them, and the clock. ``chunk``: bytes that arrive at once."""

    def __init__(self, language: SsiLanguage, twin: SsiScanner, chunk: int = 0) -> None:
        self.language = language
        self.twin = twin
        self.scanned: list[Scanned] = []
        self.replies: list[Reply] = []
        self.sent: list[bytes] = []
        self.heard = bytearray()
        self.order: list[str] = []
        self._chunk = chunk
        self.now = 0.0
        self._host_since = 0.0
        self._timers: dict[str, float] = {}
        self._way: list[Callable[[], None]] = []

    @property
    def good(self) -> list[bytes]:
        """The codes that may be acted on."""
        return [scan.data for scan in self.scanned if scan.problem is None]

    @property
    def reported(self) -> int:
        """How often the cashier is told to scan again."""
        return sum(scan.problem is not None for scan in self.scanned)

    def connect(self) -> None:
        self.effects(self.twin.connected())
        self.items(self.language.connected())
        self.settle()

    def scan(self, payload: str | bytes, symbology: str = "qr") -> None:
        """Show a code, and let everything come to rest but for long waits."""
        self.effects(self.twin.scan(payload, symbology))
        self.settle()

    def items(self, items: Items) -> None:
        """What the language wants done."""
        self._host_since = self.now
        for item in items:
            self.order.append(type(item).__name__)
            if isinstance(item, Scanned):
                self.scanned.append(item)
            elif isinstance(item, Reply):
                self.replies.append(item)
            else:
                self.sent.append(item.data)
                self._later_twin(item)

    def effects(self, effects: Effects) -> None:
        """What the twin wants done."""
        for effect in effects:
            if isinstance(effect, ToApp):
                self.heard += effect.data
                self._later_host(effect.data)
            elif isinstance(effect, SetTimer):
                self._timers[effect.name] = self.now + effect.seconds
            elif isinstance(effect, CancelTimer):
                self._timers.pop(effect.name, None)

    def settle(self, seconds: float = 8.0) -> None:
        """Move bytes and time until nothing is left to happen within ``seconds``."""
        end = self.now + seconds
        for _ in range(MAX_TURNS):
            if self._way:
                self._way.pop(0)()
            elif not self._wait(end):
                return
        raise AssertionError("the two never come to rest")

    def move(self, count: int) -> None:
        """So many pieces reach the other side."""
        for _ in range(min(count, len(self._way))):
            self._way.pop(0)()

    def break_off(self, seconds: float, language: SsiLanguage | None = None) -> None:
        """What is under way is lost, the scanner talks to nobody for so long, then the host comes.

        ``language``: it is a new one.
        """
        end = self.now + seconds
        self._way.clear()
        while self._timers and min(self._timers.values()) <= end:
            name = min(self._timers, key=self._timers.__getitem__)
            self.now = max(self.now, self._timers.pop(name))
            self.effects(self.twin.timer(name))
            self._way.clear()
        self.now = end
        self.language = language or self.language
        self.items(self.language.connected())

    def _later_twin(self, item: Send) -> None:
        self._way.append(lambda: self.effects(self.twin.data(item.data)))

    def _later_host(self, data: bytes) -> None:
        size = self._chunk or len(data)
        for at in range(0, len(data), size):
            self._way.append(partial(self._arrive, data[at : at + size]))

    def _arrive(self, piece: bytes) -> None:
        self.items(self.language.feed(piece))

    def _wait(self, end: float) -> bool:
        """Run whatever is due first; False: nothing is, before the end."""
        wait = self.language.wait
        host = end + 1 if wait is None else self._host_since + wait
        name = min(self._timers, key=self._timers.__getitem__, default="")
        twin = self._timers.get(name, end + 1)
        if min(host, twin) > end:
            return False
        self.now = max(self.now, min(host, twin))
        if host < twin:
            self.items(self.language.silence())
        else:
            del self._timers[name]
            self.effects(self.twin.timer(name))
        return True
