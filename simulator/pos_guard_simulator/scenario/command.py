"""``pos-guard simulate scenario``: devices, what happens to them, and what is expected."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

import click

from pos_guard.errors import LocalError
from pos_guard_simulator.control_http.service import http_service
from pos_guard_simulator.running.command_line import asked_command
from pos_guard_simulator.running.options import asked_running, run_options
from pos_guard_simulator.scenario.values import MAX_SECONDS
from pos_guard_simulator.scenario.verdict import Lang, Verdict
from pos_guard_simulator.stage.control_socket import control_socket

_FILE = click.Path(path_type=Path, dir_okay=False)


class _Options(TypedDict):
    """What click read, beside the file."""

    out: Path | None
    junit: Path | None
    seconds: float | None
    update: bool
    as_json: bool
    lang: Lang


@click.command("scenario")
@click.argument("file", type=_FILE)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              help="Receipts as PNG and text, every event, the verdict.")  # fmt: skip
@click.option("--junit", type=_FILE, help="The verdict as JUnit XML.")
@click.option("--seconds", type=click.FloatRange(0, MAX_SECONDS),
              help="The limit of the run, instead of the file's.")  # fmt: skip
@click.option("--update", is_flag=True, help="Keep what is printed as the texts to match.")
@click.option("--json", "as_json", is_flag=True, help="The verdict as JSON on standard output.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@run_options
def scenario(file: Path, **options: Unpack[_Options]) -> None:
    """Play the scenario in FILE; with -- COMMAND at the end, with that program as its app.

    One JSON line says where everything is once it is ready: on standard output, or on standard
    error beside an app. Exit code 0: all is as expected; 1: something is not; 2: the file is wrong.
    """
    from pos_guard_simulator.scenario.file import load_scenario
    from pos_guard_simulator.scenario.junit import write_junit
    from pos_guard_simulator.scenario.run import Outputs, play_scenario

    try:
        found = load_scenario(file, asked_command(), update=options["update"])
        if options["seconds"] is not None:
            limit = round(options["seconds"] * 1000)
            found = replace(found, plan=replace(found.plan, limit_ms=limit))
        asked = asked_running()
        outputs = Outputs(options["out"], asked.ready_file, update=options["update"])
        api = http_service(asked.http, verdict=outputs.board.told)
        verdict = play_scenario(found, outputs, [control_socket(asked.control), api])
        _say(verdict, options)
        if options["junit"] is not None:
            write_junit(verdict, options["junit"])
    except LocalError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror or error}") from error
    sys.exit(verdict.exit_code)


def _say(verdict: Verdict, options: _Options) -> None:
    if options["as_json"]:
        click.echo(json.dumps(verdict.as_json(), ensure_ascii=False))
        return
    for line in verdict.lines(options["lang"]):
        click.echo(line, err=True)
