"""``pos-guard simulate terminal caisse-ap``: what the terminal answers, and what it moved."""

from __future__ import annotations

import re

from pos_guard.frames.decoded import Json
from pos_guard_simulator.caisse_ap_twin import WORDS, CaisseSettings, CaisseTerminal
from pos_guard_simulator.simulate_device import Device, Fields, Reply, RequestError
from pos_guard_simulator.zvt_book import Script

_WORD = re.compile(
    r"approve(:\d{2,12})?|decline(:\d{2})?|late:\d{1,6}|taken|silent-before|silent-after|reset"
    r"|split|twice|foreign|length|garbage",
    re.ASCII,
)


def check_caisse(word: str) -> str:
    """Something that the terminal can do.

    :raises ValueError: it is not.
    """
    if not _WORD.fullmatch(word):
        raise ValueError(f"{word!r} is none of: {WORDS}")
    return word


def caisse_device(settings: CaisseSettings, script: Script) -> Device:
    """A Caisse-AP terminal that answers as the script says."""
    terminal = CaisseTerminal(settings, script)

    def change(fields: Fields) -> Reply:
        amount, word = fields.maybe_number("amount"), fields.text("do")
        try:
            check_caisse(word)
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
                "number": f"{one.receipt:06}",
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
        {"contract": settings.contract},
    )
