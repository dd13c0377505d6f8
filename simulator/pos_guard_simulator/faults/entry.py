"""What the catalogue says of one fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from pos_guard.model import Words

E = TypeVar("E", bound=StrEnum)


class Group(StrEnum):
    """Where a fault comes from."""

    DEVICE = "device"
    LINK = "link"
    HOST = "host"
    PEOPLE = "people"
    MACHINE = "machine"


class Ends(StrEnum):
    """What makes an end of a fault."""

    CLEARED = "cleared"
    """Somebody puts it right: ``clear``."""
    BY_COMMAND = "by command"
    """A command of the host, or ``clear``."""
    BY_POWER = "by power"
    """Only the power switch."""
    BY_ITSELF = "by itself"
    """It strikes once, or its time is over."""
    BY_RECONNECTING = "by reconnecting"
    """The connection is lost: another one is needed."""


ENDS_WORDS: Mapping[Ends, Words] = {
    Ends.CLEARED: Words("人工排除（clear）", "when somebody puts it right (clear)"),
    Ends.BY_COMMAND: Words("由主机命令或 clear 解除", "by a command of the host, or clear"),
    Ends.BY_POWER: Words("断电重启", "by the power switch"),
    Ends.BY_ITSELF: Words("自行结束", "by itself"),
    Ends.BY_RECONNECTING: Words("重新连接", "by a new connection"),
}

PRINTER, SCANNER, TERMINAL, HOST, PROVIDER, SHOP = (
    "printer",
    "scanner",
    "terminal",
    "host",
    "provider",
    "shop",
)
"""Kinds of devices; ``shop`` is what only a whole shop has: people, and a guard's machine."""

LINE_LEVELS = ("memory", "pty", "tcp", "rfc2217", "preload")
SERIAL_LEVELS = ("memory", "pty", "rfc2217", "preload")
USB_LEVELS = ("usb", "usbip", "kernel")
EVERY_LEVEL = (*LINE_LEVELS, *USB_LEVELS)
SHOP_LEVELS = ("campaign",)
"""Levels by the names of docs/levels.md; ``campaign``: only there is such a shop."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of the ``fault`` request beside its name; ``usual`` where none is given."""

    name: str
    unit: str
    usual: int | str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """What is said of a fault: what the twin ``does``, and what a ``real`` device does.

    ``source``: how that is known.
    """

    does: Words
    real: Words
    source: str
    ends: Ends = Ends.CLEARED


@dataclass(frozen=True, slots=True)
class FaultEntry:
    """One fault. ``name`` is what ``fault`` and ``clear`` take; ``key`` is like no other's.

    ``devices``: the kinds that can have it, ``profiles`` which of them (empty: all of the kind).
    ``never``: profiles that cannot have it, and why.
    """

    name: str
    group: Group
    devices: tuple[str, ...]
    levels: tuple[str, ...]
    text: Text
    parameters: tuple[Parameter, ...] = ()
    profiles: tuple[str, ...] = ()
    never: Mapping[str, Words] = field(default_factory=dict[str, Words])

    @property
    def key(self) -> str:
        """``link:drop``, ``printer:paper_out``, ``people:wrong_pin``."""
        owned = self.group in (Group.DEVICE, Group.HOST)
        return f"{self.devices[0] if owned else self.group}:{self.name}"


def entries(
    kind: Iterable[E],
    texts: Mapping[E, Text],
    group: Group,
    where: tuple[tuple[str, ...], tuple[str, ...]],
    parameters: Mapping[E, tuple[Parameter, ...]] | None = None,
) -> Iterator[FaultEntry]:
    """An entry for each member of an enum that a twin uses; ``where``: devices, and levels.

    :raises KeyError: for a member that nobody has described.
    """
    for one in kind:
        known = (parameters or {}).get(one, ())
        yield FaultEntry(str(one), group, *where, texts[one], known)
