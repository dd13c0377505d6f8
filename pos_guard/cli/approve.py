"""``pos-guard approve``: a second person's yes or no, from any terminal on the till."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.api.client import DecisionClient
from pos_guard.cli.person import guard_at, id_of, person_option, pin_of, pin_option, socket_option
from pos_guard.cli.state import json_option, print_json, printable
from pos_guard.consoles.terminal import APPROVED, DECLINED, NOTHING, line_of, waiting_of


@click.command("approve")
@click.argument("decision", type=click.IntRange(min=1), required=False)
@socket_option
@person_option
@pin_option
@click.option("--decline", is_flag=True, help="Say no instead; needs no PIN.")
@json_option
def command(
    decision: int | None,
    path: Path,
    person: str | None,
    pin_stdin: bool,
    decline: bool,
    as_json: bool,
) -> None:
    """Approve request DECISION as a second person; without a number, show what waits."""
    with guard_at(path) as client:
        if decision is None or not as_json:
            _show(client, as_json=as_json)
        if decision is None:
            return
        person = id_of(person)
        if decline:
            client.request("decline", decision=decision, person=person)
        else:
            pin = pin_of(person, from_stdin=pin_stdin)
            client.request("approve", decision=decision, approver=person, pin=pin)
    if as_json:
        print_json({"decision": decision, "approved": not decline})
    else:
        click.echo((DECLINED if decline else APPROVED).en)


def _show(client: DecisionClient, *, as_json: bool) -> None:
    waiting = waiting_of(client.request("pending"))
    for entry in waiting:
        if as_json:
            print_json(entry)
        else:
            click.echo(printable(line_of(entry)))
    if not waiting and not as_json:
        click.echo(NOTHING.en)
