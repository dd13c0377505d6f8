"""A simulated Concert E+ terminal."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.frames import stx_concert
from pos_guard.frames.decoded import Json
from pos_guard.frames.stx import StxFormat
from pos_guard.links.session import ToApp
from pos_guard.links.stx_concert_line import TO_TILL, ConcertLine
from pos_guard_simulator.stx_terminal import DEFAULT_SCRIPT, StxTerminal
from pos_guard_simulator.stx_twin import OneAnswer, Wanted
from pos_guard_simulator.zvt_book import Book, Script, Transaction

CARD = "4111111111111111"
"""A documented test number."""

_KINDS = {"0": "sale", "1": "refund", "2": "refund"}


class ConcertWords:
    """What the terminal says. It keeps no last result."""

    facts: Mapping[str, Json] = {}
    """Its messages name neither terminal nor merchant."""

    def read(self, unit: bytes) -> Wanted | None:
        """A payment or a credit; the choice of the terminal (4) is a payment here."""
        request = stx_concert.parse_request(unit)
        return Wanted(_KINDS.get(request.type, "sale"), request.amount, int(request.number))

    def yes(self, unit: bytes, done: Transaction) -> bytes:
        """Accepted, with the terminal's number where it may say one."""
        request = stx_concert.parse_request(unit)
        report = f"{CARD:<19}" if request.full else ""
        answer = stx_concert.answer(request, stx_concert.ACCEPTED, f"{done.receipt:010d}", report)
        return answer[:3] + f"{done.amount:08d}".encode("ascii") + answer[11:]

    def no(self, unit: bytes, code: str) -> bytes:
        """Not completed, or another result."""
        request = stx_concert.parse_request(unit)
        return stx_concert.answer(request, code or stx_concert.NOT_COMPLETED)

    def other(self, unit: bytes, book: Book, last: bytes | None) -> tuple[bytes, ...]:
        """There is nothing else to ask."""
        del unit, book, last
        return ()


def concert_terminal(
    script: Script = DEFAULT_SCRIPT, work_s: float = 0.0, form: StxFormat = stx_concert.FORMAT
) -> StxTerminal:
    """A Concert E+ terminal."""
    speech = OneAnswer(ConcertWords(), form, lambda: ConcertLine("ecr", ToApp, form, TO_TILL))
    return StxTerminal(speech, script, work_s)
