"""What simulated payment terminals and hosts have in common. Sans-IO.

A till comes and goes, money moves by script, and things go wrong on demand. A transaction that has
begun is completed although the till is gone. ``ToApp`` is "to the till".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic

from pos_guard.links.session import CloseApp, Effect, Effects, ToApp
from pos_guard_simulator.payment_screen import Key, Screen
from pos_guard_simulator.payment_teller import Job, M, Teller
from pos_guard_simulator.payment_words import Wrong
from pos_guard_simulator.payment_wrongs import Wrongs
from pos_guard_simulator.zvt_book import Script


class PaymentTwin(ABC, Generic[M]):
    """A twin. A protocol adds how its bytes are read and said.

    ``more``: words of scripts that only this protocol has; they move the money.
    """

    more: frozenset[str] = frozenset()

    def __init__(self, script: Script, work_s: float, wrongs: Wrongs) -> None:
        self.wrongs = wrongs
        self._teller = Teller[M](self, wrongs, self._emit, work_s)
        self._teller.script = script
        self._connected = False
        self._out: list[Effect] = []

    @property
    def script(self) -> Script:
        """What happens to which amount; may be changed at any time."""
        return self._teller.script

    @script.setter
    def script(self, script: Script) -> None:
        self._teller.script = script

    @property
    def idle(self) -> bool:
        """No customer is at the device."""
        return self._teller.idle

    @property
    def screen(self) -> Screen:
        """What its screen shows."""
        return self._teller.screen

    @property
    @abstractmethod
    def moved(self) -> list[M]:
        """What stands."""

    def misbehave(self, *wrongs: Wrong) -> None:
        """Do these things wrong, one after the other, at the next occasion of each."""
        self.wrongs.next(*wrongs)

    def press(self, key: Key) -> tuple[bool, Effects]:
        """Somebody presses a key: whether anything waited for it, and what is done then."""
        return self._teller.press(key), self._taken()

    # -- driven by a shell ---------------------------------------------------------------------

    def connected(self) -> Effects:
        """A till is there."""
        self._connected = True
        self._reset()
        return self._taken()

    def closed(self) -> Effects:
        """The till is gone: a running transaction goes on; its answer is not said."""
        self._connected = False
        self.wrongs.forget()
        self._reset()
        return self._taken()

    def data(self, data: bytes) -> Effects:
        """Bytes of the till."""
        self._received(data)
        return self._taken()

    def timer(self, name: str) -> Effects:
        """Time passed."""
        late = self.wrongs.timer(name)
        if late is not None:
            return late if self._connected else []
        if not self._teller.timer(name):
            self._rang(name)
        return self._taken()

    # -- how it speaks -------------------------------------------------------------------------

    def took(self) -> None:
        """Acknowledge the request, where the protocol has an ACK."""

    def rejected(self) -> None:
        """NAK, where the protocol has one."""

    @abstractmethod
    def say(self, unit: bytes) -> None:
        """Say something, if anybody is there."""

    # -- for protocols -------------------------------------------------------------------------

    @abstractmethod
    def _received(self, data: bytes) -> None:
        """Read bytes of the till, and act on them."""

    def _reset(self) -> None:
        """The connection is new or gone."""

    def _rang(self, name: str) -> None:
        """A timer of the protocol's own."""
        del name

    def _begin(self, job: Job[M]) -> None:
        self._teller.begin(job)

    def _emit(self, *effects: Effect) -> None:
        self._out += effects

    def _send(self, data: bytes) -> None:
        if self._connected:
            self._out.append(ToApp(data))

    def _hang_up(self, reason: str) -> None:
        self._out.append(CloseApp(reason))

    def _taken(self) -> Effects:
        out, self._out = self._out, []
        if not self._connected:
            return [effect for effect in out if not isinstance(effect, ToApp)]
        return self.wrongs.done_to(out)
