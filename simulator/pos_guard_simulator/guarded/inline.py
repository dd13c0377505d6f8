"""A guard's session straight before a twin: the app's port is the session's, no port in between.

The session is the one that the daemon runs, and the twin the one behind any port. What the daemon's
shell does with sockets is done here with calls, in the same order: all effects of one call happen
before anything else reaches the session. Timers go out as effects, to whoever has the clock.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from pos_guard.links.events import Asked, LinkFailed, OnEvent, Side, SideChanged, Told
from pos_guard.links.session import (
    AskPerson,
    CancelTimer,
    CloseApp,
    CloseDevice,
    Effect,
    Effects,
    Session,
    SetTimer,
    Tell,
    ToApp,
    ToDevice,
)
from pos_guard.links.shell import RETRY_MIN_SECONDS
from pos_guard.links.wire import HIGH_WATER, MAX_QUEUED
from pos_guard_simulator.bench import READ_BYTES, Bounded, Twin

LOG = logging.getLogger(__name__)

Note = Callable[[bytes, bool], None]
"""Bytes between guard and device; True: the device said them."""

_CONNECT = "guard connects"
_OF_TWIN = "device "
_OF_SESSION = "guard "

_Work = list[tuple[Side, Effect]]
"""Effects to carry out, each with who has it: APP is the session, DEVICE the twin."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a guarded twin tells, and what it waits for. None of it may raise.

    ``on_event`` hears what the link tells, ``note`` sees what passes between guard and device;
    ``lock`` is held while the session works: all links of one guard share it.
    """

    on_event: OnEvent
    note: Note = lambda _data, _outward: None
    lock: AbstractContextManager[object] = field(default_factory=nullcontext[None])


class GuardedTwin:
    """A twin with a guard before it; itself a twin, for any place.

    ``stays``: the till's port is one that is never hung up (a pty). If the session raises, both
    sides are hung up and nothing passes any more.
    """

    def __init__(self, session: Session, twin: Twin, around: Around, *, stays: bool) -> None:
        self._session = session
        self._twin = twin
        self._around = around
        self._on_event = around.on_event
        self._stays = stays
        self._app = self._up = self._over = False
        self._plugged = True
        self._waiting = bytearray()
        self._timers: set[str] = set()
        self._out: Effects = []

    @property
    def room(self) -> int:
        """Bytes that are taken now: none while the device does not keep up with what it has."""
        return 0 if len(self._waiting) >= HIGH_WATER else READ_BYTES

    # -- as a twin ---------------------------------------------------------------------------

    def begin(self) -> Effects:
        """The guard connects its device; once before the first till."""
        return self._carried(self._connect())

    def connected(self) -> Effects:
        """The till opened its port."""
        return self._carried(self._app_side(up=True))

    def data(self, data: bytes) -> Effects:
        """The till sent bytes."""
        return self._carried(self._ask(lambda: self._session.app_data(data)))

    def closed(self) -> Effects:
        """The till hung up."""
        return self._carried(self._app_side(up=False))

    def timer(self, name: str) -> Effects:
        """A timer of the twin, of the session, or to connect the device again."""
        if name == _CONNECT:
            return self.begin()
        if name.startswith(_OF_TWIN):
            return self.said(self._twin.timer(name.removeprefix(_OF_TWIN)))
        ours = name.removeprefix(_OF_SESSION)
        self._timers.discard(ours)
        return self._carried(self._ask(lambda: self._session.timer(ours)))

    # -- what people do ----------------------------------------------------------------------

    def said(self, effects: Effects) -> Effects:
        """What the device did by itself, or by somebody's hand."""
        return self._carried(_by_twin(effects))

    def answered(self, decision: int) -> Effects:
        """A person approved or refused what was held."""
        return self._carried(self._ask(lambda: self._session.answered(decision)))

    def unplug(self) -> Effects:
        """The cable between guard and device is pulled."""
        self._plugged = False
        return self._carried(self._lost("unplugged"))

    def plug(self) -> Effects:
        """It is put back in."""
        self._plugged = True
        return self.begin()

    def die(self) -> Effects:
        """The guard's process ends as in a power cut: the session learns nothing any more."""
        self._over = True
        self._out += [CancelTimer(_OF_SESSION + name) for name in self._timers]
        self._timers.clear()
        return self._carried(self._lost("the guard is gone"))

    def revive(self, session: Session) -> Effects:
        """Another process takes over, with what was recorded."""
        self._session, self._over = session, False
        till = self._app_side(up=True) if self._app else []
        return self._carried([*self._connect(), *till])

    # -- effects -----------------------------------------------------------------------------

    def _carried(self, first: _Work) -> Effects:
        """Carry effects out, and all that follows from them; what is left is the port's."""
        work = deque([*first, *self._drained()])
        while work:
            side, effect = work.popleft()
            work += self._of_session(effect) if side is Side.APP else self._of_twin(effect)
            if not work:
                work += self._drained()
        out, self._out = self._out, []
        return out

    def _of_session(self, effect: Effect) -> _Work:
        name = self._session.name
        match effect:
            case ToDevice(data):
                return self._to_device(data)
            case CloseDevice(reason):
                return self._lost(reason)
            case CloseApp() if self._stays:
                return [*self._app_side(up=False), *self._app_side(up=True)]
            case ToApp(data) if not self._app:
                LOG.warning("%s: %d bytes for the till dropped: not there", name, len(data))
            case ToApp() | CloseApp():
                self._out.append(effect)
            case SetTimer(timer, seconds):
                self._timers.add(timer)
                self._out.append(SetTimer(_OF_SESSION + timer, seconds))
            case CancelTimer(timer):
                self._timers.discard(timer)
                self._out.append(CancelTimer(_OF_SESSION + timer))
            case AskPerson(decision, say):
                self._on_event(Asked(name, decision, say))
            case Tell(level, say):
                self._on_event(Told(name, level, say))
        return []

    def _of_twin(self, effect: Effect) -> _Work:
        match effect:
            case SetTimer(timer, seconds):
                self._out.append(SetTimer(_OF_TWIN + timer, seconds))
            case CancelTimer(timer):
                self._out.append(CancelTimer(_OF_TWIN + timer))
            case CloseApp(reason):
                return self._lost(reason)
            case ToApp(data) if self._up:
                self._around.note(data, True)
                return self._ask(lambda: self._session.device_data(data))
            case _:
                LOG.info("%s: the device speaks into the air", self._session.name)
        return []

    def _ask(self, call: Callable[[], Effects]) -> _Work:
        """What the session answers; it fails closed, as in the daemon's shell."""
        if self._over:
            return []
        try:
            with self._around.lock:
                return [(Side.APP, effect) for effect in call()]
        except Exception as error:
            LOG.exception("%s: the session failed, the link is closed", self._session.name)
            self._over = True
            why = f"{type(error).__name__}: {error}"
            self._on_event(LinkFailed(self._session.name, why))
            self._out.append(CloseApp(why))
            return self._lost(why)

    # -- the two sides -----------------------------------------------------------------------

    def _app_side(self, *, up: bool) -> _Work:
        self._app = up
        self._on_event(SideChanged(self._session.name, Side.APP, up=up))
        return self._ask(self._session.app_connected if up else self._session.app_closed)

    def _connect(self) -> _Work:
        if self._up or self._over or not self._plugged:
            return []
        self._up = True
        self._on_event(SideChanged(self._session.name, Side.DEVICE, up=True))
        return [*_by_twin(self._twin.connected()), *self._ask(self._session.device_connected)]

    def _lost(self, reason: str) -> _Work:
        """The device's connection is over; the guard tries again, as its shell does."""
        if not self._up:
            return []
        self._up = False
        self._waiting.clear()
        self._on_event(SideChanged(self._session.name, Side.DEVICE, up=False, reason=reason))
        if not self._over:
            self._out.append(SetTimer(_CONNECT, RETRY_MIN_SECONDS))
        return [*_by_twin(self._twin.closed()), *self._ask(self._session.device_closed)]

    def _to_device(self, data: bytes) -> _Work:
        if not self._up:
            LOG.warning("%s: %d bytes dropped: no device", self._session.name, len(data))
            return []
        if len(self._waiting) + len(data) > MAX_QUEUED:
            return self._lost("it takes nothing any more")
        self._waiting += data
        return self._drained()

    def _drained(self) -> _Work:
        """Give the device as much as it takes."""
        found: _Work = []
        while self._waiting:
            room = self._twin.room if isinstance(self._twin, Bounded) else READ_BYTES
            data = bytes(self._waiting[:room])
            if not data:
                break
            del self._waiting[: len(data)]
            self._around.note(data, False)
            found += _by_twin(self._twin.data(data))
        return found


def _by_twin(effects: Effects) -> _Work:
    return [(Side.DEVICE, effect) for effect in effects]
