"""The simulator's commands; they join the command line by entry point.

What a command needs is loaded when it runs, so that ``pos-guard --help`` stays quick.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pos_guard_simulator.running.command_line import CommandGroup

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


class Later(click.Command):
    """A command that is loaded when it is called; until then its line of help is enough."""

    def __init__(self, name: str, module: str, says: str) -> None:
        super().__init__(name, short_help=says)
        self._module = module

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - as click passes them on
    ) -> click.Context:
        """That of the command itself, which click then calls."""
        return self.loaded().make_context(info_name, args, parent, **extra)

    def loaded(self) -> click.Command:
        """The command itself."""
        found: object = getattr(import_module(self._module), str(self.name))
        if not isinstance(found, click.Command):
            raise TypeError(f"{self._module}.{self.name} is no command")
        return found


campaign = Later(
    "campaign",
    "pos_guard_simulator.campaign.command",
    "Cross scenarios with faults: what survives, is refused, is unknown, breaks.",
)
faults = Later(
    "faults",
    "pos_guard_simulator.faults.command",
    "List what can go wrong: devices, links, hosts, people, the machine.",
)
tape = Later(
    "tape",
    "pos_guard_simulator.tape.command",
    "Record what a real device says, and look at it; simulate tape plays it.",
)


class _Devices(CommandGroup):
    """The devices that can be simulated."""

    places: Mapping[str, tuple[str, str]] = {
        "host": ("pos_guard_simulator.simulate", "host"),
        "printer": ("pos_guard_simulator.devices.printer", "printer"),
        "provider": ("pos_guard_simulator.simulate", "provider"),
        "scale": ("pos_guard_simulator.scale.command", "scale"),
        "scanner": ("pos_guard_simulator.devices.scanner", "scanner"),
        "scenario": ("pos_guard_simulator.scenario.command", "scenario"),
        "tape": ("pos_guard_simulator.tape.command", "simulate_tape"),
        "terminal": ("pos_guard_simulator.simulate", "terminal"),
    }
    """The module and the name of each: only what is asked for is loaded."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in self.places:
            return None
        module, name = self.places[cmd_name]
        found: object = getattr(import_module(module), name)
        return found if isinstance(found, click.Command) else None


@click.group("simulate", cls=_Devices)
def simulate() -> None:
    """Simulate devices, for tests without hardware: one, or all that a scenario names.

    One JSON line says where they are once they are ready. SIGTERM and Ctrl-C end it with exit
    code 0, or with that of the scenario's verdict.

    With -- COMMAND at the end that program is run once all is ready, and its exit code is ours.
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
