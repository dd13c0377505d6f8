"""The client's side of a level: devices are plugged in, and programs open what appears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tests.contract.levels import Level

Value = str | int | bool | list[str] | None


class Hands(Protocol):
    """The other side: whoever holds the twins, in this process or another one."""

    def call(self, method: str, name: str, *arguments: str | int) -> Value:
        """Do something to the device of this name."""
        ...


class Eyes(Protocol):
    """How the programs of a level find devices."""

    def plugged(self, kind: str, told: Value) -> str:
        """What a program opens (a path, a URL), once it is there; ``told`` is ``plug``'s answer."""
        ...

    def unplugged(self) -> None:
        """Wait until programs know that the device is gone."""
        ...

    def find(self, serial: str) -> Any:
        """The pyusb device with this serial number, or None."""
        ...

    @property
    def backend(self) -> Any:
        """Of pyusb; None: its own."""
        ...


class Device:
    """A device that was plugged in at ``site``. ``node`` is what a program opens."""

    def __init__(self, site: Site, name: str, node: str) -> None:
        self.name = name
        self.node = node
        self.site = site

    def do(self, method: str, *arguments: str | int) -> Value:
        """Have something done to it, or ask it."""
        return self.site.hands.call(method, self.name, *arguments)

    def number(self, method: str) -> int:
        """Ask it for a number."""
        return int(str(self.do(method)))

    def texts(self, method: str) -> list[str]:
        """Ask it for a list of texts."""
        found = self.do(method)
        assert isinstance(found, list)
        return found

    def usb(self) -> Any:
        """The pyusb device; it must be there. It is given back when the check is over."""
        found = self.site.eyes.find(self.name)
        assert found is not None, f"pyusb does not find {self.name}"
        self.site.later(lambda: _dispose(found))
        return found

    def is_found(self) -> bool:
        """Whether pyusb sees it."""
        found = self.site.eyes.find(self.name)
        _dispose(found)
        return found is not None

    def unplug(self) -> None:
        """Pull the cable, and wait until programs know."""
        self.do("unplug")
        self.site.eyes.unplugged()


class Site:
    """One check's place of work. ``close`` takes everything away again.

    ``line`` is the kind of device that the checks of serial lines plug in.
    """

    def __init__(self, level: Level, hands: Hands, eyes: Eyes) -> None:
        self.level = level
        self.hands = hands
        self.eyes = eyes
        self.line = "line"
        self._ends: list[Callable[[], object]] = []

    def plug(self, kind: str, name: str = "one", *how: str | int) -> Device:
        """Plug a new device in, and wait until programs can open it."""
        node = self.eyes.plugged(kind, self.hands.call("plug", name, kind, *how))
        device = Device(self, name, node)
        self.later(device.unplug)
        return device

    def later(self, end: Callable[[], object]) -> None:
        """Do it when the check is over, the last first."""
        self._ends.append(end)

    def close(self) -> None:
        """All that was to be done later."""
        while self._ends:
            self._ends.pop()()


def _dispose(device: Any) -> None:
    if device is not None:
        import usb.util

        usb.util.dispose_resources(device)
