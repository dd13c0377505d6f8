"""``pos-guard simulate printer``."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.ports.address import Kind
from pos_guard_simulator import simulate_printer as printers
from pos_guard_simulator.simulate_options import Made, placed
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.simulate_printer_options import printer_options


@click.command("printer")
@placed(Kind.PTY)
@printer_options
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Each receipt as PNG and text."
)
def printer(place: Place, options: printers.PrinterOptions, out: Path | None) -> Made:
    """A receipt printer (ESC/POS or Star), with drawer and customer display."""
    writer = None
    if out is not None:
        writer = printers.SlipWriter(out, lambda text: click.echo(text, err=True))
    return printers.printer_device(options, writer), place
