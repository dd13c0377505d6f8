"""The shape of every interception session: bytes, time and answers go in, effects come out.

A session terminates both sides of one protocol. It does no I/O and has no clock: the shell
executes the effects in the order in which they stand, so whatever a session made durable before
it returned is durable before any byte moves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pos_guard.model import Words


@dataclass(frozen=True, slots=True)
class ToApp:
    """Send these bytes to the till."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToDevice:
    """Send these bytes to the device, terminal or host."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Call ``timer(name)`` after ``seconds``; a timer of the same name is replaced."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Forget the timer of that name, if it runs."""

    name: str


@dataclass(frozen=True, slots=True)
class AskPerson:
    """A decision needs a second person: show it on every console.

    The answer comes back through ``answered(decision)``, once an approval or a refusal of that
    decision is stored.
    """

    decision: int
    say: Words


@dataclass(frozen=True, slots=True)
class Tell:
    """Words for the cashier. ``level`` is a verdict level's name."""

    level: str
    say: Words


@dataclass(frozen=True, slots=True)
class CloseApp:
    """Hang up on the till; the reason is for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class CloseDevice:
    """Hang up on the device, so that it is connected anew; the reason is for the log."""

    reason: str


Effect = ToApp | ToDevice | SetTimer | CancelTimer | AskPerson | Tell | CloseApp | CloseDevice
Effects = list[Effect]


class Session(Protocol):
    """One interception session. Every method returns the effects to execute, in order.

    A session survives a lost connection on either side: the same object is told that a side is
    there again. It never raises for what a peer sent.
    """

    name: str

    def app_connected(self) -> Effects:
        """The till is there."""
        ...

    def app_waiting(self) -> Effects:
        """Another connection of a till waits while this one is open."""
        ...

    def app_data(self, data: bytes) -> Effects:
        """The till sent bytes."""
        ...

    def app_closed(self) -> Effects:
        """The till hung up."""
        ...

    def device_connected(self) -> Effects:
        """The device is there (again)."""
        ...

    def device_data(self, data: bytes) -> Effects:
        """The device sent bytes."""
        ...

    def device_closed(self) -> Effects:
        """The device is gone."""
        ...

    def timer(self, name: str) -> Effects:
        """A timer that was set has run out."""
        ...

    def answered(self, decision: int) -> Effects:
        """A person approved or refused this decision; the guard knows which."""
        ...


class QuietSession:
    """Nothing happens on connection, loss, time or answers: override what matters."""

    name = ""

    def app_connected(self) -> Effects:
        """The till is there."""
        return []

    def app_waiting(self) -> Effects:
        """Another connection waits: it will be refused."""
        return []

    def app_closed(self) -> Effects:
        """The till hung up."""
        return []

    def device_connected(self) -> Effects:
        """The device is there (again)."""
        return []

    def device_closed(self) -> Effects:
        """The device is gone."""
        return []

    def timer(self, name: str) -> Effects:
        """A timer has run out."""
        del name
        return []

    def answered(self, decision: int) -> Effects:
        """A person answered."""
        del decision
        return []
