"""``pos-guard cases``: what a person has to look at, of this terminal and of the shared ledger."""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast

import click

from pos_guard.cli.person import guard_at, id_of, order, person_option, pin_option, socket_option
from pos_guard.cli.state import json_option, print_json, printable
from pos_guard.frames.decoded import Json
from pos_guard.model import Words

Case = dict[str, Json]

WHY = {
    "break-glass": Words("紧急放行期间通过", "passed only because the glass was broken"),
    "forked-terminal": Words("本机编号与另一台终端重复", "another terminal uses this number"),
    "grant-edited": Words("放行记录被改动", "the record of a grant was changed"),
    "id-conflict": Words("同一退款编号，两笔不同请求", "one refund number, two requests"),
    "lease-breach": Words("未持有原单而离线退款", "refunded offline without holding the sale"),
    "not-lowered": Words("减少的金额没有传到终端", "a lower amount never reached the terminal"),
    "outcome-conflict": Words("两处结果不一致", "two outcomes of one refund"),
    "outcome-differs": Words("结果与请求不符", "the answer does not fit what was asked"),
    "over-refund": Words("退款超过实付", "more was given back than was paid"),
    "revoked-after-approval": Words(
        "终端自行撤销了已批准的付款", "the terminal undid an approved payment"
    ),
    "sale-conflict": Words("同一单号，内容不同", "one sale number, other facts"),
    "strange-payee": Words("终端号不在本店名单内", "a terminal that is not on the list"),
    "unknown-sale": Words("退款的原单无人上报", "a refund of a sale that nobody told"),
}
"""What each case is called; any other is shown by its name."""

_NOTHING = Words("没有待处理的事项。", "No case is open.")
_AWAY = Words(
    "总账无法连接，其中的事项未列出。", "The shared ledger cannot be asked for its cases."
)
_CLOSED = Words("已结案：{case}。", "Case {case} is closed.")

_lang = click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)


@click.group("cases")
def command() -> None:
    """List, show and close cases. Each stays on record for ever; closing says who looked at it."""


@command.command("list")
@socket_option
@_lang
@json_option
def list_open(path: Path, lang: str, as_json: bool) -> None:
    """Show what is open: one line a case."""
    body, shown = _asked(path)
    for case in shown:
        if as_json:
            print_json(case)
        else:
            click.echo(printable(f"{case['case']:>12}  {_when(case)}  {_why(case).to(lang)}"))
    if body["shared"] is None:
        click.echo(_AWAY.to(lang), err=True)
    elif not shown and not as_json:
        click.echo(_NOTHING.to(lang))


@command.command("show")
@click.argument("case")
@socket_option
@_lang
@json_option
def show(case: str, path: Path, lang: str, as_json: bool) -> None:
    """Show all that is known of one open case."""
    found = next((one for one in _asked(path)[1] if one["case"] == case), None)
    if found is None:
        raise click.ClickException(f"no open case {case}")
    if as_json:
        print_json(found)
        return
    click.echo(printable(f"{found['case']}  {_when(found)}  {_why(found).to(lang)}"))
    for name, value in cast("dict[str, Json]", found["details"]).items():
        if value is not None:
            click.echo(printable(f"  {name}: {value}"))


@command.command("close")
@click.argument("case")
@click.option("--note", required=True, help="What came of it; it stays on record.")
@socket_option
@person_option
@pin_option
@_lang
def close(case: str, note: str, path: Path, person: str | None, pin_stdin: bool, lang: str) -> None:
    """Close CASE; needs the right to resolve."""
    with guard_at(path) as client:
        person = id_of(person)
        said: dict[str, Json] = {"case": case, "note": note, "person": person}
        order(client, "close_case", person, from_stdin=pin_stdin, **said)
    click.echo(printable(_CLOSED.to(lang).format(case=case)))


def _asked(path: Path) -> tuple[dict[str, Json], list[Case]]:
    with guard_at(path) as client:
        body = client.request("cases")
    lists = (body["local"], body["shared"])
    return body, [case for some in lists for case in cast("list[Case]", some or [])]


def _why(case: Case) -> Words:
    name = str(case["why"])
    return WHY.get(name, Words(name, name))


def _when(case: Case) -> str:
    """The wall time in UTC; nothing where it is not known."""
    at_us = int(str(case["at_us"]))
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(at_us // 1_000_000)) if at_us else "-" * 16
