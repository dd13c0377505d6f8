"""The simulator's commands; they join the command line by entry point.

What a command needs is loaded when it runs, so that ``pos-guard --help`` stays quick.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pos_guard_simulator.simulate_device import Device
    from pos_guard_simulator.simulate_place import Place


@click.command("demo")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Keep all in here.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
def demo(out: Path | None, lang: str) -> None:
    """Play a cashier's shift on simulated hardware, good and bad cases.

    Real ptys, sockets and processes; no hardware and no network. Exit 0 only if every scene ended
    as expected. With --out the folder gets scenes.json, the receipts as PNG and text, the stores.
    """
    from pos_guard_simulator.demo.shift import play_all

    sys.exit(0 if play_all(out, lang) else 1)


class _Devices(click.Group):
    """The devices that can be simulated."""

    names = ("host", "printer", "provider", "scanner", "terminal")

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        from pos_guard_simulator import simulate as devices

        found: object = getattr(devices, cmd_name) if cmd_name in self.names else None
        return found if isinstance(found, click.Command) else None


@click.group("simulate", cls=_Devices)
def simulate() -> None:
    """Simulate one device, for tests without hardware.

    One JSON line says where it is once it is ready. SIGTERM and Ctrl-C end it with exit code 0.
    """


@simulate.result_callback()
def run_device(made: tuple[Device, Place]) -> None:
    """Run what a command made of its options."""
    from pos_guard_simulator.simulate_run import run

    run(*made)


@click.command("simulated", hidden=True)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
def simulated(lang: str) -> None:
    """What ``pos-guard run --simulated`` runs."""
    from pos_guard_simulator.simulated import run_simulated

    run_simulated(lang)
