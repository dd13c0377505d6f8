"""``pos-guard audit verify``: is the log whole, and is it still the one of a checkpoint."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from pos_guard.cli.audit_words import line
from pos_guard.cli.state import json_option, open_store, print_json, printable, state_option
from pos_guard.errors import TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store import proofs
from pos_guard.store.checkpoint import Checkpoint
from pos_guard.store.note import MAX_NOTE_BYTES, Verifier, parse_key
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
@click.option(
    "--proof",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Check this proof of one record instead (pos-guard audit prove).",
)
@click.option("--key", metavar="KEY", help="With --proof: the log's public key; no store is read.")
@state_option
@json_option
def verify(
    checkpoint: Path | None,
    code: str | None,
    proof: Path | None,
    key: str | None,
    directory: Path,
    as_json: bool,
) -> None:
    """Check every record, the tree, the index, sealed segments and the clock.

    Exit 1 and the first wrong record when the log was changed.
    """
    if proof is not None:
        _verify_proof(proof, key, directory, as_json=as_json)
    else:
        _verify_log(directory, checkpoint, code, as_json=as_json)


def _verify_proof(file: Path, key: str | None, directory: Path, *, as_json: bool) -> None:
    with file.open(encoding="utf-8", errors="replace") as opened:
        text = opened.read(proofs.MAX_PROOF_BYTES)
    if key is not None:
        keys: tuple[Verifier, ...] = (parse_key(key),)
    else:
        with open_store(directory, readonly=True) as store:
            keys = store.checkpoints.verifiers()
    try:
        proved = proofs.check(text, *keys)
    except TamperError as error:
        _fail(error, as_json=as_json)
    since = None if proved.since is None else proved.since.size
    if as_json:
        body: dict[str, Json] = {"ok": True, "seq": proved.record.seq, "since": since}
        print_json(body | {"log": proved.checkpoint.origin, "size": proved.checkpoint.size})
        return
    click.echo(line(proved.record))
    click.echo(
        f"Record {proved.record.seq} is one of the {proved.checkpoint.size} records of "
        f"{printable(proved.checkpoint.origin)}."
    )
    if since is not None:
        click.echo(f"This log begins with the {since} records of the older checkpoint.")


def _verify_log(
    directory: Path, checkpoint: Path | None, code: str | None, *, as_json: bool
) -> None:
    with open_store(directory, readonly=True) as store:
        try:
            found = _check(store, checkpoint, code)
            store.audit.verify_index()
            gone = store.segments.verify()
        except TamperError as error:
            _fail(error, as_json=as_json)
    wrong = [step for step in found.steps if step.kind is not StepKind.START]
    if as_json:
        print_json(_as_json(found, ok=not wrong))
    else:
        for segment in gone:
            click.echo(f"Segment {segment.file} is gone, its time was over.")
        _say(found, ok=not wrong)
    if wrong:
        sys.exit(1)


def _fail(error: TamperError, *, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"ok": False, "seq": error.seq, "message": str(error)})
    else:
        click.echo(f"CHANGED: {error}.", err=True)
    sys.exit(1)


def _check(store: Store, checkpoint: Path | None, code: str | None) -> Verified:
    witnesses: list[Checkpoint] = []
    if checkpoint is not None:
        with checkpoint.open(encoding="utf-8", errors="replace") as file:
            witnesses.append(store.checkpoints.read(file.read(MAX_NOTE_BYTES)))
    head = store.audit.head()
    with _progress(0 if head is None else head.count) as seen:
        found = store.checkpoints.verify(*witnesses, seen=seen)
    for witness in witnesses:
        size = witness.size
        # The records of an older one are in sealed segments: the check above began after them.
        if size < found.first - 1 and store.segments.tree(size).root != witness.root:
            raise TamperError(f"the first {size} records are not those of the checkpoint", size)
    if code is not None:
        store.checkpoints.verify_code(code, found, store.segments.tree)
    return found


@contextmanager
def _progress(total: int) -> Generator[Callable[[int], None] | None, None, None]:
    """How far it is, on a terminal and for long logs alone."""
    if total <= _QUIET or not sys.stderr.isatty():
        yield None
        return
    yield lambda count: click.echo(f"\rChecking {count} of {total} records …", err=True, nl=False)
    click.echo(f"\r{' ' * (len(str(total)) * 2 + 26)}\r", err=True, nl=False)


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
