"""The order of a tape: what came first stands first, though its secrets may be known later."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pos_guard.clock import Clock
from pos_guard_simulator.tape.lines import Happened, Happening, Line, Said, To
from pos_guard_simulator.tape.protocols import BY_SILENCE
from pos_guard_simulator.tape.veil import Bare, Shown, Veil

MAX_HELD = 2 << 20
"""Bytes that wait behind an unfinished frame of the other side; then that frame is given up."""


@dataclass(slots=True)
class _Arrival:
    """A piece on its way: how much of it has come out of its veil, and as what."""

    line: Said
    known: int = 0
    parts: list[Shown] = field(default_factory=list[Shown])


class Recording:
    """Pieces and happenings in, lines of the tape out to ``keep``. Sans-IO."""

    def __init__(
        self, protocol: str, clock: Clock, keep: Callable[[Line], None], *, bare: bool = False
    ) -> None:
        self._clock = clock
        self._begun_us = clock.boot_us()
        self._keep = keep
        self._by_silence = protocol in BY_SILENCE
        self._queue: deque[_Arrival | Happened] = deque()
        self._veils: Mapping[To, Veil | Bare] = {
            "app": Bare() if bare else Veil(protocol, to_app=True),
            "device": Bare() if bare else Veil(protocol, to_app=False),
        }

    def now(self) -> int:
        """Microseconds since it began."""
        return self._clock.boot_us() - self._begun_us

    def said(self, to: To, data: bytes, at_us: int | None = None) -> None:
        """Bytes went by, now or ``at_us``."""
        at_us = self.now() if at_us is None else at_us
        self._queue.append(_Arrival(Said(at_us, to, len(data), None)))
        if self._by_silence:
            other: To = "app" if to == "device" else "device"
            self._settle(other, self._veils[other].finish())
        self._settle(to, self._veils[to].feed(data))
        if sum(veil.waiting for veil in self._veils.values()) > MAX_HELD:
            self.finish()
        self._write()

    def happened(self, what: Happening, at_us: int | None = None) -> None:
        """Something without bytes; a line that is closed ends what was under way."""
        self.finish()
        self._queue.append(Happened(self.now() if at_us is None else at_us, what))
        self._write()

    def finish(self) -> None:
        """All that waits is given out: what is whole masked, the rest withheld."""
        for to, veil in self._veils.items():
            self._settle(to, veil.finish())
        self._write()

    def _settle(self, to: To, shown: list[Shown]) -> None:
        """Hand what came out of a veil to the pieces that it came in with."""
        waiting = (one for one in self._queue if isinstance(one, _Arrival) and one.line.to == to)
        open_ = [one for one in waiting if one.known < one.line.size]
        for part in shown:
            self._spread(part, open_)

    @staticmethod
    def _spread(part: Shown, open_: list[_Arrival]) -> None:
        left, at = part.size, 0
        even = part.data is not None and len(part.data) == part.size
        while left:
            arrival = open_[0]
            size = min(left, arrival.line.size - arrival.known)
            arrival.known += size
            left -= size
            if even and part.data is not None:
                arrival.parts.append(Shown(size, part.data[at : at + size]))
            elif part.data is None:
                arrival.parts.append(Shown(size, None))
            elif not left:  # its size changed: it is said where its last byte came
                arrival.parts.append(Shown(size, part.data))
            at += size
            if arrival.known == arrival.line.size:
                open_.pop(0)

    def _write(self) -> None:
        while self._queue:
            first = self._queue[0]
            if isinstance(first, Happened):
                self._keep(first)
            elif first.known < first.line.size:
                return
            else:
                for line in _lines(first):
                    self._keep(line)
            self._queue.popleft()


def _lines(arrival: _Arrival) -> list[Said]:
    """One line for what can be shown together, one for what cannot."""
    lines: list[Said] = []
    for part in arrival.parts:
        at, to = arrival.line.at_us, arrival.line.to
        last = lines[-1] if lines else None
        if last is None or (last.data is None) != (part.data is None):
            size = part.size if part.data is None else len(part.data)
            lines.append(Said(at, to, size, part.data))
        elif last.data is None or part.data is None:
            lines[-1] = Said(at, to, last.size + part.size, None)
        else:
            data = last.data + part.data
            lines[-1] = Said(at, to, len(data), data)
    return lines
