"""The daemon: every link of the settings, the decision socket, and the keeper behind the ptys.

A link whose session raised is closed, what it had under way becomes unknown, and a fresh session
takes over after a pause: one bad frame must neither pass nor shut the shop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pos_guard.api.events import Hub, event_body
from pos_guard.api.server import DecisionServer
from pos_guard.config import EXCHANGE, GuardConfig, LinkConfig, Protocol
from pos_guard.dumps import no_dumps
from pos_guard.errors import PosGuardError, StoreError
from pos_guard.frames.decoded import Json
from pos_guard.guard import Guard
from pos_guard.heap import tidy
from pos_guard.links.events import LinkEvent, LinkFailed, Side, SideChanged, Told
from pos_guard.links.scanner_descriptor import DescriptorOf
from pos_guard.links.shell import LinkShell
from pos_guard.links.sides import PtyAcceptor, TcpAcceptor, UnixAcceptor, connector
from pos_guard.model import Outcome, Result, Words
from pos_guard.policy.verdict import Level
from pos_guard.ports.address import Address, Kind
from pos_guard.ports.keeper_client import KeeperClient
from pos_guard.ports.unix_listen import make_directory
from pos_guard.sessions import make_session
from pos_guard.store.ledger import Phase
from pos_guard.telling_shared import REACHED

if TYPE_CHECKING:
    from pos_guard.links.input_side import UinputAcceptor
    from pos_guard.links.usb_export_printer import UsbAcceptor
    from pos_guard.links.usb_export_scanner import CdcAcceptor, HidAcceptor

    Exporter = UsbAcceptor | HidAcceptor | CdcAcceptor
    Acceptor = TcpAcceptor | PtyAcceptor | UnixAcceptor | UinputAcceptor | Exporter

LOG = logging.getLogger(__name__)

REBUILD_SECONDS = 2.0
"""Pause before a failed link serves again: a full disk is not polled, a cashier barely waits."""

LEDGER = "shared-ledger"
"""Where events of the shared ledger come from: the place of a link's name."""

MONEY = EXCHANGE | {Protocol.ZVT, Protocol.WECHAT, Protocol.PROVIDER}
"""Protocols whose device moves money: where it is not reached, the network may be down."""

Ready = Callable[[dict[str, Json]], None]
Heard = Callable[[LinkEvent], None]
_EXPORTED = frozenset({Kind.USB, Kind.HID, Kind.CDC})
"""Tills that are shown a USB device."""


def harden() -> None:
    """Nothing of this process is readable for others, nor left behind when it dies."""
    no_dumps()
    os.umask(0o077)


@dataclass(slots=True)
class _Line:
    """One link while it runs. ``exporter`` is its acceptor where that shows a USB device."""

    link: LinkConfig
    acceptor: Acceptor
    exporter: Exporter | None = None
    shell: LinkShell | None = None

    @property
    def app(self) -> str:
        """Where the till finds it."""
        if not isinstance(self.acceptor, TcpAcceptor):
            return str(self.link.app)
        host, port = self.acceptor.address
        return f"tcp:[{host}]:{port}" if ":" in host else f"tcp:{host}:{port}"


class Daemon:
    """Runs all links over one guard. ``on_event`` hears what links tell; it must not raise."""

    def __init__(self, config: GuardConfig, guard: Guard, on_event: Heard) -> None:
        self._config = config
        self._guard = guard
        self._on_event = on_event
        self._hub = Hub()
        self._lines: dict[str, _Line] = {}

    async def run(self, stop: asyncio.Event, on_ready: Ready) -> None:
        """Serve until ``stop`` is set.

        :raises PortError: when an address or socket cannot be had.
        """
        server = DecisionServer(self._guard, self._hub, self._answered)
        tasks: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        try:
            self._open_lines()
            await server.start(self._config.socket)
            tasks = [loop.create_task(self._keep(line)) for line in self._lines.values()]
            self._hear_ledger(loop)
            on_ready(self._addresses())
            with tidy(loop.call_soon_threadsafe):
                await stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.close()
            for line in self._lines.values():
                line.acceptor.close()

    def _hear_ledger(self, loop: asyncio.AbstractEventLoop) -> None:
        """What becomes of the shared ledger is an event, from whichever thread it is told."""
        if self._guard.shared is None:
            return

        def news(said: Words) -> None:
            level = Level.ALLOW if said == REACHED else Level.WARN
            with contextlib.suppress(RuntimeError):  # the loop is over, nobody listens any more
                loop.call_soon_threadsafe(self._heard, Told(LEDGER, level.name, said))

        self._guard.shared.teller.on_news = news

    def _open_lines(self) -> None:
        ptys = [link for link in self._config.links if link.app.kind is Kind.PTY]
        keeper = None
        if ptys:
            make_directory(self._config.keeper.parent)
            keeper = KeeperClient.start(self._config.keeper)
        try:
            for link in ptys:
                make_directory(Path(link.app.path).parent)
            for link in self._config.links:
                exporter = _exporter(link.app) if link.app.kind in _EXPORTED else None
                acceptor = exporter or _acceptor(link, keeper)
                self._lines[link.name] = _Line(link, acceptor, exporter)
        finally:
            if keeper is not None:
                keeper.close()

    async def _keep(self, line: _Line) -> None:
        """Run one link for ever, with a fresh session after each failure."""
        name = line.link.name
        while True:
            try:
                # Until that is on record nothing new may move: a full disk keeps the link closed.
                self.forget_open(name)
                descriptor = DescriptorOf()
                session = make_session(line.link, self._guard, descriptor)
                device = descriptor.watching(
                    connector(line.link.device, libusb=self._config.libusb)
                )
                if line.exporter is not None:
                    device = line.exporter.watching(device)
                line.shell = LinkShell(session, line.acceptor, device, self._heard)
                await line.shell.run()
            except PosGuardError:
                LOG.exception("%s: the link cannot be served", name)
            finally:
                line.shell = None
            await _pause(REBUILD_SECONDS)

    def forget_open(self, link: str) -> None:
        """What a failed session had under way: never forwarded, or of unknown outcome."""
        ledger = self._guard.store.ledger
        for phase in (Phase.WAITING, Phase.RESERVED):
            for entry in ledger.search(link=link, phase=phase):
                if phase is Phase.WAITING:
                    self._guard.abandon(entry.id)
                else:
                    self._guard.settle(entry.id, Outcome(Result.UNKNOWN))

    def _heard(self, event: LinkEvent) -> None:
        self._watch(event)
        self._hub.publish(event_body(event))
        self._on_event(event)

    def _watch(self, event: LinkEvent) -> None:
        """What a money link sees of its device; a failed link has none until it serves again."""
        line = self._lines.get(event.link)
        if line is None or line.link.protocol not in MONEY:
            return
        if isinstance(event, LinkFailed):
            self._guard.device_side(event.link, up=False)
        elif isinstance(event, SideChanged) and event.side is Side.DEVICE:
            self._guard.device_side(event.link, up=event.up)

    def _answered(self, decision: int) -> None:
        try:
            line = self._lines.get(self._guard.store.ledger.entry(decision).link)
        except StoreError:
            LOG.exception("the answer to %d cannot be passed on", decision)
            return
        if line is not None and line.shell is not None:
            line.shell.answered(decision)

    def _addresses(self) -> dict[str, Json]:
        links: list[Json] = [
            {
                "name": line.link.name,
                "protocol": str(line.link.protocol),
                "app": line.app,
                "device": str(line.link.device),
            }
            for line in self._lines.values()
        ]
        return {"ready": True, "socket": str(self._config.socket), "links": links}


async def serve(
    config: GuardConfig,
    guard: Guard,
    *,
    stop: asyncio.Event,
    on_ready: Ready = lambda _addresses: None,
    on_event: Heard = lambda _event: None,
) -> None:
    """Run the daemon in this event loop until ``stop`` is set; the caller closes the store.

    ``on_ready`` gets the addresses once all listen; ``on_event`` what the links tell.

    :raises PortError: when an address or socket cannot be had.
    """
    await Daemon(config, guard, on_event).run(stop, on_ready)


def _acceptor(link: LinkConfig, keeper: KeeperClient | None) -> Acceptor:
    """Where the till of this link connects; the keeper is there if there is any pty."""
    app = link.app
    if keeper is not None and app.kind is Kind.PTY:
        return PtyAcceptor(keeper.open(link.name, app.path).master)
    if app.kind is Kind.UNIX:
        return UnixAcceptor(app.path)
    if app.kind is Kind.UINPUT:
        from pos_guard.links.input_side import UinputAcceptor

        return UinputAcceptor(app.path)
    return TcpAcceptor(app.host, app.port)


def _exporter(app: Address) -> Exporter:
    """What shows the till a USB device; only shops that have one load what that takes."""
    ids = (app.vendor, app.product, app.serial) if app.vendor else None
    if app.kind is Kind.USB:
        from pos_guard.links.usb_export_printer import UsbAcceptor

        return UsbAcceptor(ids)
    from pos_guard.links.usb_export_scanner import CdcAcceptor, HidAcceptor

    return HidAcceptor(ids) if app.kind is Kind.HID else CdcAcceptor(ids)


async def _pause(seconds: float) -> None:
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, done.set)
    await done.wait()
