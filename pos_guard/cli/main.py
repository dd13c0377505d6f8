"""The command group: commands load when asked for; errors become words and exit codes."""

from __future__ import annotations

import importlib
import io
import re
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from pos_guard.dumps import no_dumps
from pos_guard.errors import PosGuardError, SettingsError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_BUILT_IN = {
    "approve": "pos_guard.cli.approve",
    "audit": "pos_guard.cli.audit",
    "backup": "pos_guard.cli.backup",
    "break-glass": "pos_guard.cli.break_glass",
    "cases": "pos_guard.cli.cases",
    "classify": "pos_guard.cli.classify",
    "decode": "pos_guard.cli.decode",
    "doctor": "pos_guard.cli.doctor",
    "freeze": "pos_guard.cli.freeze",
    "init": "pos_guard.cli.init",
    "keeper": "pos_guard.cli.keeper",
    "keys": "pos_guard.cli.keys",
    "override": "pos_guard.cli.override",
    "payees": "pos_guard.cli.payees",
    "people": "pos_guard.cli.people",
    "policy": "pos_guard.cli.policy",
    "resolve": "pos_guard.cli.resolve",
    "restore": "pos_guard.cli.restore",
    "run": "pos_guard.cli.run",
    "shift": "pos_guard.cli.shift",
    "thaw": "pos_guard.cli.thaw",
    "unfreeze": "pos_guard.cli.unfreeze",
}

_USAGE_OR_UNREADABLE = 2

_POSIX = frozenset({"fcntl", "grp", "pwd", "resource", "termios", "tty"})
"""Modules of Python that Windows has not: the guard is for Linux, the simulator for all."""

_SIMULATOR = "pos-guard simulate DEVICE --tcp HOST:PORT"

_LONG_NUMBER = re.compile(r"\d{4,}")
"""As long as the shortest PIN."""

_LONGEST_OWN = 8
"""Digits of the longest number of our own words (a port, a model's number)."""

_SALE_ID = re.compile(
    r"(?<![\w-])"
    r"(?=[A-Za-z0-9-]{0,15}[A-Za-z])(?![A-Za-z0-9-]{0,12}\d{4}[A-Za-z0-9-]{0,12}-\d)"
    r"[A-Za-z0-9][A-Za-z0-9-]{0,15}-\d{6}(?![\w-])",
    re.ASCII,
)
"""TERMINAL-NNNNNN, as the ledger numbers sales: no secret. The terminal has a letter and no long
number of its own: a card number with dashes, or an id with a PIN in it, is none."""

_PATH = re.compile(r"(?<=')/(?:(?!\d{6})[^'\n])+(?=')")
"""A path in quotes, without a number as long as most PINs: people have to see which file."""

_STANDARD = r"(?<!\w)iso8583(?!\w)"
"""A protocol's name, which usage texts list: a standard's number, no PIN."""

_KEPT = re.compile(f"{_SALE_ID.pattern}|{_PATH.pattern}|{_STANDARD}", re.ASCII)


class _Commands(click.Group):
    """Commands by name: our own, then those that other packages bring by entry point."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted([*_BUILT_IN, *_others()])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name in _BUILT_IN:
            found: object = _built_in(cmd_name)
        else:
            entry = _others().get(cmd_name)
            found = None if entry is None else _load(entry)
        return found if isinstance(found, click.Command) else None


def _built_in(name: str) -> object:
    """The command of this name; where the system has not what it needs, one that says so."""
    try:
        found: object = importlib.import_module(_BUILT_IN[name]).command
    except ModuleNotFoundError as error:
        said = _not_here(error)
        anything = {"ignore_unknown_options": True, "allow_extra_args": True}
        return click.Command(
            name, anything, partial(_refuse, said), help="(needs Linux)", add_help_option=False
        )
    return found


def _not_here(error: ModuleNotFoundError) -> str:
    """What to say of a module that this system has not.

    :raises ModuleNotFoundError: it should be here.
    """
    if error.name not in _POSIX:
        raise error
    return f"This needs Linux. Here there is the simulator: {_SIMULATOR}"


def _refuse(said: str) -> None:
    raise click.UsageError(said)


def _load(entry: EntryPoint) -> object:
    """The command of another package; one that cannot be loaded says so when it is asked for."""
    try:
        loaded: object = entry.load()
    except (ImportError, AttributeError) as error:
        return _unavailable(entry, error)
    return loaded


def _unavailable(entry: EntryPoint, error: Exception) -> click.Command:
    package = entry.dist.name if entry.dist is not None else entry.module

    def say() -> None:
        raise click.UsageError(f"{entry.name} of {package} cannot be loaded: {error}")

    return click.Command(entry.name, callback=say, help=f"(unavailable: {error})")


def _others() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # slow, and our own commands need none

    return {entry.name: entry for entry in entry_points(group="pos_guard.commands")}


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pos-guard", message="pos-guard %(version)s")
def group() -> None:
    """Stand between the till and the money: check before anything is submitted."""


def run(arguments: Sequence[str]) -> None:
    """Run the command line; never a traceback for something a user can cause."""
    try:
        _speak_utf8()
        no_dumps()  # PINs and codes are typed into these commands
        group.main(args=list(arguments), prog_name="pos-guard", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        # It repeats what was typed, and that may be a PIN or a code in the wrong place.
        said = io.StringIO()
        error.show(said)
        click.echo(_masked(said.getvalue(), arguments), err=True, nl=False)
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(1)
    except ModuleNotFoundError as error:
        click.echo(_not_here(error), err=True)
        sys.exit(_USAGE_OR_UNREADABLE)
    except PosGuardError as error:
        click.echo(str(error), err=True)
        sys.exit(_USAGE_OR_UNREADABLE if isinstance(error, SettingsError) else 1)
    except OSError as error:
        click.echo(f"{error.filename or 'input'}: {error.strerror or error}", err=True)
        sys.exit(_USAGE_OR_UNREADABLE)


def _speak_utf8() -> None:
    """On Windows pipes and files get a code page that has not all that we say; consoles have it."""
    if sys.platform != "win32":
        return
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8")


def _masked(text: str, arguments: Sequence[str]) -> str:
    """Without the numbers that may be secrets: those that were typed, and all long ones.

    Our own sale ids and whole paths stay.
    """
    typed = "\n".join(arguments)

    def shown(number: re.Match[str]) -> str:
        own = len(number[0]) <= _LONGEST_OWN and number[0] not in typed
        return number[0] if own else "****"

    masked, end = "", 0
    for kept in _KEPT.finditer(text):
        masked += _LONG_NUMBER.sub(shown, text[end : kept.start()]) + kept[0]
        end = kept.end()
    return masked + _LONG_NUMBER.sub(shown, text[end:])
