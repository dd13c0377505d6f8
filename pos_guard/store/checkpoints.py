"""The checkpoints of a store: signed states of its log, made on demand and kept in the database.

The copies that count are those kept elsewhere: a file, the slip of the closing, another machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.clock import Clock
from pos_guard.errors import TamperError
from pos_guard.store import ed25519
from pos_guard.store.audit import AuditLog
from pos_guard.store.chain import check_head
from pos_guard.store.checkpoint import Checkpoint, parse_checkpoint, parse_code, short_code
from pos_guard.store.columns import as_int, as_text
from pos_guard.store.database import Database
from pos_guard.store.keys import Keys
from pos_guard.store.merkle import Tree
from pos_guard.store.note import (
    Ed25519Signer,
    Ed25519Verifier,
    HmacSigner,
    Signer,
    Verifier,
    opened,
    signed,
)
from pos_guard.store.verify import Verified


@dataclass(frozen=True, slots=True)
class Witness:
    """A checkpoint with its signed note, and the short code for paper."""

    checkpoint: Checkpoint
    note: str

    @property
    def code(self) -> str:
        """``1234-ABCD-EFGH-JKMN-PQRS``."""
        return short_code(self.checkpoint.size, self.checkpoint.root)


class Checkpoints:
    """Makes and checks the checkpoints of one log.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock, audit: AuditLog, keys: Keys) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._keys = keys

    def now(self) -> Witness:
        """The state of now, signed; nothing is written. A reader can do this too.

        :raises TamperError: when the head does not fit the key.
        """
        head = self._audit.head()
        if head is None or head.peaks is None:
            raise TamperError("the head of the audit log is gone, or of an older program")
        check_head(head, self._keys.mac)
        return self.sign(head.count, Tree.load(head.count, head.peaks).root)

    def sign(self, size: int, root: bytes) -> Witness:
        """A state of this log, signed."""
        checkpoint = Checkpoint(self._audit.name, size, root)
        return Witness(checkpoint, signed(checkpoint.text(), self.signer()))

    def keep(self) -> Witness:
        """The state of now, signed and kept in the database; needs an open transaction.

        At the end of a shift, with the closing slip, and whenever somebody asks.
        """
        self._audit.flush()
        witness = self.now()
        self._database.write(
            "INSERT OR REPLACE INTO audit_checkpoints (size, note, wall_us) VALUES (?, ?, ?)",
            witness.checkpoint.size,
            witness.note,
            self._clock.wall_us(),
        )
        return witness

    def kept(self) -> tuple[Checkpoint, ...]:
        """The checkpoints in the database, smallest first.

        :raises TamperError: for one that is not of this log, or that no key of this store signed.
        """
        rows = self._database.rows("SELECT size, note FROM audit_checkpoints ORDER BY size")
        found: list[Checkpoint] = []
        for row in rows:
            checkpoint = self.read(as_text(row[1]))
            size = as_int(row[0])
            if checkpoint.size != size:
                raise TamperError(f"the checkpoint over {size} records was changed")
            found.append(checkpoint)
        return tuple(found)

    def read(self, note: str) -> Checkpoint:
        """A checkpoint that was kept elsewhere.

        :raises TamperError: when it is not of this log, or no key of this store signed it.
        """
        checkpoint = parse_checkpoint(opened(note, *self.verifiers()))
        if checkpoint.origin != self._audit.name:
            raise TamperError(f"the checkpoint is of another log: {checkpoint.origin}")
        return checkpoint

    def verify(self, *witnesses: Checkpoint, seen: Callable[[int], None] | None = None) -> Verified:
        """Check the whole log, and that it begins with every state that was kept here or is given.

        ``seen`` hears how far it is, page by page.

        :raises TamperError: with the first record that does not fit; also when the log is shorter
            than a checkpoint: then an older state of the whole store was put back.
        """
        roots: dict[int, bytes] = {}
        for checkpoint in (*self.kept(), *witnesses):
            size = checkpoint.size
            if roots.setdefault(size, checkpoint.root) != checkpoint.root:
                raise TamperError(f"two checkpoints over {size} records contradict each other")
        return self._audit.verify(roots, seen)

    def verify_code(
        self,
        code: str,
        verified: Verified | None = None,
        tree: Callable[[int], Tree] | None = None,
    ) -> Verified:
        """Check the whole log, and that it begins with the state of which this is the short code.

        ``verified``: what ``verify`` said just before, if it did.

        ``tree``: gives the tree of a size; ``Segments.tree`` knows those of sealed records, too.

        :raises LocalError: for no code, a misread one, or one of records that are not at hand.
        :raises TamperError: as ``verify``.
        """
        size, wanted = parse_code(code)
        verified = verified or self.verify()
        if size > verified.count:
            raise TamperError(
                f"the code covers {size} records, the log has {verified.count}: it was put back",
                verified.count + 1,
            )
        if short_code(size, (tree or self._audit.tree)(size).root) != wanted:
            raise TamperError(f"the first {size} records are not those of the code", size)
        return verified

    def signer(self) -> Signer:
        """The key that signs: Ed25519 where it is there, else an HMAC."""
        if self._keys.sign is not None and ed25519.available():
            return Ed25519Signer(self._audit.name, self._keys.sign)
        return HmacSigner(self._audit.name, self._keys.mac)

    def verifiers(self) -> tuple[Verifier, ...]:
        """All keys that this store ever signed with."""
        name = self._audit.name
        old: list[Verifier] = [HmacSigner(name, key) for key in self._keys.old_macs]
        if ed25519.available():
            old += [Ed25519Verifier(name, public) for public in self._keys.old_signers]
        return (self.signer(), HmacSigner(name, self._keys.mac), *old)
