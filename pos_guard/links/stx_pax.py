"""POSLink (PAX): what a till and a terminal say to each other, for the exchange session.

A no is 100002 ABORTED, in the form in which the till asked. What the terminal says with a code
that no public table has for a yes or a no is unknown, and stays with a person: its reports name
transactions by numbers that a request does not know before.
"""

from __future__ import annotations

from dataclasses import replace

from pos_guard.errors import FrameError
from pos_guard.frames import stx_pax, stx_pax_reply
from pos_guard.links.dialect import Ask, Asks, Says, Units
from pos_guard.links.dialect import Say as Said
from pos_guard.links.stx_line import StxTiming
from pos_guard.model import Outcome, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry

TIMING = StxTiming(ack_s=7.0, repeats=2)
"""Public SDKs wait seven seconds for the ACK and send a request three times in all."""

USUAL_CURRENCY = "USD"
"""No message names one; POSLink terminals are North American."""


class PaxDialect:
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
        return Ask(kind, unit, command.name)

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
        outcome = None if asked.intent is None else self._outcome(reply)
        return Said(Says.FINAL, unit, outcome)

    def refuse(self, ask: Ask, reason: Reason, say: Words) -> Units:
        """100002: aborted at the terminal, for all that a till knows."""
        del reason, say
        return (stx_pax_reply.refusal(stx_pax.parse_command(ask.unit), "ABORTED"),)

    def malformed(self, unit: bytes, error: FrameError) -> Units:
        """The line's NAK."""
        del unit, error
        return ()

    def alive(self, ask: Ask) -> bytes | None:
        """None that every client would understand: they wait for a minute and more."""
        del ask
        return None

    def stopped(self, stop: Ask, held: Ask | None) -> Units:
        """A cancel (A14) has no reply of its own; what it ended was aborted."""
        del stop
        if held is None:
            return ()
        return (stx_pax_reply.refusal(stx_pax.parse_command(held.unit), "ABORTED"),)

    def undone(self, undo: Ask) -> Units:
        """A void is a request of its own here."""
        del undo
        return ()

    def late(self, ask: Ask) -> Units:
        """Silence."""
        del ask
        return ()

    def question(self, entry: Entry) -> bytes | None:
        """None: a report finds a transaction by a number that only its reply would have told."""
        del entry
        return None

    def found(self, entry: Entry, unit: bytes) -> Outcome | None:
        """Nothing was asked."""
        del entry, unit
        return None

    def _outcome(self, reply: stx_pax_reply.Reply) -> Outcome:
        if reply.code in stx_pax_reply.YES:
            receipt = reply.transaction
            return Outcome(
                Result.APPROVED, reply.amount, self._currency, receipt=receipt, code=reply.code
            )
        no = reply.code in stx_pax_reply.NO
        return Outcome(Result.DECLINED if no else Result.UNKNOWN, code=reply.code)
