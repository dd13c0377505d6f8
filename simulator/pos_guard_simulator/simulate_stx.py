"""``pos-guard simulate terminal transbank``, ``hypercom-ecr``, ``credibanco``: what they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.frames.decoded import Json
from pos_guard.frames.stx_hypercom import CREDIBANCO, HYPERCOM
from pos_guard_simulator.simulate_device import Device, Fields, Reply, RequestError
from pos_guard_simulator.stx_terminal import Speech, StxTerminal, Wrong, check_stx
from pos_guard_simulator.stx_terminal_hypercom import HypercomSpeech
from pos_guard_simulator.stx_terminal_transbank import TransbankSpeech
from pos_guard_simulator.zvt_book import Script

SPEECHES: Mapping[str, Callable[[], Speech]] = {
    "transbank": TransbankSpeech,
    "hypercom-ecr": lambda: HypercomSpeech(HYPERCOM),
    "credibanco": lambda: HypercomSpeech(CREDIBANCO),
}
"""The terminals that there are."""


def stx_device(profile: str, script: Script, work_s: float) -> Device:
    """A terminal that answers as the script says.

    Control socket: ``script`` changes what it does, ``wrong`` what goes wrong next, ``book`` tells
    what moved, ``state`` what it heard.
    """
    terminal = StxTerminal(SPEECHES[profile](), script, work_s)

    def change(fields: Fields) -> Reply:
        amount = fields.maybe_number("amount")
        try:
            word = check_stx(fields.text("do"))
        except ValueError as error:
            raise RequestError("bad-request", str(error)) from error
        now = terminal.script
        if amount is None:
            terminal.script = Script(now.by_amount, word)
        else:
            terminal.script = Script({**now.by_amount, amount: word}, now.default)
        return Reply()

    def wrong(fields: Fields) -> Reply:
        terminal.misbehave(fields.choice("do", Wrong))
        return Reply()

    def book(_: Fields) -> Reply:
        moved: list[Json] = [
            {
                "kind": item.kind,
                "amount": item.amount,
                "receipt": item.receipt,
                "reversed": item.reversed,
            }
            for item in terminal.book.transactions
        ]
        return Reply({"moved": moved})

    def state(_: Fields) -> Reply:
        return Reply({"idle": terminal.idle, "heard": len(terminal.heard)})

    return Device(
        "terminal",
        terminal,
        {"script": change, "wrong": wrong, "book": book, "state": state},
        {"profile": profile, "terminal_id": terminal.speech.identity},
    )
