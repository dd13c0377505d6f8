"""Telling the shared ledger what happened here, in order, from the outbox.

The outbox is written by the database itself with each entry; a message leaves it when the ledger
has it. Every message may be told again: the ledger knows each by its id.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping

from pos_guard.clock import SECOND, Clock
from pos_guard.errors import PosGuardError
from pos_guard.frames.decoded import Json
from pos_guard.ledger.port import LedgerError, SharedLedger, UnreachableError
from pos_guard.ledger.values import RefundAsk, RefundPhase, SaleFacts
from pos_guard.model import MONEY_IN, IntentKind, Words
from pos_guard.policy.policy import REFUND_UNREFERENCED
from pos_guard.policy.request import SaleState
from pos_guard.store.freezes import TERMINAL
from pos_guard.store.ledger import Entry, Phase
from pos_guard.store.outbox import Owed
from pos_guard.store.store import Store

LOG = logging.getLogger(__name__)

RETRY_US = 5 * SECOND
"""After it could not be reached, nobody waits for it again for so long: the shop goes on."""

EXPIRES_US = 600 * SECOND
"""A reservation that nobody submits is let go after that: longer than any till waits."""

AT_ONCE = 200
"""Messages that are told while a till waits; with more owed, the ledger counts as not reached."""

TELL_SECONDS = 5.0
"""How often the background looks whether something is owed."""

FORKED = "forked-terminal"
"""Why a terminal is frozen whose number another one uses, too."""

UNREACHED = Words(
    "总账无法连接：销售照常，退款暂停。",
    "The shared ledger cannot be reached: sales go on, refunds wait.",
)
REFUSED = Words(
    "总账拒绝请求，消息积压，退款暂停。请通知技术支持查看日志。",
    "The shared ledger refuses what it is told: refunds wait. Have support look at the log.",
)
FORKED_WORDS = Words(
    "本机编号与另一台终端重复，本机已冻结。请通知经理。",
    "Another terminal uses this terminal's number: it is frozen. Call the manager.",
)
REACHED = Words("总账已恢复连接。", "The shared ledger is reached again.")

_PHASES = {
    Phase.POSTED: RefundPhase.POSTED,
    Phase.FAILED: RefundPhase.FAILED,
    Phase.UNKNOWN: RefundPhase.UNKNOWN,
    Phase.VOIDED: RefundPhase.VOIDED,
}


class Teller:
    """Tells one shared ledger what this store owes it. Thread-safe."""

    def __init__(
        self, store: Store, clock: Clock, ledger: SharedLedger, *, lease_us: int = 0
    ) -> None:
        self._store = store
        self._clock = clock
        self._ledger = ledger
        self._lease_us = lease_us
        self._telling = threading.Lock()
        self._down_boot_us: int | None = None
        self._said: Words | None = None
        self.on_news: Callable[[Words], None] = _nobody
        """Hears, from any thread, when the ledger is out of reach or says no, and when it is back.

        Each change is told once. It must neither block nor raise."""

    @property
    def forked(self) -> bool:
        """Another terminal uses our number: nothing moves money here until somebody thaws it."""
        return self._store.freezes.why(TERMINAL, self._store.terminal_id) == FORKED

    @property
    def reached(self) -> bool:
        """It answered when it was asked last."""
        return self._down_boot_us is None

    def caught_up(self) -> bool:
        """Tell what is owed; True: the ledger knows all of ours, its sums are the whole truth."""
        since = self._down_boot_us
        if self.forked or (since is not None and self._clock.boot_us() - since < RETRY_US):
            return False
        return self.deliver() == 0

    def down(self, error: LedgerError) -> None:
        """The ledger did not answer, or refused the call: it is left alone for ``RETRY_US``."""
        self._down_boot_us = self._clock.boot_us()
        if isinstance(error, UnreachableError):
            self._tell_news(UNREACHED)
            return
        LOG.error("%s", error)
        self._tell_news(REFUSED)

    def fork(self, told: Mapping[str, Json]) -> None:
        """Our number is another's, too: the terminal is frozen, durably, and it is a case."""
        terminal = self._store.terminal_id
        with self._store.transaction():
            new = self._store.freezes.freeze(TERMINAL, terminal, FORKED)
            if new:
                body = {"scope": TERMINAL, "name": terminal, "why": FORKED}
                self._store.audit.append("freeze", dict[str, Json](body))
                self._store.audit.append("case", {"why": FORKED, "terminal": terminal, **told})
        if new:
            self._said = None
            self._tell_news(FORKED_WORDS)

    def deliver(self, most: int = AT_ONCE) -> int:
        """Tell what is owed, in order; returns how much is owed still.

        Blocks while the ledger does, each message for at most its deadline.
        """
        with self._telling:
            # What is asked after this moment may be untold, whatever comes out below.
            now = self._clock.wall_us()
            for _ in range(most):
                owed = self._store.outbox.next()
                if owed is None or self.forked or not self._told(owed):
                    break
            left = self._store.outbox.count()
            if left == 0 and not self.forked:
                self._tell_drained(now)
        return left

    def expire(self) -> None:
        """Let go what nobody submitted in time. A wrong clock here lets nothing be sent twice."""
        try:
            self._ledger.expire(self._clock.wall_us())
        except LedgerError as error:
            self.down(error)

    def ask(self, entry: Entry, amount: int | None) -> RefundAsk:
        """The request that an entry stands for; ``amount`` as it was reserved."""
        return RefundAsk(
            refund_id=self.name(entry.id),
            sale_id=entry.sale_id,
            terminal=self._store.terminal_id,
            amount=amount or 0,
            currency=entry.currency or "",
            operation=_operation(entry),
            asked_us=entry.wall_us,
            expires_us=entry.wall_us + EXPIRES_US,
            operator=entry.operator,
            approver=entry.approver,
            payer=entry.payer_token,
            request_hash=entry.request_hash,
        )

    def name(self, entry_id: int) -> str:
        """The refund id that all terminals know an entry by."""
        return f"{self._store.terminal_id}:{entry_id}"

    def _told(self, owed: Owed) -> bool:
        entry = self._store.ledger.entry(owed.entry_id)
        if owed.phase is Phase.RESERVED and entry.phase is Phase.RESERVED and not owed.offline:
            return False  # it is being asked for just now, by whoever made it
        try:
            if not self._ledger.witness(self._store.terminal_id, owed.seq, _body(entry, owed)):
                self.fork({"message": owed.seq})
                return False
            self._tell(entry, owed)
        except LedgerError as error:
            self.down(error)
            return False
        self._reached()
        with self._store.transaction():
            self._store.outbox.told(owed.seq)
        return True

    def _tell(self, entry: Entry, owed: Owed) -> None:
        now = self._clock.wall_us()
        if entry.kind in MONEY_IN:
            self._tell_sale(entry, owed)
        elif owed.phase is not Phase.RESERVED:
            self._ledger.settle(self.name(entry.id), _PHASES[owed.phase], now, owed.amount)
        elif owed.offline:
            self._ledger.report(self.ask(entry, owed.amount), now)
        else:  # it was never sent: the process died, or nobody answered; its outcome follows
            self._ledger.reserve(self.ask(entry, owed.amount), now)

    def _tell_sale(self, entry: Entry, owed: Owed) -> None:
        sale = None if entry.sale_id is None else self._store.ledger.sale(entry.sale_id)
        if sale is None:
            return
        if sale.paid:
            # All that was paid for it by now: the same facts, whichever of its payments is told.
            first = self._store.ledger.search(sale_id=sale.sale_id, limit=AT_ONCE)[-1]
            self._ledger.register(self._facts(first, sale))
        elif owed.phase is Phase.VOIDED and self._ledger.sale(sale.sale_id) is not None:
            # Undone by its terminal. What was undone before it was told of is nobody's to refund.
            self._ledger.withdraw(sale.sale_id, self._clock.wall_us())

    def _facts(self, first: Entry, sale: SaleState) -> SaleFacts:
        return SaleFacts(
            sale_id=sale.sale_id,
            terminal=self._store.terminal_id,
            amount=sale.paid,
            currency=sale.currency,
            tender=sale.tender,
            sold_us=first.wall_us,
            payee=sale.payee,
            payer=first.payer_token,
            operator=first.operator,
            lease_us=first.wall_us + self._lease_us if self._lease_us else 0,
        )

    def _tell_drained(self, now_us: int) -> None:
        try:
            self._ledger.drained(self._store.terminal_id, now_us)
        except LedgerError as error:
            self.down(error)
        else:
            self._reached()

    def _tell_news(self, words: Words) -> None:
        if words != self._said:
            self._said = words
            self.on_news(words)

    def _reached(self) -> None:
        self._down_boot_us = None
        if self._said is not None:
            self._said = None
            self.on_news(REACHED)


class Background(threading.Thread):
    """Tells what is owed every few seconds, until ``stop``."""

    def __init__(self, teller: Teller, seconds: float = TELL_SECONDS) -> None:
        super().__init__(name="shared-ledger", daemon=True)
        self._teller = teller
        self._seconds = seconds
        self._over = threading.Event()

    def run(self) -> None:
        """Tell, wait, tell."""
        while not self._over.wait(self._seconds):
            try:
                if self._teller.caught_up():
                    self._teller.expire()
            except PosGuardError:
                LOG.exception("the shared ledger cannot be told")

    def stop(self) -> None:
        """End it; returns when nothing is being told any more."""
        self._over.set()
        self.join()


def _nobody(words: Words) -> None:
    """Nobody listens."""
    del words


def _operation(entry: Entry) -> str:
    if entry.kind is IntentKind.REFUND and entry.sale_id is None:
        return REFUND_UNREFERENCED
    return str(entry.kind)


def _body(entry: Entry, owed: Owed) -> str:
    """What tells this message from one that a copy of this terminal numbers alike."""
    said = f"{entry.id} {entry.request_hash} {entry.boot_id} {owed.phase} {owed.amount}"
    return hashlib.sha256(said.encode()).hexdigest()
