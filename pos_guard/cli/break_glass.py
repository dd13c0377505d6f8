"""``pos-guard break-glass``: sales go on while the guard itself is broken; refunds never do."""

from __future__ import annotations

import sys

import click

from pos_guard.api.grant_ops import grant_body
from pos_guard.cli.manager import Body, ManagerDesk, life_option, with_manager
from pos_guard.cli.override import when
from pos_guard.cli.state import open_store, printable


@click.group("break-glass")
def command() -> None:
    """For sales only, up to 8 hours, with a reason; the log shows it as a gap.

    A restart of the machine ends it.
    """


@command.command("start")
@click.option("--reason", required=True, help="What is broken; it stands in the log.")
@life_option("8h")
@with_manager
def start(desk: ManagerDesk, reason: str, life_s: int) -> None:
    """Let sales pass from now on. Needs a person who may resolve, and the PIN."""
    if desk.path is None:
        body = desk.do(
            "break-glass start",
            lambda store, by: grant_body(store.glass.start(by, reason, life_s)),
        )
    else:
        body = desk.order("glass_start", reason=reason, seconds=life_s)
    desk.show(body, f"Sales pass until {when(body['until_us'])}. Refunds do not.")


@command.command("stop")
@with_manager
def stop(desk: ManagerDesk) -> None:
    """Check every sale again, from now on."""
    if desk.path is None:
        body = desk.do("break-glass stop", lambda store, by: grant_body(store.glass.stop(by)))
    else:
        body = desk.order("glass_stop")
    desk.show(body, f"{body['id']} is closed: sales are checked again.")


@command.command("status")
@with_manager
def status(desk: ManagerDesk) -> None:
    """Say whether it is open. Exit 0: no, everything is checked. Exit 1: yes."""
    opened = _open(desk)
    if opened is None:
        desk.show({"open": None}, "Closed: everything is checked.")
        return
    words = f"OPEN since {when(opened['since_us'])} until {when(opened['until_us'])}"
    desk.show({"open": opened}, printable(f"{words}, by {opened['by']}: {opened['reason']}"))
    sys.exit(1)


def _open(desk: ManagerDesk) -> Body | None:
    if desk.path is None:
        with open_store(desk.directory, readonly=True) as store:
            grant = store.glass.open()
        return None if grant is None else grant_body(grant)
    found = desk.ask("glass_status")["open"]
    return found if isinstance(found, dict) else None
