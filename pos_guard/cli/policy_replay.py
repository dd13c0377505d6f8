"""``pos-guard policy replay``: what another policy would have made of the recorded history."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from pos_guard.cli.columns import table
from pos_guard.cli.state import json_option, open_store, print_json, printable, state_option
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.money import format_amount
from pos_guard.policy.load import load_policy
from pos_guard.policy.policy import Policy
from pos_guard.policy.replay import Change, Replayed, replay
from pos_guard.store.history import History, read_history

_MICROSECOND = timedelta(microseconds=1)

_SAID = {
    Change.STOPPED: Words("会被拒绝", "would be refused"),
    Change.ASKED: Words("会先询问", "would be asked first"),
    Change.LET_THROUGH: Words("会放行", "would go through"),
    Change.OTHER: Words("仍不放行，方式不同", "stopped either way, but not alike"),
}

_HEADER = (
    Words("变化", "change"),
    Words("规则", "rule"),
    Words("笔数", "requests"),
    Words("金额", "money"),
    Words("例如记录", "for example record"),
)


@click.command("replay")
@click.argument("new_file", metavar="NEW", type=click.Path(path_type=Path))
@click.option("--since", metavar="TIME", help="From then on: 2026-01-31 or 2026-01-31T08:00 (UTC).")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@state_option
@json_option
def replay_command(
    new_file: Path, *, since: str | None, lang: str, directory: Path, as_json: bool
) -> None:
    """Judge the recorded requests again under the policy NEW; changes nothing.

    Exit 0 when every request would have been decided alike, 1 when some would not.
    """
    since_us, policy = _wall_us(since), load_policy(new_file)
    with open_store(directory, readonly=True) as store:
        click.echo(Words("正在重放……", "Replaying ...").to(lang), err=True)
        history = read_history(store.audit)
    found = list(replay(history.judged, policy, since_us))
    if as_json:
        print_json(_json(found, history, policy))
    else:
        _show(found, history, policy, lang)
    sys.exit(0 if all(each.change is Change.SAME for each in found) else 1)


def _show(found: list[Replayed], history: History, policy: Policy, lang: str) -> None:
    said = (
        f"重放了 {len(found)} 个请求（{policy.name} {policy.version}）。",
        f"{len(found)} requests judged again by {policy.name}, version {policy.version}.",
    )
    click.echo(printable(Words(*said).to(lang)))
    if history.left_out:
        left = history.left_out
        said = f"{left} 个记录不完整，未重放。", f"{left} records do not keep their whole request."
        click.echo(Words(*said).to(lang))
    groups = list(_groups(found))
    if not groups:
        click.echo(Words("决定全部相同。", "Every one would have been decided alike.").to(lang))
        return
    rows = [
        (
            _SAID[change].to(lang),
            rule,
            str(len(items)),
            f"{format_amount(_money(items), policy.currency)} {policy.currency}",
            str(items[0].recorded.seq),
        )
        for change, rule, items in groups
    ]
    for line in table([tuple(word.to(lang) for word in _HEADER), *rows]):
        click.echo(printable(line))


def _groups(found: list[Replayed]) -> Iterator[tuple[Change, str, list[Replayed]]]:
    """Requests that differ alike, by what makes the difference; the most first."""
    keys = Counter((each.change, each.rule) for each in found if each.change is not Change.SAME)
    for (change, rule), _ in keys.most_common():
        yield change, rule, [each for each in found if (each.change, each.rule) == (change, rule)]


def _money(items: list[Replayed]) -> int:
    return sum(each.recorded.amount for each in items)


def _json(found: list[Replayed], history: History, policy: Policy) -> dict[str, Json]:
    changes: list[Json] = [
        {
            "change": str(change),
            "rule": rule,
            "count": len(items),
            "amount": _money(items),
            "records": [each.recorded.seq for each in items],
        }
        for change, rule, items in _groups(found)
    ]
    return {
        "policy": policy.hash,
        "currency": policy.currency,
        "judged": len(found),
        "left_out": history.left_out,
        "changes": changes,
    }


def _wall_us(text: str | None) -> int:
    if text is None:
        return 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no time such as 2026-01-31T08:00", param_hint="--since"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND
