"""Puts twins at their places: what the devices of one terminal share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pos_guard.ports.address import Address
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.pytest_plugin.clock import Alarm, PosClock
from pos_guard_simulator.pytest_plugin.frames import FrameLog
from pos_guard_simulator.pytest_plugin.memory import MemoryPlace
from pos_guard_simulator.pytest_plugin.news import News
from pos_guard_simulator.pytest_plugin.place import BenchPlace, Place, PluginBench
from pos_guard_simulator.pytest_plugin.real import RealPlace, by_hand
from pos_guard_simulator.pytest_plugin.wanted import Wanted, WantedError
from pos_guard_simulator.pytest_plugin.watched import Watched
from pos_guard_simulator.systems.having import Needs, lacking
from pos_guard_simulator.usb_bus import SimulatedBus

if TYPE_CHECKING:
    from pos_guard_simulator.guarded.settings import GuardedDevice
    from pos_guard_simulator.pytest_plugin.guarding import Guarding

SERIAL = ("serial:/dev/device", "pty:/run/till")
TCP = ("tcp:127.0.0.1:1", "tcp:127.0.0.1:0")
"""Where device and till are in the settings of a link; its session goes by the kinds alone."""


class Room:
    """Bench, bus, clock and logs of one test. Nothing is started before it is needed."""

    def __init__(
        self, wanted: Wanted, directory: Callable[[], Path], real: Mapping[str, Address]
    ) -> None:
        self.wanted = wanted
        self.real = real
        self.clock = PosClock(frozen=wanted.frozen)
        self.news = News()
        self.bus = SimulatedBus()
        self.logs: dict[str, FrameLog] = {}
        self.undo = contextlib.ExitStack()
        self.places: dict[str, Place] = {}
        self.guarding: Guarding | None = None
        self._directory = directory
        self._bench: PluginBench | None = None

    def log(self, device: str, protocol: str) -> FrameLog:
        """Where a device's line is noted."""
        self.logs[device] = FrameLog(device, protocol)
        return self.logs[device]

    def watch(self, device: str, twin: Twin, protocol: str) -> Watched:
        """A twin under observation."""
        log = self.log(device, protocol)
        return Watched(twin, self.clock, log, self.news, frozen=self.wanted.frozen)

    def stand(
        self, device: str, twin: Twin, protocol: str, link: Callable[[str, str], GuardedDevice]
    ) -> Place:
        """Put a twin at its place; where the test wants a guard, that is before it.

        ``link`` makes its link's settings of the device's address and the till's.
        """
        if self.guarding is None:
            return self.seat(device, self.watch(device, twin, protocol))
        behind = self.log(f"{device} behind the guard", protocol)
        settings = link(*self._ends(device))
        guarded, config = self.guarding.before(settings, device, twin, behind)
        place = self.seat(device, self.watch(device, guarded, protocol))
        self.places[device] = self.guarding.open(config, guarded, place)
        return self.places[device]

    def _ends(self, device: str) -> tuple[str, str]:
        """Where device and till are: a line that is never hung up, or a connection."""
        return TCP if self.wanted.level_of(device) == "tcp" or device == "host" else SERIAL

    def seat(self, device: str, watched: Watched) -> Place:
        """Put a twin in memory, on a pty or at a TCP port.

        :raises WantedError: the system has no ptys.
        """
        level = self.wanted.level_of(device)
        if level == "pty" and (why := lacking(Needs.PTY)):
            raise WantedError(f'level "pty": {why}; write @pytest.mark.pos(level="tcp")')
        if level == "memory":
            place: Place = MemoryPlace(device, watched)
        else:
            link = self._directory() / device if level == "pty" else None
            place = BenchPlace(self.bench, device, watched, link, remote=level == "rfc2217")
        return self.keep(device, place, Alarm(watched.due, lambda: place.do(watched.ring)))

    def real_place(self, device: str) -> RealPlace:
        """The place of a real device, which the app opens itself; no guard can be before it."""
        if self.guarding is not None:
            by_hand(
                f"the app opens the {device} itself, past the guard: pos-guard run stands before it"
            )
        return RealPlace(self.real[device], device)

    def keep(self, device: str, place: Place, alarm: Alarm | None = None) -> Place:
        """Take a place down at the end, and let its device feel time pass."""
        self.places[device] = place
        self.undo.callback(place.close)
        if alarm is not None:
            self.clock.alarms.append(alarm)
        return place

    @property
    def bench(self) -> PluginBench:
        """The bench, once something is put on it."""
        if self._bench is None:
            self._bench = PluginBench()
            self.undo.enter_context(self._bench)
        return self._bench

    def explain(self, device: str) -> list[str]:
        """What went over a device's line."""
        log = self.logs.get(device)
        return (log.lines() if log else []) or ["(nothing was sent)"]
