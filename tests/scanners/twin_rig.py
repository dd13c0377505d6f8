"""A scanner's language and its twin, wired together without I/O or time."""

from __future__ import annotations

from pos_guard.links.session import Effects, ToApp
from pos_guard.scanners.language import Command, Item, Items, Reply, Scanned, ScannerLanguage, Send
from pos_guard_simulator.scanner import Scanner


class TwinRig:
    """What the twin sends comes in pieces of ``size`` bytes; what the host sends too."""

    def __init__(self, language: ScannerLanguage, twin: Scanner, size: int = 9999) -> None:
        self.language = language
        self.twin = twin
        self.size = size
        self.seen: list[Item] = []

    def connect(self) -> None:
        self.twin.connected()
        self.carry(self.language.connected())

    def tell(self, command: Command) -> None:
        self.carry(self.language.command(command))

    def show(self, payload: str | bytes) -> None:
        self.arrive(self.twin.scan(payload))

    def carry(self, items: Items) -> None:
        for item in items:
            if not isinstance(item, Send):
                self.seen.append(item)
                continue
            for start in range(0, len(item.data), self.size):
                self.arrive(self.twin.data(item.data[start : start + self.size]))

    def arrive(self, effects: Effects) -> None:
        data = b"".join(effect.data for effect in effects if isinstance(effect, ToApp))
        for start in range(0, len(data), self.size):
            self.carry(self.language.feed(data[start : start + self.size]))

    @property
    def scans(self) -> list[Scanned]:
        return [item for item in self.seen if isinstance(item, Scanned)]

    @property
    def codes(self) -> list[bytes]:
        """What arrived whole."""
        return [scan.data for scan in self.scans if scan.problem is None]

    @property
    def replies(self) -> list[tuple[Command | None, bool | None]]:
        return [(item.to, item.ok) for item in self.seen if isinstance(item, Reply)]

    @property
    def told(self) -> bytes:
        """The text of the last reply."""
        return next(item.text for item in reversed(self.seen) if isinstance(item, Reply))
