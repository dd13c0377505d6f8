"""A simulated ECR17 terminal as Nexi's: payments, reversals, the last result, totals."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.errors import FrameError
from pos_guard.frames import stx_nexi, stx_nexi_reply
from pos_guard.frames.decoded import Json
from pos_guard.frames.stx import StxFormat
from pos_guard.links.session import ToApp
from pos_guard.links.stx_nexi import TIMING, NexiLine
from pos_guard_simulator.stx_terminal import DEFAULT_SCRIPT, StxTerminal
from pos_guard_simulator.stx_twin import OneAnswer, Wanted
from pos_guard_simulator.zvt_book import Book, Script, Transaction

EUR = 978
TERMINAL_ID = "52001233"
DATE = "0010900"
"""When the host of a simulated terminal lives: 1 January, nine o'clock."""

_KINDS = {"P": "sale", "X": "sale", "p": "preauth", "i": "preauth", "c": "completion"}
_AMOUNT_IN_REPLY = "X"


class NexiWords:
    """What the terminal says. ``date`` is the host's, ``DDDHHMM``."""

    def __init__(self, terminal_id: str = TERMINAL_ID, date: str = DATE) -> None:
        self.terminal_id = terminal_id
        self.date = date

    @property
    def facts(self) -> Mapping[str, Json]:
        """The terminal id of its requests and answers; a request for another one gets NAK."""
        return {"terminal_id": self.terminal_id}

    def read(self, unit: bytes) -> Wanted | None:
        """A payment, a preauthorisation or a reversal."""
        request = stx_nexi.parse_request(unit)
        if request.terminal_id not in (self.terminal_id, stx_nexi.ANY_TERMINAL):
            raise FrameError("unknown-field", "another terminal's id", 0)
        if request.code == "S":
            return Wanted("reversal", 0, EUR, int(request.stan))
        kind = _KINDS.get(request.code)
        return None if kind is None else Wanted(kind, request.amount or 0, EUR)

    def yes(self, unit: bytes, done: Transaction) -> bytes:
        """``E`` 00 with the numbers of the transaction."""
        code = unit[9:10].decode("ascii")
        head = f"{self.terminal_id}0E00" + "0000000000000000000" + "ICC" + "AUTH01"
        if code in ("p", "i"):
            return f"{head}{done.amount:08d}{done.receipt:09d}000{self.date}000".encode("ascii")
        common = f"1{'ACQ':<11}{done.receipt:06d}{done.trace:06d}"
        more = ""
        if code == _AMOUNT_IN_REPLY:
            more = f"000{done.amount:08d}{'0' * 10}"
        elif code == "S":
            more = "000" + "0" * 10
        return f"{head}{self.date}{common}{more}".encode("ascii")

    def no(self, unit: bytes, code: str) -> bytes:
        """``E`` 01, or another result, with a reason."""
        del unit
        refused = stx_nexi_reply.refusal(self.terminal_id, "TRANSAZIONE NEGATA")
        result = (code or stx_nexi_reply.KO).encode("ascii")
        return refused[:10] + result + refused[12:] + b"1ACQ        000000000000"

    def other(self, unit: bytes, book: Book, last: bytes | None) -> tuple[bytes, ...]:
        """The last result, totals, the end of the day, and how the terminal is."""
        code = unit[9:10]
        head = self.terminal_id.encode("ascii") + b"0" + code
        if code == b"G":
            return (last or self.no(unit, stx_nexi_reply.KO),)
        if code == b"T":
            return (head + f"00{max(book.total, 0):016d}000000".encode("ascii"),)
        if code == b"C":
            total = f"{max(book.total, 0):016d}"
            return (head + f"00{total}{total}".encode("ascii"),)
        if code == b"s":
            return (head + b"0" * 10 + b"0101260900" + b"2SIM00001",)
        return ()


def nexi_terminal(
    script: Script = DEFAULT_SCRIPT,
    work_s: float = 0.0,
    words: NexiWords | None = None,
    form: StxFormat = stx_nexi.FORMAT,
) -> StxTerminal:
    """An ECR17 terminal."""
    speech = OneAnswer(words or NexiWords(), form, lambda: NexiLine("ecr", ToApp, form, TIMING))
    return StxTerminal(speech, script, work_s)
