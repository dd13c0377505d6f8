"""``pos-guard doctor``: what is wrong with this machine, and what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pos_guard.cli.state import UnreadableError, json_option, print_json, printable
from pos_guard.clock import SystemClock
from pos_guard.config import GuardConfig
from pos_guard.doctor.accounts import Accounts
from pos_guard.doctor.checks import Machine, examine
from pos_guard.doctor.finding import Finding, Grade
from pos_guard.model import Words

_MARKS = {
    Grade.OK: Words("正常", "ok"),
    Grade.WARNING: Words("注意", "WARNING"),
    Grade.PROBLEM: Words("问题", "PROBLEM"),
}


@click.command("doctor")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("guard.toml"),
    show_default=True,
    help="The settings file of the daemon.",
)
@click.option("--app-user", metavar="ACCOUNT", help="Who the till runs as; else: anybody.")
@click.option("--guard-user", metavar="ACCOUNT", help="Who the daemon runs as; else: who owns "
              "the store.")  # fmt: skip
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@json_option
def command(
    config_file: Path, app_user: str | None, guard_user: str | None, lang: str, *, as_json: bool
) -> None:
    """Check devices, ports, permissions, clock, disk, settings and ways past the guard.

    Exit 0: no problem; 1: at least one; 2: there are no settings to look at. Run it as root to see
    all of it. It changes nothing.
    """
    if not config_file.is_file():
        raise UnreadableError(f"There is no settings file {config_file}: give one with --config")

    def accounts(config: GuardConfig) -> Accounts:
        everybody = Accounts.of_system(_owner(config), None)
        guard = everybody.guard if guard_user is None else _uid(everybody, guard_user)
        app = None if app_user is None else _uid(everybody, app_user)
        return Accounts(everybody.users, everybody.groups, guard, app)

    worst = Grade.OK
    for finding in examine(config_file, accounts, Machine(SystemClock())):
        if as_json:
            print_json(finding.as_json())
        else:
            _show(finding, lang)
        worst = Grade.PROBLEM if Grade.PROBLEM in {worst, finding.grade} else worst
    sys.exit(1 if worst is Grade.PROBLEM else 0)


def _owner(config: GuardConfig) -> int:
    """Who owns the store runs the daemon; without a store it will be root."""
    return config.state.stat().st_uid if config.state.is_dir() else 0


def _uid(accounts: Accounts, name: str) -> int:
    uid = accounts.uid(name)
    if uid is None:
        raise click.UsageError(f"there is no account {name!r} on this machine")
    return uid


def _show(finding: Finding, lang: str) -> None:
    mark = _MARKS[finding.grade].to(lang)
    click.echo(printable(f"{mark}  {finding.check}: {finding.subject}: {finding.say.to(lang)}"))
    if finding.do is not None:
        click.echo(printable(f"    → {finding.do.to(lang)}"))
