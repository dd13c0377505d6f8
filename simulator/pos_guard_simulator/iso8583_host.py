"""A simulated ISO 8583 host, without I/O: bytes and timers in, effects out.

It keeps the books of one acquirer, so that voids, refunds, reversals and settlements answer
truly, and does by amount what its script says. ``ToApp`` is "to the till". It checks no MAC.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from pos_guard.errors import FrameError
from pos_guard.frames.iso8583 import Message, build, parse
from pos_guard.frames.iso8583_answer import answer_type, swapped
from pos_guard.frames.iso8583_framing import LengthFramer
from pos_guard.frames.iso8583_intent import Role, intent_of, meaning, original, undone
from pos_guard.frames.iso8583_profile import UNION_PAY, Profile
from pos_guard.model import Intent, IntentKind
from pos_guard_simulator.iso8583_book import HostBook, Posting
from pos_guard_simulator.iso8583_wrongs import spoils_of
from pos_guard_simulator.payment_teller import Job
from pos_guard_simulator.payment_twin import PaymentTwin
from pos_guard_simulator.payment_wrongs import Wrongs
from pos_guard_simulator.zvt_book import Script

APPROVED, PARTLY, DECLINED, NO_ORIGINAL, REPEATED, TOO_MUCH = "00", "10", "05", "25", "94", "61"
NOT_SUPPORTED, WRONG_FORMAT, WRONG_AMOUNT = "40", "30", "13"

_ECHOED = (2, 3, 4, 7, 11, 25, 32, 41, 42, 49, 60, 70)
_UNDOING = frozenset({IntentKind.VOID, IntentKind.COMPLETION_VOID, IntentKind.PREAUTH_VOID})
_GIVING_BACK = _UNDOING | {IntentKind.REFUND}
_PASSING = frozenset({"0320", "0620", "0800", "0820"})


@dataclass(frozen=True, slots=True)
class HostSettings:
    """How the host is set up.

    ``time`` and ``date``: fields 12 and 13 of its answers. ``swap``: its TPDU is turned round.
    ``mac``: it answers with a field 64. ``reversals``: ``approve``, ``silent`` or a code for 39.
    ``work_s``: how long the issuer takes.
    """

    profile: Profile = UNION_PAY
    time: str = "141556"
    date: str = "0824"
    swap: bool = True
    mac: bool = True
    reversals: str = "approve"
    work_s: float = 0.0


DEFAULT = HostSettings()
DEFAULT_SCRIPT = Script()


class Iso8583Host(PaymentTwin[Posting]):
    """The twin. ``heard`` holds each message that arrived, ``book`` what was moved."""

    def __init__(self, settings: HostSettings = DEFAULT, script: Script = DEFAULT_SCRIPT) -> None:
        super().__init__(script, settings.work_s, Wrongs(spoils_of(settings.profile)))
        self.settings = settings
        self.book = HostBook()
        self.heard: list[bytes] = []
        self._framer = LengthFramer(settings.profile)

    @property
    def moved(self) -> list[Posting]:
        """Postings that stand."""
        return [posting for posting in self.book.postings if not posting.reversed]

    def say(self, unit: bytes) -> None:
        """A message with its length in front."""
        self._send(self.settings.profile.length.write(len(unit)) + unit)

    def _reset(self) -> None:
        self._framer.drop()

    def _received(self, data: bytes) -> None:
        self._framer.feed(data)
        try:
            while (unit := self._framer.take()) is not None:
                self.heard.append(unit)
                self._request(parse(unit, self.settings.profile))
        except FrameError as error:
            self._framer.drop()
            self._hang_up(f"till: {error.code}")

    # -- requests ------------------------------------------------------------------------------

    def _request(self, message: Message) -> None:
        profile = self.settings.profile
        means = meaning(message, profile)
        if means.role is Role.UNDOES:
            self._reverse(message)
        elif message.type == "0500":
            self._settle(message)
        elif means.role is Role.ASKS or message.type in _PASSING:
            self._say(message, APPROVED)
        elif means.role is Role.MONEY:
            self._money(message)
        else:
            self._say(message, NOT_SUPPORTED)

    def _money(self, message: Message) -> None:
        try:
            intent = intent_of(message, self.settings.profile)
        except FrameError:
            intent = None
        if intent is None or intent.amount is None or intent.reference is None:
            self._say(message, WRONG_FORMAT)
            return
        amount = intent.amount

        def move(moved: int) -> Posting | str:
            sale = self.book.original(original(message, self.settings.profile))
            code = self._objection(intent, sale)
            if code is not None:
                return code
            undoes = sale if intent.kind in _GIVING_BACK else None
            return self.book.move(intent.kind, moved, intent.reference or "", undoes)

        def yes(posting: Posting) -> bytes:
            fields = {4: f"{posting.amount:012d}", 37: posting.number, 38: posting.number[-6:]}
            code = APPROVED if posting.amount == amount else PARTLY
            return self._answer(message, code, fields)

        self._begin(
            Job(amount, move, yes, lambda code: self._answer(message, code or DECLINED, {}))
        )

    def _objection(self, intent: Intent, sale: Posting | None) -> str | None:
        """Field 39 of a no; None: it can be done."""
        known = self.book.known(intent.reference or "")
        if known is not None:
            return REPEATED
        if intent.kind not in _GIVING_BACK:
            return None
        if sale is None:
            return NO_ORIGINAL
        amount, remaining = intent.amount or 0, self.book.remaining(sale)
        if intent.kind in _UNDOING and amount != sale.amount:
            return WRONG_AMOUNT
        return None if amount <= remaining else TOO_MUCH

    def _reverse(self, message: Message) -> None:
        how = self.settings.reversals
        if how == "silent":
            return
        if how != "approve":
            self._say(message, how)
            return
        posting = self.book.known(undone(message, self.settings.profile) or "")
        if posting is None:
            self._say(message, NO_ORIGINAL)
            return
        posting.reversed = True
        self._say(message, APPROVED)

    def _settle(self, message: Message) -> None:
        taken, sales, given, refunds = self.book.totals()
        ours = f"{taken:012d}{sales:03d}{given:012d}{refunds:03d}"
        theirs = message.get(48)
        self.book.settle()
        if theirs is None:
            self._say(message, APPROVED)
            return
        flag = "1" if theirs[:30] == ours else "2"
        self.say(self._answer(message, APPROVED, {48: f"{ours}{flag}{theirs[31:]}"}))

    # -- answers -------------------------------------------------------------------------------

    def _say(self, request: Message, code: str) -> None:
        self.say(self._answer(request, code, {}))

    def _answer(self, request: Message, code: str, fields: dict[int, str]) -> bytes:
        settings = self.settings
        kind = answer_type(request.type)
        echoed = {number: request.fields[number] for number in _ECHOED if number in request.fields}
        ours = {12: settings.time, 13: settings.date, 37: "0" * 12, 39: code}
        tpdu = swapped(request.tpdu) if settings.swap else request.tpdu
        message = Message(kind or "0810", {**echoed, **ours, **fields}, tpdu, request.header)
        if not settings.mac:
            return build(message, settings.profile)
        digest = hashlib.sha256(build(message, settings.profile)).hexdigest()[:16]
        signed = replace(message, fields={**message.fields, 64: digest})
        return build(signed, settings.profile)
