"""The hash chain of the audit log, as pure functions over stored bytes.

A record's hash covers its bytes and the hash before it; the head (how many, last hash) carries a
keyed MAC. So every edit, drop, reorder, truncation and splice is found, as long as the key is.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from pos_guard.errors import TamperError
from pos_guard.store.columns import Column

GENESIS = bytes(32)
"""What stands before the first record."""


@dataclass(frozen=True, slots=True)
class Head:
    """How many records there are, the last hash, and the MAC over both."""

    count: int
    hash: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """A log that is whole: its number of records and its last hash (hex)."""

    count: int
    head: str


def link(previous: bytes, record: bytes) -> bytes:
    """The hash of a record that follows the record with hash ``previous``."""
    return hashlib.sha256(previous + record).digest()


def sealed(count: int, last: bytes, mac_key: bytes) -> Head:
    """The head of a log with that many records, sealed with the key."""
    message = b"pos-guard/audit-head\0" + count.to_bytes(8, "big") + last
    return Head(count, last, hmac.digest(mac_key, message, hashlib.sha256))


def check_head(head: Head, mac_key: bytes) -> None:
    """Check the seal.

    :raises TamperError: when the head was not sealed with this key.
    """
    genuine = head.count >= 0 and hmac.compare_digest(
        sealed(head.count, head.hash, mac_key).mac, head.mac
    )
    if not genuine:
        raise TamperError("the head of the audit log was changed")


def verify_records(
    rows: Iterable[tuple[Column, ...]], head: Head | None, mac_key: bytes
) -> Verified:
    """Check rows of (sequence number, record, hash), in their order, against the head.

    :raises TamperError: with the number of the first record that does not fit; None for the head.
    """
    previous, count = GENESIS, 0
    for number, record, digest in rows:
        count += 1
        if number != count:
            raise TamperError(f"audit record {count} is missing or out of its place", count)
        if not isinstance(record, bytes):
            raise TamperError(f"audit record {count} was changed", count)
        previous = link(previous, record)
        if previous != digest:
            raise TamperError(f"audit record {count} was changed", count)
    if head is None:
        raise TamperError("the head of the audit log is gone")
    check_head(head, mac_key)
    if head.count != count:
        raise TamperError(
            f"the audit log has {count} records, its head says {head.count}",
            min(head.count, count) + 1,
        )
    if head.hash != previous:
        raise TamperError("the head of the audit log does not fit its last record")
    return Verified(count, previous.hex())
