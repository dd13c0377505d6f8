"""``pos-guard simulate``: one device of a shop, for tests without hardware (docs/simulator.md)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import click

from pos_guard.errors import LocalError
from pos_guard.links.zvt_wire import Framing
from pos_guard.ports.address import Kind
from pos_guard_simulator import simulate_caisse_ap as caisse
from pos_guard_simulator import simulate_iso8583 as iso8583_hosts
from pos_guard_simulator import simulate_payments as payments
from pos_guard_simulator import simulate_printer as printers
from pos_guard_simulator.caisse_ap_twin import WORDS as CAISSE_WORDS
from pos_guard_simulator.caisse_ap_twin import CaisseSettings
from pos_guard_simulator.iso8583_host import WORDS as HOST_WORDS
from pos_guard_simulator.simulate_device import Device
from pos_guard_simulator.simulate_place import Place, place_of
from pos_guard_simulator.simulate_printer_options import printer_options
from pos_guard_simulator.simulate_run import run
from pos_guard_simulator.simulate_scanner_options import scanner_options
from pos_guard_simulator.simulate_stx import SPEECHES, stx_device
from pos_guard_simulator.simulate_stx_more import TERMINALS, check_more, more_device
from pos_guard_simulator.stx_terminal import WORDS as STX_WORDS
from pos_guard_simulator.stx_terminal import check_stx
from pos_guard_simulator.stx_twin import WORDS as MORE_WORDS
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings

T = TypeVar("T")
Command = Callable[..., None]

MAX_WORK_MS = 600_000
"""Ten minutes: longer than any till or cardholder waits."""


def _placed(usual: Kind) -> Callable[[Command], Command]:
    """The options that say where a device is found; the command gets a ``place``."""

    def wrap(command: Command) -> Command:
        @click.option("--tcp", metavar="HOST:PORT", help="Listen there; port 0: any free one.")
        @click.option(
            "--pty",
            metavar="[LINK]",
            is_flag=False,
            flag_value="",
            help="A serial port; LINK will point to it.",
        )
        @click.option(
            "--control",
            type=click.Path(path_type=Path, dir_okay=False),
            help="A Unix socket for JSON lines that change and ask it.",
        )
        @functools.wraps(command)
        def placed(
            tcp: str | None, pty: str | None, control: Path | None, **options: object
        ) -> None:
            command(place=place_of(tcp, pty, control, usual=usual), **options)

        return placed

    return wrap


@click.command("printer")
@_placed(Kind.PTY)
@printer_options
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Each receipt as PNG and text."
)
def printer(place: Place, options: printers.PrinterOptions, out: Path | None) -> None:
    """A receipt printer (ESC/POS or Star), with drawer and customer display."""
    writer = None
    if out is not None:
        writer = printers.SlipWriter(out, lambda text: click.echo(text, err=True))
    run(printers.printer_device(options, writer), place)


@click.command("scanner")
@_placed(Kind.PTY)
@scanner_options
def scanner(place: Place, device: Device) -> None:
    """A scanner; each line of standard input is a code that it is shown."""
    run(device, place)


@click.group("terminal")
def terminal() -> None:
    """A payment terminal."""


@terminal.command("zvt")
@_placed(Kind.TCP)
@click.option(
    "--framing",
    type=click.Choice([str(kind) for kind in Framing]),
    help="As the place is, if left out.",
)
@click.option("--terminal-id", default="52001233", show_default=True, metavar="8 DIGITS")
@click.option("--work-ms", type=click.IntRange(0, MAX_WORK_MS), default=0, show_default=True,
              help="How long customer and host take.")  # fmt: skip
@click.option("--fault", metavar="DO", help="What happens to every other amount: as DO below.")
@click.option("--script", "scripts", multiple=True, metavar="AMOUNT=DO",
              help=f"What happens to this amount. DO: {payments.ZVT_WORDS}.")  # fmt: skip
def zvt(
    place: Place,
    framing: str | None,
    terminal_id: str,
    work_ms: int,
    fault: str | None,
    scripts: tuple[str, ...],
) -> None:
    """A ZVT terminal, on TCP or a serial line."""
    if not (terminal_id.isascii() and terminal_id.isdecimal() and len(terminal_id) == 8):
        raise click.UsageError(f"--terminal-id {terminal_id!r}: has 8 digits")
    usual = Framing.SERIAL if place.tcp is None else Framing.TCP
    settings = TerminalSettings(
        terminal_id, Framing(framing) if framing else usual, work_s=work_ms / 1000
    )
    default = "".join(_each("--fault", payments.check_zvt, (fault,) if fault else ()))
    by_amount = dict(_each("--script", _scripted(payments.check_zvt), scripts))
    run(payments.terminal_device(settings, Script(by_amount, default or "approve")), place)


@terminal.command("caisse-ap")
@_placed(Kind.TCP)
@click.option("--contract", default="1999403", show_default=True, help="The merchant's contract.")
@click.option("--work-ms", type=click.IntRange(0, MAX_WORK_MS), default=0, show_default=True,
              help="How long the customer takes.")  # fmt: skip
@click.option("--fault", metavar="DO", help="What happens to every other amount: as DO below.")
@click.option("--script", "scripts", multiple=True, metavar="AMOUNT=DO",
              help=f"What happens to this amount. DO: {CAISSE_WORDS}.")  # fmt: skip
def caisse_ap(
    place: Place, contract: str, work_ms: int, fault: str | None, scripts: tuple[str, ...]
) -> None:
    """A Caisse-AP terminal (France), on TCP."""
    if place.tcp is None:
        raise click.UsageError("Caisse-AP runs over TCP here: --tcp")
    if not (contract.isascii() and contract.isalnum() and len(contract) <= 10):
        raise click.UsageError(f"--contract {contract!r}: has 1 to 10 letters and digits")
    settings = CaisseSettings(contract, work_ms / 1000)
    default = "".join(_each("--fault", caisse.check_caisse, (fault,) if fault else ()))
    by_amount = dict(_each("--script", _scripted(caisse.check_caisse), scripts))
    run(caisse.caisse_device(settings, Script(by_amount, default or "approve")), place)


@click.group("host")
def host() -> None:
    """An acquirer's host."""


@host.command("iso8583")
@_placed(Kind.TCP)
@click.option("--profile", default="iso8583-cup", show_default=True, metavar="P[,OPTION=VALUE]",
              help="As a link's: docs/link-iso8583.md.")  # fmt: skip
@click.option("--fault", metavar="DO", help="What happens to every other amount: as DO below.")
@click.option("--script", "scripts", multiple=True, metavar="AMOUNT=DO",
              help=f"What happens to this amount. DO: {HOST_WORDS}.")  # fmt: skip
def iso8583(place: Place, profile: str, fault: str | None, scripts: tuple[str, ...]) -> None:
    """An ISO 8583 host (UnionPay POS profile, or ASCII), on TCP. It checks no MAC."""
    if place.tcp is None:
        raise click.UsageError("A host is on TCP: --tcp")
    try:
        settings = iso8583_hosts.settings_of(profile)
    except LocalError as error:
        raise click.UsageError(str(error)) from error
    default = "".join(_each("--fault", iso8583_hosts.check_host, (fault,) if fault else ()))
    by_amount = dict(_each("--script", _scripted(iso8583_hosts.check_host), scripts))
    run(iso8583_hosts.host_device(settings, Script(by_amount, default or "approve")), place)


def _stx_terminal(
    profile: str,
    make: Callable[[str, Script, float], Device],
    check: Callable[[str], str],
    words: str,
) -> click.Command:
    """The command for one kind of terminal of the STX/ETX family."""

    @click.command(profile, help=f"A terminal that speaks {profile}, on a serial line or TCP.")
    @_placed(Kind.PTY)
    @click.option("--work-ms", type=click.IntRange(0, MAX_WORK_MS), default=0, show_default=True,
                  help="How long customer and host take.")  # fmt: skip
    @click.option("--fault", metavar="DO", help="What happens to every other amount: as DO below.")
    @click.option("--script", "scripts", multiple=True, metavar="AMOUNT=DO",
                  help=f"What happens to this amount. DO: {words}.")  # fmt: skip
    def command(place: Place, work_ms: int, fault: str | None, scripts: tuple[str, ...]) -> None:
        default = "".join(_each("--fault", check, (fault,) if fault else ()))
        script = Script(dict(_each("--script", _scripted(check), scripts)), default or "approve")
        run(make(profile, script, work_ms / 1000), place)

    return command


for _profile in SPEECHES:
    terminal.add_command(_stx_terminal(_profile, stx_device, check_stx, STX_WORDS))
for _profile in TERMINALS:
    terminal.add_command(_stx_terminal(_profile, more_device, check_more, MORE_WORDS))


@click.group("provider")
def provider() -> None:
    """A payment provider."""


def _provider(name: str, profile: str, merchant: str, says: str) -> click.Command:
    """The command for one provider."""

    @click.command(name, help=f"{says}: payment codes, queries, refunds. No TLS, no signatures.")
    @_placed(Kind.TCP)
    @click.option("--merchant", "merchants", multiple=True, default=[merchant], show_default=True,
                  help="A merchant id that exists.")  # fmt: skip
    @click.option("--script", "scripts", multiple=True, metavar="FEN=DO",
                  help=f"What happens to such a payment. DO: {payments.WECHAT_WORDS}.")  # fmt: skip
    @click.option("--refund-script", "refund_scripts", multiple=True, metavar="FEN=DO",
                  help="The same for refunds.")  # fmt: skip
    def command(
        place: Place,
        merchants: tuple[str, ...],
        scripts: tuple[str, ...],
        refund_scripts: tuple[str, ...],
    ) -> None:
        if place.tcp is None:
            raise click.UsageError("A provider speaks HTTP: --tcp")
        read = _scripted(payments.check_wechat)
        pays = dict(_each("--script", read, scripts))
        refunds = dict(_each("--refund-script", read, refund_scripts))
        run(payments.provider_device(profile, frozenset(merchants), pays, refunds), place)

    return command


for _name, (_profile, _merchant, _says) in payments.PROVIDERS.items():
    provider.add_command(_provider(_name, _profile, _merchant, _says))


def _scripted(word: Callable[[str], T]) -> Callable[[str], tuple[int, T]]:
    """Reads ``AMOUNT=DO``."""

    def read(text: str) -> tuple[int, T]:
        amount, _, what = text.partition("=")
        return payments.parse_amount(amount), word(what)

    return read


def _each(option: str, read: Callable[[str], T], texts: Iterable[str]) -> list[T]:
    """Every value of an option.

    :raises click.UsageError: with what is wrong.
    """
    try:
        return [read(text) for text in texts]
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from error
