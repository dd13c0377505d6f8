"""``pos-guard thaw``: a person lets a frozen link, or a clock that was wrong, count again."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.cli.person import guard_at, id_of, order, person_option, pin_option, socket_option


@click.command("thaw")
@click.argument("link", required=False)
@click.option("--clock", is_flag=True, help="The clock, which was ahead before, is right now.")
@socket_option
@person_option
@pin_option
def command(link: str | None, clock: bool, path: Path, person: str | None, pin_stdin: bool) -> None:
    """Let LINK move money again, after somebody looked at its device.

    A link is frozen when its terminal reports an id that is not on the list, or moved another
    amount than was asked. With --clock: no money goes out while the clock is behind what is
    recorded; say so here once it is right.
    """
    if clock == (link is not None):
        raise click.UsageError("name a link, or say --clock")
    with guard_at(path) as client:
        person = id_of(person)
        if link is None:
            order(client, "trust_clock", person, from_stdin=pin_stdin, person=person)
        else:
            order(client, "thaw", person, from_stdin=pin_stdin, link=link, person=person)
    click.echo("The clock counts again." if link is None else f"{link} works again.")
