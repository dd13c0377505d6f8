"""The scanner link: a code reaches the till only after it was classified and judged.

The very bytes of an allowed scan go on, with their line end. Two codes are the guard's own and
never reach the till: an operator's badge and the sale id on our receipts (``own_codes``). What the
till sends to the scanner (triggers, beeps) passes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pos_guard.errors import StoreError
from pos_guard.frames.codes import Code, Kind, classify, scan_of
from pos_guard.frames.lines import LineFramer, LineSettings, ScanLine
from pos_guard.guard import Decision, Guard
from pos_guard.links.session import (
    CancelTimer,
    Effects,
    QuietSession,
    SetTimer,
    Tell,
    ToApp,
    ToDevice,
)
from pos_guard.model import Source, Words
from pos_guard.own_codes import OwnCode, OwnKind
from pos_guard.policy.verdict import Level, Reason

IDLE = "idle"
"""The timer that ends a scan whose end did not come."""

_CUT = Words("扫描不完整，请重新扫描", "The scan was cut short. Scan again.")
_FORGED = Words(
    "这个码不是本店发的，已记录，请联系店长",
    "This code was not made by this shop; that is recorded. Tell the manager.",
)
_WHO = Words("工牌无法识别，请联系店长", "This badge is not known. Ask the manager.")
_SALE_UNKNOWN = Words("查不到这笔销售，请检查小票", "No such sale is known. Check the receipt.")
_NO_RECORD = Words(
    "记录无法写入，扫描未生效，请联系店长",
    "The record cannot be written, the scan does not count. Ask the manager.",
)


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """How the scanner is set, and what happens to a refused scan.

    ``idle_seconds``: silence that ends a scan (peers use 0.08 to 0.3). ``encoding``: what the
    scanner sends, ASCII-compatible. ``also``: wallets beyond WeChat, Alipay and UnionPay.
    ``beep``: bytes that make the scanner complain; ``instead``: bytes that the till gets in place
    of a refused scan. Both empty: nothing is sent.
    """

    lines: LineSettings = field(default_factory=LineSettings)
    idle_seconds: float = 0.3
    encoding: str = "utf-8"
    also: frozenset[str] = frozenset()
    beep: bytes = b""
    instead: bytes = b""


class ScannerSession(QuietSession):
    """One scanner and its till. See :class:`~pos_guard.links.session.Session`."""

    def __init__(self, name: str, guard: Guard, settings: ScannerSettings | None = None) -> None:
        self.name = name
        self._guard = guard
        self._settings = settings or ScannerSettings()
        self._framer = LineFramer(self._settings.lines)
        self._passed = False

    def app_data(self, data: bytes) -> Effects:
        """Commands of the till pass unchanged."""
        return [ToDevice(data)]

    def device_connected(self) -> Effects:
        """Whatever was half scanned before is gone."""
        self._framer.reset()
        return [CancelTimer(IDLE)]

    def device_closed(self) -> Effects:
        """A half scan will never be whole."""
        self._framer.reset()
        return [CancelTimer(IDLE)]

    def device_data(self, data: bytes) -> Effects:
        """Judge every scan that is whole now."""
        effects = [effect for line in self._framer.feed(data) for effect in self._line(line)]
        waits = SetTimer(IDLE, self._settings.idle_seconds)
        return [*effects, waits if self._framer.pending else CancelTimer(IDLE)]

    def timer(self, name: str) -> Effects:
        """Silence: a scan without its end is cut, unless silence is the end."""
        line = self._framer.idle() if name == IDLE else None
        return [] if line is None else self._line(line)

    def _line(self, line: ScanLine) -> Effects:
        if line.late:
            return [ToApp(line.raw)] if self._passed else []
        self._passed = False
        if line.overlong or not line.ended:
            return self._refused(
                self._guard.refuse(
                    link=self.name, reason=Reason.MALFORMED, say=_CUT, frame=line.raw
                )
            )
        settings = self._settings
        code = classify(line.payload, settings.encoding, aim=line.aim, also=settings.also)
        own = self._guard.own_codes.read(code.text)
        return self._judged(line, code) if own is None else self._own(own, line.raw)

    def _judged(self, line: ScanLine, code: Code) -> Effects:
        token = self._guard.token(code.text) if code.kind is Kind.PAYMENT_CODE else ""
        decision = self._guard.judge_scan(scan_of(code, token), link=self.name)
        if not decision.allowed:
            return self._refused(decision)
        self._passed = True
        if decision.verdict.level is Level.ALLOW:
            return [ToApp(line.raw)]
        return [ToApp(line.raw), Tell(decision.verdict.level.name, decision.say)]

    def _refused(self, decision: Decision) -> Effects:
        effects: Effects = []
        if self._settings.instead:
            effects.append(ToApp(self._settings.instead))
        return [*effects, *self._complain(), Tell(decision.verdict.level.name, decision.say)]

    def _own(self, own: OwnCode, raw: bytes) -> Effects:
        if not own.genuine:
            forged = self._guard.refuse(link=self.name, reason=Reason.CODE, say=_FORGED, frame=raw)
            return [*self._complain(), Tell(Level.DENY.name, forged.say)]
        badge = own.kind is OwnKind.BADGE
        try:
            known = (
                self._guard.tell_operator(own.id, Source.SCAN)
                if badge
                else self._guard.tell_original(own.id, Source.SCAN)
            )
        except StoreError:
            return [Tell(Level.DENY.name, _NO_RECORD)]
        if not known:
            return [*self._complain(), Tell(Level.DENY.name, _WHO if badge else _SALE_UNKNOWN)]
        return [Tell(Level.ALLOW.name, _operator(own.id) if badge else _sale(own.id))]

    def _complain(self) -> Effects:
        return [ToDevice(self._settings.beep)] if self._settings.beep else []


def _operator(own_id: str) -> Words:
    return Words(f"收银员 {own_id} 已登录", f"{own_id} is at the till.")


def _sale(own_id: str) -> Words:
    return Words(f"已选中销售 {own_id}", f"Sale {own_id} is chosen.")
