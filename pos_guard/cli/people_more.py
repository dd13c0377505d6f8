"""``pos-guard people tier | totp | token``: experience, second factor, what staff pay with."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from pos_guard.cli.person import code_of
from pos_guard.cli.state import (
    account_name,
    json_option,
    open_store,
    pin_option,
    print_json,
    state_option,
)
from pos_guard.clock import SECOND, SystemClock
from pos_guard.frames.codes import MAX_CODE, Kind, classify
from pos_guard.policy.request import Tier
from pos_guard.store import totp
from pos_guard.store.store import Store

_SHOP = "pos-guard"
_MAX_INPUT = MAX_CODE * 4  # UTF-8 takes up to four bytes a character


def change(directory: Path, what: str, person: str, act: Callable[[Store], None]) -> None:
    """Change the store; in the same transaction, which account of this machine did it."""
    with open_store(directory, readonly=False) as store, store.transaction():
        act(store)
        body = {"command": f"people {what}", "person": person, "account": account_name()}
        store.audit.append("command", {**body})


def done(person: str, words: str, *, as_json: bool) -> None:
    """Say that it is done."""
    if as_json:
        print_json({"id": person, "done": True})
    else:
        click.echo(words)


@click.command("tier")
@click.argument("person")
@click.argument("tier", type=click.Choice([str(tier) for tier in Tier]))
@click.option("--until", metavar="DATE", help="Last day of probation, such as 2026-12-31.")
@state_option
@json_option
def tier(person: str, tier: str, until: str | None, directory: Path, as_json: bool) -> None:
    """Say how experienced PERSON is: probation has tighter limits, if the policy says so."""
    wanted = Tier(tier)
    if until is not None and wanted is not Tier.PROBATION:
        raise click.UsageError("only probation ends by itself")
    until_us = None if until is None else _end_of(until)
    change(
        directory,
        "tier",
        person,
        lambda store: store.people.set_tier(person, wanted, until_us=until_us),
    )
    done(person, f"{person} is {wanted} now.", as_json=as_json)


@click.command("totp")
@click.argument("person")
@click.option("--remove", is_flag=True, help="Forget it: a lost phone.")
@pin_option
@state_option
@json_option
def second_factor(
    person: str, remove: bool, pin_stdin: bool, directory: Path, as_json: bool
) -> None:
    """Give PERSON a second factor: scan the code with an authenticator app.

    It counts once the app's first code was entered (with --pin-stdin: one line of standard input).
    """
    if remove:
        change(directory, "totp", person, lambda store: store.people.drop_second(person))
        done(person, f"{person} has no second factor any more.", as_json=as_json)
        return
    with open_store(directory, readonly=True) as store:
        shop = f"{_SHOP} {store.terminal_id}"
        if store.people.get(person) is None:
            raise click.ClickException(f"nobody may work under the id {person}")
    secret, code = enrol(person, shop, from_stdin=pin_stdin, as_json=as_json)
    change(directory, "totp", person, lambda store: store.people.set_second(person, secret, code))
    done(person, f"{person} has a second factor now.", as_json=as_json)


@click.command("token")
@click.argument("person")
@click.option("--remove", is_flag=True, help="Forget it: it was a mistake.")
@state_option
@json_option
def token(person: str, remove: bool, directory: Path, as_json: bool) -> None:
    """Register a code that PERSON pays with, scanned or read from standard input.

    Refunds to it are then refunds to staff. Only its keyed hash is kept, also when PERSON leaves.
    """
    if sys.stdin.isatty():
        click.echo("Scan the code now.", err=True)
    code = classify(sys.stdin.buffer.readline(_MAX_INPUT).rstrip(b"\r\n"))
    if code.kind is not Kind.PAYMENT_CODE:
        raise click.ClickException("this is no code that a person pays with")

    def act(store: Store) -> None:
        own = store.keys.payer_token(code.text)
        if remove:
            store.tokens.remove(person, own)
        else:
            store.tokens.add(person, own)

    change(directory, "token", person, act)
    known = "is forgotten" if remove else "is known as staff's"
    done(person, f"What {person} pays with {known}.", as_json=as_json)


def enrol(person: str, shop: str, *, from_stdin: bool, as_json: bool) -> tuple[bytes, str]:
    """Show a new secret as an address and a QR code, and take the first code of the app."""
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    address = totp.uri(secret, person, shop)
    if as_json:
        print_json({"id": person, "uri": address})
    else:
        click.echo(address)
        if sys.stdout.isatty():
            _draw(address)
    sys.stdout.flush()
    code = code_of(person, from_stdin=from_stdin)
    if totp.matching_step(secret, code, SystemClock().wall_us(), after=-1) is None:
        raise click.ClickException("this is not the code that the app shows: check both clocks")
    return secret, code


def _draw(address: str) -> None:
    """As a QR code on the terminal, where the library for it is there; the address is enough."""
    try:
        import segno
    except ImportError:
        click.echo('A QR code here needs segno: pip install "pos-guard[images]"', err=True)
        return
    segno.make(address, micro=False).terminal(compact=True)


def _end_of(text: str) -> int:
    """The wall time (microseconds) at which a day of this machine's calendar is over."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"--until: {text!r} is no date such as 2026-12-31") from error
    following = day + timedelta(days=1)
    midnight = datetime(following.year, following.month, following.day).astimezone(UTC)
    return int(midnight.timestamp()) * SECOND
