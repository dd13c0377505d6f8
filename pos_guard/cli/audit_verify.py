"""``pos-guard audit verify``: is the log whole, and is it still the one of a checkpoint."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pos_guard.cli.state import json_option, open_store, print_json, state_option
from pos_guard.errors import StoreError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store.checkpoint import Checkpoint
from pos_guard.store.note import MAX_NOTE_BYTES
from pos_guard.store.store import Store
from pos_guard.store.verify import StepKind, Verified

# Below it the whole check takes no second.
_QUIET = 20_000

_STEPS = {
    StepKind.BOOT: "the time since boot went back, which no clock does",
    StepKind.WALL: "the clock was set back, and nobody confirmed it",
    StepKind.START: "the clock was behind after a start, and came right",
}


@click.command("verify")
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A checkpoint that was kept elsewhere: the log must begin with its state.",
)
@click.option("--code", metavar="CODE", help="A short code from a slip: 1234-ABCD-EFGH-JKMN-PQRS.")
@state_option
@json_option
def verify(checkpoint: Path | None, code: str | None, directory: Path, as_json: bool) -> None:
    """Check every record, the tree, the index, sealed segments and the clock.

    Exit 1 and the first wrong record when the log was changed.
    """
    with open_store(directory, readonly=True) as store:
        _say_size(store, as_json=as_json)
        try:
            found = _check(store, checkpoint, code)
            store.audit.verify_index()
            gone = store.segments.verify()
        except TamperError as error:
            if as_json:
                print_json({"ok": False, "seq": error.seq, "message": str(error)})
            else:
                click.echo(f"CHANGED: {error}.", err=True)
            sys.exit(1)
    wrong = [step for step in found.steps if step.kind is not StepKind.START]
    if as_json:
        print_json(_as_json(found, ok=not wrong))
    else:
        for segment in gone:
            click.echo(f"Segment {segment.file} is gone, its time was over.")
        _say(found, ok=not wrong)
    if wrong:
        sys.exit(1)


def _check(store: Store, checkpoint: Path | None, code: str | None) -> Verified:
    witnesses: list[Checkpoint] = []
    if checkpoint is not None:
        with checkpoint.open(encoding="utf-8", errors="replace") as file:
            witnesses.append(store.checkpoints.read(file.read(MAX_NOTE_BYTES)))
    found = store.checkpoints.verify(*witnesses)
    for witness in witnesses:
        if witness.size < found.first - 1:
            _demand_end(store, witness.size, witness.root)
    if code is not None:
        store.checkpoints.verify_code(code)
    return found


def _demand_end(store: Store, size: int, root: bytes) -> None:
    """A checkpoint older than the database: it must be the end of a sealed segment."""
    found = store.segments.root(size)
    if found is None:
        raise StoreError(
            f"the checkpoint covers {size} records, and its last one is inside a sealed segment: "
            "only a checkpoint at its end or after it can be compared"
        )
    if found != root:
        raise TamperError(f"the first {size} records are not those of the checkpoint", size)


def _say_size(store: Store, *, as_json: bool) -> None:
    head = store.audit.head()
    if head is not None and head.count > _QUIET and not as_json:
        click.echo(f"Checking {head.count} records …", err=True)


def _say(found: Verified, *, ok: bool) -> None:
    for step in found.steps:
        click.echo(f"CLOCK: at record {step.seq} {_STEPS[step.kind]}.", err=True)
    before = "" if found.first == 1 else f" ({found.first - 1} of them in sealed segments)"
    text = "Whole" if ok else "No record was changed, but the clock was"
    click.echo(f"{text}: {found.count} records{before}, head {found.head}.")


def _as_json(found: Verified, *, ok: bool) -> dict[str, Json]:
    return {
        "ok": ok,
        "count": found.count,
        "first": found.first,
        "head": found.head,
        "root": found.root,
        "clock": [{"seq": step.seq, "kind": str(step.kind)} for step in found.steps],
    }
