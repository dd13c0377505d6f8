"""``pos-guard resolve``: a person says what came of a payment whose outcome is unknown."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.api.client import DecisionClient
from pos_guard.cli.person import guard_at, id_of, order, person_option, pin_option, socket_option
from pos_guard.cli.state import json_option, print_json, printable
from pos_guard.consoles.terminal import line_of, unknown_of
from pos_guard.frames.decoded import Json


@click.command("resolve")
@click.argument("decision", type=click.IntRange(min=1), required=False)
@click.argument("result", type=click.Choice(["approved", "declined"]), required=False)
@socket_option
@person_option
@pin_option
@json_option
def command(
    decision: int | None,
    result: str | None,
    path: Path,
    person: str | None,
    pin_stdin: bool,
    as_json: bool,
) -> None:
    """Say what came of request DECISION, with the terminal's slip in hand.

    Without a number, show the requests whose outcome nobody knows. Until one is resolved, nothing
    moves on its link.
    """
    with guard_at(path) as client:
        if decision is None:
            _show(client, as_json=as_json)
            return
        if result is None:
            raise click.UsageError("say what came of it: approved or declined")
        person = id_of(person)
        said: dict[str, Json] = {"decision": decision, "result": result, "person": person}
        order(client, "resolve", person, from_stdin=pin_stdin, **said)
    if as_json:
        print_json({"decision": decision, "result": result})
    else:
        click.echo(f"Recorded: request {decision} was {result}.")


def _show(client: DecisionClient, *, as_json: bool) -> None:
    unknown = unknown_of(client.request("pending"))
    for entry in unknown:
        if as_json:
            print_json(entry)
        else:
            click.echo(printable(line_of(entry)))
    if not unknown and not as_json:
        click.echo("Every outcome is known.")
