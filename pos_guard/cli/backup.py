"""``pos-guard backup``: database and keys together, in one file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from pos_guard.cli.state import json_option, print_json, state_option
from pos_guard.clock import SystemClock
from pos_guard.store import backup as backups

_MAX_LINE = 1024  # longer lines on standard input are no passphrase

F = TypeVar("F", bound=Callable[..., object])


def file_options(function: F) -> F:
    """The argument ``FILE``, and the options that say where its passphrase comes from."""
    function = click.option(
        "--passphrase-stdin",
        is_flag=True,
        help="Read the passphrase as one line of standard input.",
    )(function)
    function = click.option("--passphrase", "asked", is_flag=True, help="Ask for a passphrase.")(
        function
    )
    return click.argument("file", type=click.Path(path_type=Path, dir_okay=False))(function)


@click.command("backup")
@file_options
@state_option
@json_option
def command(
    file: Path, asked: bool, passphrase_stdin: bool, directory: Path, as_json: bool
) -> None:
    """Copy the store and its keys into FILE; works while the guard runs.

    Without a passphrase FILE is as secret as the keys themselves.
    """
    phrase = passphrase_of(asked=asked, from_stdin=passphrase_stdin, confirm=True)
    made = backups.make(directory, file, clock=SystemClock(), passphrase=phrase)
    if as_json:
        print_json({**made.as_json(), "file": str(file), "sealed": phrase is not None})
        return
    click.echo(f"{file}: {made.terminal}, {made.count} audit records, head {made.head}.")
    if phrase is None:
        click.echo("It holds the keys in the clear: keep it as you keep the till's keys.")


def passphrase_of(*, asked: bool, from_stdin: bool, confirm: bool) -> str | None:
    """The passphrase that the options ask for, or None."""
    if from_stdin:
        return sys.stdin.readline(_MAX_LINE).rstrip("\r\n")
    if not asked:
        return None
    return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True))
