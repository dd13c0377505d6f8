"""A till on one kept line: what every such till does about its cable and its timers."""

from __future__ import annotations

from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToDevice
from tests.simulation.world import Cable, Timers, World


class LineTill:
    """Override what the protocol has to say."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._timers = Timers(world, self._ring)
        self._cable: Cable | None = None

    @property
    def connected(self) -> bool:
        """There is a line."""
        return self._cable is not None

    def attach(self, cable: Cable) -> None:
        """The line is there."""
        self._cable = cable
        self._do(self._reset())
        cable.to_peer.read_by(self._data, lambda: self._closed(cable))

    def send(self, data: bytes) -> None:
        """Any bytes."""
        if self._cable is not None:
            self._cable.to_guard.send(data)

    def hang_up(self) -> None:
        """Close the line."""
        if self._cable is not None:
            cable = self._cable
            self._closed(cable)
            cable.to_guard.end()

    def _closed(self, cable: Cable) -> None:
        cable.peer_closed = True
        cable.to_peer.unread()
        if self._cable is cable:
            self._cable = None
            self._timers.clear()
            self._cut_off()

    def _do(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToDevice):
                self.send(effect.data)
            elif isinstance(effect, SetTimer | CancelTimer):
                self._timers.obey(effect)

    def _reset(self) -> Effects:
        raise NotImplementedError

    def _data(self, data: bytes) -> None:
        raise NotImplementedError

    def _ring(self, name: str) -> None:
        raise NotImplementedError

    def _cut_off(self) -> None:
        """The line is gone: what was asked is over."""
        raise NotImplementedError
