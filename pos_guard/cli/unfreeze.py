"""``pos-guard unfreeze``: let an operator, a sale or this terminal work again."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.cli.person import guard_at, id_of, order, person_option, pin_option, socket_option
from pos_guard.cli.state import json_option, print_json, printable
from pos_guard.frames.decoded import Json
from pos_guard.store.freezes import SCOPES


@click.command("unfreeze")
@click.argument("scope", type=click.Choice(SCOPES))
@click.argument("name")
@socket_option
@person_option
@pin_option
@json_option
def command(
    scope: str, name: str, path: Path, person: str | None, pin_stdin: bool, as_json: bool
) -> None:
    """Let operator, sale or terminal NAME work again, after somebody looked into it.

    Needs the right to resolve; nobody thaws himself.
    """
    with guard_at(path) as client:
        person = id_of(person)
        said: dict[str, Json] = {"scope": scope, "name": name, "person": person}
        order(client, "unfreeze", person, from_stdin=pin_stdin, **said)
    if as_json:
        print_json({"scope": scope, "name": name, "frozen": False})
    else:
        click.echo(printable(f"{scope} {name} works again."))
