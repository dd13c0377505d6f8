"""Puts twins on real ports: ptys and TCP, in one thread with its own loop.

A twin knows nothing of ports; the bench moves its bytes and keeps its timers. All calls into one
twin happen in the bench's thread, so that a test may change a twin's script while it works.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar, runtime_checkable

from pos_guard.errors import PortError
from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp
from pos_guard.ports.aio import DescriptorStream, accept_tcp, stream_over_pty
from pos_guard_simulator.line_faults import ComesBack

if TYPE_CHECKING:
    from pos_guard.ports.pty import Pty

T = TypeVar("T")

# A call into the bench's thread moves a few bytes; longer means that the loop is stuck.
CALL_SECONDS = 10.0

READ_BYTES = 65_536
"""Read at once from a port, if the twin takes as much."""

QUIET_TURNS = 8
"""Turns of the loop without a byte: accepting a client and reading from it takes five."""


class Twin(Protocol):
    """A simulated device or host. ``ToApp`` in its effects goes to whoever is connected."""

    def connected(self) -> Effects:
        """Somebody opened the port."""
        ...

    def data(self, data: bytes) -> Effects:
        """Bytes arrived."""
        ...

    def closed(self) -> Effects:
        """The other side hung up."""
        ...

    def timer(self, name: str) -> Effects:
        """A timer that the twin set has run out."""
        ...


@runtime_checkable
class Bounded(Protocol):
    """A twin that takes only so much at a time."""

    @property
    def room(self) -> int:
        """Bytes that it takes now; while there is none, its port is not read."""
        ...


Second = Literal["newest", "wait", "refuse"]
"""A second client takes the place of the first, waits for it, or is sent away."""


@dataclass
class _Seat:
    """One twin at one port."""

    twin: Twin
    address: str
    coming: DescriptorStream | None = None  # until its conversation begins
    stream: DescriptorStream | None = None
    pty: Pty | None = None
    server: socket.socket | None = None
    heard: int = 0
    timers: dict[str, asyncio.TimerHandle] = field(default_factory=dict[str, asyncio.TimerHandle])
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    outbox: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue[bytes])
    space: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def room(self) -> int:
        """Bytes to read at most."""
        return min(self.twin.room, READ_BYTES) if isinstance(self.twin, Bounded) else READ_BYTES


class Bench:
    """A table of twins on real ports, by name. Use it as a context manager."""

    def __init__(self) -> None:
        self._loop = asyncio.SelectorEventLoop()  # Windows' usual one watches no socket for others
        self._thread = threading.Thread(target=self._loop.run_forever, name="bench", daemon=True)
        self._seats: dict[str, _Seat] = {}

    def __enter__(self) -> Bench:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_SECONDS)
        self._loop.close()

    def pty(self, name: str, twin: Twin, link: str | None = None) -> str:
        """Put a twin behind a pty; returns the path that a till or driver opens."""
        return self._run(self._seat_pty(name, twin, link))

    def tcp(
        self,
        name: str,
        twin: Twin,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        second: Second = "newest",
    ) -> str:
        """Put a twin behind a TCP port (0: any free one); returns ``host:port``.

        :raises OSError: when the port is taken.
        """
        return self._run(self._seat_tcp(name, twin, (host, port), second))

    def call(self, name: str, act: Callable[[], Effects | None]) -> None:
        """Run ``act`` in the bench's thread; its effects are the twin's own."""
        self._run(self._act(self._seats[name], act))

    def ask(self, question: Callable[[], T]) -> T:
        """Read something of a twin in the bench's thread."""

        async def answer() -> T:
            return question()

        return self._run(answer())

    def address(self, name: str) -> str:
        """Where this twin is now: one that came back at another pty has another path."""
        return self._seats[name].address

    def drain(self, name: str) -> None:
        """Wait until this twin has what was sent to it before, as far as it takes it."""
        quiet, heard = 0, -1
        while quiet < QUIET_TURNS:
            before, heard = heard, self.ask(lambda: self._delivered(self._seats[name]))
            quiet = quiet + 1 if heard == before else 0

    def unplug(self, name: str) -> None:
        """Hang up on whoever is connected to this twin; a TCP twin can be dialled again.

        A pty is gone then, as the device of a USB adapter is: put the twin behind another one.
        """
        self._run(self._hang_up(self._seats[name]))

    def _run(self, work: Coroutine[object, object, T]) -> T:
        done: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(CALL_SECONDS)

    async def _seat_pty(self, name: str, twin: Twin, link: str | None) -> str:
        from pos_guard.ports.pty import open_pty  # POSIX only, as all that is about ptys here

        pty = open_pty(link)
        seat = _Seat(twin, link or pty.path, pty=pty)
        self._seats[name] = seat
        seat.coming = stream_over_pty(pty.master)
        self._start(seat, self._serve(seat, seat.coming))
        return seat.address

    async def _seat_tcp(self, name: str, twin: Twin, place: tuple[str, int], second: Second) -> str:
        family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        server = socket.create_server(place, family=family)
        server.setblocking(False)
        bound = server.getsockname()
        address = f"[{bound[0]}]:{bound[1]}" if ":" in place[0] else f"{bound[0]}:{bound[1]}"
        seat = _Seat(twin, address, server=server)
        self._seats[name] = seat
        self._start(seat, self._accept(seat, server, second))
        return seat.address

    async def _accept(self, seat: _Seat, server: socket.socket, second: Second) -> None:
        serving: asyncio.Task[None] | None = None
        while True:
            if second == "wait" and serving is not None:
                await asyncio.wait([serving])
            seat.coming = await accept_tcp(server)
            if second == "refuse" and serving is not None and not serving.done():
                await seat.coming.close()
                continue
            # A till that dials anew has given up its old connection.
            await self._hang_up(seat)
            if serving is not None:
                await asyncio.wait([serving])
            serving = self._start(seat, self._serve(seat, seat.coming))

    async def _serve(self, seat: _Seat, stream: DescriptorStream) -> None:
        seat.coming, seat.stream = None, stream
        seat.outbox = asyncio.Queue()
        sender = asyncio.create_task(self._send(seat, stream))
        try:
            self._do(seat, seat.twin.connected())
            while data := await stream.receive(await self._room(seat)):
                seat.heard += len(data)
                self._do(seat, seat.twin.data(data))
        finally:
            await stream.close()  # first, and at once: this task may be cancelled in what follows
            sender.cancel()
            await asyncio.wait([sender])
            if seat.stream is stream:
                seat.stream = None
        self._do(seat, seat.twin.closed())

    @staticmethod
    async def _room(seat: _Seat) -> int:
        """How much to read, once the twin takes any: what it does not take stays with the host."""
        while not seat.room:
            seat.space.clear()
            await seat.space.wait()
            if seat.stream is None:
                break  # hung up: the next read says so
        return max(seat.room, 1)

    @staticmethod
    async def _send(seat: _Seat, stream: DescriptorStream) -> None:
        with contextlib.suppress(PortError):
            while True:
                await stream.send(await seat.outbox.get())

    @staticmethod
    def _delivered(seat: _Seat) -> int:
        """Bytes so far. To ask a pty what it holds makes the kernel deliver it first."""
        if seat.pty is not None:
            seat.pty.holds_input()
        return seat.heard

    async def _act(self, seat: _Seat, act: Callable[[], Effects | None]) -> None:
        self._do(seat, act() or [])

    def _do(self, seat: _Seat, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToApp):
                seat.outbox.put_nowait(effect.data)
            elif isinstance(effect, SetTimer):
                self._cancel(seat, effect.name)
                seat.timers[effect.name] = self._loop.call_later(
                    effect.seconds, self._ring, seat, effect.name
                )
            elif isinstance(effect, CancelTimer):
                self._cancel(seat, effect.name)
            elif isinstance(effect, ComesBack) and seat.pty is not None:
                self._start(seat, self._come_back(seat, seat.pty.link, effect.seconds))
            elif isinstance(effect, CloseApp):
                self._start(seat, self._hang_up(seat))
        seat.space.set()

    def _ring(self, seat: _Seat, name: str) -> None:
        seat.timers.pop(name, None)
        self._do(seat, seat.twin.timer(name))

    @staticmethod
    def _cancel(seat: _Seat, name: str) -> None:
        timer = seat.timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _start(self, seat: _Seat, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        seat.tasks.add(task)
        task.add_done_callback(seat.tasks.discard)
        return task

    @staticmethod
    async def _hang_up(seat: _Seat) -> None:
        if seat.stream is not None:
            await seat.stream.close()
            seat.stream = None
            seat.space.set()
        if seat.pty is not None:
            seat.pty.close()
            seat.pty = None

    async def _come_back(self, seat: _Seat, link: str | None, seconds: float) -> None:
        """Be gone, and after so long at another pty, to which the link of the old one points."""
        from pos_guard.ports.pty import open_pty

        fresh = open_pty()  # while the old one is there: its number is not given again
        await self._hang_up(seat)
        seat.pty = replace(fresh, link=link)
        self._loop.call_later(seconds, self._come, seat, seat.pty)

    def _come(self, seat: _Seat, pty: Pty) -> None:
        if seat.pty is not pty:
            return  # it was unplugged meanwhile
        pty.link_again()
        seat.address = pty.link or pty.path
        seat.coming = stream_over_pty(pty.master)
        self._start(seat, self._serve(seat, seat.coming))

    async def _close(self) -> None:
        for seat in self._seats.values():
            for timer in seat.timers.values():
                timer.cancel()
            tasks = list(seat.tasks)
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
            if seat.coming is not None:
                await seat.coming.close()
            if seat.server is not None:
                seat.server.close()
            if seat.pty is not None:
                seat.pty.close()
