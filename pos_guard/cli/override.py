"""``pos-guard override``: for a while, some rules only warn. Sealed, and expiring."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from pos_guard.api.grant_ops import grant_body
from pos_guard.cli.manager import Body, ManagerDesk, life_option, with_manager
from pos_guard.cli.state import open_store, print_json, printable
from pos_guard.clock import SECOND
from pos_guard.frames.decoded import Json
from pos_guard.money import Money
from pos_guard.policy.registry import check_rules
from pos_guard.store.grants import Grant
from pos_guard.store.overrides import Wanted


@click.group("override")
def command() -> None:
    """Exceptions of up to 24 hours: findings of the named rules only warn.

    What is locked or forbidden outright stays so. A restart of the machine ends every override.
    """


@command.command("add")
@click.argument("rules", nargs=-1, required=True, metavar="RULE...")
@click.option("--reason", required=True, help="Why; it stands in the log and in reports.")
@life_option("24h")
@click.option("--up-to", help="Only up to this amount, such as 200.00.")
@click.option("--operation", "operations", multiple=True, help="Only these, such as refund.")
@click.option("--role", "roles", multiple=True, help="Only operators of these roles.")
@with_manager
def add(
    desk: ManagerDesk,
    rules: tuple[str, ...],
    reason: str,
    life_s: int,
    up_to: str | None,
    **only: tuple[str, ...],
) -> None:
    """Let findings of RULE... only warn. Needs a person who may resolve, and the PIN."""
    check_rules(rules)
    wanted = Wanted(
        rules=frozenset(rules),
        operations=frozenset(only["operations"]),
        roles=frozenset(only["roles"]),
        up_to=None if up_to is None else Money.parse(up_to, desk.currency()).amount,
        reason=reason,
        life_s=life_s,
    )
    if desk.path is None:
        made = desk.do("override add", lambda store, by: store.overrides.add(by, wanted).id)
    else:
        made = str(desk.order("override_add", **_fields(wanted))["override"])
    desk.show({"override": made}, f"{made} counts from now on.")


@command.command("list")
@with_manager
def list_all(desk: ManagerDesk) -> None:
    """Show the overrides that count now."""
    for body in _open(desk):
        if desk.as_json:
            print_json(body)
        else:
            click.echo(printable(_line(body)))


@command.command("revoke")
@click.argument("override")
@with_manager
def revoke(desk: ManagerDesk, override: str) -> None:
    """End OVERRIDE (such as override-7) before its time."""
    if desk.path is None:
        desk.do("override revoke", lambda store, by: store.overrides.revoke(override, by))
    else:
        desk.order("override_revoke", override=override)
    desk.show({"override": override, "done": True}, f"{override} counts no more.")


def _fields(wanted: Wanted) -> dict[str, Json]:
    return {
        "rules": ",".join(sorted(wanted.rules)),
        "operations": ",".join(sorted(wanted.operations)) or None,
        "roles": ",".join(sorted(wanted.roles)) or None,
        "up_to": wanted.up_to,
        "reason": wanted.reason,
        "seconds": wanted.life_s,
    }


def _open(desk: ManagerDesk) -> list[Body]:
    if desk.path is None:
        with open_store(desk.directory, readonly=True) as store:
            grants: tuple[Grant, ...] = store.overrides.open()
        return [grant_body(grant) for grant in grants]
    found = desk.ask("override_list")["overrides"]
    return [body for body in found if isinstance(body, dict)] if isinstance(found, list) else []


def _line(body: Body) -> str:
    rules = body["rules"]
    named = ", ".join(map(str, rules)) if isinstance(rules, list) else ""
    return (
        f"{body['id']}  {named}  by {body['by']} until {when(body['until_us'])}: {body['reason']}"
    )


def when(wall_us: Json) -> str:
    """A wall time (microseconds) as people of this shop read it."""
    if not isinstance(wall_us, int):
        return "?"
    moment = datetime.fromtimestamp(wall_us // SECOND, tz=UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M")
