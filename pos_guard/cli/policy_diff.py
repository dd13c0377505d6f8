"""``pos-guard policy diff``: what two policies say, and decide, differently."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from pos_guard.cli.columns import table
from pos_guard.cli.state import json_option, print_json, printable
from pos_guard.frames.decoded import Json
from pos_guard.model import Intent, Words
from pos_guard.money import format_amount
from pos_guard.policy.diff import Diff, Difference, Setting, diff
from pos_guard.policy.explain import LEVEL_WORDS
from pos_guard.policy.grid import Case
from pos_guard.policy.load import load_policy
from pos_guard.policy.request_json import request_json

_HEADER = (
    Words("操作", "operation"),
    Words("角色", "role"),
    Words("原来", "before"),
    Words("现在", "after"),
    Words("规则", "rule"),
    Words("数量", "requests"),
    Words("例如", "for example"),
)


@click.command("diff")
@click.argument("old_file", metavar="OLD", type=click.Path(path_type=Path))
@click.argument("new_file", metavar="NEW", type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@json_option
def diff_command(old_file: Path, new_file: Path, *, lang: str, as_json: bool) -> None:
    """Compare two policies: settings that differ, and decisions that differ.

    Decisions are compared over requests made from both policies' own thresholds: just below, at
    and just above each. Exit 0 when nothing differs, 1 when something does.
    """
    old, new = load_policy(old_file), load_policy(new_file)
    click.echo(Words("正在比较……", "Comparing ...").to(lang), err=True)
    found = diff(old, new)
    if as_json:
        print_json(_json(found))
    else:
        _show(found, lang)
    sys.exit(0 if found.same else 1)


def _show(found: Diff, lang: str) -> None:
    if found.same:
        said = (
            f"没有差别（比较了 {found.judged} 个请求）。",
            f"No difference in {found.judged} requests.",
        )
        click.echo(Words(*said).to(lang))
        return
    click.echo(Words("设置：", "Settings:").to(lang))
    for item in found.settings:
        click.echo(printable(f"  {item.path}: {_text(item.old)} -> {_text(item.new)}"))
    total = sum(each.count for each in found.decisions)
    said = (
        f"决定：{found.judged} 个请求中有 {total} 个不同。",
        f"Decisions: {total} of {found.judged} requests differ.",
    )
    click.echo(Words(*said).to(lang))
    if found.decisions:
        rows = [_row(each, lang) for each in found.decisions]
        for line in table([tuple(word.to(lang) for word in _HEADER), *rows]):
            click.echo(printable(f"  {line}"))


def _row(each: Difference, lang: str) -> tuple[str, ...]:
    return (
        each.operation,
        each.role,
        LEVEL_WORDS[each.old].to(lang),
        LEVEL_WORDS[each.new].to(lang),
        each.rule,
        str(each.count),
        _example(each.example),
    )


def _example(case: Case) -> str:
    subject = case.request.subject
    money = ""
    if isinstance(subject, Intent) and subject.amount is not None and subject.currency is not None:
        money = f"{format_amount(subject.amount, subject.currency)} {subject.currency}"
    return f"{money}, {case.what}" if case.what else money


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json(found: Diff) -> dict[str, Json]:
    return {
        "same": found.same,
        "judged": found.judged,
        "settings": [_setting(item) for item in found.settings],
        "decisions": [_decision(each) for each in found.decisions],
    }


def _decision(each: Difference) -> Json:
    what: dict[str, Json] = {"what": each.example.what}
    return {
        "operation": each.operation,
        "role": each.role,
        "before": each.old.name,
        "after": each.new.name,
        "rule": each.rule,
        "count": each.count,
        "example": what | request_json(each.example.request),
    }


def _setting(item: Setting) -> Json:
    return {"path": item.path, "before": item.old, "after": item.new}
