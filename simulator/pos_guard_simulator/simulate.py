"""``pos-guard simulate``: one device of a shop, for tests without hardware (docs/simulator.md)."""

from __future__ import annotations

import click

from pos_guard.ports.address import Kind
from pos_guard_simulator import simulate_payments as payments
from pos_guard_simulator import simulate_terminals as terminals
from pos_guard_simulator.devices.printer import printer
from pos_guard_simulator.devices.scanner import scanner
from pos_guard_simulator.simulate_options import Made, by_amount, placed
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.simulate_stx import stx_command
from pos_guard_simulator.stx_kinds import STX_KINDS

__all__ = ["host", "printer", "provider", "scanner", "terminal"]


@click.group("terminal")
def terminal() -> None:
    """A payment terminal."""


terminal.add_command(terminals.zvt)
terminal.add_command(terminals.caisse_ap)
for _profile, _kind in STX_KINDS.items():
    terminal.add_command(stx_command(_profile, _kind))


@click.group("host")
def host() -> None:
    """An acquirer's host."""


host.add_command(terminals.iso8583)


@click.group("provider")
def provider() -> None:
    """A payment provider."""


def _provider(name: str, profile: str, merchant: str, says: str) -> click.Command:
    """The command for one provider."""

    @click.command(name, help=f"{says}: payment codes, queries, refunds. No TLS, no signatures.")
    @placed(Kind.TCP, serial=False)
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
    ) -> Made:
        read = payments.check_wechat
        pays = by_amount("--script", read, scripts)
        refunds = by_amount("--refund-script", read, refund_scripts)
        return payments.provider_device(profile, frozenset(merchants), pays, refunds), place

    return command


for _name, (_profile, _merchant, _says) in payments.PROVIDERS.items():
    provider.add_command(_provider(_name, _profile, _merchant, _says))
