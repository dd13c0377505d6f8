"""``pos-guard keys``: what keys there are, how old PINs are kept, and rotation."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from pos_guard.cli.state import account_name, json_option, open_store, print_json, state_option
from pos_guard.frames.decoded import Json
from pos_guard.store import ed25519
from pos_guard.store.store import Store

_BESIDE = (
    "Warning: the keys lie beside the database; whoever copies the directory has both. Keep the\n"
    "directory on a disk of its own owner, and backups under a passphrase."
)


@click.group("keys", invoke_without_command=True)
@click.pass_context
@state_option
@json_option
def command(context: click.Context, directory: Path, as_json: bool) -> None:
    """Show the state of the store's keys; nothing secret is ever printed."""
    if context.invoked_subcommand is None:
        _show(directory, as_json=as_json)


@command.command("show")
@state_option
@json_option
def show(directory: Path, as_json: bool) -> None:
    """Show the state of the keys and the public signing key; works while the guard runs."""
    _show(directory, as_json=as_json)


@command.command("rotate")
@click.argument("key", type=click.Choice(["pins", "mac", "sign"]))
@state_option
@json_option
def rotate(key: str, directory: Path, as_json: bool) -> None:
    """Replace KEY, with the guard stopped.

    pins: new PINs get a new pepper at once, everybody else with the next right PIN.
    mac: the audit log and all overrides are sealed anew. sign: a new signing key.
    """
    with open_store(directory, readonly=False) as store:
        _rotate(store, key)
    if as_json:
        print_json({"rotated": key})
    else:
        click.echo(f"The {key} key is new. Make a new backup: pos-guard backup FILE")


def _rotate(store: Store, key: str) -> None:
    with store.transaction():
        body: dict[str, Json] = {"command": f"keys rotate {key}", "account": account_name()}
        store.audit.append("command", body)
    if key == "pins":
        store.rotation.pins()
    elif key == "mac":
        store.rotation.mac()
    else:
        store.rotation.sign()


def _show(directory: Path, *, as_json: bool) -> None:
    with open_store(directory, readonly=True) as store:
        body = _state(store)
    if as_json:
        print_json(body)
        return
    click.echo(
        f"PIN pepper: number {body['pin_pepper']}; {body['on_old_pepper']} people on an older one"
    )
    click.echo(f"PINs kept with: {body['pins_kept_with']}")
    click.echo(f"MAC key: replaced {body['mac_rotations']} times")
    click.echo(f"Signing key: {body['public'] or body['why_no_signing']}")
    click.echo(_BESIDE, err=True)


def _state(store: Store) -> dict[str, Json]:
    keys, accounts = store.keys, store.people.all()
    schemes = Counter(account.scheme for account in accounts)
    signs = keys.sign is not None and ed25519.available()
    reason = "" if ed25519.available() else ': pip install "pos-guard[sign]", then'
    return {
        "place": "directory",
        "pin_pepper": keys.pin_pepper,
        "on_old_pepper": sum(account.pepper != keys.pin_pepper for account in accounts),
        "pins_kept_with": ", ".join(f"{name} ({n})" for name, n in sorted(schemes.items())),
        "mac_rotations": len(keys.old_macs),
        "public": ed25519.public_of(keys.sign).hex() if signs and keys.sign else None,
        "why_no_signing": None if signs else f"none{reason} pos-guard keys rotate sign",
    }
