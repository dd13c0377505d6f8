"""What commands share that take a manager: the running guard's socket, else the store itself."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from pos_guard.api.client import DecisionClient
from pos_guard.cli.options import socket_option, taken, with_all
from pos_guard.cli.person import code_of, guard_at, id_of, pin_of, pin_option
from pos_guard.cli.state import (
    account_name,
    json_option,
    open_store,
    policy_option,
    print_json,
    state_option,
)
from pos_guard.frames.decoded import Json
from pos_guard.policy.load import load_policy
from pos_guard.policy.policy import Policy
from pos_guard.store.permit import Credentials, permitted
from pos_guard.store.store import Store

T = TypeVar("T")
Body = dict[str, Json]

_LIFE = re.compile(r"(?P<number>[1-9][0-9]{0,4})(?P<unit>[smh])")
_UNITS = {"s": 1, "m": 60, "h": 3600}


def life_option(most: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """The option ``--for``: a time such as ``90m`` or ``8h``, given on as whole seconds."""
    return click.option(
        "--for",
        "life_s",
        default="1h",
        show_default=True,
        callback=_seconds,
        help=f"How long, such as 90m; at most {most}.",
    )


def _seconds(context: click.Context, parameter: click.Parameter, text: str) -> int:
    match = _LIFE.fullmatch(text)
    if match is None:
        raise click.BadParameter(f"{text!r} is no time such as 90m or 8h", context, parameter)
    return int(match["number"]) * _UNITS[match["unit"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerDesk:
    """Where a manager's word goes: the running guard, or the store that is opened.

    :raises PosGuardError: in every method, when store or guard say no.
    """

    path: Path | None
    person: str | None
    pin_stdin: bool
    totp: bool
    policy: Path | None
    directory: Path
    as_json: bool

    def ask(self, op: str, **wanted: Json) -> Body:
        """Ask the running guard for what takes no person."""
        with self._socket() as client:
            return client.request(op, **wanted)

    def order(self, op: str, **wanted: Json) -> Body:
        """Order what takes a person, at the running guard."""
        given = self._credentials(totp=self.totp)
        with self._socket() as client:
            return client.request(op, **wanted, person=given.person, pin=given.pin, code=given.code)

    def do(self, command: str, act: Callable[[Store, str], T]) -> T:
        """Do it in the store; with a record of which account of this machine did."""
        policy = self.loaded()
        with open_store(self.directory, readonly=False) as store:
            by = id_of(self.person)
            given = self._credentials(totp=self.totp or store.people.has_second(by), by=by)
            person = permitted(store.people, policy, given)
            with store.transaction():
                body: Body = {"command": command, "account": account_name()}
                store.audit.append("command", body, actor=person.id)
                return act(store, person.id)

    def loaded(self) -> Policy:
        """The policy, which says what the person's role may do."""
        if self.policy is None:
            raise click.UsageError("say what roles may do: --policy FILE (or use --socket)")
        return load_policy(self.policy)

    def currency(self) -> str:
        """The shop's currency."""
        if self.path is None:
            return self.loaded().currency
        return str(self.ask("hello")["currency"])

    def show(self, body: Body, words: str) -> None:
        """JSON for machines, words for people."""
        if self.as_json:
            print_json(body)
        else:
            click.echo(words)

    def _socket(self) -> AbstractContextManager[DecisionClient]:
        if self.path is None:
            raise click.UsageError("this needs the running guard: give its --socket")
        return guard_at(self.path)

    def _credentials(self, *, totp: bool, by: str | None = None) -> Credentials:
        person = by or id_of(self.person)
        pin = pin_of(person, from_stdin=self.pin_stdin)
        code = code_of(person, from_stdin=self.pin_stdin) if totp else None
        return Credentials(person, pin, code)


def with_manager(function: Callable[..., T]) -> Callable[..., T]:
    """The options that say where and who; the command gets a ``ManagerDesk`` first."""
    options = (
        socket_option,
        click.option("--as", "person", help="Your id; asked for when left out."),
        pin_option,
        click.option("--totp", is_flag=True, help="Ask for your authenticator code, too."),
        policy_option,
        state_option,
        json_option,
    )

    @functools.wraps(function)
    def call(**given: object) -> T:
        return function(taken(ManagerDesk, given), **given)

    return with_all(options, call)
