"""The till of a request and answer link: it believes what it hears."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.errors import FrameError
from pos_guard.links.dialect import Ask, Heard, Says
from pos_guard.links.session import Effects
from pos_guard.model import Outcome, Result
from tests.simulation.exchange_profiles import Profile
from tests.simulation.line_till import LineTill
from tests.simulation.world import World

PATIENCE_S = 190.0

LATE_S = 330.0
"""How late an answer may come. Until then a till that gave a request up, or asked twice at once,
cannot tell which answer is whose."""


@dataclass(slots=True)
class Asked:
    """One request and what the till made of it. ``clear``: no other answer can be taken for its
    own."""

    ask: Ask
    started_us: int
    clear: bool = True
    answered: bool = False
    over: bool = False
    approved: bool = False
    receipt: str = ""


class Till(LineTill):
    """Speaks the profile's words with a line of its own, and believes what it hears."""

    def __init__(self, world: World, profile: Profile) -> None:
        super().__init__(world)
        parts = profile.parts()
        self._dialect, self._line = parts.dialect, parts.device
        self.asked: list[Asked] = []
        self.sent: Counter[bytes] = Counter()
        self.manner = "ack"
        self.on_end: Callable[[Asked, Outcome], None] = lambda _asked, _outcome: None

    @property
    def busy(self) -> bool:
        if not self.asked or self.asked[-1].over:
            return False
        return self._world.now_us - self.asked[-1].started_us < PATIENCE_S * 1_000_000

    def command(self, unit: bytes) -> None:
        ask, since = self._dialect.read(unit), self._world.now_us - int(LATE_S * 1_000_000)
        owed = [old for old in self.asked if not old.answered and old.started_us > since]
        for old in owed:
            old.clear = False
        self.asked.append(Asked(ask, self._world.now_us, not owed or bool(ask.key)))
        self.sent[unit] += 1
        self._do(self._line.send(unit))

    def _cut_off(self) -> None:
        for asked in self.asked:
            asked.over = asked.answered = True  # by nobody any more

    def _reset(self) -> Effects:
        return self._line.reset()

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
        last.over = last.answered = True
        last.approved = said.outcome.result is Result.APPROVED
        last.receipt = (said.outcome.receipt or "") if last.approved else ""
        self.on_end(last, said.outcome)
