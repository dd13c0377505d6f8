"""``pos-guard people``: who may sign in and approve. All but ``list`` need to be the one writer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from pos_guard.cli.state import (
    account_name,
    ask_pin,
    json_option,
    open_store,
    pin_option,
    print_json,
    printable,
    state_option,
)
from pos_guard.own_codes import OwnCodes, OwnKind
from pos_guard.store.people import Account
from pos_guard.store.store import Store


@click.group("people")
def command() -> None:
    """Operators, their roles and PINs. Every change is a record in the audit log."""


@command.command("add")
@click.argument("person")
@click.option("--name", prompt="Name", help="Name as receipts and reports show it.")
@click.option("--role", prompt="Role", help="A role of your policy, such as cashier.")
@pin_option
@state_option
@json_option
def add(person: str, name: str, role: str, pin_stdin: bool, directory: Path, as_json: bool) -> None:
    """Add PERSON, an id such as anna or 17."""
    pin = ask_pin(person, from_stdin=pin_stdin)
    _change(directory, "add", person, lambda store: store.people.add(person, name, role, pin))
    _done(person, f"{person} was added as {role}.", as_json=as_json)


@command.command("list")
@state_option
@json_option
def list_all(directory: Path, as_json: bool) -> None:
    """Show everybody; works while the daemon runs."""
    with open_store(directory, readonly=True) as store:
        accounts = store.people.all()
    for account in accounts:
        if as_json:
            print_json(
                {
                    "id": account.id,
                    "name": account.name,
                    "role": account.role,
                    "disabled": account.disabled,
                    "locked": account.locked,
                    "failures": account.failures,
                }
            )
        else:
            click.echo(_line(account))


@command.command("disable")
@click.argument("person")
@state_option
@json_option
def disable(person: str, directory: Path, as_json: bool) -> None:
    """Let PERSON do nothing any more; history keeps the id."""
    _change(directory, "disable", person, lambda store: store.people.disable(person))
    _done(person, f"{person} is disabled.", as_json=as_json)


@command.command("unlock")
@click.argument("person")
@state_option
@json_option
def unlock(person: str, directory: Path, as_json: bool) -> None:
    """Let PERSON in again, after too many wrong PINs or after disable."""
    _change(directory, "unlock", person, lambda store: store.people.unlock(person))
    _done(person, f"{person} may sign in again.", as_json=as_json)


@command.command("pin")
@click.argument("person")
@pin_option
@state_option
@json_option
def set_pin(person: str, pin_stdin: bool, directory: Path, as_json: bool) -> None:
    """Give PERSON another PIN."""
    chosen = ask_pin(person, from_stdin=pin_stdin)
    _change(directory, "pin", person, lambda store: store.people.set_pin(person, chosen))
    _done(person, f"{person} has a new PIN.", as_json=as_json)


@command.command("role")
@click.argument("person")
@click.argument("role")
@state_option
@json_option
def set_role(person: str, role: str, directory: Path, as_json: bool) -> None:
    """Give PERSON the role ROLE."""
    _change(directory, "role", person, lambda store: store.people.set_role(person, role))
    _done(person, f"{person} is {role} now.", as_json=as_json)


@command.command("badge")
@click.argument("person")
@click.option("--png", type=click.Path(path_type=Path), help="Draw the badge's QR code here.")
@state_option
@json_option
def badge(person: str, png: Path | None, directory: Path, as_json: bool) -> None:
    """Make the code of PERSON's badge; works while the daemon runs.

    Scanned at the till it says who stands there. It is no approval: that takes a PIN.
    """
    with open_store(directory, readonly=True) as store:
        if store.people.get(person) is None:
            raise click.ClickException(f"nobody may work under the id {printable(person)}")
        code = OwnCodes(store.keys).make(OwnKind.BADGE, person)
    if png is not None:
        _draw(code, png)
    if as_json:
        print_json({"id": person, "badge": code})
    else:
        click.echo(code)


def _draw(code: str, png: Path) -> None:
    try:
        import segno
    except ImportError as error:
        raise click.ClickException(
            'drawing needs segno: pip install "pos-guard[simulator]"'
        ) from error
    segno.make(code, micro=False).save(str(png), kind="png", scale=8)


def _change(directory: Path, what: str, person: str, change: Callable[[Store], None]) -> None:
    """Change the store; in the same transaction, which account of this machine did it."""
    with open_store(directory, readonly=False) as store, store.transaction():
        change(store)
        body = {"command": f"people {what}", "person": person, "account": account_name()}
        store.audit.append("command", {**body})


def _done(person: str, words: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": person, "done": True})
    else:
        click.echo(words)


def _line(account: Account) -> str:
    state = "disabled" if account.disabled else "locked" if account.locked else ""
    text = f"{account.id:<16} {account.role:<12} {printable(account.name)}"
    return f"{text}  ({state})" if state else text
