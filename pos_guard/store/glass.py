"""Break-glass: sales go on while the guard itself is broken. Sales only, a few hours, recorded."""

from __future__ import annotations

from pos_guard.errors import LocalError
from pos_guard.store.grants import Grant, Grants

MAX_LIFE_S = 8 * 3600
"""A shift: longer, and nobody repairs what is broken."""

KIND = "break-glass"


class Glass:
    """The break-glass of this store: at most one is open.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def start(self, person: str, reason: str, life_s: int) -> Grant:
        """Let sales pass from now on; who may do it was checked before: ``permitted``.

        :raises LocalError: when one is open, without a reason, or for a life that is not 1 to
            ``MAX_LIFE_S`` seconds.
        """
        if not 0 < life_s <= MAX_LIFE_S:
            raise LocalError("break-glass lasts up to 8 hours")
        opened = self.open()
        if opened is not None:
            raise LocalError(f"{opened.name} is open already")
        return self._grants.add(person, reason, {}, life_s)

    def stop(self, by: str) -> Grant:
        """Close it before its time.

        :raises LocalError: when none is open.
        """
        opened = self.open()
        if opened is None:
            raise LocalError("no break-glass is open")
        return self._grants.end(opened.id, by)

    def end_all(self) -> None:
        """Close it, in the open transaction: after a restore."""
        self._grants.end_all()

    def active(self) -> str | None:
        """The id of the open one (``break-glass-3``), or None; also inside a transaction."""
        opened = self.open()
        return None if opened is None else opened.name

    def open(self) -> Grant | None:
        """The open one with who, why and until when, or None."""
        return next(iter(self._grants.active()), None)
