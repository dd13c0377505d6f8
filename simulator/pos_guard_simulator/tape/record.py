"""``pos-guard tape record``: the relay at real ports."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import click

from pos_guard.clock import SystemClock
from pos_guard.errors import LocalError, PortError
from pos_guard.links.events import LinkEvent, LinkFailed, Side, SideChanged
from pos_guard.links.shell import Acceptor, LinkShell
from pos_guard.links.sides import PtyAcceptor, TcpAcceptor, connector
from pos_guard.ports.address import Address, Kind
from pos_guard.ports.pty import open_pty
from pos_guard_simulator.tape.aside import Aside
from pos_guard_simulator.tape.lines import Header
from pos_guard_simulator.tape.recording import Recording
from pos_guard_simulator.tape.relay import TapeRelay
from pos_guard_simulator.tape.tape_file import TapeFile

_KINDS = frozenset({Kind.SERIAL, Kind.PTY, Kind.TCP, Kind.USB, Kind.LP, Kind.CDC})
"""Devices whose bytes are a stream. HID reports, input events and HTTP are none."""

_DIALLED = frozenset({Kind.TCP})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be recorded. The app finds it at ``app`` (TCP), or at a pty with ``link``."""

    device: Address
    app: Address | None
    link: str | None
    protocol: str
    out: Path
    limit: int
    keep_secrets: bool = False


def check_device(device: Address) -> None:
    """Whether a relay can stand before this device.

    :raises LocalError: why not.
    """
    if device.kind not in _KINDS:
        known = ", ".join(sorted(_KINDS))
        raise LocalError(f"{device} is no stream of bytes: a tape is made of {known}")


def record(wanted: Wanted) -> TapeFile:
    """Record until SIGTERM or Ctrl-C; one JSON line says when the app may come.

    :raises LocalError: the file or the app's place cannot be had.
    """
    clock = SystemClock()
    header = Header(str(wanted.device), wanted.protocol, clock.wall_us(), not wanted.keep_secrets)
    with _app_side(wanted) as (acceptor, addresses):
        tape = TapeFile(wanted.out, header, wanted.limit)
        recording = Recording(wanted.protocol, clock, tape.keep, bare=wanted.keep_secrets)
        notes = Aside(recording)
        relay = TapeRelay(notes, redial=wanted.device.kind in _DIALLED)
        ready = {"ready": True, "tape": str(wanted.out), "addresses": addresses}
        try:
            asyncio.run(_serve(relay, acceptor(), wanted, json.dumps(ready, ensure_ascii=False)))
        finally:
            with contextlib.closing(tape):
                notes.close()
    return tape


@contextlib.contextmanager
def _app_side(wanted: Wanted) -> Generator[tuple[Callable[[], Acceptor], dict[str, str]]]:
    """Where the app finds the relay; the acceptor is to be made in the loop."""
    with contextlib.ExitStack() as undo:
        if wanted.app is not None:
            host, port = wanted.app.host, wanted.app.port
            try:
                listener = TcpAcceptor(host, port)
            except PortError as error:
                raise LocalError(f"--tcp {error}") from error
            undo.callback(listener.close)
            bound = listener.address
            address = f"[{bound[0]}]:{bound[1]}" if ":" in bound[0] else f"{bound[0]}:{bound[1]}"
            yield lambda: listener, {"tcp": address}
            return
        try:
            pty = open_pty(wanted.link)
        except OSError as error:
            raise LocalError(f"--pty {wanted.link}: {error.strerror or error}") from error
        undo.callback(pty.close)
        yield lambda: PtyAcceptor(os.dup(pty.master)), {"pty": wanted.link or pty.path}


async def _serve(relay: TapeRelay, acceptor: Acceptor, wanted: Wanted, ready: str) -> None:
    """Relay until a signal; the ready line waits for the device.

    :raises LocalError: the device is not there, or the tape cannot be written.
    """
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    news = _News(over, ready)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, news.stop)
    shell = asyncio.create_task(
        LinkShell(relay, acceptor, connector(wanted.device), news.tell).run()
    )
    try:
        await over
    finally:
        shell.cancel()
        await asyncio.wait({shell})
        if isinstance(acceptor, PtyAcceptor):
            acceptor.close()


class _News:
    """What the link tells: that the device is there, gone, or that nothing can be kept any more."""

    def __init__(self, over: asyncio.Future[None], ready: str) -> None:
        self._over = over
        self._ready: str | None = ready

    def stop(self) -> None:
        """Somebody wants it to end."""
        if not self._over.done():
            self._over.set_result(None)

    def tell(self, event: LinkEvent) -> None:
        """Something happened on the link."""
        if isinstance(event, LinkFailed):
            self._fail(f"the tape cannot be written: {event.error}")
        if not isinstance(event, SideChanged) or event.side is not Side.DEVICE:
            return
        if event.up and self._ready is not None:
            click.echo(self._ready)
            self._ready = None
        elif not event.up and self._ready is not None:
            self._fail(f"the device: {event.reason}")

    def _fail(self, why: str) -> None:
        if not self._over.done():
            self._over.set_exception(LocalError(why))
