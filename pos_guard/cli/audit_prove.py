"""``pos-guard audit prove``: a proof about one record, for who has nothing of this store."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pos_guard.cli.state import open_store, state_option
from pos_guard.store import proofs
from pos_guard.store.note import MAX_NOTE_BYTES


@click.command("prove")
@click.argument("number", type=click.IntRange(min=1))
@click.option(
    "--since",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="An older checkpoint: prove also that the log still begins with it.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the proof into this file.",
)
@state_option
def prove(number: int, since: Path | None, out: Path | None, directory: Path) -> None:
    """Prove that record NUMBER is in the log as it is now: JSON for pos-guard audit verify --proof.

    The proof holds the whole record. Whoever checks it needs the public key that pos-guard audit
    checkpoint shows, and nothing else.
    """
    note = None
    if since is not None:
        with since.open(encoding="utf-8", errors="replace") as file:
            note = file.read(MAX_NOTE_BYTES)
    with open_store(directory, readonly=True) as store:
        text = json.dumps(proofs.prove(store, number, note), indent=1)
    if out is None:
        click.echo(text)
        return
    out.write_text(f"{text}\n", encoding="utf-8")
    click.echo(f"The proof of record {number} is in {out}.")
