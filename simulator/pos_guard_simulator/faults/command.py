"""``pos-guard faults``: what can go wrong with each simulated device, as a list or in full."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import click

from pos_guard.cli.columns import table
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard_simulator.faults.catalogue import CATALOGUE, find
from pos_guard_simulator.faults.entry import ENDS_WORDS, FaultEntry, Group, Parameter

DEVICES = ("printer", "scanner", "terminal", "host", "provider", "shop")

_HEAD = (Words("故障", "FAULT"), Words("现象", "WHAT HAPPENS"))
_PARTS = (
    Words("模拟", "here"),
    Words("真实设备", "real"),
    Words("结束", "ends"),
    Words("参数", "with"),
    Words("设备", "devices"),
    Words("层级", "levels"),
    Words("仅限", "only"),
    Words("不会", "never"),
    Words("依据", "source"),
)


@click.command("faults")
@click.argument("name", required=False)
@click.option("--device", type=click.Choice(DEVICES), help="Only what such a device can have.")
@click.option("--group", type=click.Choice([str(one) for one in Group]), help="Only this group.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="JSON for machines.")
def faults(
    name: str | None, device: str | None, group: str | None, lang: str, as_json: bool
) -> None:
    """List what can go wrong: devices, links, hosts, people, the machine.

    With a NAME (paper_out, link:drop) everything about that fault. The names are those of
    ``fault`` and ``clear``, of --fault and --line-fault, and of pos-guard campaign.
    """
    chosen = [
        entry
        for entry in (CATALOGUE if name is None else find(name))
        if device in (None, *entry.devices) and group in (None, entry.group)
    ]
    if not chosen:
        raise click.ClickException("there is no such fault; all of them: pos-guard faults")
    if as_json:
        click.echo(json.dumps({"faults": [fault_json(one) for one in chosen]}, ensure_ascii=False))
        return
    for line in _list(chosen, lang) if name is None else _in_full(chosen, lang):
        click.echo(line)


def fault_json(entry: FaultEntry) -> dict[str, Json]:
    """An entry for programs, such as the switches of a page."""
    text = entry.text
    return {
        "name": entry.name,
        "key": entry.key,
        "group": str(entry.group),
        "devices": list(entry.devices),
        "levels": list(entry.levels),
        "profiles": list(entry.profiles),
        "never": {name: {"zh": why.zh, "en": why.en} for name, why in entry.never.items()},
        "parameters": [
            {"name": one.name, "unit": one.unit, "usual": one.usual} for one in entry.parameters
        ],
        "does": {"zh": text.does.zh, "en": text.does.en},
        "real": {"zh": text.real.zh, "en": text.real.en},
        "ends": str(text.ends),
        "source": text.source,
    }


def _list(chosen: Iterable[FaultEntry], lang: str) -> Iterator[str]:
    rows = [tuple(word.to(lang) for word in _HEAD)]
    rows += [(entry.key, entry.text.does.to(lang)) for entry in chosen]
    yield from table(rows)


def _in_full(chosen: Iterable[FaultEntry], lang: str) -> Iterator[str]:
    for entry in chosen:
        yield entry.key
        values = (
            entry.text.does.to(lang),
            entry.text.real.to(lang),
            ENDS_WORDS[entry.text.ends].to(lang),
            ", ".join(_shown(one) for one in entry.parameters),
            ", ".join(entry.devices),
            ", ".join(entry.levels),
            ", ".join(entry.profiles),
            "; ".join(_never(entry, lang)),
            entry.text.source,
        )
        parts = zip(_PARTS, values, strict=True)
        yield from table([("", part.to(lang), value) for part, value in parts if value])


def _never(entry: FaultEntry, lang: str) -> Iterator[str]:
    """Who cannot have it, and why; those of one reason together."""
    reasons: dict[str, list[str]] = {}
    for profile, why in entry.never.items():
        reasons.setdefault(why.to(lang), []).append(profile)
    for reason, profiles in reasons.items():
        yield f"{', '.join(profiles)}: {reason}"


def _shown(parameter: Parameter) -> str:
    usual = "" if parameter.usual is None else f" = {parameter.usual}"
    return f"{parameter.name} ({parameter.unit}){usual}"
