"""What is said between a driver and a scanner: its language, in order, under one lock.

The pump's thread brings what the scanner says; commands come from the user's threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from pos_guard.errors import DeviceError, PortClosedError, PortError
from pos_guard.ports.base import Port
from pos_guard.scanners.language import Command, Items, Problem, Reply, Scanned, Send
from pos_guard.scanners.settling import SettledLanguage
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.device_power import PowerState

WRITE_SECONDS = 1.0
"""Commands and acknowledgements have a few bytes: a line that takes none for so long is stuck."""


class Ear(Protocol):
    """Who wants to know what a scanner says."""

    def scanned(self, scanned: Scanned) -> None:
        """A whole code."""
        ...

    def lost(self, problem: Problem) -> None:
        """A code was shown of which nothing can be made."""
        ...

    def power(self, power: PowerState, why: DeviceError | None) -> None:
        """It came or went."""
        ...

    def unlocked(self) -> None:
        """It still reads set-up codes, although it was told not to."""
        ...

    def trouble(self) -> None:
        """Something did not get through to it, or the connection broke."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How one scanner is talked with.

    ``wanted`` is told at each connection, if the scanner knows it.
    """

    name: str
    wanted: Command | None = None


@dataclass(slots=True)
class _Waiter:
    """Somebody waits for the answer to this command; None: to bytes of their own."""

    to: Command | None
    reply: Reply | None = None


class Talk:
    """One scanner's language over one connection after the other. Thread-safe."""

    def __init__(self, language: SettledLanguage, ear: Ear, manner: Manner) -> None:
        self.language = language
        self.locked: bool | None = None
        self.power = PowerState.UNKNOWN
        self._ear = ear
        self._manner = manner
        self._telling = threading.Lock()
        self._changed = threading.Condition()
        self._over = False
        self._port: Port | None = None
        self._why: DeviceError | None = None
        self._due: Command | None = None
        self._starting = self._again = False
        self._waiter: _Waiter | None = None
        self._at = 0.0

    @property
    def why(self) -> DeviceError | None:
        """Why the scanner is not there; None while it is."""
        why = self._why
        return None if why is None else DeviceError(why.code, str(why))

    # -- the user's threads -----------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Until the scanner is set up and answers, or it is known not to be there."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._why or self._over, seconds)

    def tell(
        self, make: Callable[[], Items], to: Command | None, deadline: Deadline
    ) -> Reply | None:
        """Carry out what ``make`` gives, and wait for the answer; None: there is none, or none yet.

        :raises DeviceError: ``E_NOHARDWARE``, ``E_OFFLINE`` or ``E_CLAIMED`` without a scanner,
            ``E_BUSY`` while it is busy with something else until the deadline, ``E_ILLEGAL`` for
            what it cannot do, ``E_FAILURE`` when it does not take the command.
        """
        with self._held(self._telling, deadline), self._held(self._changed, deadline):
            port = self._there(deadline)
            items = self._made(make, deadline)
            waiter = self._waiter = _Waiter(to)
            try:
                self._told(items)
                self._changed.wait_for(
                    lambda: waiter.reply or self._port is not port or not self.language.busy,
                    deadline.left,
                )
            finally:
                self._waiter = None
            return waiter.reply

    def end(self, seconds: float) -> None:
        """Nothing is said any more: let everybody go who waits."""
        self._over = True
        if self._changed.acquire(timeout=seconds):
            self._changed.notify_all()
            self._changed.release()

    @property
    def _ready(self) -> bool:
        """Connected, and it answered a command after those that set it up, or answers none."""
        due = self._due is not None or self._starting or self.language.settling
        return self._port is not None and not due

    @contextmanager
    def _held(
        self, lock: threading.Lock | threading.Condition, deadline: Deadline
    ) -> Generator[None]:
        if not lock.acquire(timeout=deadline.left):
            raise DeviceError("E_BUSY", f"{self._manner.name} is busy in another thread")
        try:
            yield
        finally:
            lock.release()

    def _there(self, deadline: Deadline) -> Port:
        self._changed.wait_for(lambda: self._port or self._over, deadline.left)
        if self._port is None:
            raise self.why or DeviceError("E_OFFLINE", f"{self._manner.name} is not connected")
        return self._port

    def _made(self, make: Callable[[], Items], deadline: Deadline) -> Items:
        while True:
            try:
                return make()
            except DeviceError as error:
                if error.code != "E_BUSY" or not self._changed.wait(deadline.left):
                    raise
                if self._port is None:
                    raise self.why or error from None

    def _told(self, items: Items) -> None:
        try:
            self._carry(items)
        except PortError as error:
            code = "E_OFFLINE" if isinstance(error, PortClosedError) else "E_FAILURE"
            raise DeviceError(code, f"{self._manner.name}: {error}") from error

    # -- the pump's thread ------------------------------------------------------------------------

    def connected(self, port: Port, descriptor: bytes) -> None:
        """The scanner is there (again).

        :raises PortClosedError: when it is gone already.
        """
        with self._changed:
            self._again = self._why is not None
            self._port = port
            self.locked = None
            self._starting = False
            items = self.language.connected(descriptor)
            wanted = self._manner.wanted
            self._due = wanted if wanted in self.language.can else None
            self._step(items)

    def patience(self, most: float) -> float:
        """Seconds until silence means something, but at most so many."""
        with self._changed:
            wait = self.language.wait
            return most if wait is None else min(max(self._at + wait - time.monotonic(), 0.0), most)

    def heard(self, data: bytes) -> None:
        """The scanner said something; nothing: it was silent since the last time.

        :raises PortClosedError: when it is gone.
        """
        with self._changed:
            if data:
                self._step(self.language.feed(data))
                return
            wait = self.language.wait
            if wait is not None and time.monotonic() >= self._at + wait:
                self._step(self.language.silence())

    def broken(self) -> None:
        """The connection is gone: what had begun is lost, and said so."""
        with self._changed:
            self._port = None
            if not self._over:
                self._give_up()
                self._ear.trouble()

    def absent(self, why: DeviceError) -> None:
        """An attempt to connect failed; of no matter if a later one did not."""
        with self._changed:
            if self._port is None and not self._over:
                self._why = why
                self._see(PowerState.OFF_OFFLINE)
            self._changed.notify_all()

    def forget(self) -> None:
        """The connection is not used any more."""
        with self._changed:
            self._port = None

    def _step(self, items: Items) -> None:
        """Do what the language says, and what was put off until now."""
        if self._port is not None and not self.language.settling:
            self._why = None
            self._see(PowerState.ONLINE)
        try:
            self._carry(items)
            self._tell_wanted()
            self._starting = self._starting and self.language.busy
        except PortClosedError:
            raise
        except PortError:  # it takes nothing; it may say something all the same
            self._ear.trouble()
        finally:
            self._changed.notify_all()

    def _tell_wanted(self) -> None:
        if self._due is None:
            return
        try:
            items = self.language.command(self._due)
        except DeviceError:  # it is busy; after the next answer or time-out
            return
        self._due, self._starting = None, True
        self._carry(items)

    def _carry(self, items: Items) -> None:
        """All of them, in order; what cannot be sent takes no scan away that comes after it."""
        failed: PortError | None = None
        for item in items:
            if isinstance(item, Scanned):
                self._scanned(item)
            elif isinstance(item, Reply):
                self._replied(item)
            elif failed is None:
                failed = self._sent(item)
        self._at = time.monotonic()
        if failed is not None:
            raise failed

    def _sent(self, item: Send) -> PortError | None:
        port = self._port
        if port is None:
            return None
        try:
            port.write(item.data, WRITE_SECONDS)
        except PortError as error:
            return error
        return None

    def _scanned(self, scanned: Scanned) -> None:
        if scanned.late or (self.language.settling and not self._again):
            return  # what was scanned before it was enabled concerns nobody
        if scanned.problem is None:
            self._ear.scanned(scanned)
        else:
            self._ear.lost(scanned.problem)

    def _replied(self, reply: Reply) -> None:
        waiter = self._waiter
        if waiter is not None and waiter.reply is None and reply.to is waiter.to:
            waiter.reply = reply
        if reply.to is self._manner.wanted:
            self._starting = False
        if reply.to is Command.LOCK:
            self.locked = reply.ok if reply.raw else None
            if not reply.ok:
                self._ear.unlocked()

    def _give_up(self) -> None:
        for item in self.language.closed():
            if isinstance(item, Reply):
                self._replied(item)
            elif isinstance(item, Scanned) and not item.late:
                self._ear.lost(item.problem or Problem.CUT)

    def _see(self, power: PowerState) -> None:
        if power is not self.power:
            self.power = power
            self._ear.power(power, self._why)
