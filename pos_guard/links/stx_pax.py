"""POSLink (PAX): what a till and a terminal say to each other, for the exchange session.

A no is 100002 ABORTED, in the form in which the till asked. What the terminal says with a code
that no public table has for a yes or a no is unknown, and stays with a person: its reports name
transactions by numbers that a request does not know before.
"""

from __future__ import annotations

from dataclasses import replace

from pos_guard.frames import stx_pax, stx_pax_reply
from pos_guard.links.dialect import Ask, Asks, QuietDialect, Says, Units
from pos_guard.links.dialect import Say as Said
from pos_guard.links.stx_line import StxTiming
from pos_guard.model import Outcome, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry

TIMING = StxTiming(ack_s=7.0, repeats=2)
"""Public SDKs wait seven seconds for the ACK and send a request three times in all."""

USUAL_CURRENCY = "USD"
"""No message names one; POSLink terminals are North American."""


class PaxDialect(QuietDialect):
    """The words of POSLink; ``currency`` is that of the terminal's merchant account."""

    name = "pax-poslink"

    def __init__(self, currency: str = USUAL_CURRENCY) -> None:
        self._currency = currency

    def read(self, unit: bytes) -> Ask:
        """A command."""
        command = stx_pax.parse_command(unit)
        intent = stx_pax.intent_of(command)
        if intent is not None:
            intent = replace(intent, currency=self._currency)
            return Ask(Asks.MONEY, unit, command.name, "", intent)
        if command.code == stx_pax.STOP:
            return Ask(Asks.STOPS, unit, command.name, answered=False)
        kind = Asks.PASSES if command.code in stx_pax.PASSES else Asks.UNKNOWN
        return Ask(kind, unit, command.name, closes=command.code == stx_pax.CLOSE)

    def hear(self, unit: bytes, asked: Ask | None) -> Said:
        """A reply."""
        reply = stx_pax_reply.parse_reply(unit)
        if reply.command == stx_pax_reply.PROGRESS:
            return Said(Says.PROGRESS if asked else Says.STRAY, unit)
        if asked is None:
            return Said(Says.STRAY, unit)
        code = asked.unit[:3].decode("ascii")
        if reply.command not in ("", stx_pax_reply.reply_to(code)):
            return Said(Says.STRAY, unit)
        known = asked.intent is not None or asked.closes
        return Said(Says.FINAL, unit, self._outcome(reply) if known else None)

    def refuse(self, ask: Ask, reason: Reason, say: Words) -> Units:
        """100002: aborted at the terminal, for all that a till knows."""
        del reason, say
        return (stx_pax_reply.refusal(stx_pax.parse_command(ask.unit), "ABORTED"),)

    def paid(self, ask: Ask, entry: Entry) -> Units:
        """000000, with the terminal's own number."""
        command = stx_pax.parse_command(ask.unit)
        return (stx_pax_reply.approval(command, entry.amount, entry.receipt),)

    def stopped(self, stop: Ask, held: Ask | None) -> Units:
        """A cancel (A14) has no reply of its own; what it ended was aborted."""
        del stop
        if held is None:
            return ()
        return (stx_pax_reply.refusal(stx_pax.parse_command(held.unit), "ABORTED"),)

    def _outcome(self, reply: stx_pax_reply.Reply) -> Outcome:
        if reply.code in stx_pax_reply.YES:
            receipt = reply.transaction
            return Outcome(
                Result.APPROVED, reply.amount, self._currency, receipt=receipt, code=reply.code
            )
        no = reply.code in stx_pax_reply.NO
        return Outcome(Result.DECLINED if no else Result.UNKNOWN, code=reply.code)
