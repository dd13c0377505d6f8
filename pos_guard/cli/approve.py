"""``pos-guard approve``: people answer what a request waits for, from any terminal on the till."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pos_guard.api.client import DecisionClient
from pos_guard.cli.person import (
    code_of,
    guard_at,
    id_of,
    order,
    person_option,
    pin_of,
    pin_option,
    socket_option,
)
from pos_guard.cli.state import json_option, print_json, printable
from pos_guard.consoles.terminal import (
    APPROVED,
    CONFIRMED,
    DECLINED,
    ENTER_AGAIN,
    EXPLAINED,
    NOTHING,
    PROVED,
    Entry,
    amount_entered,
    denied_of,
    line_of,
    needs_of,
    still_needed,
    waiting_of,
)
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.money import MoneyError

Given = tuple[dict[str, Json], Words]


@click.command("approve")
@click.argument("decision", type=click.IntRange(min=1), required=False)
@socket_option
@person_option
@pin_option
@click.option("--decline", is_flag=True, help="Say no instead; needs no PIN.")
@click.option("--confirm", is_flag=True, help="Enter the amount again.")
@click.option("--prove", is_flag=True, help="The owner proves himself: PIN and authenticator code.")
@click.option("--badge", is_flag=True, help="Approve as the person whose badge was just scanned.")
@click.option(
    "--reason",
    metavar="CODE",
    help="Say why, with a reason code of the policy, or 'other: in your words'.",
)
@json_option
def command(
    decision: int | None,
    path: Path,
    person: str | None,
    pin_stdin: bool,
    as_json: bool,
    **answer: str | bool | None,
) -> None:
    """Answer for request DECISION, which waits; without a number, show what waits and for what.

    Without an option: approve it as a second person.
    """
    chosen = [name for name, given in answer.items() if given]
    if len(chosen) > 1:
        raise click.UsageError(f"one answer at a time: --{' or --'.join(chosen)}")
    with guard_at(path) as client:
        waiting = waiting_of(client.request("pending"))
        if decision is None or not as_json:
            _show(waiting, as_json=as_json)
        if decision is None:
            return
        what = chosen[0] if chosen else "approve"
        asked = _Asked(client, decision, person, pin_stdin)
        if what == "confirm":
            body, said = asked.confirm(waiting)
        elif what == "reason":
            body, said = asked.explain(str(answer["reason"]))
        else:
            body, said = getattr(asked, what)()
    _report(decision, what, body, said, as_json=as_json)


class _Asked:
    """One request, and who answers for it."""

    def __init__(
        self, client: DecisionClient, decision: int, person: str | None, pin_stdin: bool
    ) -> None:
        self._client = client
        self._decision = decision
        self._person = person
        self._stdin = pin_stdin

    def approve(self) -> Given:
        """A second person's yes."""
        person = id_of(self._person)
        return self._approve(person, approver=person), APPROVED

    def badge(self) -> Given:
        """The yes of whose badge was scanned."""
        return self._approve("the person with the badge"), APPROVED

    def decline(self) -> Given:
        """A no."""
        return self._request("decline", person=id_of(self._person)), DECLINED

    def prove(self) -> Given:
        """The operator himself."""
        person = id_of(self._person)
        pin = pin_of(person, from_stdin=self._stdin)
        code = code_of(person, from_stdin=self._stdin) or None
        return self._request("prove", person=person, pin=pin, code=code), PROVED

    def confirm(self, waiting: list[Entry]) -> Given:
        """The amount, typed once more; it is never an option, where it would only be repeated."""
        entry = next((one for one in waiting if one["decision"] == self._decision), None)
        if entry is None:
            raise click.ClickException(f"request {self._decision} does not wait for anybody")
        text = str(click.prompt(ENTER_AGAIN.en, err=True))
        try:
            amount = amount_entered(text, entry)
        except MoneyError as error:
            raise click.ClickException(str(error)) from error
        return self._request("confirm", amount=amount), CONFIRMED

    def explain(self, reason: str) -> Given:
        """Why."""
        return self._request("explain", reason=reason), EXPLAINED

    def _approve(self, who: str, **approver: Json) -> dict[str, Json]:
        said: dict[str, Json] = {"decision": self._decision, **approver}
        return order(self._client, "approve", who, from_stdin=self._stdin, **said)

    def _request(self, op: str, **fields: Json) -> dict[str, Json]:
        return self._client.request(op, decision=self._decision, **fields)


def _report(decision: int, what: str, body: dict[str, Json], said: Words, *, as_json: bool) -> None:
    needs, denied = needs_of(body), denied_of(body)
    if as_json:
        fields: dict[str, Json] = {"decision": decision, "answer": what}
        # "approved": what scripts have read since the first version
        fields |= {"approved": what != "decline" and denied is None, "needs": list[Json](needs)}
        print_json(fields | ({} if denied is None else {"denied": body["denied"]}))
    elif denied is not None:
        click.echo(printable(f"{denied.zh}\n{denied.en}"))
    if denied is not None:
        sys.exit(1)
    if as_json:
        return
    click.echo(said.en)
    left = still_needed(needs)
    if left is not None:
        click.echo(left.en)


def _show(waiting: list[Entry], *, as_json: bool) -> None:
    for entry in waiting:
        if as_json:
            print_json(entry)
        else:
            click.echo(printable(line_of(entry)))
    if not waiting and not as_json:
        click.echo(NOTHING.en)
