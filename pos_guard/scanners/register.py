"""Scan engines with registers (``7E 00``): Newland EM and FM, Grow GM, Waveshare, Hamlet.

Scans are lines; what a register means comes from the model. Commands and scans share the line
without a mark, so nothing is told while a reading session is open: a code that looks like a reply
would be lost.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from pos_guard.errors import DeviceError, FrameError
from pos_guard.frames.lines import LineSettings
from pos_guard.frames.registers import HostFrame, HostFramer, Kind
from pos_guard.frames.reply_search import Finding, Found, Search
from pos_guard.frames.scanner_model import Register, ScannerModel
from pos_guard.scanners.asking import AskingLines, Heard, Timing
from pos_guard.scanners.language import Command, Items, Reply, Scanned, Send
from pos_guard.scanners.register_replies import Due, find_reply
from pos_guard.scanners.register_steps import Change, Step, action_step, reads, saves, writes

TIMING: Final = Timing(reply_seconds=0.5)
"""The scanner's time to answer: the GM65 gives up after 400 ms (manual p. 31)."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What follows from a reply: a second step of ours, or the beginning of a session."""

    then: Change | None = None
    trigger: bool = False


class RegisterLanguage(AskingLines):
    """A register scanner's host side.

    ``lock``: from the connection on no set-up codes, where the model has a register for that.
    """

    def __init__(
        self,
        model: ScannerModel,
        settings: LineSettings | None = None,
        timing: Timing = TIMING,
        *,
        lock: bool = True,
    ) -> None:
        super().__init__(settings, timing=timing)
        self.model = model
        self._can = frozenset(Command(name) for name in model.actions)
        self._lock = lock and Command.LOCK in self._can
        self._trigger = _trigger_frame(model)
        self._answered = deque[_Asked]()
        self._starting = self._reading = False

    @property
    def can(self) -> frozenset[Command]:
        """The commands for which the model names a register."""
        return self._can

    @property
    def reading(self) -> bool:
        """A reading session is open as far as one can know: nothing is told now but STOP."""
        return self._reading

    def connected(self, descriptor: bytes = b"") -> Items:
        """The scanner is there (again): set-up codes off, if it can."""
        items = super().connected(descriptor)
        self._answered.clear()
        self._starting = self._reading = False
        return items + self.command(Command.LOCK) if self._lock else items

    def feed(self, data: bytes) -> Items:
        """The scanner sent bytes."""
        items = self._followed(super().feed(data))
        # Without a reply, but with scans in its place: it reads all the time, not in a session.
        self._starting = self._starting and bool(self._due)
        return items

    def silence(self) -> Items:
        """Nothing came for ``wait`` seconds: replies, scans and sessions that are given up."""
        items = self._followed(super().silence())
        if self._starting and not self._due:
            # Perhaps only the reply was lost, and it reads.
            self._starting, self._reading, self._silent_ms = False, True, 0
        elif self._reading and self._silent_ms >= self.model.read_ms > 0:
            self._reading = False
        return items

    def command(self, command: Command) -> Items:
        """Tell the scanner something.

        :raises DeviceError: ``E_ILLEGAL`` for a command that the model has no register for,
            ``E_BUSY`` while a reply is due or a reading session is open.
        """
        if command not in self._can:
            raise DeviceError("E_ILLEGAL", f"{self.model.name} has no register for {command}")
        return self._begin(action_step(self.model, self.model.actions[command]), command)

    def read(self, name: str) -> Items:
        """Ask for a register by its name in the model; its value is the text of the reply.

        :raises DeviceError: as ``command``.
        """
        return self._begin(reads(self._register(name)))

    def write(self, name: str, value: int) -> Items:
        """Set a register, or its bits; the others of it are kept as they are.

        :raises DeviceError: as ``command``, and ``E_ILLEGAL`` for a value that does not fit.
        """
        register = self._register(name)
        if value < 0 or value & ~register.most:
            raise DeviceError("E_ILLEGAL", f"{name} of {self.model.name} cannot be {value:#x}")
        return self._begin(writes(register, value))

    def save(self) -> Items:
        """Keep what was written over a loss of power. Flash wears out: not at each start.

        :raises DeviceError: ``E_BUSY`` as ``command``.
        """
        return self._begin(saves())

    def _begin(self, step: Step, to: Command | None = None) -> Items:
        if self._due:
            raise DeviceError("E_BUSY", "the answer to another command is due")
        if self._reading and to is not Command.STOP:
            raise DeviceError("E_BUSY", "the scanner reads: stop it first, or wait for the code")
        return self._send(step, to)

    def _send(self, step: Step, to: Command | None) -> Items:
        asked = _Asked(step.then, trigger=to is Command.TRIGGER)
        self._expect(to, self._search(step.due, asked))
        return [Send(step.frame)]

    def _search(self, due: Due, asked: _Asked) -> Search:
        """The search for a reply, which notes what is to follow when it is found."""
        find = find_reply(due)
        self._starting = self._starting or asked.trigger

        def search(data: bytes, fresh: bool) -> Finding:
            finding = find(data, fresh)
            if isinstance(finding, Found):
                self._answered.append(asked)
            return finding

        return search

    def _overhear(self, told: bytes) -> Heard:
        framer = HostFramer()
        answers = [self._answer_to(frame) for frame in framer.feed(told)]
        return Heard(tuple(answers), framer.rest)

    def _answer_to(self, frame: HostFrame | FrameError) -> Search:
        if isinstance(frame, FrameError):
            # Newland answers that the CRC is wrong, Grow nothing.
            return self._search(Due(Kind.WRITE), _Asked())
        # The till's trigger may have "do not check" in the place of the CRC.
        trigger = bool(self._trigger) and frame.raw[:-2] == self._trigger[:-2]
        return self._search(Due.of(frame), _Asked(trigger=trigger))

    def _wait_ms(self) -> int | None:
        wait = super()._wait_ms()
        if wait is not None or not (self._reading and self.model.read_ms):
            return wait
        return max(1, self.model.read_ms - self._silent_ms)

    def _followed(self, items: Items) -> Items:
        """The items, with what follows from the replies among them in its place."""
        followed: Items = []
        for item in items:
            if isinstance(item, Reply) and item.raw:
                followed += self._after(self._answered.popleft(), item)
                continue
            if isinstance(item, Scanned) and not item.late:
                self._reading = False
            followed.append(item)
        return followed

    def _after(self, asked: _Asked, reply: Reply) -> Items:
        if reply.ok and asked.then is not None:
            return self._send(asked.then.after(reply.text[0]), reply.to)
        if asked.trigger:
            self._starting = False
        if reply.ok and (asked.trigger or reply.to is Command.STOP):
            self._reading = asked.trigger
        return [reply]

    def _register(self, name: str) -> Register:
        if name not in self.model.registers:
            raise DeviceError("E_ILLEGAL", f"{self.model.name} has no register {name!r}")
        return self.model.registers[name]


def _trigger_frame(model: ScannerModel) -> bytes:
    """What starts a session when a till sends it; empty where no single write does."""
    if Command.TRIGGER not in model.actions:
        return b""
    step = action_step(model, model.actions[Command.TRIGGER])
    return step.frame if step.then is None else b""
