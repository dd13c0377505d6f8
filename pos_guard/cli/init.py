"""``pos-guard init``: the first run. Terminal id, keys, and the first manager."""

from __future__ import annotations

from pathlib import Path

import click

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
from pos_guard.store.store import Store

MANAGER = "manager"
"""The role of the first person; policy says what it may do."""


@click.command("init")
@state_option
@click.option("--terminal", default="till1", show_default=True, help="Id of this terminal.")
@click.option("--manager", prompt="Id of the first manager", help="Id of the first manager.")
@click.option("--name", prompt="Name of the first manager", help="Name of the first manager.")
@pin_option
@json_option
def command(
    directory: Path, terminal: str, manager: str, name: str, pin_stdin: bool, as_json: bool
) -> None:
    """Make the store of this terminal: its id, its keys, its first manager.

    The terminal id stands in every sale id; choose one that no other till of the shop has.
    """
    # Before the questions: nobody should think of a PIN for nothing.
    make_directory(directory)
    pin = ask_pin(manager, from_stdin=pin_stdin)
    with Store.create(directory, clock=SystemClock(), terminal_id=terminal) as store:
        store.people.add(manager, name, MANAGER, pin)
        with store.transaction():
            store.audit.append("command", {"command": "init", "account": account_name()})
    if as_json:
        print_json({"state": str(directory), "terminal": terminal, "manager": manager})
        return
    click.echo(f"The store of {terminal} is in {directory}; its first manager is {manager}.")
    click.echo("Back up the whole directory: without its keys the database is worth nothing.")
    click.echo("Next: pos-guard people add ID --name NAME --role cashier")
