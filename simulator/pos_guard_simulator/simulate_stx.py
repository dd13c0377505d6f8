"""``pos-guard simulate terminal`` for the STX family: one command a profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import NotRequired, Unpack

import click

from pos_guard_simulator.simulate_device import Device
from pos_guard_simulator.simulate_options import Command, Made, Scripted, placed, scripted, usage
from pos_guard_simulator.simulate_payment_device import Words, payees, payment_device, rows
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.stx_kinds import STX_KINDS, Id, StxKind
from pos_guard_simulator.zvt_book import Script


def stx_device(
    profile: str, script: Script, work_s: float = 0.0, ids: tuple[str, str] | None = None
) -> Device:
    """A terminal of this profile that answers as the script says.

    ``ids``: its terminal id and merchant, where its messages name any.
    """
    kind = STX_KINDS[profile]
    terminal_id, merchant = ids or (_usual(kind.terminal_id), _usual(kind.merchant))
    twin = kind.make(terminal_id, merchant, script, work_s)
    words = Words(kind.words.check, lambda word: twin.misbehave(kind.words.wrong(word)))
    named = [value for value in twin.speech.facts.values() if isinstance(value, str)]
    facts = {"profile": profile, **twin.speech.facts, **payees(*named)}
    return payment_device("terminal", twin, words, lambda: rows(twin.book.transactions), facts)


class _Given(Scripted):
    """What click read; ids where the profile has any."""

    terminal_id: NotRequired[str]
    merchant: NotRequired[str]


def stx_command(profile: str, kind: StxKind) -> click.Command:
    """The command for the terminal of one profile."""

    def command(place: Place, **given: Unpack[_Given]) -> Made:
        terminal_id = _checked("--terminal-id", kind.terminal_id, given.get("terminal_id"))
        merchant = _checked("--merchant", kind.merchant, given.get("merchant"))
        ids = (terminal_id, merchant)
        return stx_device(profile, given["script"], given["work_s"], ids), place

    wrapped: Command = _id_option("--merchant", kind.merchant)(command)
    wrapped = _id_option("--terminal-id", kind.terminal_id)(wrapped)
    wrapped = placed()(scripted(kind.words.check, kind.words.words)(wrapped))
    says = f"A terminal that speaks {profile}, on a serial line or TCP."
    return click.command(profile, help=says)(wrapped)


def _id_option(name: str, known: Id | None) -> Callable[[Command], Command]:
    if known is None:
        return lambda command: command
    shown = known.looks.upper()
    return click.option(name, default=known.usual, show_default=True, metavar=shown)


def _checked(option: str, known: Id | None, text: str | None) -> str:
    if known is None or text is None:
        return _usual(known)
    return usage(option, lambda: known.checked(text))


def _usual(known: Id | None) -> str:
    return "" if known is None else known.usual
