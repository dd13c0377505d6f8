"""``pos-guard policy``: is a policy right, what does it say, what would another one change."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pos_guard.cli.policy_diff import diff_command
from pos_guard.cli.policy_explain import explain_command
from pos_guard.cli.policy_files import init_command, schema_command, sign_command
from pos_guard.cli.policy_replay import replay_command
from pos_guard.errors import Problem, SettingsError
from pos_guard.policy.layers import Layer, layers_of
from pos_guard.policy.load import merge_layers
from pos_guard.policy.payees import Payees
from pos_guard.policy.policy import Policy
from pos_guard.policy.registry import RULES
from pos_guard.policy.rules import payee_known
from pos_guard.policy.signing import verify_layers
from pos_guard.policy.verdict import Mode
from pos_guard.strict import as_text, read_raw

_UNREADABLE = 2


@click.group("policy")
def command() -> None:
    """Check and compare policies: who may do what, who may be paid, how strict each rule is."""


for _part in (
    explain_command,
    diff_command,
    replay_command,
    init_command,
    schema_command,
    sign_command,
):
    command.add_command(_part)


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="Public key that must have signed it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(file: Path, *, key: Path | None, as_json: bool) -> None:
    """Read a policy FILE and name everything that is wrong in it, with line and key.

    Exit 0 when the policy may be used, also with warnings, 1 when something in it, in what it
    extends or in its signature is wrong, 2 when the file cannot be read at all.
    """
    try:
        raw = read_raw(file, str(file))
        as_text(raw, str(file))
    except SettingsError as error:
        _show_problems(error, as_json=as_json)
        sys.exit(_UNREADABLE)
    try:
        layers = layers_of(raw, str(file))
        if key is not None:
            verify_layers(layers, file, key)
        policy = merge_layers(layers)
    except SettingsError as error:
        _show_problems(error, as_json=as_json)
        sys.exit(1)
    signed = key is not None
    if as_json:
        click.echo(_json(file, policy, signed))
        return
    click.echo(_words(file, policy, layers, signed))
    for warning in _warnings(policy):
        click.echo(f"{file}: warning: {warning}", err=True)


def _show_problems(error: SettingsError, *, as_json: bool) -> None:
    if as_json:
        problems = [_problem_json(problem, error.file) for problem in error.problems]
        shown = {"file": error.file, "ok": False, "problems": problems}
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    click.echo(str(error), err=True)
    count = len(error.problems)
    click.echo(f"{error.file}: {count} problem{'s' * (count != 1)}, not usable", err=True)


def _problem_json(problem: Problem, file: str) -> dict[str, str | int | None]:
    return {
        "file": problem.file or file,
        "path": problem.path,
        "line": problem.line,
        "message": problem.message,
    }


def _json(file: Path, policy: Policy, signed: bool) -> str:
    shown = {
        "file": str(file),
        "ok": True,
        "problems": [],
        "warnings": list(_warnings(policy)),
        "name": policy.name,
        "version": policy.version,
        "currency": policy.currency,
        "hash": policy.hash,
        "signed": signed,
        "packs": list(policy.packs),
        "roles": sorted(policy.roles),
        "rules": {rule.id: str(policy.setting(rule.id).mode) for rule in RULES},
        "locked": {name: at.locked for name, at in policy.rules.items() if at.locked is not None},
        "limits": [limit.id for limit in policy.limits],
        "reasons": sorted(policy.reasons),
    }
    return json.dumps(shown, ensure_ascii=False)


def _warnings(policy: Policy) -> Iterator[str]:
    """What may be used, and is hardly meant."""
    setting = policy.setting(payee_known.ID)
    enforced = setting.mode is Mode.ENFORCE or setting.locked is not None
    if enforced and policy.payees == Payees():
        yield (
            f"payees: nobody is listed, and {payee_known.ID} is enforced:"
            " every payment will be refused, but cash and vouchers"
        )


def _words(file: Path, policy: Policy, layers: tuple[Layer, ...], signed: bool) -> str:
    lines = [
        f"{file}: ok{', signed' if signed else ''}",
        f"{policy.name}, version {policy.version}, {policy.currency}",
        f"hash {policy.hash}",
    ]
    if len(layers) > 1:
        lines.append(f"layers: {', '.join(layer.label for layer in layers)}")
    lines.append(f"roles: {', '.join(sorted(policy.roles))}")
    if policy.limits:
        lines.append(f"limits: {', '.join(limit.id for limit in policy.limits)}")
    for mode in reversed(Mode):
        rules = [rule for rule in RULES if policy.setting(rule.id).mode is mode]
        if rules:
            lines.append(f"{mode}:")
            lines += [f"  {rule.id:<22}{rule.purpose}{_lock(policy, rule.id)}" for rule in rules]
    return "\n".join(lines)


def _lock(policy: Policy, rule: str) -> str:
    locked = policy.setting(rule).locked
    return "" if locked is None else f" (locked by {locked})"
