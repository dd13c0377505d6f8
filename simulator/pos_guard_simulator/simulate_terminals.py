"""``pos-guard simulate terminal zvt|caisse-ap`` and ``host iso8583``."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

import click

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.links.iso8583_make import read_settings
from pos_guard.links.zvt_wire import Framing
from pos_guard.ports.address import Kind
from pos_guard_simulator import caisse_ap_twin, iso8583_wrongs
from pos_guard_simulator.caisse_ap_twin import CaisseSettings, CaisseTerminal
from pos_guard_simulator.iso8583_host import HostSettings, Iso8583Host
from pos_guard_simulator.simulate_device import Device
from pos_guard_simulator.simulate_options import Made, Scripted, placed, scripted
from pos_guard_simulator.simulate_payment_device import Words, payees, payment_device, rows
from pos_guard_simulator.simulate_payments import terminal_device
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_script import VOCABULARY as ZVT
from pos_guard_simulator.zvt_terminal import TerminalSettings


@click.command("zvt")
@placed(Kind.TCP)
@click.option(
    "--framing",
    type=click.Choice([str(kind) for kind in Framing]),
    help="As the place is, if left out.",
)
@click.option("--terminal-id", default="52001233", show_default=True, metavar="8 DIGITS")
@click.option("--vu-number", metavar="1 TO 15", help="The contract in its results (BMP 2A).")
@scripted(ZVT.check, ZVT.words)
def zvt(
    place: Place,
    framing: str | None,
    terminal_id: str,
    vu_number: str | None,
    **given: Unpack[Scripted],
) -> Made:
    """A ZVT terminal, on TCP or a serial line."""
    if not (terminal_id.isascii() and terminal_id.isdecimal() and len(terminal_id) == 8):
        raise click.UsageError(f"--terminal-id {terminal_id!r}: has 8 digits")
    if vu_number is not None and not (vu_number.isascii() and vu_number.isalnum()
                                      and len(vu_number) <= 15):  # fmt: skip
        raise click.UsageError(f"--vu-number {vu_number!r}: has 1 to 15 letters and digits")
    script, work_s = given["script"], given["work_s"]
    kind = Framing(framing) if framing else Framing.SERIAL if place.serial else Framing.TCP
    settings = TerminalSettings(terminal_id, kind, work_s=work_s, vu_number=vu_number)
    return terminal_device(settings, script), place


@click.command("caisse-ap")
@placed(Kind.TCP, serial=False)
@click.option("--contract", default="1999403", show_default=True, help="The merchant's contract.")
@scripted(caisse_ap_twin.VOCABULARY.check, caisse_ap_twin.VOCABULARY.words)
def caisse_ap(place: Place, contract: str, **given: Unpack[Scripted]) -> Made:
    """A Caisse-AP terminal (France), on TCP."""
    if not (contract.isascii() and contract.isalnum() and len(contract) <= 10):
        raise click.UsageError(f"--contract {contract!r}: has 1 to 10 letters and digits")
    script, work_s = given["script"], given["work_s"]
    return caisse_device(CaisseSettings(contract, work_s), script), place


@click.command("iso8583")
@placed(Kind.TCP, serial=False)
@click.option("--profile", default="iso8583-cup", show_default=True, metavar="P[,OPTION=VALUE]",
              help="As a link's: docs/link-iso8583.md.")  # fmt: skip
@click.option("--reversals", default="approve", show_default=True, metavar="DO",
              help="What becomes of a 0400: approve, silent, or a code for field 39.")  # fmt: skip
@scripted(iso8583_wrongs.VOCABULARY.check, iso8583_wrongs.VOCABULARY.words)
def iso8583(place: Place, profile: str, reversals: str, **given: Unpack[Scripted]) -> Made:
    """An ISO 8583 host (UnionPay POS profile, or ASCII), on TCP. It checks no MAC."""
    try:
        settings = host_settings(profile)
    except LocalError as error:
        raise click.UsageError(f"--profile: {error}") from error
    code = reversals.isascii() and reversals.isalnum() and len(reversals) == 2
    if reversals not in ("approve", "silent") and not code:
        raise click.UsageError(f"--reversals {reversals!r}: is approve, silent or two characters")
    script, work_s = given["script"], given["work_s"]
    return host_device(replace(settings, reversals=reversals, work_s=work_s), script), place


def caisse_device(settings: CaisseSettings, script: Script) -> Device:
    """A Caisse-AP terminal. The number that a till may name is ``receipt`` with six digits."""
    twin = CaisseTerminal(settings, script)
    known = caisse_ap_twin.VOCABULARY
    words = Words(known.check, lambda word: twin.misbehave(known.wrong(word)))
    facts = {"profile": "caisse-ap", "contract": settings.contract, **payees(settings.contract)}
    return payment_device("terminal", twin, words, lambda: rows(twin.book.transactions), facts)


def host_settings(profile: str) -> HostSettings:
    """A host of a link's profile and options.

    :raises LocalError: for a profile or an option that does not exist.
    """
    known, options = read_settings(profile)
    return HostSettings(known, swap=options.swap, mac=options.reverse is None)


def host_device(settings: HostSettings, script: Script) -> Device:
    """An ISO 8583 host. It names nobody by itself: ids are those of the requests."""
    twin = Iso8583Host(settings, script)
    known = iso8583_wrongs.VOCABULARY
    words = Words(known.check, lambda word: twin.misbehave(known.wrong(word)))

    def moved() -> list[dict[str, Json]]:
        return [
            {
                "kind": str(one.kind),
                "amount": one.amount,
                "key": one.key,
                "number": one.number,
                "reversed": one.reversed,
            }
            for one in twin.book.postings
        ]

    return payment_device("host", twin, words, moved, {"profile": settings.profile.name})
