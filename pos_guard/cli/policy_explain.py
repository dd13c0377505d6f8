"""``pos-guard policy explain``: why a request gets its verdict."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import click

from pos_guard.cli.columns import table
from pos_guard.cli.state import (
    UnreadableError,
    json_option,
    open_store,
    print_json,
    printable,
    state_option,
)
from pos_guard.errors import Problem, SettingsError
from pos_guard.frames.decoded import Json
from pos_guard.policy.engine import judge
from pos_guard.policy.explain import HEADER, explain, headline
from pos_guard.policy.load import load_policy
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request, Total
from pos_guard.policy.request_json import parse_request
from pos_guard.policy.verdict import Level, Verdict
from pos_guard.strict import MAX_BYTES, WrongError, dotted, read_raw

_NO_REQUEST = "Say which request: a JSON file (- for standard input), --record or --entry."


@click.command("explain")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("source", metavar="[REQUEST]", required=False)
@click.option("--record", type=click.IntRange(min=1), help="A judged request, by its record.")
@click.option("--entry", type=click.IntRange(min=1), help="The same, by the request's number.")
@state_option
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@json_option
def explain_command(
    file: Path,
    source: str | None,
    directory: Path,
    lang: str,
    as_json: bool,
    **wanted: int | None,
) -> None:
    """Judge one request by a policy FILE and show every rule's finding.

    REQUEST is JSON: "intent" and what is known around it, as the record keeps it. Exit 0 when the
    request may go on, 1 when it is refused or somebody has to answer first.
    """
    policy = load_policy(file)
    if source is not None:
        request = _from_json(source)
        # Whoever writes a request by hand means that nothing came before it.
        nothing = {limit.id: Total() for limit in policy.limits}
        request = replace(request, totals=nothing | dict(request.totals))
    else:
        request = _recorded(directory, wanted["record"], wanted["entry"])
    verdict = judge(request, policy)
    if as_json:
        print_json(_json(verdict, policy))
    else:
        _show(verdict, policy, lang)
    sys.exit(0 if verdict.allowed else 1)


def _from_json(name: str) -> Request:
    """A request from a file, or from standard input for ``-``."""
    raw = sys.stdin.buffer.read(MAX_BYTES) if name == "-" else read_raw(Path(name), name)
    try:
        value: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{name} is not JSON: {error}") from error
    try:
        return parse_request(value)
    except WrongError as error:
        problems = [Problem(dotted(path), message) for path, message in error.parts]
        raise SettingsError(name, problems) from error


def _recorded(directory: Path, record: int | None, entry: int | None) -> Request:
    if record is None and entry is None:
        raise click.UsageError(_NO_REQUEST)
    with open_store(directory, readonly=True) as store:
        if record is not None:
            found = store.audit.record(record)
        else:
            judged = store.audit.records(kind="verdict", entry=entry or 0, limit=1)
            found = next(judged, None)
    if found is None or not isinstance(found.body.get("request"), dict):
        raise UnreadableError("There is no such record that keeps a whole request.")
    return parse_request(found.body["request"])


def _show(verdict: Verdict, policy: Policy, lang: str) -> None:
    rows = [row.cells for row in explain(verdict, policy, lang)]
    for line in table([tuple(word.to(lang) for word in HEADER), *rows]):
        click.echo(printable(line))
    click.echo(headline(verdict, lang))


def _json(verdict: Verdict, policy: Policy) -> dict[str, Json]:
    return {
        "policy": policy.hash,
        "level": verdict.level.name,
        "would_be": verdict.would_be.name,
        "rule": verdict.decisive.rule,
        "reason": str(verdict.decisive.reason),
        "needs": list[Json](sorted(str(need) for need in verdict.needs)),
        "findings": [
            {
                "rule": finding.rule,
                "level": finding.level.name,
                "effective": Level(finding.effective).name,
                "mode": str(finding.mode),
                "reason": str(finding.reason),
                "inputs": dict(finding.inputs),
                "say": {"zh": finding.say.zh, "en": finding.say.en},
            }
            for finding in verdict.findings
        ],
    }
