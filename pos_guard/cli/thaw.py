"""``pos-guard thaw``: a person lets a frozen link, or a clock that was wrong, count again."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.cli.person import guard_at, id_of, person_option, pin_of, pin_option, socket_option


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
        pin = pin_of(person, from_stdin=pin_stdin)
        if link is None:
            client.request("trust_clock", person=person, pin=pin)
        else:
            client.request("thaw", link=link, person=person, pin=pin)
    click.echo("The clock counts again." if link is None else f"{link} works again.")
