"""What commands on a store share: where it is, who acts, how text of others is shown."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import click

from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.store.files import DATABASE
from pos_guard.store.pins import MIN_DIGITS, WeakPinError, check_strength
from pos_guard.store.store import Store

F = TypeVar("F", bound=Callable[..., object])

DEFAULT_STATE = "pos-guard-state"

# Longer lines on standard input are no PIN; reading stops there.
_MAX_LINE = 256


class UnreadableError(click.ClickException):
    """The input cannot be read at all: exit code 2."""

    exit_code = 2


def state_option(function: F) -> F:
    """The option ``--state DIR``."""
    return click.option(
        "--state",
        "directory",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="POS_GUARD_STATE",
        default=DEFAULT_STATE,
        show_default=True,
        help="Directory of the store (or set POS_GUARD_STATE).",
    )(function)


def json_option(function: F) -> F:
    """The flag ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="JSON for machines.")(function)


def pin_option(function: F) -> F:
    """The flag ``--pin-stdin``. A PIN is never an argument: those are seen by everybody."""
    return click.option(
        "--pin-stdin", is_flag=True, help="Read the PIN as one line of standard input."
    )(function)


def policy_option(function: F) -> F:
    """The option ``--policy FILE``: what roles may do."""
    return click.option(
        "--policy",
        type=click.Path(path_type=Path),
        envvar="POS_GUARD_POLICY",
        help="The policy file, for what roles may do (or set POS_GUARD_POLICY).",
    )(function)


def open_store(directory: Path, *, readonly: bool) -> Store:
    """Open the store in that directory.

    :raises UnreadableError: when there is none.
    :raises StoreError: when it is damaged, or another process writes it.
    """
    if not (directory / DATABASE).is_file():
        raise UnreadableError(f"There is no store in {directory}. Make one: pos-guard init")
    return Store.open(directory, clock=SystemClock(), readonly=readonly)


def ask_pin(person_id: str, *, from_stdin: bool, at_least: int = MIN_DIGITS) -> str:
    """A strong PIN: asked twice at a terminal until it is one, or a line of standard input.

    ``at_least``: so many digits.

    :raises WeakPinError: when the line is no strong PIN.
    """
    if from_stdin:
        pin = sys.stdin.readline(_MAX_LINE).rstrip("\r\n")
        check_strength(person_id, pin, at_least)
        return pin
    while True:
        pin = str(click.prompt(f"PIN of {person_id}", hide_input=True, confirmation_prompt=True))
        try:
            check_strength(person_id, pin, at_least)
        except WeakPinError as error:
            click.echo(str(error), err=True)
        else:
            return pin


def account_name() -> str:
    """The account of this machine that runs the command, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


def print_json(value: Mapping[str, Json]) -> None:
    """One object on one line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def printable(text: str) -> str:
    """Text of others without what could steer a terminal or hide: those become ``?``."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
