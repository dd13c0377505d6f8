"""What commands share in which a person speaks to the running guard: socket, id, PIN, refusals."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from pos_guard.api.client import DecisionClient, RequestRefusedError
from pos_guard.api.message import CODE_MISSING
from pos_guard.frames.decoded import Json

Body = dict[str, Json]

_MAX_LINE = 256  # longer lines on standard input are no PIN

socket_option = click.option(
    "--socket",
    "path",
    type=click.Path(path_type=Path),
    envvar="POS_GUARD_SOCKET",
    default="run/decide.sock",
    show_default=True,
    help="The guard's decision socket (or set POS_GUARD_SOCKET).",
)
person_option = click.option("--as", "person", help="Your id; asked for when left out.")
pin_option = click.option(
    "--pin-stdin", is_flag=True, help="Read the PIN as one line of standard input."
)


@contextmanager
def guard_at(path: Path) -> Generator[DecisionClient]:
    """A connection; what the guard refuses becomes words and exit code 1."""
    with DecisionClient(path) as client:
        try:
            yield client
        except RequestRefusedError as error:
            raise click.ClickException(str(error)) from error


def order(client: DecisionClient, op: str, who: str, *, from_stdin: bool, **fields: Json) -> Body:
    """Order what takes a person; the code is asked for only where the guard wants one.

    With ``--pin-stdin`` it is the line after the PIN.
    """
    pin = pin_of(who, from_stdin=from_stdin)
    try:
        return client.request(op, **fields, pin=pin)
    except RequestRefusedError as error:
        if error.code != CODE_MISSING:
            raise
    code = code_of(who, from_stdin=from_stdin)
    return client.request(op, **fields, pin=pin, code=code)


def id_of(person: str | None) -> str:
    """The person's id, asked for when it was not given."""
    return person or str(click.prompt("Your id", err=True))


def pin_of(person: str, *, from_stdin: bool) -> str:
    """The person's PIN; it is never an argument, where others could read it."""
    if from_stdin:
        return sys.stdin.readline(_MAX_LINE).rstrip("\r\n")
    return str(click.prompt(f"PIN of {person}", hide_input=True, err=True))


def code_of(person: str, *, from_stdin: bool) -> str:
    """The code of the person's authenticator app: with ``--pin-stdin`` the line after the PIN."""
    if from_stdin:
        return sys.stdin.readline(_MAX_LINE).rstrip("\r\n")
    return str(click.prompt(f"Authenticator code of {person}", err=True))
