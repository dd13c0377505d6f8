"""ECR17 (Nexi, Italy): what a till and a terminal say to each other, for the exchange session.

The terminal keeps its last result and repeats it when asked (``G``). It names no request, so it
counts as the answer to an open one only if its host time fits and its number is new.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pos_guard.frames import stx_nexi, stx_nexi_reply
from pos_guard.frames.stx import Control, StxFormat
from pos_guard.frames.stx_nexi_line import NexiFramer, is_progress, signal
from pos_guard.links.dialect import Ask, Asks, Heard, QuietDialect, Says, Units
from pos_guard.links.dialect import Say as Said
from pos_guard.links.session import Effect, Effects
from pos_guard.links.stx_asked_line import AskedLine, Asking, bare, is_last
from pos_guard.links.stx_line import StxTiming
from pos_guard.model import IntentKind, Outcome, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry

TIMING = StxTiming(ack_s=5.0, repeats=3)
"""Three repeats says the standard; it names no time for the signal, and NAKs are quick."""

BEFORE = timedelta(minutes=5)
AFTER = timedelta(minutes=20)
"""How far the host's time of a result may lie from our record of the request: two clocks, a
customer who looks for a card, and a host that tries again."""

_ZONES = (timedelta(hours=1), timedelta(hours=2))
"""Italian time, winter and summer."""

_TEXTS = {
    Reason.NOT_SIGNED_IN: "SIGN IN FIRST",
    Reason.NOT_PERMITTED: "NOT PERMITTED",
    Reason.OVER_LIMIT: "OVER LIMIT",
    Reason.AMOUNT: "WRONG AMOUNT",
    Reason.ORIGINAL: "ORIGINAL NOT FOUND",
    Reason.REMAINING: "ALREADY REFUNDED",
    Reason.DUPLICATE: "DUPLICATE REQUEST",
    Reason.PAYEE: "UNKNOWN TERMINAL",
    Reason.GUARD: "TERMINAL NOT READY",
    Reason.DECLINED_BY_PERSON: "NOT APPROVED",
}
_ELSE = "REFUSED BY POLICY"
_CLOSE = "C"
_NO_ANSWER = frozenset({"E", "R"})
"""Requests that the terminal only acknowledges."""


class NexiDialect(QuietDialect):
    """The words of ECR17. To silence a till answers with the question for the last result."""

    name = "nexi-p17"

    def read(self, unit: bytes) -> Ask:
        """A request. Receipts that the till would print come after the result: not supported."""
        request = stx_nexi.parse_request(unit)
        intent = stx_nexi.intent_of(request)
        if intent is not None:
            if request.stan == stx_nexi.LAST_STAN:
                # "The last one" is whatever the terminal did last: no sale of ours by that name.
                intent = replace(intent, original=stx_nexi.LAST_STAN)
            return Ask(Asks.MONEY, unit, request.name, "", intent)
        to_till = request.code in _NO_ANSWER and unit[10:11] != b"0"
        kind = Asks.UNKNOWN if to_till else Asks.PASSES
        answered, closes = request.code not in _NO_ANSWER, request.code == _CLOSE
        return Ask(kind, unit, request.name, answered=answered, closes=closes)

    def hear(self, unit: bytes, asked: Ask | None) -> Said:
        """A result, progress, or something else that the terminal says."""
        if is_progress(unit):
            return Said(Says.PROGRESS if asked else Says.STRAY, unit)
        last, unit = is_last(unit), bare(unit)
        code = stx_nexi.code_of(unit)
        wanted = "" if asked is None else asked.unit[9:10].decode("ascii")
        if asked is None or last != (wanted == "G"):
            return Said(Says.STRAY, unit)
        if code not in ("E", "V"):
            if wanted != code:
                return Said(Says.STRAY, unit)
            return Said(Says.FINAL, unit, _closed(unit) if asked.closes else None)
        kind = None if asked.intent is None else asked.intent.kind
        reply = stx_nexi_reply.parse_reply(unit, kind)
        payee = _payee(reply)
        outcome = None if asked.intent is None else _outcome(reply)
        return Said(Says.FINAL, unit, outcome, () if payee is None else (payee,))

    def refuse(self, ask: Ask, reason: Reason, say: Words) -> Units:
        """``E`` 01 with a reason; what is no payment has only the line's NAK."""
        del say
        if ask.intent is None:
            return ()
        terminal = ask.unit[:8].decode("ascii")
        return (stx_nexi_reply.refusal(terminal, _TEXTS.get(reason, _ELSE)),)

    def alive(self, ask: Ask) -> bytes | None:
        """A progress text; tills show it and wait on."""
        del ask
        return b"\x01WAIT FOR APPROVAL   \x04"

    def question(self, entry: Entry) -> bytes | None:
        """The last result (``G``)."""
        known = entry.payee or ""
        terminal = known if len(known) == 8 and known.isdigit() else stx_nexi.ANY_TERMINAL
        return stx_nexi.last_result(terminal)

    def found(self, entry: Entry, unit: bytes) -> Outcome | None:
        """A new yes of about the same time is this request's; a no may be an older one's."""
        unit = bare(unit)
        if is_progress(unit):
            return None
        preauth = entry.kind is IntentKind.PREAUTH
        reply = stx_nexi_reply.parse_reply(unit, entry.kind)
        date = unit[60:67] if preauth else unit[40:47]
        if reply.result != stx_nexi_reply.OK or not (reply.stan or reply.preauth):
            return None
        if reply.amount is not None and reply.amount != entry.amount:
            return None
        return _outcome(reply) if _fits(date.decode("ascii"), entry.wall_us) else None


_ASKING = Asking(
    lambda unit: unit[9:10] == b"G",
    lambda unit: unit[9:10] in (b"E", b"V"),
)


class NexiLine(AskedLine):
    """ACK and NAK have three bytes; progress texts are sent once and never acknowledged."""

    def __init__(
        self, prefix: str, out: Callable[[bytes], Effect], form: StxFormat, timing: StxTiming
    ) -> None:
        super().__init__(prefix, out, form, timing, _ASKING)
        self._framer = NexiFramer(form)

    def send(self, unit: bytes) -> Effects:
        """Send a unit; a progress text at once."""
        return [self._out(unit)] if is_progress(unit) else super().send(unit)

    def _frame(self, body: bytes, heard: Heard) -> None:
        if is_progress(body):
            heard.units.append(body)
        else:
            super()._frame(body, heard)

    def _byte(self, control: Control) -> Effect:
        return self._out(signal(control, self._form))


def _closed(unit: bytes) -> Outcome:
    code = unit[10:12].decode("ascii", "replace")
    return Outcome(Result.APPROVED if code == stx_nexi_reply.OK else Result.DECLINED, code=code)


def _payee(reply: stx_nexi_reply.Reply) -> str | None:
    return None if reply.terminal_id == stx_nexi.ANY_TERMINAL else reply.terminal_id


def _outcome(reply: stx_nexi_reply.Reply) -> Outcome:
    if reply.result == stx_nexi_reply.OK:
        return Outcome(
            Result.APPROVED,
            reply.amount,
            "EUR",
            reply.preauth or reply.stan,
            _payee(reply),
            reply.result,
        )
    no = reply.result in (stx_nexi_reply.KO, stx_nexi_reply.NO_CARD)
    return Outcome(Result.DECLINED if no else Result.UNKNOWN, code=reply.result)


def _fits(date: str, wall_us: int) -> bool:
    """Whether ``DDDHHMM`` in Italian time lies about a moment; ``DDD`` counts from 1."""
    if len(date) != 7 or not date.isdigit():
        return False
    asked = datetime.fromtimestamp(wall_us // 1_000_000, UTC)
    for zone in _ZONES:
        local = asked + zone
        for year in {(local - BEFORE).year, (local + AFTER).year}:
            day = timedelta(days=int(date[:3]) - 1, hours=int(date[3:5]), minutes=int(date[5:]))
            told = datetime(year, 1, 1, tzinfo=UTC) + day
            if local - BEFORE <= told <= local + AFTER:
                return True
    return False
