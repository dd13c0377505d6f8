"""``pos-guard audit``: search, show and verify the internal audit. Works while the daemon runs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from pos_guard.cli.audit_words import details, summary, trace
from pos_guard.cli.state import json_option, open_store, print_json, printable, state_option
from pos_guard.clock import SECOND
from pos_guard.errors import TamperError
from pos_guard.store.audit import AuditRecord, Filters

# The most that fits a few screens; --limit shows more.
_DEFAULT_LIMIT = 50

_MICROSECOND = timedelta(microseconds=1)


@click.group("audit")
def command() -> None:
    """What was asked, judged and done, in a log that shows every change."""


@command.command("search")
@click.option("--type", "kind", metavar="KIND", help="Only records of this kind (verdict …).")
@click.option("--since", metavar="TIME", help="From then on: 2026-01-31 or 2026-01-31T08:00 (UTC).")
@click.option("--until", metavar="TIME", help="Before then.")
@click.option("--operator", metavar="ID", help="Who asked or approved.")
@click.option("--link", metavar="NAME", help="Through which link.")
@click.option("--text", metavar="TEXT", help="Records that hold this text.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=_DEFAULT_LIMIT,
    show_default=True,
    help="The newest so many.",
)
@state_option
@json_option
def search(directory: Path, as_json: bool, limit: int, **wanted: str | None) -> None:
    """Find records: the newest that fit all filters, oldest first."""
    filters = _filters(wanted)
    with open_store(directory, readonly=True) as store:
        for record in store.audit.records(limit=limit, **filters):
            if as_json:
                print_json(record.as_json())
            else:
                click.echo(_line(record))


@command.command("show")
@click.argument("number", type=click.IntRange(min=1))
@state_option
@json_option
def show(number: int, directory: Path, as_json: bool) -> None:
    """Show record NUMBER with all that was written."""
    with open_store(directory, readonly=True) as store:
        record = store.audit.record(number)
    if record is None:
        click.echo(f"There is no record {number}.", err=True)
        sys.exit(1)
    if as_json:
        print_json(record.as_json())
        return
    click.echo(_line(record, body=False))
    for line in (*details(record.body), *trace(record.body)):
        click.echo(printable(line))
    click.echo(f"terminal {printable(record.terminal)}  boot {printable(record.boot_id)}")
    click.echo(f"before   {record.prev}\nhash     {record.hash}")


@command.command("verify")
@state_option
@json_option
def verify(directory: Path, as_json: bool) -> None:
    """Check every record. Exit 1 and the first wrong one when the log was changed."""
    with open_store(directory, readonly=True) as store:
        try:
            found = store.audit.verify()
        except TamperError as error:
            if as_json:
                print_json({"ok": False, "seq": error.seq, "message": str(error)})
            else:
                click.echo(f"CHANGED: {error}.", err=True)
            sys.exit(1)
    if as_json:
        print_json({"ok": True, "count": found.count, "head": found.head})
    else:
        click.echo(f"Whole: {found.count} records, head {found.head}.")


def _filters(wanted: dict[str, str | None]) -> Filters:
    filters = Filters()
    if wanted["since"] is not None:
        filters["since"] = _wall_us("--since", wanted["since"])
    if wanted["until"] is not None:
        filters["until"] = _wall_us("--until", wanted["until"])
    for name in ("kind", "operator", "link", "text"):
        value = wanted[name]
        if value is not None:
            filters[name] = value
    return filters


def _wall_us(option: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no time such as 2026-01-31T08:00", param_hint=option
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND


def _line(record: AuditRecord, *, body: bool = True) -> str:
    people = "+".join(name for name in (record.actor, record.approver) if name)
    text = f"{record.seq:>6}  {_when(record.wall_us)}  {record.kind:<12} {people or '-':<12}"
    if body:
        text += " " + summary(record.body)
    return printable(text.rstrip())


def _when(wall_us: int) -> str:
    moment = datetime.fromtimestamp(wall_us // SECOND, tz=UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
