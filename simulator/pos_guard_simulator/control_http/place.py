"""Where the control API is served, and what opens it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pos_guard.ports.address import Address


@dataclass(frozen=True, slots=True)
class HttpPlace:
    """A TCP address or the path of a Unix socket. ``public``: other machines may come too.

    ``token_file`` is written for programs that do not read the ready line. ``token`` is one that
    somebody chose; empty: a random one. ``web``: the live page is there as well.
    """

    tcp: Address | None = None
    unix: Path | None = None
    public: bool = False
    token_file: Path | None = None
    token: str = ""
    web: bool = False
