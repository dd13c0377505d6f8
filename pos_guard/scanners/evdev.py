"""Scanners that are keyboards of the system, read as input events while they are grabbed."""

from __future__ import annotations

from pos_guard.errors import DeviceError, FrameError
from pos_guard.frames.keys import EV_SYN, SYN, SYN_REPORT, KeyEvent, build_events, parse_events
from pos_guard.scanners.evdev_line import KeyLines, KeySettings
from pos_guard.scanners.language import Command, Items, Problem, Scanned, Send

MAX_MOMENT = 64
"""Events of one moment: a keyboard tells a few keys at once; more is a broken driver."""


class EvdevLanguage:
    """See :class:`~pos_guard.scanners.language.ScannerLanguage`. Bytes are whole key events.

    The ``raw`` of a scan are its very events, and each moment in it ends with its SYN.
    """

    can: frozenset[Command] = frozenset()

    def __init__(self, settings: KeySettings | None = None) -> None:
        self.settings = settings or KeySettings()
        self._lines = KeyLines(self.settings)
        self._moment: list[KeyEvent] = []

    @property
    def wait(self) -> float | None:
        """While a line is open, or a key is down."""
        return self._lines.wait or (self.settings.gap_seconds if self._moment else None)

    def connected(self, descriptor: bytes = b"") -> Items:
        """The keyboard is there (again)."""
        del descriptor
        self._lines.reset()
        self._moment = []
        return []

    def feed(self, data: bytes) -> Items:
        """Key events; a moment may come in several reads."""
        try:
            events = parse_events(data)
        except FrameError:
            return [Scanned(data, b"", problem=Problem.DAMAGED)]
        items: Items = []
        for event in events:
            self._moment.append(event)
            if (event.type == EV_SYN and event.code == SYN_REPORT) or len(
                self._moment
            ) >= MAX_MOMENT:
                items += self._end()
        return items

    def silence(self) -> Items:
        """See :class:`~pos_guard.scanners.evdev_line.KeyLines`."""
        items = self._end() if self._moment else []
        return items or self._lines.silence()

    def command(self, command: Command) -> Items:
        """A keyboard has no commands.

        :raises DeviceError: ``E_ILLEGAL`` always.
        """
        raise DeviceError("E_ILLEGAL", f"a keyboard has no command for {command}")

    def passing(self, data: bytes) -> Items:
        """The till's events (its LEDs)."""
        return [Send(data)]

    def _end(self) -> Items:
        moment, self._moment = self._moment, []
        if moment == [SYN]:
            return []  # an end of nothing, left over
        if moment[-1] != SYN:
            moment.append(SYN)
        return self._lines.step(build_events(moment), moment)
