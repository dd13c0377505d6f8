"""The scanner link: a code reaches the till only after it was classified and judged.

The scanner's language makes scans, answers and acknowledgements of bytes; the front is the scanner
as the till sees it. A scan is durable before anything of it moves: first the verdict, then the
till, then the scanner's acknowledgement. What a till that is away did not get it never gets: a
code that was shown before is no code of the next customer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pos_guard.errors import DeviceError, LocalError
from pos_guard.guard import Guard
from pos_guard.links import scanner_words as words
from pos_guard.links.scanner_flood import FLOOD_SECONDS, Flood
from pos_guard.links.scanner_front import Front, FrontItems, NotTaken, PlainFront, ToScanner
from pos_guard.links.scanner_judge import Fate, Judged, ScanJudge
from pos_guard.links.scanner_settings import Refused, ScannerSettings
from pos_guard.links.session import (
    CancelTimer,
    CloseDevice,
    Effects,
    QuietSession,
    SetTimer,
    Tell,
    ToDevice,
)
from pos_guard.policy.verdict import Level
from pos_guard.scanners.language import Command, Items, Reply, Scanned, Send
from pos_guard.scanners.lines import LineLanguage
from pos_guard.scanners.settling import SettledLanguage

SILENCE: Final = "silence"
"""The timer of the scanner's language."""

FLOOD: Final = "flood"
BEEP: Final = "beep"

BEEP_SECONDS: Final = 2.0
"""How long a yes or no waits for a busy scanner: later it would be taken for the next code's."""


class ScannerSession(QuietSession):
    """One scanner and its till. See :class:`~pos_guard.links.session.Session`.

    ``descriptor`` gives the report descriptor of a HID scanner once it is connected. Without
    ``language`` and ``front`` it is a plain scanner on a line.
    """

    def __init__(
        self,
        name: str,
        guard: Guard,
        language: SettledLanguage | None = None,
        front: Front | None = None,
        settings: ScannerSettings | None = None,
        *,
        descriptor: Callable[[], bytes] = bytes,
    ) -> None:
        self.name = name
        self._language = language or SettledLanguage(LineLanguage())
        self._front = front or PlainFront()
        self._settings = settings or ScannerSettings()
        self._descriptor = descriptor
        self._judge = ScanJudge(name, guard, self._settings)
        self._till = False
        self._reached = False
        self._signal: Command | None = None
        self._held = False
        self._flood = Flood(guard.clock)
        self._flooding = False
        self._silence: float | None = None
        guard.scanner_serves()

    # -- the till -------------------------------------------------------------------------------

    def app_connected(self) -> Effects:
        """The till is there."""
        self._till = True
        self._reached = False
        return self._front_items(self._front.connected())

    def app_data(self, data: bytes) -> Effects:
        """Commands of the till reach the scanner in its own language."""
        return [*self._front_items(self._front.heard(data)), *self._waits()]

    def app_closed(self) -> Effects:
        """The till hung up."""
        self._till = self._reached = False
        return self._front_items(self._front.closed())

    # -- the scanner ----------------------------------------------------------------------------

    def device_connected(self) -> Effects:
        """Whatever was half scanned before is gone; the scanner is set up once it was silent."""
        self._signal, self._held = None, False
        return self._carry_out(self._language.connected(self._descriptor()))

    def device_closed(self) -> Effects:
        """A half scan will never be whole: that is recorded, and said."""
        effects = self._carry_out(self._language.closed())
        self._signal, self._held, self._silence = None, False, None
        return [*effects, CancelTimer(SILENCE), CancelTimer(BEEP)]

    def device_data(self, data: bytes) -> Effects:
        """Judge every scan that is whole now."""
        return self._carry_out(self._language.feed(data))

    def timer(self, name: str) -> Effects:
        """Silence ends, cuts or repeats something; a flood is over; a beep comes too late."""
        if name == SILENCE:
            self._silence = None
            return self._carry_out(self._language.silence())
        if name == FLOOD:
            return self._flood_over()
        if name == BEEP:
            self._signal, self._held = None, False
            return []
        return self._front_items(self._front.timer()) if name == self._front.timer_name else []

    # -- items, in order --------------------------------------------------------------------------

    def _carry_out(self, items: Items) -> Effects:
        """Do what the language says; the scanner is never told of a scan that is not on record."""
        effects: Effects = []
        recorded, withheld = True, False
        for item in items:
            if isinstance(item, Send):
                effects += [ToDevice(item.data)] if recorded else []
                withheld = withheld or not recorded
            elif isinstance(item, Reply):
                effects += self._reply(item)
            else:
                judged = self._scanned(item, effects)
                recorded = recorded and judged
        if withheld:
            # What it sent last it sends again once it is connected anew, to whoever can record it.
            return [*effects, CloseDevice("a scan could not be recorded")]
        return [*effects, *self._beep(), *self._waits(again=True)]

    def _scanned(self, scanned: Scanned, effects: Effects) -> bool:
        """Judge one scan, add what follows from it. False: it could not be recorded."""
        if scanned.late:
            effects += self._front_items(self._front.late(scanned)) if self._reached else []
            return True
        self._reached = False
        admitted = self._flood.admits(unread=scanned.problem is not None)
        if self._flood.counting and not self._flooding:
            self._flooding = True
            effects.append(SetTimer(FLOOD, FLOOD_SECONDS))
        if not admitted:
            return True
        if scanned.problem is not None:
            judged = self._judge.unread(scanned, scanned.problem)
        else:
            judged = self._judge.judge(scanned, till=self._till)
        effects += self._handed_on(scanned, judged)
        effects += [] if judged.tell is None else [judged.tell]
        return judged.recorded

    def _handed_on(self, scanned: Scanned, judged: Judged) -> Effects:
        """What the till gets, and which beep the scanner will get."""
        setting = self._settings
        fate = judged.fate
        refused = fate is Fate.REFUSE
        if setting.complain if refused else setting.confirm:
            self._signal = Command.NO if refused else Command.YES
        replace = refused and self._till and setting.refused is Refused.REPLACE
        if not replace and fate not in (Fate.PASS, Fate.FLAG):
            return []
        self._reached = True
        try:
            if replace:
                return self._front_items(self._front.text(scanned, setting.instead))
            if fate is Fate.FLAG:
                return self._front_items(self._front.flagged(scanned, setting.flag))
            return self._front_items(self._front.scan(scanned))
        except LocalError:
            self._reached = False
            return [Tell(Level.DENY.name, words.TOO_LONG)]

    def _flood_over(self) -> Effects:
        self._flooding = False
        more = self._flood.over()
        if not more:
            return []
        judged = self._judge.refuse(b"", words.unrecorded(more))
        return [] if judged.tell is None else [judged.tell]

    def _reply(self, reply: Reply) -> Effects:
        if reply.to is Command.LOCK and reply.ok is False:
            return [Tell(Level.WARN.name, words.UNLOCKED)]
        if reply.to is not None or not reply.raw or not self._till:
            return []
        return self._front_items(self._front.reply(reply))

    def _front_items(self, items: FrontItems) -> Effects:
        effects: Effects = []
        for item in items:
            if isinstance(item, ToScanner):
                passed = self._language.passing(item.data)
                effects += [ToDevice(sent.data) for sent in passed if isinstance(sent, Send)]
            elif isinstance(item, NotTaken):
                effects.append(Tell(Level.DENY.name, words.NOT_TAKEN))
            else:
                effects.append(item)
        return effects

    # -- yes and no at the device; time -----------------------------------------------------------

    def _beep(self) -> Effects:
        """Say yes or no at the device, once nothing else is under way there."""
        signal = self._signal
        if signal is None or signal not in self._language.can:
            self._signal = None
            return []
        held = self._held
        try:
            items = self._language.command(signal)
        except DeviceError:  # an answer is due: after it
            self._held = True
            return [] if held else [SetTimer(BEEP, BEEP_SECONDS)]
        self._signal, self._held = None, False
        sent: Effects = [ToDevice(item.data) for item in items if isinstance(item, Send)]
        return [CancelTimer(BEEP), *sent] if held else sent

    def _waits(self, *, again: bool = False) -> Effects:
        """The language's timer; anew after it was fed, else only where it changed."""
        wait = self._language.wait
        if wait == self._silence and not again:
            return []
        self._silence = wait
        return [CancelTimer(SILENCE) if wait is None else SetTimer(SILENCE, wait)]
