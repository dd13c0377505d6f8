"""Time-based one-time passwords (RFC 6238: HMAC-SHA-1, 30 s, six digits), as pure functions.

Its own twenty lines and no library: what the libraries leave out, the step that was used last and
must not be used again, is the part that matters.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote, urlencode

from pos_guard.clock import SECOND

STEP_US = 30 * SECOND
DIGITS = 6

SECRET_BYTES = 20
"""What RFC 4226 section 4 (R6) recommends, and every authenticator app takes."""

DRIFT = 1
"""Steps that the phone's clock may be off, each way (RFC 6238 section 5.2)."""


def step_of(wall_us: int) -> int:
    """The number of the time step that a wall time (microseconds) lies in."""
    return wall_us // STEP_US


def code_at(secret: bytes, step: int) -> str:
    """The code of one time step (RFC 4226 section 5.3)."""
    # SHA-1 is what the apps know; as an HMAC it has no known weakness.
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(secret: bytes, code: str, wall_us: int, after: int) -> int | None:
    """The time step that the code is of: now or ``DRIFT`` off, and later than ``after``; or None.

    Compares every candidate in constant time.
    """
    now = step_of(wall_us)
    raw = code.encode("utf-8", "replace")
    found = None
    for step in range(max(0, now - DRIFT), now + DRIFT + 1):
        right = hmac.compare_digest(code_at(secret, step).encode("ascii"), raw)
        if right and step > after:
            found = step
    return found


def uri(secret: bytes, person: str, shop: str) -> str:
    """The ``otpauth://`` address that authenticator apps read as a QR code."""
    text = base64.b32encode(secret).decode("ascii").rstrip("=")
    fields = {"secret": text, "issuer": shop, "digits": DIGITS, "period": STEP_US // SECOND}
    return f"otpauth://totp/{quote(shop)}:{quote(person)}?{urlencode(fields, quote_via=quote)}"
