"""A small payment protocol in plain words, a device that speaks it, and both on a virtual clock.

Units are lines of ASCII. A line is acknowledged with ``+`` or refused with ``-``, and repeated
when nothing comes. The till says ``SALE k7 1250``, the device ``OK k7 1250 r0001``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from pos_guard.errors import FrameError
from pos_guard.links.dialect import (
    Ask,
    Asks,
    ExchangeTiming,
    Fate,
    Heard,
    Parts,
    Say,
    Says,
    Units,
)
from pos_guard.links.session import (
    CancelTimer,
    Effect,
    Effects,
    SetTimer,
    ToApp,
    ToDevice,
)
from pos_guard.model import Intent, IntentKind, Outcome, Result, Tender, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry
from tests.shop import TERMINAL_ID

ACK, NAK = b"+", b"-"
LINK = "toy"
TIMING = ExchangeTiming()
_KINDS = {"SALE": IntentKind.SALE, "REFUND": IntentKind.REFUND, "VOID": IntentKind.VOID}
_FIELDS = {
    "SALE": 3,
    "REFUND": 4,
    "VOID": 3,
    "PING": 2,
    "SET": 2,
    "STOP": 1,
    "UNDO": 3,
    "ODD": 2,
    "CLOSE": 2,
    "WHAT": 2,
}


@dataclass
class Toy:
    """The dialect. ``keyed`` without numbers: only one request can be open."""

    name: str = "toy"
    keyed: bool = True
    asks_last: bool = True
    silent_late: bool = True
    speechless: bool = False
    says_paid: bool = True
    tells_kind: bool = True

    def read(self, unit: bytes) -> Ask:
        words = unit.decode("ascii", "replace").split(" ")
        if len(words) != _FIELDS.get(words[0], 0):
            raise FrameError("format", "no such request")
        verb, key = words[0], words[1] if self.keyed and len(words) > 1 else ""
        if verb in _KINDS:
            return Ask(Asks.MONEY, unit, verb, key, self._intent(words))
        if verb == "UNDO":
            target = words[2] if self.keyed else None
            return Ask(Asks.UNDOES, unit, verb, key, undoes=target)
        kinds = dict.fromkeys(("PING", "SET", "WHAT", "CLOSE"), Asks.PASSES) | {"STOP": Asks.STOPS}
        kind = kinds.get(verb, Asks.UNKNOWN)
        return Ask(kind, unit, verb, key, answered=verb != "SET", closes=verb == "CLOSE")

    def _intent(self, words: list[str]) -> Intent:
        kind, last = _KINDS[words[0]], words[-1]
        if kind is IntentKind.VOID:
            return Intent(kind, Tender.CARD, None, "EUR", original=last, reference=words[1])
        if not words[2].isdigit():
            raise FrameError("digits", "no amount")
        original = last if kind is IntentKind.REFUND else None
        return Intent(kind, Tender.CARD, int(words[2]), "EUR", original, reference=words[1])

    def hear(self, unit: bytes, asked: Ask | None) -> Say:
        words = unit.decode("ascii", "replace").split(" ")
        if words[0] not in _ANSWERS:
            raise FrameError("format", "no such answer")
        if asked is None or not self._fits(words, asked):
            return Say(Says.STRAY, unit, payees=_payees(words))
        if words[0] == "WORK":
            return Say(Says.PROGRESS, unit)
        return Say(Says.FINAL, unit, _outcome(words), _payees(words))

    def _fits(self, words: list[str], asked: Ask) -> bool:
        verb = asked.name
        wanted = _WANTED.get(verb, {"OK", "NO", "MAYBE"})
        same = not self.keyed or (len(words) > 1 and words[1] == asked.key)
        return same and words[0] in wanted | {"WORK"}

    def refuse(self, ask: Ask, reason: Reason, say: Words) -> Units:
        del say
        return () if self.speechless else (f"DENY {ask.key} {reason}".encode(),)

    def malformed(self, unit: bytes, error: FrameError) -> Units:
        del unit
        return () if self.speechless else (f"BAD {error.code}".encode(),)

    def alive(self, ask: Ask) -> bytes | None:
        return None if self.speechless else f"WAIT {ask.key}".encode()

    def stopped(self, stop: Ask, held: Ask | None) -> Units:
        del stop
        return (f"STOPPED {'' if held is None else held.key}".encode(),)

    def undone(self, undo: Ask) -> Units:
        return (f"UNDONE {undo.key}".encode(),)

    def late(self, ask: Ask) -> Units:
        return () if self.silent_late else (f"LATE {ask.key}".encode(),)

    def paid(self, ask: Ask, entry: Entry) -> Units:
        said = f"OK {ask.key} {entry.amount} {entry.receipt or '-'}"
        return (said.encode(),) if self.says_paid else ()

    def question(self, entry: Entry) -> bytes | None:
        return f"WHAT {entry.reference}".encode() if self.asks_last else None

    def found(self, entry: Entry, unit: bytes) -> Outcome | None:
        words = unit.decode("ascii", "replace").split(" ")
        if words[0] not in _ANSWERS:
            raise FrameError("format", "no such answer")
        if words[0] != "LAST" or words[1] != entry.reference or words[2] == "?":
            return None
        return _outcome([words[2], words[1], *words[3:]])


_WANTED = {"PING": {"PONG"}, "WHAT": {"LAST"}, "UNDO": {"UNDONE", "KEPT"}}
_ANSWERS = {"OK", "NO", "MAYBE", "WORK", "UNDONE", "KEPT", "PONG", "LAST"}


def _outcome(words: list[str]) -> Outcome | None:
    match words[0]:
        case "OK":
            return Outcome(Result.APPROVED, int(words[2]), "EUR", words[3], TERMINAL_ID)
        case "NO":
            return Outcome(Result.DECLINED, code="05")
        case "UNDONE":
            return Outcome(Result.APPROVED)
        case "KEPT":
            return Outcome(Result.DECLINED)
        case "MAYBE":
            return Outcome(Result.UNKNOWN)
        case _:
            return None


def _payees(words: list[str]) -> tuple[str, ...]:
    return tuple(word for word in words if len(word) == len(TERMINAL_ID) and word.isdigit())


class ToyLine:
    """Lines with ``+`` and ``-``; ``acks`` False: bare lines, as on TCP."""

    def __init__(self, side: str, out: Callable[[bytes], Effect], *, acks: bool = True) -> None:
        self._timer = f"{side}-ack"
        self._out = out
        self._acks = acks
        self._buffer = b""
        self._sent: deque[bytes] = deque()
        self._tries = 0
        self._quiet = False

    def receive(self, data: bytes) -> Heard:
        got = Heard()
        self._buffer += data
        while self._acks and self._sent and self._buffer[:1] in (ACK, NAK):
            signal, self._buffer = self._buffer[:1], self._buffer[1:]
            self._signal(signal == ACK, got)
        while b"\n" in self._buffer:
            unit, _, self._buffer = self._buffer.partition(b"\n")
            unit = unit.lstrip(ACK + NAK)
            if unit.startswith(b"!"):
                got.error, got.cut = FrameError("check", "bad line"), unit
                break
            got.units.append(unit)
        if len(self._buffer) > 100:
            got.error, got.cut, got.lost = FrameError("length", "endless"), self._buffer, True
        return got

    def took(self) -> Effects:
        return [self._out(ACK)] if self._acks else []

    def rejected(self) -> Effects:
        return [self._out(NAK)] if self._acks else []

    def send(self, unit: bytes) -> Effects:
        self._sent.append(unit)
        return self._next() if len(self._sent) == 1 or not self._acks else []

    def withdraw(self, unit: bytes) -> Fate:
        if unit not in self._sent:
            return Fate.LEFT
        if self._sent[0] == unit:
            self._tries = 3
            return Fate.OPEN
        self._sent.remove(unit)
        return Fate.KEPT

    def timer(self, name: str) -> Heard | None:
        if name != self._timer:
            return None
        self._quiet = True
        if self._tries < 3 and self._sent:
            return Heard(effects=self._next())
        self.reset()
        return Heard(lost=True)

    def reset(self) -> Effects:
        self._buffer = b""
        self._sent.clear()
        self._tries = 0
        return [CancelTimer(self._timer)] if self._acks else []

    def _signal(self, taken: bool, got: Heard) -> None:
        got.effects.append(CancelTimer(self._timer))
        if not taken and self._tries == 3:
            got.lost, got.untaken = True, None if self._quiet else self._sent[0]
        if taken or got.lost:
            self._sent.popleft()
            self._tries, self._quiet = 0, False
        got.effects += self._next()

    def _next(self) -> Effects:
        if not self._sent:
            return []
        if not self._acks:
            return [self._out(self._sent.popleft() + b"\n")]
        self._tries += 1
        return [self._out(self._sent[0] + b"\n"), SetTimer(self._timer, 2.0)]


def parts(dialect: Toy, timing: ExchangeTiming = TIMING, *, acks: bool = True) -> Parts:
    return Parts(
        dialect,
        ToyLine("app", ToApp, acks=acks),
        ToyLine("device", ToDevice, acks=acks),
        timing,
    )


@dataclass
class Device:
    """What a device does, by amount: approve, decline, maybe, silent, silent-after, garbage.

    ``book`` holds what it moved: key, amount, and whether that still stands. ``refuses_undo``:
    it does not take anything back. ``known``: it answers ``WHAT``. ``mute``: it says nothing.
    ``deaf``: nor does it acknowledge anything. ``naks``: it says no to so many lines.
    """

    does: dict[int, str] = field(default_factory=dict[int, str])
    refuses_undo: bool = False
    silent_undo: bool = False
    known: bool = True
    mute: bool = False
    deaf: bool = False
    naks: int = 0
    terminal_id: str = TERMINAL_ID
    heard: list[str] = field(default_factory=list[str])
    book: dict[str, tuple[int, bool]] = field(default_factory=dict[str, tuple[int, bool]])

    def answers(self, unit: str) -> list[str]:
        self.heard.append(unit)
        return [] if self.mute else self._said(unit.split(" "))

    def _said(self, words: list[str]) -> list[str]:
        match words[0]:
            case "SALE" | "REFUND" | "VOID":
                return self._money(words)
            case "PING":
                return [f"PONG {words[1]} {self.terminal_id}"]
            case "CLOSE":
                return [f"OK {words[1]} 0 -" if words[1] != "k9" else "NO k9 05"]
            case "UNDO":
                return self._undo(words)
            case "WHAT":
                return self._last(words[1])
            case _:
                return []

    def _money(self, words: list[str]) -> list[str]:
        key, amount = words[1], int(words[2]) if words[0] != "VOID" else 1250
        what = self.does.get(amount, "approve")
        moves = what in ("approve", "silent-after", "garbage", "slow")
        if moves and key not in self.book:
            self.book[key] = (amount, True)
        return {
            "approve": [f"WORK {key}", f"OK {key} {amount} r-{key} {self.terminal_id}"],
            "slow": [f"WORK {key}"],
            "decline": [f"NO {key} 05"],
            "maybe": [f"MAYBE {key}"],
            "garbage": ["?????"],
        }.get(what, [])

    def _undo(self, words: list[str]) -> list[str]:
        if self.silent_undo:
            return []
        if self.refuses_undo:
            return [f"KEPT {words[1]}"]
        if words[2] in self.book:
            self.book[words[2]] = (self.book[words[2]][0], False)
        return [f"UNDONE {words[1]}"]

    def _last(self, key: str) -> list[str]:
        if not self.known:
            return [f"LAST {key} ?"]
        amount, stands = self.book.get(key, (0, False))
        return [f"LAST {key} OK {amount} r-{key}" if stands else f"LAST {key} NO 05"]
