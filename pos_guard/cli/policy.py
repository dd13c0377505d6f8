"""``pos-guard policy``: is a policy file right, and what does it say."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from pos_guard.errors import Problem, SettingsError
from pos_guard.policy.load import parse_policy
from pos_guard.policy.policy import Policy
from pos_guard.policy.registry import RULES
from pos_guard.policy.verdict import Mode
from pos_guard.strict import read_text

_UNREADABLE = 2


@click.group("policy")
def command() -> None:
    """Check policies: who may do what, who may be paid, how strict each rule is."""


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(file: Path, *, as_json: bool) -> None:
    """Read a policy FILE and name everything that is wrong in it, with line and key.

    Exit 0 when the policy may be used, 1 when something in it is wrong, 2 when the file cannot be
    read at all.
    """
    try:
        text = read_text(file, str(file))
    except SettingsError as error:
        _show_problems(error, as_json=as_json)
        sys.exit(_UNREADABLE)
    try:
        policy = parse_policy(text, str(file))
    except SettingsError as error:
        _show_problems(error, as_json=as_json)
        sys.exit(1)
    click.echo(_json(file, policy) if as_json else _words(file, policy))


def _show_problems(error: SettingsError, *, as_json: bool) -> None:
    if as_json:
        problems = [_problem_json(problem) for problem in error.problems]
        shown = {"file": error.file, "ok": False, "problems": problems}
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    click.echo(str(error), err=True)
    count = len(error.problems)
    click.echo(f"{error.file}: {count} problem{'s' * (count != 1)}, not usable", err=True)


def _problem_json(problem: Problem) -> dict[str, str | int | None]:
    return {"path": problem.path, "line": problem.line, "message": problem.message}


def _json(file: Path, policy: Policy) -> str:
    shown = {
        "file": str(file),
        "ok": True,
        "problems": [],
        "name": policy.name,
        "version": policy.version,
        "currency": policy.currency,
        "hash": policy.hash,
        "roles": sorted(policy.roles),
        "rules": {rule.id: str(policy.setting(rule.id).mode) for rule in RULES},
    }
    return json.dumps(shown, ensure_ascii=False)


def _words(file: Path, policy: Policy) -> str:
    lines = [
        f"{file}: ok",
        f"{policy.name}, version {policy.version}, {policy.currency}",
        f"hash {policy.hash}",
        f"roles: {', '.join(sorted(policy.roles))}",
    ]
    for mode in reversed(Mode):
        rules = [rule for rule in RULES if policy.setting(rule.id).mode is mode]
        if rules:
            lines.append(f"{mode}:")
            lines += [f"  {rule.id:<22}{rule.purpose}" for rule in rules]
    return "\n".join(lines)
