"""The hash chain of the audit log and its sealed head, as pure functions over stored bytes.

A record's hash covers its bytes and the hash before it; the head (how many, last hash, peaks of the
Merkle tree) carries a keyed MAC. So every edit, drop, reorder, truncation and splice is found, as
long as the key is.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from pos_guard.errors import TamperError

GENESIS = bytes(32)
"""What stands before the first record."""


@dataclass(frozen=True, slots=True)
class Head:
    """How many records there are, the last hash, the tree's peaks, and the MAC over all three.

    ``peaks`` is None in a log that a program without a tree wrote.
    """

    count: int
    hash: bytes
    mac: bytes
    peaks: bytes | None = b""


def link(previous: bytes, record: bytes) -> bytes:
    """The hash of a record that follows the record with hash ``previous``."""
    return hashlib.sha256(previous + record).digest()


def sealed(count: int, last: bytes, mac_key: bytes, peaks: bytes | None = b"") -> Head:
    """The head of a log with that many records, sealed with the key."""
    if peaks is None:
        message = b"pos-guard/audit-head\0" + count.to_bytes(8, "big") + last
    else:
        message = b"pos-guard/audit-head/2\0" + count.to_bytes(8, "big") + last + peaks
    return Head(count, last, hmac.digest(mac_key, message, hashlib.sha256), peaks)


def check_head(head: Head, mac_key: bytes) -> None:
    """Check the seal.

    :raises TamperError: when the head was not sealed with this key.
    """
    genuine = head.count >= 0 and hmac.compare_digest(
        sealed(head.count, head.hash, mac_key, head.peaks).mac, head.mac
    )
    if not genuine:
        raise TamperError("the head of the audit log was changed")
