"""``pos-guard simulate terminal concert-e+|nexi-p17|pax-poslink|mis-pos``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pos_guard.frames.decoded import Json
from pos_guard_simulator.simulate_device import Device, Fields, Reply, RequestError
from pos_guard_simulator.stx_concert_twin import concert_terminal
from pos_guard_simulator.stx_mispos_twin import mispos_terminal
from pos_guard_simulator.stx_nexi_twin import nexi_terminal
from pos_guard_simulator.stx_pax_twin import pax_terminal
from pos_guard_simulator.stx_twin import WORDS, StxSettings, StxTwin
from pos_guard_simulator.zvt_book import Script

_WORD = re.compile(
    r"approve(:\d{1,12})?|decline(:[0-9A-Z]{1,6})?|late:\d{1,6}|silent-before|silent-after|reset"
    r"|nak|bad-lrc|split|twice|noise",
    re.ASCII,
)

TERMINALS: Mapping[str, Callable[[StxSettings, Script], StxTwin]] = {
    "concert-e+": concert_terminal,
    "mis-pos": mispos_terminal,
    "nexi-p17": nexi_terminal,
    "pax-poslink": pax_terminal,
}
"""Profile, and its terminal."""


def check_more(word: str) -> str:
    """Something that such a terminal can do.

    :raises ValueError: it is not.
    """
    if not _WORD.fullmatch(word):
        raise ValueError(f"{word!r} is none of: {WORDS}")
    return word


def more_device(profile: str, script: Script, work_s: float) -> Device:
    """A terminal of this profile that answers as the script says."""
    terminal = TERMINALS[profile](StxSettings(work_s), script)

    def change(fields: Fields) -> Reply:
        amount, word = fields.maybe_number("amount"), fields.text("do")
        try:
            check_more(word)
        except ValueError as error:
            raise RequestError("bad-request", str(error)) from error
        old = terminal.script
        if amount is None:
            terminal.script = Script(old.by_amount, word)
        else:
            terminal.script = Script({**old.by_amount, amount: word}, old.default)
        return Reply()

    def book(_: Fields) -> Reply:
        moved: list[Json] = [
            {
                "kind": one.kind,
                "amount": one.amount,
                "currency": one.currency,
                "receipt": one.receipt,
                "reversed": one.reversed,
            }
            for one in terminal.book.transactions
        ]
        return Reply({"moved": moved})

    return Device(
        "terminal",
        terminal,
        {
            "script": change,
            "book": book,
            "state": lambda _: Reply({"idle": terminal.idle, "heard": len(terminal.heard)}),
        },
        {"profile": profile},
    )
