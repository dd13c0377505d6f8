"""``pos-guard audit checkpoint|seal|drill``: a state for elsewhere, old records, restores."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from pos_guard.cli.state import account_name, json_option, open_store, print_json, state_option
from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.store.drill import drill
from pos_guard.store.note import Ed25519Signer
from pos_guard.store.segments import HOT_DAYS


@click.command("checkpoint")
@click.option("--slip", is_flag=True, help="Only the lines for paper.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the checkpoint into this file.",
)
@state_option
@json_option
def checkpoint(slip: bool, out: Path | None, directory: Path, as_json: bool) -> None:
    """Sign the state of now, to be kept elsewhere. Writes nothing into the store."""
    with open_store(directory, readonly=True) as store:
        witness = store.checkpoints.now()
        signer = store.checkpoints.signer()
    if out is not None:
        out.write_text(witness.note, encoding="utf-8")
    key = signer.text() if isinstance(signer, Ed25519Signer) else None
    if as_json:
        body: dict[str, Json] = {"size": witness.checkpoint.size, "code": witness.code}
        body |= {"root": witness.checkpoint.root.hex(), "note": witness.note, "key": key}
        print_json(body)
    elif slip:
        click.echo(f"审计 AUDIT\n{witness.code}")
    else:
        click.echo(f"{witness.note}\ncode {witness.code}")
        click.echo(f"key  {key or 'HMAC: only this store can check it (no key for signatures)'}")


@click.command("seal")
@click.option(
    "--days",
    type=click.IntRange(min=1),
    default=HOT_DAYS,
    show_default=True,
    help="Records of so many days stay in the database.",
)
@state_option
@json_option
def seal(days: int, directory: Path, as_json: bool) -> None:
    """Move older records into a sealed file. Stop the daemon first."""
    with open_store(directory, readonly=False) as store:
        with store.transaction():
            store.audit.append("command", {"command": "audit seal", "account": account_name()})
        found = store.segments.seal(days=days)
        place = store.segments.directory
    if as_json:
        file = None if found is None else str(place / found.file)
        count = 0 if found is None else found.last - found.first + 1
        print_json({"sealed": count, "file": file})
    elif found is None:
        click.echo(f"Nothing to seal: all records are of the last {days} days.")
    else:
        click.echo(f"Records {found.first} to {found.last} are in {place / found.file}.")
        click.echo("Copy the file to another machine; keep it for twelve months at least.")


@click.command("drill")
@click.option(
    "--place",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where there is room for a copy; it is removed again.",
)
@state_option
@json_option
def drill_command(place: Path | None, directory: Path, as_json: bool) -> None:
    """Back up, restore into a temporary place, verify there, and say what came back."""
    open_store(directory, readonly=True).close()
    found = drill(directory, place or Path(tempfile.gettempdir()), clock=SystemClock())
    if as_json:
        body: dict[str, Json] = {"ok": True, "records": found.backed_up, "head": found.head}
        print_json(body | {"unresolved": found.unresolved})
        return
    click.echo(f"Restored and whole: {found.backed_up} records, head {found.head}.")
    if found.unresolved:
        click.echo(f"{found.unresolved} requests would have to be resolved: their outcome is open.")
