"""MIS-POS: what a till and a bank's terminal in China say to each other, for the exchange session.

The words come from a ``MisProfile``: response codes and forty bytes of text for the cashier.
"""

from __future__ import annotations

from pos_guard.frames import stx_mispos
from pos_guard.frames.stx_mispos import MisProfile
from pos_guard.links.dialect import Ask, Asks, QuietDialect, Says, Units
from pos_guard.links.dialect import Say as Said
from pos_guard.links.stx_asked_line import Asking, bare, is_last
from pos_guard.model import Outcome, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry

SETTLEMENT = "settlement"
"""The name of the harmless type after whose yes no void is possible any more."""

PAID = "交易成功"
_ECHOED = ("type", "amount", "merchant", "terminal", "random")
"""What a reply repeats of its request, where the profile has it."""


class MisPosDialect(QuietDialect):
    """The words of one profile."""

    def __init__(self, profile: MisProfile) -> None:
        self.name = profile.name
        self._profile = profile

    def read(self, unit: bytes) -> Ask:
        """A request."""
        request = stx_mispos.parse_request(self._profile, unit)
        intent = stx_mispos.intent_of(self._profile, request)
        if intent is not None:
            return Ask(Asks.MONEY, unit, str(intent.kind), "", intent)
        name = self._profile.harmless.get(request.type)
        if name is None:
            return Ask(Asks.UNKNOWN, unit, "unknown")
        return Ask(Asks.PASSES, unit, name, closes=name == SETTLEMENT)

    def hear(self, unit: bytes, asked: Ask | None) -> Said:
        """A reply. One that repeats another type, amount or number is not for this request."""
        last, unit = is_last(unit), bare(unit)
        reply = stx_mispos.parse_reply(self._profile, unit)
        if asked is None:
            return Said(Says.STRAY, unit)
        request = stx_mispos.parse_request(self._profile, asked.unit)
        if last != (request.type == self._profile.query):
            return Said(Says.STRAY, unit)
        for name in () if last else ("type", "random"):
            told = reply.values.get(name)
            if told and told != request.values.get(name, told):
                return Said(Says.STRAY, unit)
        known = asked.intent is not None or asked.closes
        outcome = self._outcome(reply) if known else None
        return Said(Says.FINAL, unit, outcome, _payees(reply))

    def refuse(self, ask: Ask, reason: Reason, say: Words) -> Units:
        """The code for that reason, and what the cashier is told."""
        code = self._profile.refusals.get(str(reason), self._profile.refused)
        return (self._reply(ask, {"code": code, "text": say.zh}),)

    def paid(self, ask: Ask, entry: Entry) -> Units:
        """The profile's first yes, with the terminal's own number."""
        values = {"code": min(self._profile.approved), "text": PAID}
        for name in ("trace", "reference"):
            number, width = entry.receipt or "", self._profile.reply.widths.get(name, 0)
            if number.isascii() and 0 < len(number) <= width:
                values[name] = number
                break
        return (self._reply(ask, values),)

    def _reply(self, ask: Ask, said: dict[str, str]) -> bytes:
        request = stx_mispos.parse_request(self._profile, ask.unit)
        layout = self._profile.reply
        values = {
            name: request.values[name]
            for name in _ECHOED
            if name in layout.widths
            and len(request.values.get(name, "").encode("ascii")) <= layout.widths[name]
            and name in request.values
        }
        return stx_mispos.build_reply(self._profile, values | said)

    def question(self, entry: Entry) -> bytes | None:
        """The last transaction, where the profile has a type for it."""
        if self._profile.query is None:
            return None
        values = {"type": self._profile.query}
        width = self._profile.request.widths.get("terminal", 0)
        if entry.payee and len(entry.payee) <= width and entry.payee.isascii():
            values["terminal"] = entry.payee
        return stx_mispos.build_request(self._profile, values)

    def found(self, entry: Entry, unit: bytes) -> Outcome | None:
        """A yes to the same kind and amount, with a number of its own."""
        reply = stx_mispos.parse_reply(self._profile, bare(unit))
        outcome = self._outcome(reply)
        kind = self._profile.kinds.get(reply.values.get("type", ""))
        same = kind is entry.kind and reply.amount == entry.amount
        if outcome.result is not Result.APPROVED or outcome.receipt is None or not same:
            return None
        return outcome

    def _outcome(self, reply: stx_mispos.Reply) -> Outcome:
        if reply.code not in self._profile.approved:
            return Outcome(Result.DECLINED, code=reply.code)
        trace = reply.values.get("trace", "")
        receipt = trace if trace.strip("0") else reply.values.get("reference") or None
        payees = _payees(reply)
        return Outcome(
            Result.APPROVED,
            reply.amount or None,
            self._profile.currency,
            receipt,
            payees[0] if payees else None,
            reply.code,
        )


def asking(profile: MisProfile) -> Asking:
    """What asks for the last transaction in that profile, and what answers."""
    at = profile.request.at("type")
    query = (profile.query or "").encode("ascii").ljust(profile.request.widths["type"])

    def asks(unit: bytes) -> bool:
        return profile.query is not None and unit[at : at + len(query)] == query

    return Asking(asks, lambda unit: len(unit) == profile.reply.size)


def _payees(reply: stx_mispos.Reply) -> tuple[str, ...]:
    named = (reply.values.get("terminal"), reply.values.get("merchant"))
    return tuple(name for name in named if name)
