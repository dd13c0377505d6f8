"""``pos-guard policy init|schema|sign``: the files around a policy."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from pos_guard.cli.state import UnreadableError, json_option, print_json
from pos_guard.money import MoneyError, exponent
from pos_guard.policy.layers import read_layers
from pos_guard.policy.load import merge_layers
from pos_guard.policy.packs import LOCKED_PACKS, SHOP_PACKS
from pos_guard.policy.schema import policy_schema
from pos_guard.policy.signing import sign_layers, signature_path

_START = """\
#:schema policy.schema.json
# {name}'s policy: what the pack "{pack}" says, and what differs here.
# Check it: pos-guard policy check {file}
# Completion in editors (Taplo, Even Better TOML): pos-guard policy schema > policy.schema.json

name = "{name}"
version = 1                     # raise it with every change
currency = "{currency}"
extends = [{packs}]
# Leave packs out that do not concern you: wechat, alipay, schemes (cards).

mode = "observe"                # a trial: nothing is refused but what a pack locks. Then "enforce"

# -- who may be paid: ids, never names ----------------------------------------------------------

[payees]
terminals = []                  # as your card terminals report themselves
wechat = []                     # merchant ids
alipay = []                     # seller ids
codes = []                      # accounts in printed payment codes

# -- the shop's clock ---------------------------------------------------------------------------

[hours]
zone = "{zone}"
# mon = ["09:00-20:00"]         # and so on; a day that is left out is then a closed one
# holidays = ["2026-12-25"]
settled_at = "23:30"            # when the day's card payments are settled

# -- what differs from the pack -------------------------------------------------------------------
# Only the keys that you write are replaced; what a pack locks can only be made stricter.
# Amounts of the pack are whole units of your currency: look through them.
#
# [roles.senior]
# refund_limit = "30"
#
# [[limits]]
# id = "refunds-of-a-day"
# amount = "1000"
"""


@click.command("init")
@click.argument("file", type=click.Path(path_type=Path), default="policy.toml")
@click.option("--pack", type=click.Choice(SHOP_PACKS), default="retail", show_default=True)
@click.option("--name", default="my-shop", show_default=True, help="Name of the policy.")
@click.option("--currency", default="EUR", show_default=True, help="ISO 4217, such as CNY.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone, such as Asia/Shanghai.")
@json_option
def init_command(
    file: Path, *, pack: str, name: str, currency: str, zone: str, as_json: bool
) -> None:
    """Write a commented FILE to start from. Never over a file that is there."""
    try:
        exponent(currency)
    except MoneyError as error:
        raise click.BadParameter(str(error), param_hint="--currency") from error
    packs = ", ".join(f'"{each}"' for each in ("card-data", pack, *LOCKED_PACKS[1:]))
    text = _START.format(
        name=json.dumps(name)[1:-1], pack=pack, packs=packs, currency=currency, zone=zone, file=file
    )
    _write_new(file, text)
    merge_layers(read_layers(file))
    if as_json:
        print_json({"file": str(file), "pack": pack})
        return
    click.echo(f"{file} is written. Add your payees, then: pos-guard policy check {file}")


@click.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of policy files, for completion in editors."""
    click.echo(json.dumps(policy_schema(), ensure_ascii=False, indent=2))


@click.command("sign")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    required=True,
    help="Ed25519 private key: openssl genpkey -algorithm ed25519 -out policy-key.pem",
)
@json_option
def sign_command(file: Path, *, key: Path, as_json: bool) -> None:
    """Sign a policy FILE and all that it extends; writes FILE.sig.

    A policy that is not right is not signed. Sign again after every change, and after an upgrade
    that brings new versions of the packs it extends.
    """
    layers = read_layers(file)
    policy = merge_layers(layers)
    path = signature_path(file)
    path.write_text(sign_layers(layers, key), encoding="ascii")
    if as_json:
        print_json({"file": str(file), "signature": str(path), "hash": policy.hash})
        return
    click.echo(f"{path} is written: {len(layers)} layers, policy hash {policy.hash}")


def _write_new(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError as error:
        raise UnreadableError(f"{path} is there already, and is left as it is") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
