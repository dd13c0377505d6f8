"""``pos-guard people``: who may sign in and approve. All but ``list`` need to be the one writer."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.cli.people_more import change, done, second_factor, tier, token
from pos_guard.cli.state import (
    ask_pin,
    json_option,
    open_store,
    pin_option,
    policy_option,
    print_json,
    printable,
    state_option,
)
from pos_guard.own_codes import OwnCodes, OwnKind
from pos_guard.policy.load import load_policy
from pos_guard.policy.request import Tier
from pos_guard.store.people import Account
from pos_guard.store.pins import APPROVER_DIGITS, MIN_DIGITS

_LEADING = frozenset({"manager", "owner"})
"""Roles that approve in every policy that we ship; others are looked up in the policy."""


def digits_of(role: str, policy: Path | None) -> int:
    """How many digits a PIN of this role has at least.

    :raises SettingsError: when the policy cannot be used.
    """
    if policy is None:
        return APPROVER_DIGITS if role in _LEADING else MIN_DIGITS
    found = load_policy(policy).role(role)
    approves = found is not None and (found.may_approve or found.may_resolve)
    return APPROVER_DIGITS if approves else MIN_DIGITS


def check_role(role: str, policy: Path | None) -> None:
    """A role that the policy, where one is given, does not have is a slip: it may do nothing.

    :raises click.BadParameter: naming the roles that there are.
    :raises SettingsError: when the policy cannot be used.
    """
    if policy is None:
        return
    roles = load_policy(policy).roles
    if role not in roles:
        known = ", ".join(sorted(roles)) or "none"
        raise click.BadParameter(
            f"{printable(role)} is no role of {policy}; its roles: {known}", param_hint="role"
        )


@click.group("people")
def command() -> None:
    """Operators, their roles and PINs. Every change is a record in the audit log."""


@command.command("add")
@click.argument("person")
@click.option("--name", prompt="Name", help="Name as receipts and reports show it.")
@click.option("--role", prompt="Role", help="A role of your policy, such as cashier.")
@policy_option
@pin_option
@state_option
@json_option
def add(
    person: str, policy: Path | None, pin_stdin: bool, directory: Path, as_json: bool, **who: str
) -> None:
    """Add PERSON, an id such as anna or 17. Who may approve needs a PIN of six digits."""
    name, role = who["name"], who["role"]
    check_role(role, policy)
    pin = ask_pin(person, from_stdin=pin_stdin, at_least=digits_of(role, policy))
    change(directory, "add", person, lambda store: store.people.add(person, name, role, pin))
    done(person, f"{person} was added as {role}.", as_json=as_json)


command.add_command(second_factor)
command.add_command(tier)
command.add_command(token)


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
                    "tier": str(account.tier),
                    "totp": account.second,
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
    change(directory, "disable", person, lambda store: store.people.disable(person))
    done(person, f"{person} is disabled.", as_json=as_json)


@command.command("unlock")
@click.argument("person")
@state_option
@json_option
def unlock(person: str, directory: Path, as_json: bool) -> None:
    """Let PERSON in again, after too many wrong PINs or after disable."""
    change(directory, "unlock", person, lambda store: store.people.unlock(person))
    done(person, f"{person} may sign in again.", as_json=as_json)


@command.command("pin")
@click.argument("person")
@policy_option
@pin_option
@state_option
@json_option
def set_pin(
    person: str, policy: Path | None, pin_stdin: bool, directory: Path, as_json: bool
) -> None:
    """Give PERSON another PIN."""
    with open_store(directory, readonly=True) as store:
        known = store.people.get(person)
    least = MIN_DIGITS if known is None else digits_of(known.role, policy)
    chosen = ask_pin(person, from_stdin=pin_stdin, at_least=least)
    change(directory, "pin", person, lambda store: store.people.set_pin(person, chosen))
    done(person, f"{person} has a new PIN.", as_json=as_json)


@command.command("role")
@click.argument("person")
@click.argument("role")
@policy_option
@state_option
@json_option
def set_role(person: str, role: str, policy: Path | None, directory: Path, as_json: bool) -> None:
    """Give PERSON the role ROLE."""
    check_role(role, policy)
    change(directory, "role", person, lambda store: store.people.set_role(person, role))
    done(person, f"{person} is {role} now.", as_json=as_json)


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


def _line(account: Account) -> str:
    marks = {
        "disabled": account.disabled,
        "locked": account.locked and not account.disabled,
        "probation": account.tier is Tier.PROBATION,
        "totp": account.second,
    }
    state = ", ".join(mark for mark, there in marks.items() if there)
    text = f"{account.id:<16} {account.role:<12} {printable(account.name)}"
    return f"{text}  ({state})" if state else text
