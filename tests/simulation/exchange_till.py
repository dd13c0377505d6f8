"""The till of a request and answer link: it believes what it hears."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.errors import FrameError
from pos_guard.links.dialect import Ask, Heard, Says
from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToDevice
from pos_guard.model import Outcome, Result
from tests.simulation.exchange_profiles import Profile
from tests.simulation.world import Cable, Timers, World

PATIENCE_S = 190.0


@dataclass(slots=True)
class Asked:
    """One request and what the till made of it. ``clear``: nothing else was said between."""

    ask: Ask
    started_us: int
    clear: bool = True
    over: bool = False
    approved: bool = False
    receipt: str = ""


class Till:
    """Speaks the profile's words with a line of its own, and believes what it hears."""

    def __init__(self, world: World, profile: Profile) -> None:
        self._world, parts = world, profile.parts()
        self._dialect, self._line = parts.dialect, parts.device
        self._timers = Timers(world, self._ring)
        self._cable: Cable | None = None
        self.asked: list[Asked] = []
        self.sent: Counter[bytes] = Counter()
        self.manner = "ack"
        self.on_end: Callable[[Asked, Outcome], None] = lambda _asked, _outcome: None

    @property
    def connected(self) -> bool:
        return self._cable is not None

    @property
    def busy(self) -> bool:
        if not self.asked or self.asked[-1].over:
            return False
        return self._world.now_us - self.asked[-1].started_us < PATIENCE_S * 1_000_000

    def attach(self, cable: Cable) -> None:
        self._cable = cable
        self._do(self._line.reset())
        cable.to_peer.read_by(self._data, lambda: self._closed(cable))

    def command(self, unit: bytes) -> None:
        clear = not (self.busy and self.connected)
        if not clear:
            self.asked[-1].clear = False
        self.asked.append(Asked(self._dialect.read(unit), self._world.now_us, clear))
        self.sent[unit] += 1
        self._do(self._line.send(unit))

    def noise(self, data: bytes) -> None:
        if self._cable is not None:
            self._cable.to_guard.send(data)

    def hang_up(self) -> None:
        if self._cable is not None:
            cable = self._cable
            self._closed(cable)
            cable.to_guard.end()

    def _closed(self, cable: Cable) -> None:
        cable.peer_closed = True
        cable.to_peer.unread()
        if self._cable is cable:
            self._cable = None
            self._timers.clear()
            if self.asked:
                self.asked[-1].over = True

    def _data(self, data: bytes) -> None:
        self._heard(self._line.receive(data))

    def _ring(self, name: str) -> None:
        self._heard(self._line.timer(name) or Heard())

    def _heard(self, heard: Heard) -> None:
        self._do(heard.effects)
        if heard.error is not None:
            self._do(self._line.rejected())
        for unit in heard.units:
            manner, self.manner = self.manner, "ack"
            if manner == "nak":
                self._do(self._line.rejected())
                continue
            if manner == "ack":
                self._do(self._line.took())
            self._unit(unit)

    def _unit(self, unit: bytes) -> None:
        last = self.asked[-1] if self.asked else None
        if last is None or last.over:
            return
        try:
            said = self._dialect.hear(unit, last.ask)
        except FrameError:
            return
        if said.kind is not Says.FINAL or said.outcome is None:
            return
        last.over = True
        last.approved = said.outcome.result is Result.APPROVED
        last.receipt = (said.outcome.receipt or "") if last.approved else ""
        self.on_end(last, said.outcome)

    def _do(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToDevice) and self._cable is not None:
                self._cable.to_guard.send(effect.data)
            elif isinstance(effect, SetTimer | CancelTimer):
                self._timers.obey(effect)
