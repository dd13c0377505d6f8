"""``pos-guard audit``: find, show and verify the internal audit. Works while the daemon runs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import click

from pos_guard.cli import audit_keep, audit_prove, audit_verify
from pos_guard.cli.audit_words import details, line, timeline, trace
from pos_guard.cli.state import json_option, open_store, print_json, printable, state_option
from pos_guard.store.audit import AuditRecord, Filters
from pos_guard.store.audit_timeline import timeline_of
from pos_guard.store.store import Store

# The most that fits a few screens; --limit shows more.
_DEFAULT_LIMIT = 50

_MICROSECOND = timedelta(microseconds=1)


@click.group("audit")
def command() -> None:
    """What was asked, judged and done, in a log that shows every change."""


command.add_command(audit_verify.verify)
command.add_command(audit_prove.prove)
command.add_command(audit_keep.checkpoint)
command.add_command(audit_keep.seal)
command.add_command(audit_keep.drill_command)


@command.command("search")
@click.option("--type", metavar="KIND", help="Records of this kind, or about it (refund …).")
@click.option("--kind", metavar="KIND", help="Only records of this kind (verdict, outcome …).")
@click.option("--since", metavar="TIME", help="From then on: 2026-01-31 or 2026-01-31T08:00 (UTC).")
@click.option("--until", metavar="TIME", help="Before then.")
@click.option("--operator", metavar="ID", help="Who asked or approved.")
@click.option("--transaction", metavar="NUMBER", help="Entry, sale, order, reference or receipt.")
@click.option("--sale", metavar="ID", help="This sale, and what undoes it.")
@click.option("--order", metavar="NUMBER", help="Of this order.")
@click.option("--receipt", metavar="NUMBER", help="The terminal's receipt number.")
@click.option("--reference", metavar="NUMBER", help="The provider's or till's reference.")
@click.option("--payer", metavar="TOKEN", help="The payer's token.")
@click.option("--amount", type=int, metavar="N", help="Exactly so many minor units.")
@click.option("--rule", metavar="ID", help="This rule decided or found something.")
@click.option("--link", metavar="NAME", help="Through which link.")
@click.option("--text", metavar="TEXT", help="Records that hold this text.")
@click.option("--after", type=int, metavar="NUMBER", help="Next page: records after this one.")
@click.option("--before", type=int, metavar="NUMBER", help="Page before: records before this one.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=_DEFAULT_LIMIT,
    show_default=True,
    help="The newest so many; with --after the oldest.",
)
@state_option
@json_option
def search(directory: Path, as_json: bool, limit: int, **wanted: str | int | None) -> None:
    """Find records: the newest that fit all filters, oldest first."""
    filters = _filters(wanted)
    with open_store(directory, readonly=True) as store:
        for record in store.audit.records(limit=limit, **filters):
            if as_json:
                print_json(record.as_json())
            else:
                click.echo(line(record))


@command.command("show")
@click.argument("number")
@click.option("--transaction", is_flag=True, help="NUMBER is a transaction, not a record.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@state_option
@json_option
def show(number: str, transaction: bool, lang: str, directory: Path, as_json: bool) -> None:
    """Show record NUMBER, or all that happened to a transaction.

    A transaction is named by its sale id, order, reference or receipt; a plain number is a record,
    with --transaction the number of a request in the ledger, or a receipt that is a number.
    """
    with open_store(directory, readonly=True) as store:
        if number.isascii() and number.isdigit() and not transaction:
            _show_record(store, int(number), lang, as_json=as_json)
            return
        records = timeline_of(store, number)
    if not records:
        raise click.ClickException(f"Nothing is recorded about {printable(number)}.")
    if as_json:
        for record in records:
            print_json(record.as_json())
        return
    for text in timeline(records, lang):
        click.echo(printable(text))


def _show_record(store: Store, number: int, lang: str, *, as_json: bool) -> None:
    if number < 1:
        raise click.BadParameter("records count from 1")
    record = store.audit.record(number)
    if record is None:
        segment = store.segments.holding(number)
        where = "" if segment is None else f" It is in {store.segments.directory / segment.file}."
        click.echo(f"There is no record {number}.{where}", err=True)
        sys.exit(1)
    if as_json:
        print_json(record.as_json())
        return
    _print(record, lang)


def _print(record: AuditRecord, lang: str) -> None:
    click.echo(line(record, body=False))
    for text in (*details(record.body), *trace(record.body, lang)):
        click.echo(printable(text))
    click.echo(f"terminal {printable(record.terminal)}  boot {printable(record.boot_id)}")
    click.echo(f"before   {record.prev}\nhash     {record.hash}")


def _filters(wanted: dict[str, str | int | None]) -> Filters:
    """The options' names are those of the filters; click has checked their types."""
    asked = {name: value for name, value in wanted.items() if value is not None}
    for name in ("since", "until"):
        if name in asked:
            asked[name] = _wall_us(f"--{name}", str(asked[name]))
    return cast("Filters", asked)


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
