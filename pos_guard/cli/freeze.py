"""``pos-guard freeze``: stop an operator, a sale or this terminal at once."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.cli.person import guard_at, id_of, order, person_option, pin_option, socket_option
from pos_guard.cli.state import json_option, print_json, printable
from pos_guard.consoles.terminal import frozen_of
from pos_guard.frames.decoded import Json
from pos_guard.store.freezes import SCOPES


@click.command("freeze")
@click.argument("scope", type=click.Choice(SCOPES), required=False)
@click.argument("name", required=False)
@click.option("--why", help="The reason; it stands in every refusal that follows.")
@socket_option
@person_option
@pin_option
@json_option
def command(
    scope: str | None,
    name: str | None,
    why: str | None,
    path: Path,
    as_json: bool,
    **who: str | bool | None,
) -> None:
    """Stop everything that moves money for operator, sale or terminal NAME.

    What was submitted before goes on. Without a scope, show what is frozen. Anybody may stop the
    terminal, a sale or himself; another operator only who may resolve.
    """
    with guard_at(path) as client:
        if scope is None:
            _show(frozen_of(client.request("pending")), as_json=as_json)
            return
        if name is None or not why:
            raise click.UsageError("name what to freeze, and say --why")
        given = who["person"]
        person = id_of(given if isinstance(given, str) else None)
        said: dict[str, Json] = {"scope": scope, "name": name, "why": why, "person": person}
        order(client, "freeze", person, from_stdin=who["pin_stdin"] is True, **said)
    if as_json:
        print_json({"scope": scope, "name": name, "frozen": True})
    else:
        click.echo(printable(f"{scope} {name} is frozen."))


def _show(frozen: list[dict[str, str | None]], *, as_json: bool) -> None:
    for one in frozen:
        if as_json:
            print_json(dict(one))
        else:
            by = f", by {one['person']}" if one["person"] else ""
            click.echo(printable(f"{one['scope']} {one['name']}: {one['why']}{by}"))
    if not frozen and not as_json:
        click.echo("Nothing is frozen.")
