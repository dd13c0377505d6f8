"""``pos-guard approve``: a second person's yes or no, from any terminal on the till."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pos_guard.api.client import DecisionClient, RequestRefusedError
from pos_guard.cli.state import json_option, print_json, printable
from pos_guard.consoles.terminal import APPROVED, DECLINED, NOTHING, line_of, waiting_of

_MAX_LINE = 256  # longer lines on standard input are no PIN


@click.command("approve")
@click.argument("decision", type=click.IntRange(min=1), required=False)
@click.option(
    "--socket",
    "path",
    type=click.Path(path_type=Path),
    envvar="POS_GUARD_SOCKET",
    default="run/decide.sock",
    show_default=True,
    help="The guard's decision socket (or set POS_GUARD_SOCKET).",
)
@click.option("--as", "person", help="Your id; asked for when left out.")
@click.option("--pin-stdin", is_flag=True, help="Read the PIN as one line of standard input.")
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
    with DecisionClient(path) as client:
        if decision is None:
            _show(client, as_json=as_json)
            return
        if not as_json:
            _show(client, as_json=False)
        person = person or str(click.prompt("Your id", err=True))
        try:
            if decline:
                client.request("decline", decision=decision, person=person)
            else:
                pin = _pin(person, from_stdin=pin_stdin)
                client.request("approve", decision=decision, approver=person, pin=pin)
        except RequestRefusedError as error:
            raise click.ClickException(str(error)) from error
    say = DECLINED if decline else APPROVED
    if as_json:
        print_json({"decision": decision, "approved": not decline})
    else:
        click.echo(say.en)


def _show(client: DecisionClient, *, as_json: bool) -> None:
    waiting = waiting_of(client.request("pending"))
    for entry in waiting:
        if as_json:
            print_json(entry)
        else:
            click.echo(printable(line_of(entry)))
    if not waiting and not as_json:
        click.echo(NOTHING.en)


def _pin(person: str, *, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline(_MAX_LINE).rstrip("\r\n")
    return str(click.prompt(f"PIN of {person}", hide_input=True, err=True))
