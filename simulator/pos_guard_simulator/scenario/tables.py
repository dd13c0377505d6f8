"""A scenario file as it is written: one dataclass a table, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NewType

from pos_guard.strict import Hook, as_table, structure
from pos_guard_simulator.guarded.policy import OWN
from pos_guard_simulator.scenario.values import HOOKS, DeviceName, JsonFields, Seconds

AT_ONCE = Seconds(0)

SETTLE = Seconds(300)
"""A silence after which nothing more is on its way: a hundred times what a TCP port needs."""

Ends = Literal["app", "timeline", "never"]
Level = Literal["pty", "tcp", "rfc2217", "usb", "usbip", "desktop"]
Signal = Literal["TERM", "INT", "HUP", "KILL", "STOP", "CONT", "USR1", "USR2"]

Options = NewType("Options", dict[str, object])
"""As TOML gives them: the command line's own readers check them later."""


def _nothing() -> JsonFields:
    return JsonFields({})


@dataclass(frozen=True, slots=True)
class ScenarioTable:
    """``[scenario]``.

    ``seconds`` is the limit of the run; ``ends`` what ends it; ``currency`` that of the receipts;
    ``settle`` the silence that means that everything has arrived.
    """

    name: str = ""
    seconds: Seconds | None = None
    ends: Ends | None = None
    currency: str = "EUR"
    settle: Seconds = SETTLE


@dataclass(frozen=True, slots=True)
class AppTable:
    """``[app]``: the program under test, what its environment gets, its expected exit code."""

    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    exit: int = 0


@dataclass(frozen=True, slots=True)
class DeviceTable:
    """``[device.NAME]``; ``rest`` are the options of its command, without their dashes."""

    kind: str
    level: Level | None = None
    address: str = ""
    rest: Options = field(default_factory=lambda: Options({}))


@dataclass(frozen=True, slots=True)
class StepTable:
    """``[[step]]``: an operation of a device with its ``fields``, or a signal to the app.

    Due ``at`` so long after the begin, or after the event that ``after`` names.
    """

    name: str = ""
    at: Seconds = AT_ONCE
    after: str = ""
    device: str = ""
    do: str = ""
    fields: JsonFields = field(default_factory=_nothing)
    signal: Signal | None = None


@dataclass(frozen=True, slots=True)
class ExpectTable:
    """``[[expect]]``: all that one table says must be so together, at the end or ``within``."""

    device: str
    name: str = ""
    within: Seconds | None = None
    after: str = ""
    receipt: int | None = None
    receipts: int | None = None
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    total: str = ""
    order: str = ""
    paid: bool | None = None
    matches: str = ""
    ignore: tuple[str, ...] = ()
    moved: tuple[JsonFields, ...] | None = None
    state: JsonFields = field(default_factory=_nothing)
    event: str = ""
    where: JsonFields = field(default_factory=_nothing)
    times: int | None = None


@dataclass(frozen=True, slots=True)
class GuardTable:
    """``[guard]``: pos-guard itself between the app and the devices.

    ``policy`` is a pack's name, or a file (``.toml``); ``devices`` those that it stands before
    (None: all that it can); ``operator`` who works at the till from the beginning.
    """

    policy: str = OWN
    devices: tuple[str, ...] | None = None
    operator: str = ""


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """The whole file."""

    device: Mapping[DeviceName, DeviceTable]
    scenario: ScenarioTable = field(default_factory=ScenarioTable)
    app: AppTable = field(default_factory=AppTable)
    guard: GuardTable | None = None
    step: tuple[StepTable, ...] = ()
    expect: tuple[ExpectTable, ...] = ()


def _device(value: object) -> DeviceTable:
    """A device's table: keys that are not ours are its ``rest``.

    :raises ValueError: it is no table.
    :raises WrongError: something in it is wrong.
    """
    own = set(DeviceTable.__dataclass_fields__) - {"rest"}
    table = as_table(value)
    known = {key: item for key, item in table.items() if key in own}
    rest = {key: item for key, item in table.items() if key not in own}
    return structure({**known, "rest": rest}, DeviceTable, _HOOKS)


_HOOKS: dict[object, Hook] = {**HOOKS, Options: as_table}

READERS: dict[object, Hook] = {**HOOKS, DeviceTable: _device}
"""Readers for ``ScenarioFile``."""
