"""What becomes of one scan: judged and durable when this returns, before a byte moves.

Two codes are the guard's own and never reach the till: an operator's badge and the sale id on our
receipts. A badge is identity only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pos_guard.decision import Decision
from pos_guard.errors import StoreError
from pos_guard.frames.codes import Code, classify
from pos_guard.frames.symbology import Symbology, identifier
from pos_guard.guard import Guard
from pos_guard.links import scanner_words as words
from pos_guard.links.scanner_settings import Refused, ScannerSettings
from pos_guard.links.session import Tell
from pos_guard.model import Source, Words
from pos_guard.own_codes import OwnCode, OwnKind
from pos_guard.policy.verdict import Level, Reason
from pos_guard.scanners.language import Problem, Scanned


class Fate(Enum):
    """Where a scan goes."""

    PASS = auto()
    FLAG = auto()
    """To the till, with the flag of the settings."""
    REFUSE = auto()
    OURS = auto()
    """Taken by the guard itself: nothing for the till."""


@dataclass(frozen=True, slots=True)
class Judged:
    """``recorded``: it is on disk; without, the scanner must not be told that its scan arrived."""

    fate: Fate
    tell: Tell | None = None
    recorded: bool = True


class ScanJudge:
    """Judges the scans of one link."""

    def __init__(self, link: str, guard: Guard, settings: ScannerSettings) -> None:
        self._link = link
        self._guard = guard
        self._settings = settings

    def judge(self, scanned: Scanned, *, till: bool) -> Judged:
        """One whole scan; ``till``: the till is there to get it."""
        setting = self._settings
        aim = scanned.aim or identifier(_symbology(scanned))
        code = classify(scanned.data, setting.encoding, aim=aim, also=setting.also)
        own = self._guard.own_codes.read(code.text)
        if own is not None:
            return self._own(own, scanned)
        checked = None if scanned.typed else self._sticker(code)
        if checked is not None:
            return checked
        if not till:
            return self.refuse(scanned.raw, words.AWAY, Reason.GUARD)
        if self._unlisted(scanned):
            return self.refuse(scanned.raw, words.SYMBOLOGY, Reason.CODE)
        return self._judged(code, typed=scanned.typed)

    def refuse(self, raw: bytes, say: Words, reason: Reason = Reason.MALFORMED) -> Judged:
        """Record a refusal that needs no rule."""
        decision = self._guard.refuse(link=self._link, reason=reason, say=say, frame=raw)
        return _refused(decision)

    def unread(self, scanned: Scanned, problem: Problem) -> Judged:
        """Bytes that are no scan."""
        return self.refuse(scanned.raw, words.UNREAD[problem])

    def _unlisted(self, scanned: Scanned) -> bool:
        """A line that was typed was read from no symbol."""
        listed = self._settings.symbologies
        return bool(listed) and not scanned.typed and _symbology(scanned) not in listed

    def _judged(self, code: Code, *, typed: bool) -> Judged:
        decision = self._guard.judge_code(code, link=self._link, typed=typed)
        if not decision.allowed:
            return _refused(decision)
        verdict = decision.verdict
        against = verdict.would_be is not Level.ALLOW
        flagged = against and self._settings.refused is Refused.FLAG
        fate = Fate.FLAG if flagged else Fate.PASS
        if verdict.level is Level.ALLOW:
            return Judged(fate)
        return Judged(fate, Tell(verdict.level.name, decision.say))

    def _sticker(self, code: Code) -> Judged | None:
        """The result of a sticker check, if one is expected: its code never reaches the till."""
        try:
            checked = self._guard.stickers.scanned(code)
        except StoreError:
            return _NOT_RECORDED
        if checked is None:
            return None
        fate = Fate.OURS if checked.ok else Fate.REFUSE
        return Judged(fate, Tell((Level.ALLOW if checked.ok else Level.DENY).name, checked.say))

    def _own(self, own: OwnCode, scanned: Scanned) -> Judged:
        if not own.genuine:
            return self._no(self.refuse(scanned.raw, words.FORGED, Reason.CODE))
        if scanned.typed:
            return self._no(self.refuse(scanned.raw, words.TYPED_OWN, Reason.CODE))
        badge = own.kind is OwnKind.BADGE
        try:
            known = (
                self._guard.tell_operator(own.id, Source.SCAN)
                if badge
                else self._guard.tell_original(own.id, Source.SCAN)
            )
        except StoreError:
            return _NOT_RECORDED
        if not known:
            return Judged(Fate.REFUSE, _deny(words.NOBODY if badge else words.NO_SALE))
        say = words.operator(own.id) if badge else words.sale(own.id)
        return Judged(Fate.OURS, Tell(Level.ALLOW.name, say))

    @staticmethod
    def _no(judged: Judged) -> Judged:
        """Refused as any other code is: a person may still do something about it."""
        say = judged.tell.say if judged.tell is not None else words.FORGED
        return Judged(Fate.REFUSE, _deny(say), judged.recorded)


def _refused(decision: Decision) -> Judged:
    recorded = decision.id != 0
    return Judged(Fate.REFUSE, Tell(decision.verdict.level.name, decision.say), recorded)


def _deny(say: Words) -> Tell:
    return Tell(Level.DENY.name, say)


_NOT_RECORDED = Judged(Fate.REFUSE, _deny(words.NO_RECORD), recorded=False)


def _symbology(scanned: Scanned) -> Symbology | None:
    return None if scanned.symbology is None else Symbology(scanned.symbology)
