"""``pos-guard campaign``: scenarios crossed with faults, and a table of what came of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

import click

from pos_guard.cli.state import json_option
from pos_guard.errors import LocalError
from pos_guard_simulator.campaign.cell import play
from pos_guard_simulator.campaign.cells import built_in_cells
from pos_guard_simulator.campaign.outcome import Cell, Outcome, Result
from pos_guard_simulator.campaign.report import as_json, cell_line, summary, write_junit
from pos_guard_simulator.campaign.scenario_file import file_cells, struck_after
from pos_guard_simulator.campaign.scenarios import BUILT_IN
from pos_guard_simulator.campaign.workers import played
from pos_guard_simulator.faults.catalogue import find
from pos_guard_simulator.systems.having import Needs, require

MAX_JOBS = 64
"""Cells at once: each has a guard of its own, and needs half a processor."""


SHORTEST_MS, TIMES = 15_000, 5
"""With a fault a scenario may take five times as long as without, and 15 s in any case."""


class _Given(TypedDict):
    """What click read."""

    scenarios: tuple[str, ...]
    faults: tuple[str, ...]
    devices: tuple[str, ...]
    seed: int
    jobs: int
    junit: Path | None
    out: Path | None
    lang: str
    as_json: bool
    listed: bool


@click.command("campaign")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO…]")
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="Only this one; again.")
@click.option("--device", "devices", multiple=True, metavar="NAME", help="Only faults of this.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True,
              help="Where faults strike; 0: where they hurt most.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, MAX_JOBS), default=2, show_default=True,
              help="Cells at once.")  # fmt: skip
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="JUnit XML.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              help="A new folder that keeps what each cell left.")  # fmt: skip
@click.option("--list", "listed", is_flag=True, help="Only name the cells.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@json_option
def campaign(**given: Unpack[_Given]) -> None:
    """Cross scenarios with faults: what survives, is refused, is unknown, or breaks.

    A SCENARIO is a built-in one (sale, refund, supervised, qr, print, scan) or a file of
    pos-guard simulate scenario; without any, all built-in ones. Exit 1 if anything is broken.
    """
    cells = _cells(given)
    if given["listed"]:
        for cell in cells:
            click.echo(f"{cell.scenario} {cell.device} {cell.fault}")
        return
    require(Needs.DAEMON, "campaign")
    results = _play(_with_normal(cells), given)
    if given["as_json"]:
        click.echo(json.dumps(as_json(results), ensure_ascii=False))
    else:
        click.echo("")
        for line in summary(results, given["lang"]):
            click.echo(line)
    if given["junit"] is not None:
        write_junit(results, given["junit"])
    sys.exit(1 if any(one.outcome is Outcome.BROKEN for one in results) else 0)


def _cells(given: _Given) -> list[Cell]:
    """What is to be played.

    :raises click.UsageError: a name that there is not, or nothing at all.
    """
    for name in given["faults"]:
        if not find(name) and not find(name.partition(":")[0]):
            raise click.UsageError(f"no fault {name!r}: pos-guard faults lists them")
    narrowed = given["faults"], given["devices"], given["seed"]
    cells: list[Cell] = []
    for name in given["scenarios"] or tuple(BUILT_IN):
        if name in BUILT_IN:
            cells += built_in_cells([name], *narrowed)
        elif Path(name).is_file():
            cells += _of_file(Path(name), *narrowed)
        else:
            known = ", ".join(BUILT_IN)
            raise click.UsageError(f"no scenario {name!r}: a file, or one of {known}")
    if not cells:
        raise click.UsageError("no scenario has such a fault of such a device")
    return cells


def _of_file(
    file: Path, faults: tuple[str, ...], devices: tuple[str, ...], seed: int
) -> list[Cell]:
    """The cells of a user's scenario."""
    try:
        return list(file_cells(file, faults, devices, seed))
    except LocalError as error:
        raise click.UsageError(str(error)) from error


def _with_normal(cells: Sequence[Cell]) -> list[Cell]:
    """Every file once without a fault: how much money moves then, and how long it takes.

    :raises click.UsageError: it does not end as expected even so.
    """
    files = sorted({cell.scenario for cell in cells} - set(BUILT_IN))
    normal: dict[str, Result] = {}
    for result in played([Cell(file, "", "") for file in files], play, 1):
        if result.outcome is not Outcome.SURVIVED:
            raise click.UsageError(f"{result.cell.scenario} fails without a fault: {result.why}")
        normal[result.cell.scenario] = result
    return [_limited(cell, normal.get(cell.scenario)) for cell in cells]


def _limited(cell: Cell, normal: Result | None) -> Cell:
    """A cell of a file, with what is normal there."""
    if normal is None:
        return cell
    usual_ms = round(normal.seconds * 1000)
    limit_ms = min(cell.limit_ms, max(SHORTEST_MS, TIMES * usual_ms))
    after = struck_after(cell, normal.seen.moments)
    return replace(cell, normal=normal.seen, limit_ms=limit_ms, after=after)


def _play(cells: Sequence[Cell], given: _Given) -> list[Result]:
    out = given["out"]
    if out is not None and out.exists() and any(out.iterdir()):
        raise click.UsageError(f"{out} is not empty: name a new folder, or empty it")
    results: list[Result] = []
    for result in played(cells, play, given["jobs"], out):
        results.append(result)
        if not given["as_json"]:
            click.echo(cell_line(result, given["lang"]))
    return results
