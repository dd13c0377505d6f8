"""A simulated MIS-POS terminal of any profile."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.frames import stx_mispos
from pos_guard.frames.decoded import Json
from pos_guard.frames.stx_mispos import MisProfile
from pos_guard.frames.stx_mispos_profile import example
from pos_guard.links.session import ToApp
from pos_guard.links.stx_line import StxLine, StxTiming
from pos_guard.model import MONEY_OUT, IntentKind
from pos_guard.money import number_of_currency
from pos_guard_simulator.stx_terminal import DEFAULT_SCRIPT, StxTerminal
from pos_guard_simulator.stx_twin import OneAnswer, Wanted
from pos_guard_simulator.zvt_book import Book, Script, Transaction

TERMINAL_ID = "52001233"


class MisPosWords:
    """What the terminal says."""

    def __init__(self, profile: MisProfile, terminal_id: str = TERMINAL_ID) -> None:
        self.profile = profile
        self.terminal_id = terminal_id

    @property
    def facts(self) -> Mapping[str, Json]:
        """The terminal id in its replies."""
        return {"terminal_id": self.terminal_id}

    def read(self, unit: bytes) -> Wanted | None:
        """A transaction; what undoes one names its trace."""
        request = stx_mispos.parse_request(self.profile, unit)
        kind = self.profile.kinds.get(request.type)
        if kind is None or kind is IntentKind.BALANCE:
            return None
        currency = number_of_currency(self.profile.currency)
        original = request.values.get("original_trace", "").lstrip("0")
        if kind in MONEY_OUT and kind is not IntentKind.REFUND:
            return Wanted(str(kind), request.amount, currency, int(original or "0"))
        return Wanted(str(kind), request.amount, currency)

    def yes(self, unit: bytes, done: Transaction) -> bytes:
        """Approved, with amount and numbers."""
        codes = sorted(self.profile.approved)
        return self._reply(
            unit,
            {
                "code": codes[0],
                "text": "交易成功",
                "amount": str(done.amount),
                "trace": str(done.receipt),
                "reference": f"{done.trace:012d}",
                "authorisation": "A00001",
                "card": "****",
                "date": "20260101",
                "time": "090000",
            },
        )

    def no(self, unit: bytes, code: str) -> bytes:
        """Declined."""
        request = stx_mispos.parse_request(self.profile, unit)
        values = {"code": code or "51", "text": "余额不足", "amount": str(request.amount)}
        return self._reply(unit, values)

    def other(self, unit: bytes, book: Book, last: bytes | None) -> tuple[bytes, ...]:
        """The last transaction once more; anything else is done."""
        del book
        request = stx_mispos.parse_request(self.profile, unit)
        if request.type == self.profile.query:
            return (last or self._reply(unit, {"code": "25", "text": "无交易"}),)
        return (self._reply(unit, {"code": sorted(self.profile.approved)[0], "text": "成功"}),)

    def _reply(self, unit: bytes, values: dict[str, str]) -> bytes:
        request = stx_mispos.parse_request(self.profile, unit)
        said = {"type": request.type, "terminal": self.terminal_id, **values}
        known = {name: value for name, value in said.items() if name in self.profile.reply.widths}
        return stx_mispos.build_reply(self.profile, known)


def mispos_terminal(
    script: Script = DEFAULT_SCRIPT,
    work_s: float = 0.0,
    profile: MisProfile | None = None,
    terminal_id: str = TERMINAL_ID,
) -> StxTerminal:
    """A MIS-POS terminal."""
    chosen = profile or example()
    speech = OneAnswer(
        MisPosWords(chosen, terminal_id),
        chosen.form,
        lambda: StxLine("ecr", ToApp, chosen.form, StxTiming()),
    )
    return StxTerminal(speech, script, work_s)
