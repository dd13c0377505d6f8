"""One audit record, as it is read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pos_guard.errors import StoreError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store.columns import Row, as_bytes, as_int, as_text, maybe_text


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One record. Times in microseconds; ``prev`` and ``hash`` are hex."""

    seq: int
    boot_id: str
    boot_us: int
    wall_us: int
    kind: str
    terminal: str
    actor: str | None
    approver: str | None
    body: Mapping[str, Json]
    prev: str
    hash: str

    def as_json(self) -> dict[str, Json]:
        """The record as ``pos-guard audit`` prints it."""
        return {
            "seq": self.seq,
            "boot_id": self.boot_id,
            "boot_us": self.boot_us,
            "wall_us": self.wall_us,
            "kind": self.kind,
            "terminal": self.terminal,
            "actor": self.actor,
            "approver": self.approver,
            "body": dict(self.body),
            "prev": self.prev,
            "hash": self.hash,
        }


def parsed(row: Row) -> AuditRecord:
    """A record from its row of number, bytes and hash.

    :raises TamperError: when it is not readable as one.
    """
    seq, digest = as_int(row[0]), as_bytes(row[2])
    try:
        fields: dict[str, Json] = json.loads(as_bytes(row[1]))
        return _record(fields, digest)
    except (ValueError, TypeError, KeyError, StoreError) as error:
        raise TamperError(f"audit record {seq} was changed", seq) from error


def _record(fields: dict[str, Json], digest: bytes) -> AuditRecord:
    body = fields["body"]
    if not isinstance(body, dict):
        raise StoreError("a record without a body")
    return AuditRecord(
        seq=as_int(fields["seq"]),
        boot_id=as_text(fields["boot_id"]),
        boot_us=as_int(fields["boot_us"]),
        wall_us=as_int(fields["wall_us"]),
        kind=as_text(fields["kind"]),
        terminal=as_text(fields["terminal"]),
        actor=maybe_text(fields["actor"]),
        approver=maybe_text(fields["approver"]),
        body=body,
        prev=as_text(fields["prev"]),
        hash=digest.hex(),
    )
