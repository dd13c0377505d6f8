"""One link of the simulated shop: a session with its timers, its till side and its device side.

Does what ``links.shell`` does (effects in strict order, a session that raises closes its link),
with a point at which the process may die before and after each effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

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
from pos_guard_simulator.bench import Bounded
from tests.simulation.faults import Faults
from tests.simulation.world import Cable, Timers, World

RECONNECT_S = 0.2
"""As the shell's first pause."""


class Peer(Protocol):
    """A till or a device at the far end of a link."""

    def attach(self, cable: Cable) -> None:
        """There is a connection."""
        ...


class Twin(Protocol):
    """A simulated device, as the bench drives it."""

    def connected(self) -> Effects: ...
    def data(self, data: bytes) -> Effects: ...
    def closed(self) -> Effects: ...
    def timer(self, name: str) -> Effects: ...


class Seat:
    """Puts a twin at the far end of a link. As the bench, it reads no more than the twin takes."""

    def __init__(self, world: World, twin: Twin) -> None:
        self.twin = twin
        self._cable: Cable | None = None
        self._timers = Timers(world, lambda name: self.do(self.twin.timer(name)))

    @property
    def occupied(self) -> bool:
        """An earlier connection has not ended yet for the device."""
        return self._cable is not None

    def attach(self, cable: Cable) -> None:
        """The guard has connected."""
        self._cable = cable
        self.do(self.twin.connected())
        twin = self.twin
        room = (lambda: twin.room) if isinstance(twin, Bounded) else None
        cable.to_peer.read_by(self._data, lambda: self._closed(cable), room)

    def go_on(self) -> None:
        """The twin takes more again."""
        if self._cable is not None:
            self._cable.to_peer.go_on()

    def do(self, effects: Effects) -> None:
        """Carry out what the twin wants."""
        for effect in effects:
            if isinstance(effect, ToApp) and self._cable is not None:
                self._cable.to_guard.send(effect.data)
            elif isinstance(effect, SetTimer | CancelTimer):
                self._timers.obey(effect)
            elif isinstance(effect, CloseApp) and self._cable is not None:
                self._cable.to_guard.end()

    def pull(self) -> None:
        """Somebody pulls the plug of this device's line."""
        if self._cable is not None:
            cable = self._cable
            cable.to_peer.lose()
            cable.to_guard.lose()
            cable.to_guard.end()
            self._closed(cable)

    def _data(self, data: bytes) -> None:
        self.do(self.twin.data(data))

    def _closed(self, cable: Cable) -> None:
        if not cable.peer_closed:
            cable.peer_closed = True
            cable.to_peer.unread()
            self._cable = None
            self.do(self.twin.closed())
            cable.to_guard.end()


class Line:
    """One link. ``kept``: the till's side is a pty that outlives the process."""

    def __init__(self, world: World, name: str, app: Peer, device: Seat, *, kept: bool) -> None:
        self.name = name
        self.kept = kept
        self.plugged = True
        self.session: Session | None = None
        self.device = device
        self.faults = Faults()
        self.on_failed: Callable[[Line, Exception], None] = lambda _line, _error: None
        self.on_ask: Callable[[str, int], None] = lambda _link, _decision: None
        self.on_tell: Callable[[str, Tell], None] = lambda _link, _tell: None
        self._world = world
        self._timers = Timers(world, self._ring)
        self._waiting: Cable | None = None
        self._app: Cable | None = None
        self._device: Cable | None = None
        if kept:
            self._app = Cable.lay(world)
            app.attach(self._app)

    # -- the process ---------------------------------------------------------------------------

    def start(self, session: Session, faults: Faults, *, new_process: bool) -> None:
        """A session takes over."""
        self.session, self.faults = session, faults
        if self.kept and self._app is not None:
            if not new_process:
                self._app.to_guard.lose()  # as the pty's acceptor forgets what is stale
            self._read_app(self._app)
        else:
            self._accept()
        self._world.after(0.01, self._connect)

    def stop(self, *, power: bool = False) -> None:
        """The process died; with the power, bytes on their way are gone too."""
        self.session = None
        self._timers.clear()
        for cable in (self._app, self._device):
            if cable is not None and power:
                cable.to_peer.lose()
                cable.to_guard.lose()
        if self._device is not None:
            self._let_go(self._device)
        if self._app is not None and not self.kept:
            self._let_go(self._app)
        elif self._app is not None:
            self._app.to_guard.unread()
        self._device = None
        self._app = self._app if self.kept else None

    @staticmethod
    def _let_go(cable: Cable) -> None:
        cable.guard_closed = True
        cable.to_guard.unread()
        cable.to_peer.end()

    # -- the till's side -----------------------------------------------------------------------

    def dial(self) -> Cable:
        """A till connects over TCP."""
        cable = self._waiting = Cable.lay(self._world)
        self._world.after(0.001, self._accept)
        return cable

    def _accept(self) -> None:
        if self.session is None or self._waiting is None or self._app is not None:
            return
        self._app, self._waiting = self._waiting, None
        self._read_app(self._app)

    def _read_app(self, cable: Cable) -> None:
        session = self.session
        if session is not None:
            self.call(session.app_connected)
        if self.session is not None:
            cable.to_guard.read_by(self._app_data, self._app_closed)

    def _app_data(self, data: bytes) -> None:
        session = self.session
        if session is not None:
            self.call(lambda: session.app_data(data))

    def _app_closed(self) -> None:
        """The till hung up."""
        cable, self._app = self._app, None
        if cable is not None:
            self._let_go(cable)
        if self.session is not None:
            self.call(self.session.app_closed)
        self._accept()

    def _hang_up_app(self) -> None:
        if self._app is None:
            return
        if not self.kept:
            self._app_closed()
        elif self.session is not None:
            self._app.to_guard.lose()
            self.call(self.session.app_closed)
            if self.session is not None:
                self.call(self.session.app_connected)

    # -- the device's side ---------------------------------------------------------------------

    def _connect(self) -> None:
        if self.session is None or self._device is not None:
            return
        if not self.plugged or self.device.occupied:
            self._world.after(RECONNECT_S, self._connect)
            return
        cable = self._device = Cable.lay(self._world)
        self.device.attach(cable)
        self.call(self.session.device_connected)
        if self._device is cable:
            cable.to_guard.read_by(self._device_data, self._device_closed)

    def _device_data(self, data: bytes) -> None:
        session = self.session
        if session is not None:
            self.call(lambda: session.device_data(data))

    def _device_closed(self) -> None:
        cable, self._device = self._device, None
        if cable is not None:
            self._let_go(cable)
        if self.session is not None:
            self.call(self.session.device_closed)
        self._world.after(RECONNECT_S, self._connect)

    # -- the session and its effects -----------------------------------------------------------

    def call(self, act: Callable[[], Effects]) -> None:
        """Let the session do something, and carry out its effects in order."""
        if self.session is None:
            return
        try:
            effects = act()
        except Exception as error:  # noqa: BLE001 - as the shell: whatever it is, the link closes
            self.stop()
            self.on_failed(self, error)
            return
        for effect in effects:
            self.faults.point(f"before-{type(effect).__name__}")
            self._execute(effect)
        self.faults.point("after-effects")

    def _execute(self, effect: Effect) -> None:
        match effect:
            case ToApp(data):
                if self._app is not None:
                    self._app.to_peer.send(data)
            case ToDevice(data):
                if self._device is not None:
                    self._device.to_peer.send(data)
            case SetTimer() | CancelTimer():
                self._timers.obey(effect)
            case AskPerson(decision):
                self.on_ask(self.name, decision)
            case Tell():
                self.on_tell(self.name, effect)
            case CloseApp():
                self._world.after(0, self._hang_up_app)
            case CloseDevice():
                self._world.after(0, self._device_closed)

    def _ring(self, name: str) -> None:
        session = self.session
        if session is not None:
            self.call(lambda: session.timer(name))
