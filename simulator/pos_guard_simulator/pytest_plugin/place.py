"""Where an app finds a device: on a pty or at a TCP port of the bench, or on a USB bus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from pos_guard.links.session import Effects
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.pytest_plugin.watched import Watched
from pos_guard_simulator.rfc2217_line import Rfc2217Line
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_function import UsbFunction

T = TypeVar("T")

QUIET = 3
"""Turns of the bench's loop without a byte: what was read is with the twin after two."""


class Place(Protocol):
    """A device at its place."""

    @property
    def address(self) -> str:
        """What the app opens; it stays the same when the device is plugged in again."""
        ...

    def do(self, act: Callable[[], Effects]) -> None:
        """Run something that somebody does to the device, and its effects."""
        ...

    def ask(self, question: Callable[[], T]) -> T:
        """Read something of the device while nothing else touches it."""
        ...

    def settle(self) -> None:
        """Wait until the device has all that the app has sent, as far as it takes it."""
        ...

    def cut(self) -> None:
        """Hang up as a device does that loses its power: the app may connect again."""
        ...

    def unplug(self) -> None:
        """Pull the cable."""
        ...

    def plug(self) -> None:
        """Put it back in."""
        ...

    def close(self) -> None:
        """Be there no more."""
        ...


class PluginBench(Bench):
    """A bench that knows when all that was sent has arrived."""

    def settle(self, name: str, twin: Watched) -> None:
        """Wait until nothing is left in the port that the twin would take."""
        quiet, heard = 0, -1
        while quiet < QUIET:
            waiting, now = self.ask(lambda: (self._waiting(name, twin), twin.heard))
            quiet = quiet + 1 if not waiting and now == heard else 0
            heard = now

    def _waiting(self, name: str, twin: Watched) -> bool:
        """Whether the kernel holds bytes of the app."""
        pty = self._seats[name].pty
        return pty is not None and twin.room > 0 and pty.holds_input()


class BenchPlace:
    """A pty with a link that stays, or a TCP port of this machine; ``remote``: with RFC 2217."""

    def __init__(
        self,
        bench: PluginBench,
        name: str,
        twin: Watched,
        link: Path | None,
        *,
        remote: bool = False,
    ) -> None:
        self._bench = bench
        self._name = name
        self._twin = twin
        self._link = link
        self._remote = Rfc2217Line(twin) if remote else None
        self._plugged = True
        self.address = self._sit()

    def do(self, act: Callable[[], Effects]) -> None:
        """Run it in the bench's thread."""
        self._bench.call(self._name, lambda: self._carried(self._twin.said(act())))

    def ask(self, question: Callable[[], T]) -> T:
        """Read it in the bench's thread."""
        return self._bench.ask(question)

    def settle(self) -> None:
        """Wait until the port is read empty."""
        if self._plugged:
            self._bench.settle(self._name, self._twin)

    def cut(self) -> None:
        """A TCP connection is reset; a serial line has no connection to lose."""
        if self._link is None:
            self._bench.unplug(self._name)

    def unplug(self) -> None:
        """Hang up. The pty and its link are gone; at a TCP port the app may dial again."""
        self._bench.unplug(self._name)
        self._plugged = self._link is None

    def plug(self) -> None:
        """A new pty under the same link."""
        if not self._plugged:
            self._sit()
            self._plugged = True

    def close(self) -> None:
        """The bench takes it down."""

    def _carried(self, effects: Effects) -> Effects:
        return effects if self._remote is None else self._remote.outward(effects)

    def _sit(self) -> str:
        if self._remote is not None:
            return f"rfc2217://{self._bench.tcp(self._name, self._remote)}"
        if self._link is None:
            return self._bench.tcp(self._name, self._twin)
        return self._bench.pty(self._name, self._twin, str(self._link))


class UsbPlace:
    """A device on the simulated bus; ``run`` does something to it under its own lock."""

    def __init__(
        self,
        bus: SimulatedBus,
        device: UsbFunction,
        run: Callable[[Callable[[], Effects]], None],
        driver: str | None,
    ) -> None:
        self._bus = bus
        self._device = device
        self._run = run
        self._driver = driver
        bus.plug(device, driver=driver)
        self.address = f"usb:{device.identity.vendor:04x}:{device.identity.product:04x}"

    def do(self, act: Callable[[], Effects]) -> None:
        """Run it under the device's lock."""
        self._run(act)

    def ask(self, question: Callable[[], T]) -> T:
        """Read it under the device's lock."""
        answers: list[T] = []

        def act() -> Effects:
            answers.append(question())
            return []

        self._run(act)
        return answers[0]

    def settle(self) -> None:
        """A transfer that has returned has arrived."""

    def cut(self) -> None:
        """It leaves the bus and comes back, with another address."""
        self.unplug()
        self.plug()

    def unplug(self) -> None:
        """Pull the cable."""
        self._bus.unplug(self._device)

    def plug(self) -> None:
        """Put it back in."""
        self._bus.plug(self._device, driver=self._driver)

    def close(self) -> None:
        """It leaves the bus: whoever waits for it hears so."""
        self._bus.unplug(self._device)
