"""From the settings' words to a ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pos_guard.ledger.port import SharedLedger

_MERCHANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_SERVICE = re.compile(r"service=[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class LedgerAddress:
    """Where the shared ledger is: a SQLite file, or what libpq connects to."""

    path: Path | None = None
    conninfo: str = ""

    @classmethod
    def parse(cls, text: str) -> LedgerAddress:
        """Read ``sqlite:PATH``, ``postgresql://…`` or ``service=NAME``.

        :raises ValueError: for anything else, and for a URI with a password in it.
        """
        if text.startswith("sqlite:") and len(text) > len("sqlite:"):
            return cls(path=Path(text.removeprefix("sqlite:")))
        if _SERVICE.fullmatch(text):
            return cls(conninfo=text)
        if not text.startswith(("postgresql://", "postgres://")):
            raise ValueError("must be sqlite:PATH, postgresql://USER@HOST/DATABASE or service=NAME")
        parts = urlsplit(text)
        if parts.password is not None or "password" in parse_qs(parts.query):
            raise ValueError("holds a password: put it into ~/.pgpass or a file named by passfile")
        return cls(conninfo=text)


def check_merchant(text: str) -> str:
    """A merchant id, which leads every key.

    :raises ValueError: for what is none.
    """
    if not _MERCHANT.fullmatch(text):
        raise ValueError("is no merchant id: 1 to 64 letters, digits, dots, - or _")
    return text


def open_ledger(
    address: LedgerAddress, merchant: str, *, wait_seconds: float, passfile: Path | None = None
) -> SharedLedger:
    """The ledger at that address; a PostgreSQL one is connected at its first operation.

    :raises LedgerError: when it cannot be opened at all.
    """
    if address.path is not None:
        from pos_guard.ledger.sqlite import SqliteLedger

        return SqliteLedger(address.path, merchant)
    from pos_guard.ledger.postgres import PostgresLedger

    file = None if passfile is None else str(passfile)
    return PostgresLedger(address.conninfo, merchant, wait_seconds=wait_seconds, passfile=file)
