"""``pos-guard init``: the first run. Terminal id, keys, and the first manager."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.cli.people_more import enrol
from pos_guard.cli.state import (
    account_name,
    ask_pin,
    json_option,
    pin_option,
    print_json,
    state_option,
)
from pos_guard.clock import SystemClock
from pos_guard.store.files import make_directory
from pos_guard.store.pins import APPROVER_DIGITS
from pos_guard.store.store import Store

MANAGER = "manager"
"""The role of the first person; policy says what it may do."""

OWNER = "owner"
"""The role of the one person of a one-person shop: own limit, PIN and authenticator code."""


@click.command("init")
@state_option
@click.option("--terminal", default="till1", show_default=True, help="Id of this terminal.")
@click.option("--manager", prompt="Id of the first manager", help="Id of the first manager.")
@click.option("--name", prompt="Name of the first manager", help="Name of the first manager.")
@click.option("--owner", is_flag=True, help="A one-person shop: an owner, with a second factor.")
@pin_option
@json_option
def command(
    directory: Path, terminal: str, owner: bool, pin_stdin: bool, as_json: bool, **first: str
) -> None:
    """Make the store of this terminal: its id, its keys, its first manager.

    The terminal id stands in every sale id; choose one that no other till of the shop has.
    """
    manager, name = first["manager"], first["name"]
    # Before the questions: nobody should think of a PIN for nothing.
    make_directory(directory)
    pin = ask_pin(manager, from_stdin=pin_stdin, at_least=APPROVER_DIGITS)
    second = None
    if owner:
        shop = f"pos-guard {terminal}"
        second = enrol(manager, shop, from_stdin=pin_stdin, as_json=as_json)
    made = Store.create(directory, clock=SystemClock(), terminal_id=terminal)
    with made as store, store.transaction():
        store.people.add(manager, name, OWNER if owner else MANAGER, pin)
        if second is not None:
            store.people.set_second(manager, *second)
        store.audit.append("command", {"command": "init", "account": account_name()})
    if as_json:
        print_json({"state": str(directory), "terminal": terminal, "manager": manager})
        return
    role = "owner" if owner else "first manager"
    click.echo(f"The store of {terminal} is in {directory}; its {role} is {manager}.")
    click.echo("Back it up, keys and all: pos-guard backup FILE --passphrase")
    pack = "one-person" if owner else "retail"
    click.echo(f"Its policy: pos-guard policy init policy.toml --pack {pack} --currency EUR")
    others = "helper" if owner else "cashier"
    click.echo(f"Its people: pos-guard people add ID --name NAME --role {others}")
