"""``pos-guard shift``: who works here since when. Limits per shift and fatigue count from there."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.cli.override import when
from pos_guard.cli.person import guard_at, id_of, pin_of, pin_option
from pos_guard.cli.state import json_option, open_store, print_json, state_option
from pos_guard.store.store import Store

_socket = click.option(
    "--socket",
    "path",
    type=click.Path(path_type=Path),
    help="Tell the running guard at this decision socket, instead of opening the store.",
)


@click.group("shift")
def command() -> None:
    """Shifts begin and end with id and PIN. A break of under an hour is part of the shift."""


@command.command("begin")
@click.argument("person", required=False)
@pin_option
@_socket
@state_option
@json_option
def begin(
    person: str | None, pin_stdin: bool, path: Path | None, directory: Path, as_json: bool
) -> None:
    """Begin the shift of PERSON."""
    _change("begin", person, pin_stdin, path, directory, as_json)


@command.command("end")
@click.argument("person", required=False)
@pin_option
@_socket
@state_option
@json_option
def end(
    person: str | None, pin_stdin: bool, path: Path | None, directory: Path, as_json: bool
) -> None:
    """End the shift of PERSON, and show the code of the audit log for the closing slip."""
    _change("end", person, pin_stdin, path, directory, as_json)


@command.command("list")
@state_option
@json_option
def list_all(directory: Path, as_json: bool) -> None:
    """Show who works here now; works while the guard runs."""
    with open_store(directory, readonly=True) as store:
        shifts = store.shifts.open()
    for shift in shifts:
        if as_json:
            print_json({"operator": shift.operator, "since_us": shift.wall_us})
        else:
            click.echo(f"{shift.operator:<16} since {when(shift.wall_us)}")


def _change(
    change: str,
    person: str | None,
    pin_stdin: bool,
    path: Path | None,
    directory: Path,
    as_json: bool,
) -> None:
    who = id_of(person)
    pin = pin_of(who, from_stdin=pin_stdin)
    if path is not None:
        with guard_at(path) as client:
            code = client.request("shift", change=change, person=who, pin=pin).get("code")
    else:
        with open_store(directory, readonly=False) as store:
            code = _in_store(store, change, store.people.verify(who, pin).id)
    if as_json:
        print_json({"id": who, "shift": change} | ({} if code is None else {"code": code}))
        return
    click.echo(f"The shift of {who} {'begins' if change == 'begin' else 'is over'}.")
    if code is not None:
        click.echo(f"审计 AUDIT {code}")


def _in_store(store: Store, change: str, operator: str) -> str | None:
    """Change it; the code of the audit log for the closing slip."""
    if change == "begin":
        store.shifts.begin(operator)
        return None
    with store.transaction():
        store.shifts.end(operator)
        return store.checkpoints.keep().code
