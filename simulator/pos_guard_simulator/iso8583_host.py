"""A simulated ISO 8583 host, without I/O: bytes and timers in, effects out.

It keeps the books of one acquirer, so that voids, refunds, reversals and settlements answer
truly, and does by amount what its script says. ``ToApp`` is "to the till". It checks no MAC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from pos_guard.errors import FrameError
from pos_guard.frames.iso8583 import Message, build, parse
from pos_guard.frames.iso8583_answer import answer_type, swapped
from pos_guard.frames.iso8583_framing import LengthFramer
from pos_guard.frames.iso8583_intent import Role, intent_of, meaning, original, undone
from pos_guard.frames.iso8583_profile import UNION_PAY, Profile
from pos_guard.links.session import CloseApp, Effect, Effects, SetTimer, ToApp
from pos_guard.model import Intent, IntentKind
from pos_guard_simulator.iso8583_book import HostBook, Posting
from pos_guard_simulator.zvt_book import Script

APPROVED, PARTLY, NO_ORIGINAL, REPEATED, TOO_MUCH = "00", "10", "25", "94", "61"
NOT_SUPPORTED, WRONG_FORMAT, WRONG_AMOUNT = "40", "30", "13"

WORDS = (
    "approve[:AMOUNT], decline[:CC], late:MS, silent-before, silent-after, reset, "
    "split, glued, twice, length, tpdu, terminal, trace, garbage"
)
"""What the host does. ``approve:AMOUNT`` pays only a part; ``late:MS`` approves after so many
milliseconds; ``silent-before`` moves nothing and says nothing, ``silent-after`` moves the money
and says nothing; ``reset`` moves it and hangs up. Wrong answers to what was approved: in ``split``
pieces, ``glued`` to a stray one, ``twice``, with a wrong ``length``, another ``tpdu``, another
``terminal``, another ``trace``, ``garbage``."""

_ECHOED = (2, 3, 4, 7, 11, 25, 32, 41, 42, 49, 60, 70)
_UNDOING = frozenset({IntentKind.VOID, IntentKind.COMPLETION_VOID, IntentKind.PREAUTH_VOID})
_GIVING_BACK = _UNDOING | {IntentKind.REFUND}
_PASSING = frozenset({"0320", "0620", "0800", "0820"})


@dataclass(frozen=True, slots=True)
class HostSettings:
    """How the host is set up.

    ``time`` and ``date``: fields 12 and 13 of its answers. ``swap``: its TPDU is turned round.
    ``mac``: it answers with a field 64. ``reversals``: ``approve``, ``silent`` or a code for 39.
    """

    profile: Profile = UNION_PAY
    time: str = "141556"
    date: str = "0824"
    swap: bool = True
    mac: bool = True
    reversals: str = "approve"


DEFAULT = HostSettings()
DEFAULT_SCRIPT = Script()


class Iso8583Host:
    """The twin. ``heard`` holds each message that arrived, ``book`` what was moved."""

    def __init__(self, settings: HostSettings = DEFAULT, script: Script = DEFAULT_SCRIPT) -> None:
        self.settings = settings
        self.script = script
        self.book = HostBook()
        self.heard: list[bytes] = []
        self._framer = LengthFramer(settings.profile)
        self._out: list[Effect] = []
        self._connected = False
        self._later: dict[str, Callable[[], None]] = {}

    @property
    def moved(self) -> list[Posting]:
        """Postings that stand."""
        return [posting for posting in self.book.postings if not posting.reversed]

    @property
    def idle(self) -> bool:
        """No answer is still to come."""
        return not self._later

    def connected(self) -> Effects:
        """A till is there."""
        self._connected = True
        self._framer.drop()
        return []

    def closed(self) -> Effects:
        """The till is gone: what has begun is done, its answer is not said."""
        self._connected = False
        return []

    def data(self, data: bytes) -> Effects:
        """Bytes of the till."""
        self._framer.feed(data)
        try:
            while (unit := self._framer.take()) is not None:
                self.heard.append(unit)
                self._request(parse(unit, self.settings.profile))
        except FrameError as error:
            self._framer.drop()
            self._out.append(CloseApp(f"till: {error.code}"))
        return self._taken()

    def timer(self, name: str) -> Effects:
        """A late answer is due."""
        act = self._later.pop(name, None)
        if act is not None:
            act()
        return self._taken()

    def _taken(self) -> Effects:
        out, self._out = self._out, []
        return out

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
        word, rest = self.script.behaviour(intent.amount)
        if word == "silent-before":
            return
        if word == "decline":
            self._say(message, rest or "05")
            return
        if word == "late":
            name = f"late-{len(self.heard)}"
            self._later[name] = lambda: self._post(message, intent, ("approve", ""))
            self._out.append(SetTimer(name, int(rest) / 1000))
            return
        self._post(message, intent, (word, rest))

    def _post(self, message: Message, intent: Intent, script: tuple[str, str]) -> None:
        amount, key = intent.amount or 0, intent.reference or ""
        sale = self.book.original(original(message, self.settings.profile))
        code = self._objection(intent, sale)
        if code is not None:
            self._say(message, code)
            return
        word, rest = script
        paid = int(rest) if word == "approve" and rest else amount
        undoes = sale if intent.kind in _GIVING_BACK else None
        posting = self.book.move(intent.kind, paid, key, undoes)
        if word == "silent-after":
            return
        if word == "reset":
            self._out.append(CloseApp("reset"))
            return
        fields = {4: f"{paid:012d}", 37: posting.number, 38: posting.number[-6:]}
        code = APPROVED if paid == amount else PARTLY
        self._approve(self._answer(message, code, fields), word)

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
        self._send(self._answer(message, APPROVED, {48: f"{ours}{flag}{theirs[31:]}"}))

    # -- answers -------------------------------------------------------------------------------

    def _say(self, request: Message, code: str) -> None:
        self._send(self._answer(request, code, {}))

    def _answer(self, request: Message, code: str, fields: dict[int, str]) -> Message:
        settings = self.settings
        kind = answer_type(request.type)
        echoed = {number: request.fields[number] for number in _ECHOED if number in request.fields}
        ours = {12: settings.time, 13: settings.date, 37: "0" * 12, 39: code}
        tpdu = swapped(request.tpdu) if settings.swap else request.tpdu
        return Message(kind or "0810", {**echoed, **ours, **fields}, tpdu, request.header)

    def _built(self, message: Message) -> bytes:
        profile = self.settings.profile
        if not self.settings.mac:
            return build(message, profile)
        digest = hashlib.sha256(build(message, profile)).hexdigest()[:16]
        return build(replace(message, fields={**message.fields, 64: digest}), profile)

    def _framed(self, message: Message) -> bytes:
        unit = self._built(message)
        return self.settings.profile.length.write(len(unit)) + unit

    def _send(self, message: Message) -> None:
        self._out_bytes(self._framed(message))

    def _out_bytes(self, *pieces: bytes) -> None:
        if self._connected:
            self._out += [ToApp(piece) for piece in pieces]

    def _approve(self, message: Message, word: str) -> None:
        """The approval, right or wrong as the script wants it."""
        right = self._framed(message)
        stray = replace(message, fields={**message.fields, 11: "999999"})
        wrong: dict[str, tuple[bytes, ...]] = {
            "split": (right[:1], right[1:20], right[20:]),
            "glued": (self._framed(stray) + right,),
            "twice": (right, right),
            "length": (self.settings.profile.length.write(len(right)) + right[2:],),
            "tpdu": (self._framed(replace(message, tpdu=swapped(message.tpdu))),),
            "terminal": (self._framed(_changed(message, 41, "99999999")),),
            "trace": (self._framed(stray),),
            "garbage": (b"\xff" * 40,),
        }
        self._out_bytes(*wrong.get(word, (right,)))


def _changed(message: Message, number: int, value: str) -> Message:
    return replace(message, fields={**message.fields, number: value})
