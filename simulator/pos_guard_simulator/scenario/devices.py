"""A device's table as the command line of ``pos-guard simulate``: one vocabulary for both.

The command itself reads the words, so that whatever it takes can stand in a scenario too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import click

from pos_guard.errors import LocalError
from pos_guard.strict import WrongError, described, suggestion
from pos_guard_simulator.commands import simulate
from pos_guard_simulator.scenario.tables import DeviceTable
from pos_guard_simulator.simulate_options import Made
from pos_guard_simulator.stage.perform import Role

ANY_PORT = "127.0.0.1:0"
"""Where a device on a network is that has no address: a free port of this machine."""

NO_DEVICES = frozenset({"scenario"})
"""What else ``pos-guard simulate`` can do."""

_NETWORK = frozenset({"tcp", "rfc2217"})

ELSEWHERE = {
    "tcp": 'write level = "tcp", and address',
    "pty": 'write level = "pty", and address for a link',
    "rfc2217": 'write level = "rfc2217", and address',
    "usb": 'write level = "usb"',
    "usbip": 'write level = "usbip", and address',
    "desktop": 'write level = "desktop", and address for a display',
    "control": "the scenario has one control socket: --control PATH",
    "ready-file": "the scenario has one ready line: --ready-file FILE",
    "http": "the scenario has one control API: --http",
    "http-public": "the scenario has one control API: --http-public",
    "http-token-file": "the scenario has one control API: --http-token-file FILE",
    "web": "the scenario has one live page: --web",
    "out": "receipts are kept by the scenario: --out DIR",
    "help": "see pos-guard simulate",
}
"""Options of a command that a scenario says in other words, and which."""

_OPTION = re.compile(r"--([a-z0-9-]+)")


def command_of(kind: str) -> click.Command | None:
    """The command of one kind of device, without loading the others; None: there is none."""
    name, _, rest = kind.partition(" ")
    context = click.Context(simulate)
    if name in NO_DEVICES or name not in simulate.list_commands(context):
        return None
    found = simulate.get_command(context, name)
    if isinstance(found, click.Group):
        return found.commands.get(rest)
    return None if rest else found


def kinds() -> Mapping[str, click.Command]:
    """The commands of all devices, by kind: ``printer``, ``terminal zvt``."""
    found: dict[str, click.Command] = {}
    context = click.Context(simulate)
    for name in simulate.list_commands(context):
        command = None if name in NO_DEVICES else simulate.get_command(context, name)
        if isinstance(command, click.Group):
            found |= {f"{name} {sub}": one for sub, one in command.commands.items()}
        elif command is not None:
            found[name] = command
    return found


def make_role(name: str, table: DeviceTable, root: Path) -> Role:
    """The device of a table, at its place. Paths are relative to ``root``.

    :raises WrongError: with the key that is wrong.
    """
    command = command_of(table.kind)
    if command is None:
        known = kinds()
        hint = suggestion(table.kind, known) or f": {', '.join(sorted(known))}"
        raise WrongError([(("kind",), f"{table.kind!r} is no device{hint}")])
    argv = arguments(command, table, root)
    try:
        with command.make_context(table.kind, argv) as context:
            device, place = cast("Made", command.invoke(context))
    except click.ClickException as error:
        raise WrongError([_place_of(error, table)]) from error
    except LocalError as error:
        raise WrongError([((), str(error))]) from error
    return Role(name, device, place)


def arguments(command: click.Command, table: DeviceTable, root: Path) -> list[str]:
    """The table as words of the command line.

    :raises WrongError: with every key that is wrong.
    """
    options = {word.removeprefix("--"): one for one in command.params for word in one.opts}
    wrong: list[tuple[tuple[str, ...], str]] = []
    argv = list(_level(table, options, wrong))
    for key, value in table.rest.items():
        option = options.get(key)
        if key in ELSEWHERE:
            wrong.append(((key,), ELSEWHERE[key]))
        elif option is None:
            hint = suggestion(key, options.keys() - ELSEWHERE.keys())
            wrong.append(((key,), f"is no option of {table.kind!r}{hint}"))
        else:
            try:
                argv += _words(key, value, option, root)
            except ValueError as error:
                wrong.append(((key,), str(error)))
    if wrong:
        raise WrongError(wrong)
    return argv


def _level(
    table: DeviceTable,
    options: Mapping[str, click.Parameter],
    wrong: list[tuple[tuple[str, ...], str]],
) -> Iterator[str]:
    if table.level is None:
        if table.address:
            wrong.append((("address",), 'belongs to a level: level = "tcp"'))
    elif table.level not in options or _hidden(options[table.level]):
        wrong.append((("level",), f"a {table.kind} is never at {table.level!r}"))
    else:
        address = table.address or (ANY_PORT if table.level in _NETWORK else "")
        yield f"--{table.level}={address}" if address else f"--{table.level}"


def _words(key: str, value: object, option: click.Parameter, root: Path) -> Iterator[str]:
    """One key as words.

    :raises ValueError: it is not what this option takes.
    """
    name = f"--{key}=" if isinstance(option, click.Option) else ""
    if isinstance(option, click.Option) and option.is_flag:
        if type(value) is not bool:
            raise ValueError(f"must be true or false, not {described(value)}")
        if value:
            yield f"--{key}"
        return
    items = list(_items(value)) if option.multiple else [value]
    for item in items:
        if type(item) is not str and type(item) is not int:
            raise ValueError(f"must be text or a whole number, not {described(item)}")
        under = isinstance(option.type, click.Path)
        yield f"{name}{root / str(item) if under else item}"


def _hidden(option: click.Parameter) -> bool:
    return isinstance(option, click.Option) and option.hidden


def _items(value: object) -> Iterator[object]:
    """What may be repeated: one, a list, or a table of ``AMOUNT = DO``."""
    if type(value) is dict:
        for name, item in cast("dict[str, object]", value).items():
            if type(item) is not str:
                raise ValueError(f"{name}: must be text, not {described(item)}")
            yield f"{name}={item}"
    elif type(value) is list:
        yield from cast("list[object]", value)
    else:
        yield value


def _place_of(error: click.ClickException, table: DeviceTable) -> tuple[tuple[str, ...], str]:
    """Which key of the table the command complains of, and what it says."""
    said = error.format_message()
    for option in _OPTION.findall(said):
        if option == table.level:
            return ("address" if table.address else "level",), said
        if option in table.rest:
            return (option,), said
    return (), said
