"""Proofs about one record, for who has nothing but a file: it is in the log of a checkpoint.

A proof holds the record's own bytes, a signed checkpoint over the log of then, and the hashes that
lead from one to the other (RFC 6962); on demand also that this log begins with an older checkpoint.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pos_guard.errors import LocalError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store.audit_record import AuditRecord, parsed
from pos_guard.store.checkpoint import Checkpoint, parse_checkpoint
from pos_guard.store.columns import as_bytes
from pos_guard.store.merkle import Leaves, is_consistent, leaf_hash, root_by_inclusion
from pos_guard.store.note import Verifier, opened
from pos_guard.store.store import Store

FORMAT = "pos-guard audit proof 1"

# A record has 64 KiB at most, its text in JSON six times that; a path has a hash for each bit of
# the size of the log.
MAX_PROOF_BYTES = 1_048_576
_MAX_PATH = 64

_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Proved:
    """A record that is in the log of that checkpoint, which begins with ``since`` if one was given.

    The record's ``hash`` is that of its leaf: the chain is not part of a proof.
    """

    record: AuditRecord
    checkpoint: Checkpoint
    since: Checkpoint | None


def prove(store: Store, seq: int, since: str | None = None) -> dict[str, Json]:
    """A proof as JSON that record ``seq`` is in the log as it is now.

    ``since``: the note of an older checkpoint; the proof then shows that the log begins with it.

    :raises LocalError: when there is no such record here, or its segment's file is gone.
    :raises TamperError: when head, segment or checkpoint are not those of this log.
    :raises StoreError: when the store cannot be read.
    """
    older = None if since is None else store.checkpoints.read(since)
    witness = store.checkpoints.now()
    size = witness.checkpoint.size
    if not 1 <= seq <= size:
        raise LocalError(f"there is no record {seq}: the log has {size}")
    needed = seq if older is None else min(seq, older.size + 1)
    before, rows = store.segments.rows_from(needed, size)
    record = b""
    hashes: list[bytes] = []
    for number, raw, _ in rows:
        record = as_bytes(raw) if number == seq else record
        hashes.append(leaf_hash(as_bytes(raw)))
    leaves = Leaves(hashes, before)
    if leaves.size != size or leaves.root() != witness.checkpoint.root:
        raise TamperError("the records of the audit log do not fit its tree")
    proof: dict[str, Json] = {
        "format": FORMAT,
        "checkpoint": witness.note,
        "record": record.decode(),
        "inclusion": _hexes(leaves.inclusion(seq - 1, size)),
    }
    if since is not None and older is not None:
        proof |= {"since": since, "consistency": _hexes(leaves.consistency(older.size, size))}
    return proof


def check(text: str, *keys: Verifier) -> Proved:
    """Check a proof with nothing but keys; ``text``: the JSON that ``prove`` gave.

    :raises LocalError: when this is no proof at all.
    :raises TamperError: when it proves nothing: a wrong signature, record or path.
    """
    proof = _proof(text)
    checkpoint = parse_checkpoint(opened(_text(proof, "checkpoint"), *keys))
    raw = _text(proof, "record").encode()
    record = _record(raw)
    path = _path(proof, "inclusion")
    root = root_by_inclusion(leaf_hash(raw), record.seq - 1, checkpoint.size, path)
    if root is None or not hmac.compare_digest(root, checkpoint.root):
        raise TamperError(f"record {record.seq} is not in the log of the checkpoint", record.seq)
    if "since" not in proof:
        return Proved(record, checkpoint, None)
    since = parse_checkpoint(opened(_text(proof, "since"), *keys))
    steps = _path(proof, "consistency")
    if since.origin != checkpoint.origin or not is_consistent(
        since.size, since.root, checkpoint.size, checkpoint.root, steps
    ):
        raise TamperError(f"the log does not begin with the {since.size} records of the checkpoint")
    return Proved(record, checkpoint, since)


def _proof(text: str) -> Mapping[str, object]:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LocalError("this is no proof of an audit record") from error
    if not isinstance(value, dict):
        raise LocalError("this is no proof of an audit record")
    proof = cast("dict[str, object]", value)
    if proof.get("format") != FORMAT:
        raise LocalError("this is no proof of an audit record")
    return proof


def _text(proof: Mapping[str, object], name: str) -> str:
    value = proof.get(name)
    if not isinstance(value, str):
        raise LocalError(f"the proof has no {name}")
    return value


def _path(proof: Mapping[str, object], name: str) -> list[bytes]:
    value = proof.get(name)
    steps = cast("list[object]", value) if isinstance(value, list) else [None]
    if len(steps) > _MAX_PATH or not all(
        isinstance(step, str) and _HASH.fullmatch(step) for step in steps
    ):
        raise LocalError(f"the proof has no {name}")
    return [bytes.fromhex(str(step)) for step in steps]


def _record(raw: bytes) -> AuditRecord:
    try:
        seq = json.loads(raw)["seq"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise LocalError("the proof has no record") from error
    record = parsed((seq, raw, leaf_hash(raw))) if type(seq) is int else None
    if record is None or record.seq < 1:
        raise LocalError("the proof has no record")
    return record


def _hexes(hashes: list[bytes]) -> list[Json]:
    return [one.hex() for one in hashes]
