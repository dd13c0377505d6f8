"""``pos-guard thaw``: a person lets a frozen link work again."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.cli.person import guard_at, id_of, person_option, pin_of, pin_option, socket_option


@click.command("thaw")
@click.argument("link")
@socket_option
@person_option
@pin_option
def command(link: str, path: Path, person: str | None, pin_stdin: bool) -> None:
    """Let LINK move money again, after somebody looked at its device.

    A link is frozen when its terminal reports an id that is not on the list, or moved another
    amount than was asked.
    """
    with guard_at(path) as client:
        person = id_of(person)
        pin = pin_of(person, from_stdin=pin_stdin)
        client.request("thaw", link=link, person=person, pin=pin)
    click.echo(f"{link} works again.")
