"""The eleven rules of the architecture, each as a check that trusts nobody but the books.

====  =======================================================================================
rule  held by, and the seeded bugs that show that it can fail (``test_seeded_bugs``)
====  =======================================================================================
1     ``_own_entry``, ``_by_reference``, ``_outcome_is_true``: ForwardsBeforeCommit
2     ``_same_bytes``, ``_provider_entry``
3     ``never_over_refunded``, ``_goods_came_once``: SkipsTheReservation
4     ``Conduct``: people, limits, reasons, confirmation, owner, hours, batches:
      LetsPeopleApproveThemselves; each of them by itself in ``test_conduct``
5     ``_under_way``, ``_outcome_is_true``, ``_till_believes_right``: TakesSilenceForNo
6     ``Paper.printed``: BelievesReceipts
7     ``heard``, ``_provider_entry``: IgnoresWhichTerminal
8     ``Conduct``: freezes, network, disk, clock, break-glass: ``test_conduct``
9     ``History``, ``Logbook``, ``tamper.edited``: ``test_conduct``
10    ``_no_secrets``: WritesCodesDown
11    ``play._rest`` and ``test_bounds``
====  =======================================================================================

``heard`` is called at the moment a device hears a money frame, ``paper.printed`` when a slip is
cut, ``step`` after every step, ``finish`` when the shop has come to rest.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

from pos_guard.store.store import Store
from tests.simulation.books import LIVE, History, never_over_refunded
from tests.simulation.conduct import Case, Conduct
from tests.simulation.facts import (
    MERCHANT,
    TERMINAL_ID,
    Disk,
    Facts,
    Row,
)
from tests.simulation.logbook import Logbook
from tests.simulation.paper import Paper
from tests.simulation.rules import hold
from tests.simulation.tills import LOWERED
from tests.simulation.twins import Heard, RecordingProvider, RecordingTerminal
from tests.simulation.world import World

SECOND = 1_000_000
EARLIEST_WALL_US = 1_767_225_600 * SECOND

_UNDER_WAY = ("reserved", "unknown")

_MONEY = (b"\x06\x01", b"\x06\x31", b"\x84\x9d")
"""What a till sends for a sale, a refund, and a sale that it lowers."""


class Invariants:
    """Checks one shop."""

    def __init__(self, world: World, facts: Facts, disk: Disk) -> None:
        self._world = world
        self.facts = facts
        self._disk = disk
        self._used: set[int] = set()
        self.paper = Paper(world, self)
        self._history = History(world)
        self.log = Logbook(world, facts, disk)
        self._conduct = Conduct(world, facts, disk)
        self._taken_back_us: dict[int, int] = {}

    # -- when a device hears of money ----------------------------------------------------------

    def heard(self, device: RecordingTerminal | RecordingProvider, raw: bytes) -> Heard:
        """A money frame arrived: rules 1, 2, 4, 5, 7 and 8."""
        heard = Heard(device.link, raw, self._world.now_us)
        entries = self._disk.entries()
        row: Row | None
        if isinstance(device, RecordingTerminal):
            self._same_bytes(raw, raw, self.facts.zvt_till.sent)
            row = self._own_entry(heard, raw, entries)
            known = device.settings.terminal_id == TERMINAL_ID or not device.reported
            hold("7-known-payees", known, f"money at terminal {device.settings.terminal_id}")
        else:
            row = self._provider_entry(heard, raw, entries)
        self.facts.heard.append(heard)
        if row is None:
            return heard
        earlier = self._used.copy()
        self._used.add(row.id)
        heard.entry = row.id
        self._world.count(f"heard {row.kind} on {row.link}")
        if row.id in earlier:
            return heard
        self._under_way(row, entries)
        if row.phase == "reserved":
            self._conducted(row, entries)
        return heard

    def _same_bytes(self, raw: bytes, frame: bytes, sent: list[bytes]) -> None:
        times = sum(h.raw == raw for h in self.facts.heard) + 1
        hold("2-same-bytes", frame in sent, f"the till never sent {frame[:40].hex()}")
        asked = Counter(sent)[frame]
        hold("2-same-bytes", times <= asked, f"heard {times} times, sent {asked} times")

    def _own_entry(self, heard: Heard, frame: bytes, entries: dict[int, Row]) -> Row:
        """Each frame needs an entry of its own: the newest that no earlier frame used."""
        wanted = hashlib.sha256(frame).hexdigest()
        fitting = [
            row
            for row in entries.values()
            if row.frame_hash == wanted and row.link == heard.link and row.id not in self._used
        ]
        live = [row for row in fitting if row.phase in LIVE]
        hold(
            "1-recorded-first",
            live,
            f"{heard.link} heard money without a verdict on disk; entries with its hash: "
            f"{[(row.id, row.phase) for row in fitting]}",
        )
        return max(live, key=lambda row: row.id)

    def _provider_entry(self, heard: Heard, request: bytes, entries: dict[int, Row]) -> Row | None:
        head, _, body = request.partition(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        frame = f"{method} {target}\n".encode() + body
        hold(
            "7-known-payees",
            f'mchid="{MERCHANT}"'.encode() in head,
            "the provider heard another merchant's request",
        )
        hold("2-same-bytes", frame in self.facts.wechat_till.sent, "not the till's request")
        fields = json.loads(body)
        mchid = fields.get("mchid", MERCHANT)
        hold("7-known-payees", mchid == MERCHANT, f"money for merchant {mchid}")
        if target.endswith("codepay"):
            return self._own_entry(heard, frame, entries)
        if target.endswith("refunds"):
            row = self._by_reference(fields["out_refund_no"], "refund", entries)
            asked = fields["amount"]["refund"]
            hold("2-same-bytes", asked == row.amount, f"{asked} under the number of {row.amount}")
            return row
        number = target.split("/")[-2]
        if target.endswith("/reverse"):
            repeated = self._open(f"reverse:{number}", "reversal", entries)
            if self._open(number, "sale", entries) and not repeated:
                return None  # it only stops what is unfinished
            return self._by_reference(f"reverse:{number}", "reversal", entries)
        return None

    @staticmethod
    def _open(reference: str, kind: str, entries: dict[int, Row]) -> bool:
        return any(
            row.reference == reference and row.kind == kind and row.phase == "unknown"
            for row in entries.values()
        )

    @staticmethod
    def _by_reference(reference: str, kind: str, entries: dict[int, Row]) -> Row:
        live = [
            row
            for row in entries.values()
            if (row.reference, row.kind) == (reference, kind) and row.phase in LIVE
        ]
        hold("1-recorded-first", live, f"the provider heard {kind} {reference} without an entry")
        return live[-1]

    def _under_way(self, row: Row, entries: dict[int, Row]) -> None:
        hold(
            "5-unknown-stays-unknown",
            row.phase in _UNDER_WAY,
            f"entry {row.id} reached the device when it was {row.phase} already",
        )
        others = [
            other.id
            for other in entries.values()
            if other.link == row.link and other.phase == "unknown" and other.id != row.id
        ]
        hold(
            "5-unknown-stays-unknown",
            not others or self._through_the_glass(row),
            f"entry {row.id} ({row.kind}) moves while {others} are unknown",
        )

    def _through_the_glass(self, row: Row) -> bool:
        """A sale that break-glass let pass, and a gap that says so."""
        self.log.read()
        judged = self.log.judged.get(row.id)
        broken = row.kind == "sale" and self._conduct.glass()
        return broken and judged is not None and judged.seq in self.log.gaps

    def _conducted(self, row: Row, entries: dict[int, Row]) -> None:
        """Rules 4 and 8, by what the log says of the order in which requests were reserved."""
        self.log.read()
        judged = self.log.judged.get(row.id)
        hold("1-recorded-first", judged is not None, f"entry {row.id}: no verdict in the log")
        assert judged is not None
        after = row.wall_us >= EARLIEST_WALL_US or not row.money_out
        hold("8-fail-closed", after, f"entry {row.id} before all time")
        past = [
            other
            for other in entries.values()
            if other.phase in ("reserved", "unknown", "posted")
            and other.id != row.id
            and other.id in self.log.judged
            and self.log.judged[other.id].seq < judged.seq
        ]
        self._conduct.check(Case(row, judged, past, entries, judged.seq in self.log.gaps))

    # -- after every step ----------------------------------------------------------------------

    def refresh(self) -> None:
        """Bring all records up to the devices' books."""
        for terminal in self.facts.terminals:
            terminal.refresh()
        for heard in self.facts.heard:
            if heard.taken_back:
                self._taken_back_us.setdefault(id(heard), self._world.now_us)

    def entries(self) -> dict[int, Row]:
        """The ledger on disk."""
        return self._disk.entries()

    def taken_back_before(self, heard: Heard, at_us: int) -> bool:
        """The device undid it by itself, and that was known then."""
        return heard.taken_back and self._taken_back_us.get(id(heard), 0) < at_us

    def step(self) -> None:
        """Rules 3, 5 and 9, over what is on disk now."""
        self.refresh()
        entries = self._disk.entries()
        self._history.step(entries)
        never_over_refunded(entries, self._stands)
        self._goods_came_once(entries)
        for row in entries.values():
            if row.link in ("zvt", "wechat"):
                self._outcome_is_true(row)
        self.log.read()
        self._till_believes_right()

    def _stands(self, row: Row) -> int:
        return sum(h.moved for h in self.facts.of_entry(row.id) if not h.taken_back)

    def _goods_came_once(self, entries: dict[int, Row]) -> None:
        """Rule 3 for articles: none of a sale comes back more often than it was sold."""
        left: Counter[tuple[str, str]] = Counter()
        sold: set[str] = set()
        carts = self._disk.carts()
        for number, lines in carts.items():
            row = entries[number]
            if row.sale_id is None or row.phase not in ("posted", "reserved", "unknown"):
                continue
            sold |= set() if row.money_out else {row.sale_id}
            for sku, quantity in lines:
                left[row.sale_id, sku] += -quantity if row.money_out else quantity
        for (sale, sku), quantity in left.items():
            enough = sale not in sold or quantity >= 0
            hold("3-never-over-refunded", enough, f"{-quantity} too many {sku} of {sale} came back")

    def _outcome_is_true(self, row: Row) -> None:
        rule = "5-unknown-stays-unknown"
        heard = self.facts.of_entry(row.id)
        moved = sum(h.moved for h in heard)
        what = f"entry {row.id} ({row.kind} {row.amount}) is {row.phase}"
        if row.phase == "posted":
            hold(rule, moved == row.amount, f"{what}, the device moved {moved}")
        elif row.phase == "failed":
            stands = self._stands(row)
            hold(rule, stands == 0, f"{what}, the device moved {stands}")
        elif row.phase in ("refused", "waiting", "abandoned"):
            hold("1-recorded-first", not heard, f"{what}, and the device heard it")

    def _till_believes_right(self) -> None:
        late = 0
        for exchange in self.facts.zvt_till.exchanges:
            if not exchange.approved or exchange.raw[:2] not in _MONEY:
                continue
            real = [
                transaction.amount
                for terminal in self.facts.terminals
                for transaction in terminal.book.transactions
                if transaction.receipt == exchange.receipt
            ]
            if exchange.raw == LOWERED and real and exchange.amount not in real:
                late += 1  # the payment was over when the till lowered it
            else:
                moved = exchange.amount in real
                hold(
                    "5-unknown-stays-unknown", moved, f"the till was told {exchange}: nothing moved"
                )
        told = self.log.late_changes
        hold("5-unknown-stays-unknown", late <= told, f"{late} lowered, {told} told: too late")

    # -- at rest -------------------------------------------------------------------------------

    def finish(self, store: Store, directory: Path) -> None:
        """The shop has come to rest: everything is settled, as the devices' books say."""
        self.step()
        self.log.verified(store)
        for row in self._disk.entries().values():
            stands = self._stands(row)
            what = f"at rest entry {row.id} ({row.kind} {row.amount}) is {row.phase}"
            rule = "5-unknown-stays-unknown"
            hold(rule, row.phase not in ("reserved", "waiting"), what)
            if row.link in ("zvt", "wechat"):
                if row.phase == "posted":
                    agreed = stands == row.amount or (stands == 0 and self.log.disputed)
                    hold(rule, agreed, f"{what}, {stands} stands at the device")
                elif row.phase in ("failed", "voided"):
                    hold(rule, stands == 0, f"{what}, {stands} stands at the device")
        self._no_secrets(directory)

    def _no_secrets(self, directory: Path) -> None:
        rule = "10-no-secrets"
        for path in sorted(path for path in directory.rglob("*") if path.is_file()):
            data = path.read_bytes()
            for secret in self.facts.secrets:
                hold(rule, secret.encode() not in data, f"a secret stands in {path.name}")
        for line in self.facts.logged:
            for secret in self.facts.secrets:
                hold(rule, secret not in line, "a secret stands in the log")
