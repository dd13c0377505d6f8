"""A simulated PAX terminal that speaks POSLink."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.frames import stx_pax, stx_pax_reply
from pos_guard.frames.decoded import Json
from pos_guard.links.session import ToApp
from pos_guard.links.stx_line import StxLine
from pos_guard.links.stx_pax import TIMING
from pos_guard_simulator.stx_terminal import DEFAULT_SCRIPT, StxTerminal
from pos_guard_simulator.stx_twin import OneAnswer, Wanted
from pos_guard_simulator.zvt_book import Book, Script, Transaction

USD = 840
_KINDS = {"01": "sale", "02": "refund", "03": "preauth", "04": "completion"}
_UNDO = frozenset({"16", "17", "19", "20", "99"})


class PaxWords:
    """What the terminal says, in the form in which it was asked."""

    facts: Mapping[str, Json] = {}
    """Its messages name neither terminal nor merchant."""

    def read(self, unit: bytes) -> Wanted | None:
        """A credit or debit transaction."""
        command = stx_pax.parse_command(unit)
        if command.type in _UNDO:
            original = command.original or "0"
            return Wanted("void", command.amount or 0, USD, int(original))
        kind = _KINDS.get(command.type)
        return None if kind is None else Wanted(kind, command.amount or 0, USD)

    def yes(self, unit: bytes, done: Transaction) -> bytes:
        """000000, approved, with amount and numbers."""
        command = stx_pax.parse_command(unit)
        if command.version is None:
            return stx_pax.build("000000", f"AUTH{done.trace:03d}", str(done.receipt))
        host = f"00\x1fAPPROVAL\x1fAUTH{done.trace:03d}\x1f{900000 + done.receipt}"
        reference = command.reference or ""
        return stx_pax.build(
            "0",
            stx_pax_reply.reply_to(command.code),
            command.version,
            "000000",
            "OK",
            host,
            command.type,
            f"{done.amount}\x1f0",
            "",
            f"{done.receipt}\x1f{reference}\x1f20260101090000",
        )

    def no(self, unit: bytes, code: str) -> bytes:
        """000100 DECLINE, or another code."""
        command = stx_pax.parse_command(unit)
        said = code or "000100"
        if command.version is None:
            return stx_pax.build(said, "DECLINE")
        reply = stx_pax_reply.reply_to(command.code)
        return stx_pax.build("0", reply, command.version, said, "DECLINE")

    def other(self, unit: bytes, book: Book, last: bytes | None) -> tuple[bytes, ...]:
        """Done, whatever it was; a cancel (A14) has no reply."""
        del book, last
        command = stx_pax.parse_command(unit)
        if command.code == stx_pax.STOP:
            return ()
        reply = stx_pax_reply.reply_to(command.code)
        return (stx_pax.build("0", reply, command.version or stx_pax.VERSION, "000000", "OK"),)


def pax_terminal(script: Script = DEFAULT_SCRIPT, work_s: float = 0.0) -> StxTerminal:
    """A PAX terminal."""
    form = stx_pax.FORMAT
    speech = OneAnswer(PaxWords(), form, lambda: StxLine("ecr", ToApp, form, TIMING))
    return StxTerminal(speech, script, work_s)
