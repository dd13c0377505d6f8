"""ISO 8583 for the exchange session: what a till's messages ask, how a no is said.

A refusal is the host's own answer with a code in field 39 and no MAC: its key is the till's and
the host's alone. Where the till insists on a MAC there are no words for a no: the till is hung up
on, and its reversal of what the host never had is answered here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pos_guard.errors import FrameError
from pos_guard.frames.iso8583 import Message, build, parse
from pos_guard.frames.iso8583_answer import answer, answer_type
from pos_guard.frames.iso8583_intent import (
    Role,
    batch_of,
    intent_of,
    meaning,
    reference,
    undone,
)
from pos_guard.frames.iso8583_profile import Profile
from pos_guard.links import iso8583_words as words
from pos_guard.links.dialect import Ask, Asks, QuietDialect, Say, Says, Units
from pos_guard.links.iso8583_result import RESTORED, closed, outcome_of, payees_of, said_undone
from pos_guard.links.iso8583_reversal import reversal_of
from pos_guard.model import Intent, Outcome, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry

_ASKS: Mapping[Role, Asks] = {
    Role.MONEY: Asks.MONEY,
    Role.ASKS: Asks.PASSES,
    Role.UNDOES: Asks.UNDOES,
    Role.ANSWER: Asks.UNKNOWN,
    Role.UNKNOWN: Asks.UNKNOWN,
}

SETTLEMENT = "0500"

_UNION_PAY_FIELDS = frozenset(
    {*range(2, 5), *range(11, 16), 22, 23, 25, 26, 32, *range(35, 40), *range(41, 45)}
    | {46, 47, 48, 49, 52, 53, *range(55, 65)}
)
_ISO_FIELDS = frozenset(
    {*range(2, 5), 7, *range(11, 16), *range(17, 28), *range(32, 50), 52, 53, *range(55, 65)}
    | {90, 100, 102, 103, 123, 128}
)
"""What may stand in a money request: without fields that say an amount in a second way."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a network differs beyond its bytes.

    ``mac``: the till takes no answer without field 64, so that there are no words for a no.
    ``swap``: the TPDU of an answer is turned round. ``reverse``: the TPDU, and the header behind
    it, with which the guard sends a reversal of its own for a sale whose outcome is not known;
    None: it sends none.
    """

    mac: bool = False
    swap: bool = True
    reverse: bytes | None = None


DEFAULT = Options()


class Iso8583(QuietDialect):
    """The words of one profile; see ``links.dialect.Dialect``.

    To silence a till answers with its own reversal of a sale; a refund it reports as not known.
    """

    def __init__(self, profile: Profile, options: Options = DEFAULT) -> None:
        self.name = profile.name
        self._profile = profile
        self._options = options

    # -- the till ------------------------------------------------------------------------------

    def read(self, unit: bytes) -> Ask:
        """What the till asks; a money request strictly."""
        message = parse(unit, self._profile)
        means = meaning(message, self._profile)
        kind = _ASKS[means.role]
        number = reference(message, self._profile)
        name = f"{message.type} {means.name}"
        if kind is Asks.MONEY:
            intent = self._money(message)
            return Ask(kind, unit, name, number or "", intent)
        # Another kind of message may have the number of the request that it is about.
        key = "" if number is None else f"{message.type}:{number}"
        undoes = undone(message, self._profile) if kind is Asks.UNDOES else None
        return Ask(kind, unit, name, key, undoes=undoes, closes=message.type == SETTLEMENT)

    def _money(self, message: Message) -> Intent | None:
        allowed = _UNION_PAY_FIELDS if self._profile.union_pay else _ISO_FIELDS
        for number in message.fields:
            if number not in allowed:
                raise FrameError("unknown-field", f"field {number} in a money request")
        for number in (4, 11, 41, 49, *((42, 60) if self._profile.union_pay else ())):
            if number not in message.fields:
                raise FrameError("missing-field", f"a money request without field {number}")
        if self._profile.union_pay and batch_of(message) is None:
            raise FrameError("missing-field", "a money request without a batch number in 60.2")
        if build(message, self._profile) != message.raw:
            raise FrameError("not-canonical", "the same content has other bytes")
        return intent_of(message, self._profile)

    # -- the host ------------------------------------------------------------------------------

    def hear(self, unit: bytes, asked: Ask | None) -> Say:
        """What the host says: an answer to what is open, by type, trace, terminal and batch."""
        message = parse(unit, self._profile)
        payees = payees_of(message)
        if asked is None or not self._answers(message, asked.unit):
            return Say(Says.STRAY, unit, payees=payees)
        return Say(Says.FINAL, unit, self._outcome(message, asked), payees)

    def _outcome(self, message: Message, asked: Ask) -> Outcome | None:
        if asked.closes:
            return closed(message)
        if asked.kind is Asks.UNDOES:
            confirmed = said_undone(message)
            return Outcome(Result.APPROVED if confirmed else Result.DECLINED, code=message.get(39))
        if asked.intent is None:
            return None
        return outcome_of(message, self._profile, asked.intent.kind)

    def _answers(self, message: Message, unit: bytes) -> bool:
        request = parse(unit, self._profile)
        if message.type != answer_type(request.type) or message.get(11) != request.get(11):
            return False
        # A host may leave out what it is not asked to repeat; what it says must be the same.
        same = all(message.get(n) in (None, request.get(n)) for n in (7, 41, 42))
        if self._profile.union_pay:
            same = same and batch_of(message) in (None, batch_of(request))
        return same

    # -- saying no -----------------------------------------------------------------------------

    def refuse(self, ask: Ask, reason: Reason, say: Words) -> Units:
        """The host's answer with field 39; nothing where the till wants a MAC."""
        del say
        code = words.NOT_SUPPORTED
        if ask.kind is not Asks.UNKNOWN:
            code = words.code_of(reason)
        return self._answer(ask.unit, code)

    def malformed(self, unit: bytes, error: FrameError) -> Units:
        """A format error, where at least the message itself can be read."""
        del error
        try:
            return self._answer(unit, words.FORMAT_ERROR)
        except FrameError:
            return ()

    def paid(self, ask: Ask, entry: Entry) -> Units:
        """Approved, with the host's own number; nothing where the till wants a MAC."""
        return self._answer(ask.unit, "00", entry.receipt)

    def _answer(self, unit: bytes, code: str, number: str | None = None) -> Units:
        if self._options.mac:
            return ()
        return self._say(unit, code, number)

    def _say(self, unit: bytes, code: str, number: str | None = None) -> Units:
        message = parse(unit, self._profile)
        said = answer(message, code, self._profile, swap=self._options.swap, number=number)
        return () if said is None else (said,)

    def undone(self, undo: Ask) -> Units:
        """Approved: there is nothing to reverse. Said without a MAC even where one is wanted."""
        return self._say(undo.unit, "00")

    # -- finding out ---------------------------------------------------------------------------

    def question(self, entry: Entry) -> bytes | None:
        """A reversal of a sale whose outcome is not known, where the profile allows one."""
        head = self._options.reverse
        return None if head is None else reversal_of(entry, head, self._profile)

    def found(self, entry: Entry, unit: bytes) -> Outcome | None:
        """The host took it back: nothing stands. Anything else proves nothing.

        Not even that it knows no such original: it may know it as another kind of request.
        """
        message = parse(unit, self._profile)
        ours = message.type == "0410" and reference(message, self._profile) == entry.reference
        return RESTORED if ours and message.get(39) == "00" else None
