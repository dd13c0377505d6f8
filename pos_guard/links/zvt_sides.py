"""The two sides of a ZVT link and what the guard says to each, without any judgement."""

from __future__ import annotations

from collections import deque

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import MAX_BODY, MAX_COMMAND_BODY, Apdu
from pos_guard.guard import Guard
from pos_guard.links import owed
from pos_guard.links.session import ToApp, ToDevice
from pos_guard.links.speaking import Speaking
from pos_guard.links.zvt_model import Due, Job, State, ZvtTiming
from pos_guard.links.zvt_wire import Framing, WireSettings, open_wire


class Sides(Speaking):
    """Both sides, the lines still to be said to the till, and who its next answer is for."""

    def __init__(
        self, name: str, guard: Guard, timing: ZvtTiming, app: Framing, device: Framing
    ) -> None:
        super().__init__(name, guard)
        self._timing = timing
        half, ack = timing.half_s, timing.frame_ack_s
        self._app_framing = app
        self._till = open_wire(app, "app", ToApp, WireSettings(half, ack, MAX_COMMAND_BODY))
        self._terminal = open_wire(device, "device", ToDevice, WireSettings(half, ack, MAX_BODY))
        self._terminal_there = False
        self._state = State.IDLE
        self._job: Job | None = None
        self._till_waits = False
        self._script: deque[bytes] = deque()
        self._later: deque[tuple[Apdu, bool]] = deque()
        self._due = Due.NOBODY
        # A 04 FF of ours whose answer may still be on its way when the terminal begins to speak.
        self._alive_due = False
        # The money request whose exchange is open, until its end is on record.
        self._open_entry: int | None = None

    # -- speaking ------------------------------------------------------------------------------

    def _to_till(self, apdu: bytes) -> None:
        self._out += self._till.send(apdu)

    def _to_terminal(self, apdu: bytes) -> None:
        self._out += self._terminal.send(apdu)

    # -- the till's exchange -------------------------------------------------------------------

    def _refuse(self, code: int, *, greeted: bool = False) -> None:
        """The protocol's own no: 80 00 00, then 06 1E with the code, then the till's answer."""
        if not greeted:
            self._to_till(zvt_build.ack)
        self._say(zvt_build.abort(code, self._guard.policy.currency))

    def _say(self, *lines: bytes) -> None:
        """End the till's exchange with these units, each after the answer to the one before."""
        self._script.extend(lines)
        self._state = State.SAYING
        self._due = Due.GUARD
        self._next_line()

    def _next_line(self) -> None:
        self._cancel("till")
        if self._script:
            self._to_till(self._script.popleft())
            self._set("till", self._timing.till_s)
        else:
            self._over()

    def _line_heard(self, apdu: Apdu) -> None:  # noqa: ARG002 - who overrides it reads it
        self._next_line()

    def _ask_till(self, apdu: bytes) -> None:
        """Relay a unit of the terminal whose answer the terminal waits for."""
        if not self._till_waits:
            self._to_terminal(zvt_build.ack)
            return
        self._to_till(apdu)
        self._due = Due.TERMINAL
        self._set("till", self._timing.till_s)

    def _over(self) -> None:
        """The exchange has ended on both sides."""
        self._job = None
        self._till_waits = False
        self._due = Due.NOBODY
        self._script.clear()
        self._state = State.IDLE
        self._close()
        self._cancel("till", "answer", "hold", "alive")

    def _close(self) -> None:
        """Record the end of the exchange, unless something in it is still in doubt."""
        entry = self._open_entry
        if entry is not None and not self._in_doubt(entry):
            self._open_entry = None
            owed.close(self._guard, self.name, entry)

    def _in_doubt(self, entry: int) -> bool:
        raise NotImplementedError
