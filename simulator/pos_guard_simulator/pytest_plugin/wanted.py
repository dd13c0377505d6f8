"""What a test asks for by its markers: level, models, clock. Values only; it loads no device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import cast

from pos_guard_simulator.guarded.policy import NAMES, OWN

LEVELS = ("memory", "pty", "tcp", "rfc2217", "usb")
"""Where an app finds the devices; the same twins stand behind all of them."""

DEVICES = ("printer", "scanner", "terminal", "host")
CLOCKS = ("running", "frozen")


class WantedError(ValueError):
    """A test asks for something that there is not; the message names what there is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One terminal as a test wants it.

    ``level`` is that of every device; ``levels`` names those that differ. A host is on the network
    only: on TCP, or in memory. ``printer``, ``scanner``, ``terminal`` and ``host`` name a model or
    profile. ``clock``: it runs as real time does, or is ``frozen`` until the test moves it.
    ``timed``: printing takes the time that it takes. ``drawer``: a cash drawer is connected.
    ``currency`` is what amounts on paper are read in, and the shop's. ``guard``: the policy of a
    guard that stands between the app and the devices; empty: none does.
    """

    level: str = "pty"
    levels: Mapping[str, str] = field(default_factory=dict[str, str])
    printer: str = "epson"
    scanner: str = "generic-serial"
    terminal: str = "zvt"
    host: str = "wechat"
    currency: str = "EUR"
    clock: str = "running"
    timed: bool = False
    drawer: bool = True
    guard: str = ""

    def level_of(self, device: str) -> str:
        """The level of one device."""
        level = self.levels.get(device, self.level)
        return "tcp" if device == "host" and level != "memory" else level

    @property
    def frozen(self) -> bool:
        """Time stands still until the test moves it."""
        return self.clock == "frozen"


_USUAL = Wanted()


def wanted_of(markers: Iterable[Mapping[str, object]]) -> Wanted:
    """The sum of a test's markers, the farthest one (its module's) first.

    :raises WantedError: for a word, a level, a clock or a value that there is not.
    """
    said: dict[str, object] = {one.name: getattr(_USUAL, one.name) for one in fields(Wanted)}
    for marker in markers:
        for name, value in marker.items():
            said[one_of("option of @pytest.mark.pos named", name, said)] = value
    wanted = Wanted(
        level=one_of("level", said["level"], LEVELS),
        levels=_levels(said["levels"]),
        printer=_text(said, "printer"),
        scanner=_text(said, "scanner"),
        terminal=_text(said, "terminal"),
        host=_text(said, "host"),
        currency=_text(said, "currency"),
        clock=one_of("clock", said["clock"], CLOCKS),
        timed=_flag(said, "timed"),
        drawer=_flag(said, "drawer"),
        guard=_guard(said["guard"]),
    )
    usb = [device for device in DEVICES if wanted.level_of(device) == "usb"]
    if wanted.guard and usb:
        raise WantedError(f"the guard stands before no USB device here, and {usb[0]} is one")
    return wanted


def one_of(what: str, name: object, known: Iterable[str]) -> str:
    """The name, if it is known.

    :raises WantedError: it is not; the message names those that are.
    """
    names = list(known)
    if not isinstance(name, str) or name not in names:
        raise WantedError(f"there is no {what} {name!r}, only: {', '.join(names)}")
    return name


def _levels(value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise WantedError('levels is a mapping, such as {"terminal": "tcp"}')
    levels = cast("Mapping[object, object]", value)
    return {
        one_of("device", device, DEVICES): one_of("level", level, LEVELS)
        for device, level in levels.items()
    }


def _guard(value: object) -> str:
    if not value or value is True:
        return OWN if value else ""
    return one_of("policy", value, NAMES)


def _text(said: Mapping[str, object], name: str) -> str:
    value = said[name]
    if not isinstance(value, str):
        raise WantedError(f"{name} is a name, not {value!r}")
    return value


def _flag(said: Mapping[str, object], name: str) -> bool:
    value = said[name]
    if not isinstance(value, bool):
        raise WantedError(f"{name} is True or False, not {value!r}")
    return value
