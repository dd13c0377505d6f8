"""The simulated terminals of the STX family by profile: ids, words, and how one is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pos_guard.frames.stx_hypercom import CREDIBANCO, HYPERCOM
from pos_guard_simulator.payment_words import Vocabulary
from pos_guard_simulator.stx_concert_twin import concert_terminal
from pos_guard_simulator.stx_mispos_twin import mispos_terminal
from pos_guard_simulator.stx_nexi_twin import NexiWords, nexi_terminal
from pos_guard_simulator.stx_pax_twin import pax_terminal
from pos_guard_simulator.stx_terminal import StxTerminal, vocabulary
from pos_guard_simulator.stx_terminal_hypercom import HypercomSpeech
from pos_guard_simulator.stx_terminal_transbank import TransbankSpeech
from pos_guard_simulator.zvt_book import Script


@dataclass(frozen=True, slots=True)
class Id:
    """An id that a terminal's messages name: the usual one, and how one looks."""

    usual: str
    pattern: str
    looks: str

    def checked(self, text: str) -> str:
        """Such an id.

        :raises ValueError: it is none; the message says how one looks.
        """
        if not re.fullmatch(self.pattern, text, re.ASCII):
            raise ValueError(f"{text!r}: has {self.looks}")
        return text


Make = Callable[[str, str, Script, float], StxTerminal]


@dataclass(frozen=True, slots=True)
class StxKind:
    """One profile. An id that is None stands in none of its messages.

    ``make`` takes terminal id, merchant, script, and the seconds that a customer takes.
    """

    words: Vocabulary
    make: Make
    terminal_id: Id | None = None
    merchant: Id | None = None


_EIGHT = Id("12345678", "[0-9A-Z]{8}", "8 capitals or digits")
_DIGITS = Id("52001233", r"\d{8}", "8 digits")
_MERCHANT = Id("000000000000001", "[0-9A-Z]{15}", "15 capitals or digits")

STX_KINDS: Mapping[str, StxKind] = {
    "transbank": StxKind(
        vocabulary(r"\d{2}", "RC"),
        lambda tid, merchant, script, work_s: StxTerminal(
            TransbankSpeech(merchant, tid), script, work_s
        ),
        Id("ABCD1234", "[0-9A-Z]{8}", "8 capitals or digits"),
        Id("597029414300", r"\d{12}", "12 digits"),
    ),
    "hypercom-ecr": StxKind(
        vocabulary("[0-9A-Z]{2}", "RC"),
        lambda tid, merchant, script, work_s: StxTerminal(
            HypercomSpeech(HYPERCOM, tid, merchant), script, work_s
        ),
        _EIGHT,
        _MERCHANT,
    ),
    "credibanco": StxKind(
        vocabulary("[0-9A-Z]{2}", "RC"),
        lambda tid, merchant, script, work_s: StxTerminal(
            HypercomSpeech(CREDIBANCO, tid, merchant), script, work_s
        ),
        _EIGHT,
        _MERCHANT,
    ),
    "concert-e+": StxKind(
        vocabulary(r"\d", "RESULT"),
        lambda _tid, _, script, work_s: concert_terminal(script, work_s),
    ),
    "mis-pos": StxKind(
        vocabulary("[0-9A-Z]{2}", "RC"),
        lambda tid, _, script, work_s: mispos_terminal(script, work_s, terminal_id=tid),
        _DIGITS,
    ),
    "nexi-p17": StxKind(
        vocabulary(r"\d{2}", "RESULT"),
        lambda tid, _, script, work_s: nexi_terminal(script, work_s, NexiWords(tid)),
        _DIGITS,
    ),
    "pax-poslink": StxKind(
        vocabulary("[0-9A-Z]{6}", "CODE"),
        lambda _tid, _, script, work_s: pax_terminal(script, work_s),
    ),
}
"""Profile, and its terminal."""
