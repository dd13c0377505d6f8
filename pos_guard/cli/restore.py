"""``pos-guard restore``: a backup becomes the store again."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.cli.backup import file_options, passphrase_of
from pos_guard.cli.state import json_option, print_json, state_option
from pos_guard.clock import SystemClock
from pos_guard.store.restore import restore


@click.command("restore")
@file_options
@state_option
@json_option
def command(
    file: Path, asked: bool, passphrase_stdin: bool, directory: Path, as_json: bool
) -> None:
    """Make the store of the backup FILE, where none is.

    What waited is abandoned, what was under way is unknown: resolve it first. Payments after the
    backup are not in it: compare with the acquirer before the first refund.
    """
    phrase = passphrase_of(asked=asked, from_stdin=passphrase_stdin, confirm=False)
    found = restore(file, directory, clock=SystemClock(), passphrase=phrase)
    if as_json:
        print_json({**found.as_json(), "state": str(directory)})
        return
    click.echo(f"{directory}: {found.terminal}, as of audit record {found.count}.")
    click.echo("Next: pos-guard audit verify, then pos-guard resolve with the acquirer's list.")
