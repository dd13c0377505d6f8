"""A twin under a stage's eyes: what goes over its line and what it does is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.frames.decoded import Json
from pos_guard.links.session import CloseApp, Effects, ToApp
from pos_guard_simulator.bench import READ_BYTES, Bounded, Twin
from pos_guard_simulator.stage.live_frames import LiveFrames

Tell = Callable[[str, Mapping[str, Json]], None]


class Tap:
    """Between a twin and its place. It changes nothing.

    ``tell`` takes what happened; ``look`` is called whenever the twin may have done something.
    """

    def __init__(self, twin: Twin, protocol: str, tell: Tell, look: Callable[[], None]) -> None:
        self._twin = twin
        self._tell = tell
        self._look = look
        self._inward = LiveFrames(protocol, outward=False)
        self._outward = LiveFrames(protocol, outward=True)

    @property
    def room(self) -> int:
        """Bytes that the twin takes now."""
        return self._twin.room if isinstance(self._twin, Bounded) else READ_BYTES

    def connected(self) -> Effects:
        """Somebody opened the port."""
        self._inward.forget()
        self._outward.forget()
        self._tell("connected", {})
        return self.said(self._twin.connected())

    def data(self, data: bytes) -> Effects:
        """Bytes arrived."""
        for kind, body in self._inward.feed(data):
            self._tell(kind, body)
        return self.said(self._twin.data(data))

    def closed(self) -> Effects:
        """The other side hung up."""
        self._tell("closed", {})
        return self.said(self._twin.closed())

    def timer(self, name: str) -> Effects:
        """A timer that the twin set has run out."""
        return self.said(self._twin.timer(name))

    def said(self, effects: Effects) -> Effects:
        """What the twin does, by itself or by somebody's hand."""
        for effect in effects:
            if isinstance(effect, ToApp):
                for kind, body in self._outward.feed(effect.data):
                    self._tell(kind, body)
            elif isinstance(effect, CloseApp):
                self._tell("hangs-up", {"why": effect.reason})
        self._look()
        return effects
