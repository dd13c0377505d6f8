"""The simulator's commands; they join the command line by entry point."""

from __future__ import annotations

import sys
from pathlib import Path

import click


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
