"""A printer's works: receive buffer, clock, faults and flow control. It knows no language.

A language (printer_escpos) cuts the bytes into tokens and says what each does; here they wait
their turn: one motion of the paper at a time, nothing while stopped, real-time commands at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from pos_guard.clock import Clock
from pos_guard.frames.escpos_scan import Token
from pos_guard.frames.escpos_status import Condition
from pos_guard_simulator.printer_faults import Fault
from pos_guard_simulator.printer_mechanism import Mechanism
from pos_guard_simulator.printer_roll import rows_us

PIECE = 64
"""Bytes read from the receive buffer in one go while time runs: less than a line of print."""


class Order(Enum):
    """What a real-time command asks of the works."""

    NOTHING = "nothing"
    FORGET = "forget"
    """Clear the receive and print buffers."""
    RESUME = "resume"
    """Go on from the line where the error was."""
    RESUME_EMPTY = "resume-empty"
    """Clear the buffers, then go on."""
    POWER_OFF = "power-off"


class Language(Protocol):
    """What the bytes mean. It acts on the mechanism and speaks through the mechanism's line."""

    def power_on(self) -> None:
        """All settings and half-read commands are as new."""
        ...

    def forget(self) -> None:
        """The buffers are cleared: settings stay. What this sets in type is dropped with them."""
        ...

    def realtime(self, data: bytes) -> list[Token]:
        """The real-time commands that these bytes complete; ``at`` counts from power on."""
        ...

    def at_once(self, token: Token) -> Order:
        """Act on a real-time command."""
        ...

    def scan(self, data: bytes) -> list[Token]:
        """The tokens that these bytes complete."""
        ...

    @property
    def rows_arrived(self) -> int:
        """Dot rows so far of a picture that prints while it is still arriving."""
        ...

    @property
    def asked_stopped(self) -> frozenset[str]:
        """Names of the tokens that are run although the printer is stopped."""
        ...

    def run(self, token: Token) -> None:
        """Act on one token: set type, answer, pulse."""
        ...

    def printed(self) -> None:
        """Everything that was set is on paper."""
        ...

    def changed(self, before: Condition) -> None:
        """The printer's condition is another one."""
        ...


@dataclass(slots=True)
class _Plan:
    """A fault to come: after so many lines."""

    lines: int
    fault: Fault


class Engine:
    """Buffer in, motions out. ``lost`` counts the bytes that did not fit."""

    def __init__(self, body: Mechanism, language: Language, clock: Clock) -> None:
        self.lost = 0
        self._body = body
        self._language = language
        self._clock = clock
        self._timed = body.setup.timed
        self._plans: list[_Plan] = []
        self._power_on()

    @property
    def room(self) -> int:
        """Bytes that fit in the receive buffer now; switched off, they all go by."""
        if not self._body.powered:
            return self._body.model.buffer
        waiting = sum(len(token.raw) for token in self._tokens)
        return max(self._body.model.buffer - len(self._held) - waiting, 0)

    @property
    def deadline_us(self) -> int | None:
        """The end of the motion under way."""
        return self._busy_until

    def data(self, data: bytes) -> bytes:
        """The host sent bytes: what the printer says."""
        start, done = self._arrived, 0
        found = self._language.realtime(data) if self._body.powered else []
        self._arrived += len(data)
        for token in found:
            begin = max(token.at - start, done)
            end = token.at + len(token.raw) - start
            self._take(data[done:begin])
            if end - begin <= self.room:  # a full buffer needs none: it is acted on regardless
                self._take(data[begin:end])
            self._obey(self._language.at_once(token))
            done = end
            if not self._body.powered:
                break
        self._take(data[done:])
        return self._said()

    def tick(self) -> bytes:
        """Time has passed."""
        if self._body.powered:
            self._work()
        return self._said()

    def fail(self, fault: Fault, after_lines: int = 0) -> bytes:
        """A fault happens, now or when so many more lines are printed."""
        if after_lines:
            self._plans.append(_Plan(after_lines, fault))
        else:
            self._occur(fault)
        return self._said()

    def clear(self, fault: Fault) -> bytes:
        """Somebody put it right: what was held is printed."""
        if fault is Fault.POWER_OFF:
            if not self._body.powered:
                self._power_on()
        else:
            self._change(lambda: self._body.mend(fault))
        self._work()
        return self._said()

    def host_ready(self, ready: bool) -> bytes:
        """The host's DSR: answers that waited for it go out."""
        self._body.line.clear_to_send = ready
        return self._said()

    def reset(self) -> bytes:
        """A reset by the interface: as switching off and on, without the pause."""
        if self._body.powered:
            self._power_on()
        return self._said()

    def _power_on(self) -> None:
        self._body.power_on()
        self._language.power_on()
        self._arrived = 0
        self._empty()
        self._look()

    def _empty(self) -> None:
        self._held = bytearray()
        self._tokens: deque[Token] = deque()
        self._started = False
        self._busy_until: int | None = None
        self._rows = 0

    def _said(self) -> bytes:
        if self._body.powered:
            self._look()
        return self._body.line.take()

    def _look(self) -> None:
        body = self._body
        body.line.look(self.room, body.stopped and body.setup.busy_offline)

    def _take(self, data: bytes) -> None:
        """Into the buffer, as far as it goes; what does not fit is lost."""
        while data and self._body.powered:
            room = self.room
            if not room:
                self.lost += len(data)
                return
            self._held += data[:room]
            data = data[room:]
            self._work()

    def _work(self) -> None:
        """Print on until stopped, out of data, or in the middle of a motion."""
        while self._rested():
            if self._body.stopped:
                if not self._answer_stopped():
                    return
            elif self._started or self._body.roll.moving:
                self._move()
            elif self._tokens:
                self._language.run(self._tokens.popleft())
                self._settled()
            elif not self._read():
                return

    def _answer_stopped(self) -> bool:
        """A question at the head of the buffer that this model answers even now."""
        asked = self._language.asked_stopped
        if not asked or not self._body.powered or not (self._tokens or self._read()):
            return False
        if not self._tokens or self._tokens[0].name not in asked:
            return False
        self._language.run(self._tokens.popleft())
        return True

    def _rested(self) -> bool:
        if self._busy_until is not None and self._clock.boot_us() < self._busy_until:
            return False
        self._busy_until = None
        return True

    def _read(self) -> bool:
        """The next bytes of the buffer; False when there are none."""
        if not self._held:
            return False
        size = PIECE if self._timed else len(self._held)
        self._tokens.extend(self._language.scan(bytes(self._held[:size])))
        del self._held[:size]
        if self._timed:
            self._print_arriving()
        return True

    def _print_arriving(self) -> None:
        """A picture prints as its rows come: the paper moves before its command is whole."""
        rows = self._language.rows_arrived
        fresh = rows - self._rows
        self._rows = rows
        if fresh > 0:
            self._body.roll.advance(fresh)
            self._pause(rows_us(fresh, self._body.model.speed))

    def _move(self) -> None:
        """One motion: begin it, or end it once its time is over."""
        roll = self._body.roll
        if self._timed and not self._started:
            self._started = True
            self._pause(roll.motion_us(self._body.model.speed))
            return
        self._started = False
        self._count(roll.settle())
        self._settled()

    def _pause(self, microseconds: int) -> None:
        if microseconds:
            self._busy_until = self._clock.boot_us() + microseconds

    def _settled(self) -> None:
        if not self._body.roll.moving and not self._body.stopped:
            self._language.printed()

    def _count(self, lines: int) -> None:
        """Lines came out: planned faults come nearer."""
        due = [plan for plan in self._plans if plan.lines <= lines]
        self._plans = [plan for plan in self._plans if plan not in due]
        for plan in self._plans:
            plan.lines -= lines
        for plan in due:
            self._occur(plan.fault)

    def _occur(self, fault: Fault) -> None:
        if fault is Fault.COVER_OPEN and self._started:
            fault = Fault.COVER_OPEN_PRINTING
        self._change(lambda: self._body.happen(fault))
        if self._body.stopped:  # a motion that is broken off starts again from its beginning
            self._started, self._busy_until = False, None

    def _change(self, act: Callable[[], object]) -> None:
        """Do something that may change the printer's condition, and let it say so."""
        before = self._body.condition
        act()
        if self._body.powered and self._body.condition != before:
            self._language.changed(before)

    def _obey(self, order: Order) -> None:
        if order is Order.POWER_OFF:
            self._body.happen(Fault.POWER_OFF)
        elif order is Order.FORGET:
            self._forget()
        elif order is not Order.NOTHING:
            self._recover(empty=order is Order.RESUME_EMPTY)

    def _recover(self, *, empty: bool) -> None:
        before = self._body.condition
        if not self._body.recover():
            return
        if empty:
            self._forget()
        self._language.changed(before)
        self._work()

    def _forget(self) -> None:
        """Both buffers are cleared: what was held is never printed and never acknowledged."""
        self._language.forget()
        self._body.roll.drop()
        self._empty()
