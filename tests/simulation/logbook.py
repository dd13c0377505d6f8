"""What the audit log of a shop said, read as it grew: verdicts, gaps, whether it changed."""

from __future__ import annotations

import json
from typing import Any

from pos_guard.records import frame_hash
from pos_guard.store.store import Store
from tests.simulation.conduct import Judged
from tests.simulation.facts import Disk, Facts
from tests.simulation.rules import hold
from tests.simulation.tills import LOWERED
from tests.simulation.world import World


class Logbook:
    """``judged``: the verdict of each reserved entry. ``gaps``: verdicts that broke the glass.

    ``late_changes``: sales that a till lowered too late. ``disputed``: the guard told that
    terminal and ledger disagree, and a person has to look.
    """

    def __init__(self, world: World, facts: Facts, disk: Disk) -> None:
        self._world = world
        self._facts = facts
        self._disk = disk
        self._chain: list[bytes] = []
        self._wall_us = 0
        self._clocks = 0
        self.judged: dict[int, Judged] = {}
        self.gaps: set[int] = set()
        self.late_changes = 0
        self.disputed = False

    def read(self) -> None:
        """What is new: rule 9 for its order."""
        for seq, record, digest in self._disk.audit(len(self._chain)):
            hold("9-history", seq == len(self._chain) + 1, f"audit record {seq} out of order")
            self._chain.append(digest)
            body = json.loads(record)
            self._learn(body)
            self._wall_us = max(self._wall_us, body["wall_us"])
            self._note(body)

    def verified(self, store: Store) -> None:
        """Rule 9: the chain is whole, and no record that was ever read has changed."""
        store.audit.verify()
        now = [digest for _, _, digest in self._disk.audit(0)]
        hold("9-history", now[: len(self._chain)] == self._chain, "an audit record was changed")

    def _learn(self, record: dict[str, Any]) -> None:
        """What the log says of the order of things; the facts say whether it is true."""
        body, kind = record["body"], record["kind"]
        if kind == "verdict" and body["phase"] == "reserved":
            reason = body.get("reason_code")
            self.judged[body["entry"]] = Judged(
                record["seq"], record["wall_us"], self._wall_us, reason
            )
        elif kind == "refusal" and body["frame"] == frame_hash(LOWERED):
            self.late_changes += 1
        elif kind == "gap":
            self.gaps.add(body["verdict"])
        elif kind == "clock":
            self._clocks += 1
            self._wall_us = 0
            fine = self._clocks <= self._facts.said.trusted
            hold("8-fail-closed", fine, "the clock is trusted, and nobody said so")

    def _note(self, record: dict[str, Any]) -> None:
        """Which rules decided, for the proof that everything was reached."""
        self._world.count(f"audit {record['kind']}")
        body: dict[str, Any] = record["body"]
        if "rule" in body:
            told = (record["kind"], body["reason"]) == ("refusal", "unresolved")
            self.disputed = self.disputed or told
            level, rule = body["level"], body["rule"]
            if level != "ALLOW":
                self._world.count(f"{level.lower()} by {rule}")
