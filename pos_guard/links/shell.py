"""The shell that gives a session its I/O: connections, timers, and effects in strict order.

The session is called from one event loop only, never twice at a time, and its effects are carried
out before anything else reaches it. Bytes of one side leave in the order of their effects; a side
that is slow does not hold up the other. If the session raises, the link fails closed: both sides
are hung up, nothing passes, and ``run`` returns.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Protocol

from pos_guard.errors import PortError
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
from pos_guard.links.timers import Timers
from pos_guard.links.wire import Wire
from pos_guard.ports.base import Stream

LOG = logging.getLogger(__name__)

RETRY_MIN_SECONDS = 0.2
"""First pause before the device is connected again: a terminal that hangs up after each payment
is there for the next one."""

RETRY_MAX_SECONDS = 5.0
"""Longest pause: a cashier who plugs the terminal in again waits no longer than this."""

HANDOVER_SECONDS = 0.5
"""A till that reconnects may be seen before its old connection's end is: so long is waited."""

Connect = Callable[[], Awaitable[Stream]]
"""Connects the device; raises PortError."""


class Acceptor(Protocol):
    """Where the till connects."""

    async def accept(self) -> Stream:
        """The next connection of a till; waits as long as it takes."""
        ...


class LinkShell:
    """Runs one session. Create and use it inside a running event loop."""

    def __init__(self, session: Session, app: Acceptor, device: Connect, on_event: OnEvent) -> None:
        self._session = session
        self._acceptor = app
        self._connect = device
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._wires: dict[Side, Wire] = {}
        self._timers = Timers(self._fire)
        self._reasons: dict[Side, str] = {}  # why a side is being hung up on
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self._tried = asyncio.Event()
        self._accepted: Stream | None = None  # until its conversation begins

    @property
    def name(self) -> str:
        """The link's name."""
        return self._session.name

    async def run(self) -> None:
        """Serve until cancelled, or until the session failed."""
        self._spawn(self._serve_app())
        self._spawn(self._serve_device())
        try:
            await self._over.wait()
        finally:
            self._over.set()
            self._timers.stop()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if self._accepted is not None:  # a kept pty serves again only once it is given back
                await self._accepted.close()

    def answered(self, decision: int) -> None:
        """A person approved or refused this decision."""
        self._do(lambda: self._session.answered(decision))

    # -- the two sides ------------------------------------------------------------------------

    async def _serve_app(self) -> None:
        talk: asyncio.Task[None] | None = None
        # What a till sent while the daemon restarted finds its device connected, if it can be.
        await self._tried.wait()
        while True:
            stream = self._accepted = await self._acceptor.accept()
            if talk is not None and not talk.done():
                self._do(self._session.app_waiting)
                await asyncio.wait({talk}, timeout=HANDOVER_SECONDS)
            if talk is None or talk.done():
                talk = self._spawn(self._talk(Side.APP, stream))
            else:
                LOG.warning("%s: a second till was refused", self.name)
                await stream.close()
                self._accepted = None

    async def _serve_device(self) -> None:
        pause = RETRY_MIN_SECONDS
        reported = ""
        while True:
            try:
                stream = await self._connect()
            except PortError as error:
                if str(error) != reported:  # once, not every five seconds
                    reported = str(error)
                    self._on_event(SideChanged(self.name, Side.DEVICE, up=False, reason=reported))
            else:
                reported = ""
                self._loop.call_soon(self._tried.set)  # after the session was told
                if await self._talk(Side.DEVICE, stream):
                    pause = RETRY_MIN_SECONDS
            self._tried.set()
            await self._wait(pause)
            pause = min(2 * pause, RETRY_MAX_SECONDS)

    async def _talk(self, side: Side, stream: Stream) -> bool:
        """One connection, from the session's hello to its goodbye. True: the peer said a thing."""
        wire = self._wires[side] = Wire(stream)
        session = self._session
        app = side is Side.APP
        if app:
            self._accepted = None
        heard = False
        try:
            self._on_event(SideChanged(self.name, side, up=True))
            self._do(session.app_connected if app else session.device_connected)
            heard = await self._read(side, wire)
        finally:
            del self._wires[side]
            wire.abort()
            await wire.closed()
        why = self._reasons.pop(side, "")
        self._on_event(SideChanged(self.name, side, up=False, reason=why))
        self._do(session.app_closed if app else session.device_closed)
        return heard

    async def _read(self, side: Side, wire: Wire) -> bool:
        heard = False

        def take(data: bytes) -> bool:
            nonlocal heard
            heard = True
            if not wire.closing:  # what arrives after we hung up is nobody's
                self._feed(side, data)
            return not self._over.is_set() and not self._crowded(side)

        try:
            while not self._over.is_set():
                if self._crowded(side):
                    await self._wires[Side.DEVICE].room()
                elif not await wire.read(take):
                    return heard
        except PortError as error:
            LOG.info("%s: %s lost: %s", self.name, side, error)
        return heard

    def _crowded(self, side: Side) -> bool:
        """The device does not keep up with the till: no more of it is read for now."""
        return side is Side.APP and Side.DEVICE in self._wires and self._wires[Side.DEVICE].full

    def _feed(self, side: Side, data: bytes) -> None:
        if side is Side.APP:
            self._do(lambda: self._session.app_data(data))
        else:
            self._do(lambda: self._session.device_data(data))

    # -- the session and its effects ----------------------------------------------------------

    def _do(self, call: Callable[[], Effects]) -> None:
        if self._over.is_set():
            return
        try:
            for effect in call():
                self._execute(effect)
        except Exception as error:
            # Whatever went wrong (a full disk, a mistake of ours): nothing passes from now on.
            LOG.exception("%s: the session failed, the link is closed", self.name)
            self._fail(error)

    def _execute(self, effect: Effect) -> None:
        match effect:
            case ToApp(data):
                self._put(Side.APP, data)
            case ToDevice(data):
                self._put(Side.DEVICE, data)
            case CancelTimer(name):
                self._timers.cancel(name)
            case SetTimer(name, seconds):
                self._timers.set(name, seconds)
            case AskPerson(decision, say):
                self._on_event(Asked(self.name, decision, say))
            case Tell(level, say):
                self._on_event(Told(self.name, level, say))
            case CloseApp(reason):
                self._hang_up(Side.APP, reason)
            case CloseDevice(reason):
                self._hang_up(Side.DEVICE, reason)

    def _put(self, side: Side, data: bytes) -> None:
        wire = self._wires.get(side)
        if wire is None:
            LOG.warning("%s: %d bytes for the %s dropped: not there", self.name, len(data), side)
        elif not wire.put(data):
            LOG.warning("%s: the %s takes nothing any more", self.name, side)
            wire.abort()

    def _hang_up(self, side: Side, reason: str) -> None:
        LOG.info("%s: hanging up on the %s: %s", self.name, side, reason)
        if side in self._wires:
            self._reasons[side] = reason
            self._wires[side].finish()

    def _fire(self, name: str) -> None:
        self._do(lambda: self._session.timer(name))

    # -- tasks --------------------------------------------------------------------------------

    def _spawn(self, work: Coroutine[None, None, bool | None]) -> asyncio.Task[None]:
        task = self._loop.create_task(self._watch(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # not begun, if cancelled before it ran
        return task

    async def _watch(self, work: Coroutine[None, None, bool | None]) -> None:
        try:
            await work
        except Exception as error:
            LOG.exception("%s: the link failed", self.name)
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._over.set()
        for wire in self._wires.values():
            wire.abort()
        self._on_event(LinkFailed(self.name, f"{type(error).__name__}: {error}"))

    async def _wait(self, seconds: float) -> None:
        """Until ``seconds`` passed or the link is over."""
        waiter = self._loop.create_task(self._over.wait())
        await asyncio.wait({waiter}, timeout=seconds)
        waiter.cancel()
