"""Audit records in words: one line for a list, a table for a verdict's trace."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

from pos_guard.cli.state import printable
from pos_guard.clock import SECOND
from pos_guard.frames.decoded import Json
from pos_guard.money import MoneyError, format_amount
from pos_guard.policy.explain import LEVEL_WORDS, MODE_WORDS, inputs_text
from pos_guard.policy.verdict import Input, Level, Mode
from pos_guard.store.audit_record import AuditRecord

_HASH = re.compile(r"[0-9a-f]{64}")

# Shown in words of their own, or only in the whole record.
_SPOKEN = frozenset(
    {"amount", "currency", "kind", "level", "link", "rule", "would_be", "reason", "tender"}
)

Body = Mapping[str, Json]

# Column heads of a timeline: operator, approver, terminal, shift, policy.
_HEADS = {
    "en": ("by", "approved by", "terminal", "shift", "policy", "found"),
    "zh": ("操作员", "批准人", "终端", "班次", "策略", "检查"),
}
_POLICY_SHOWN = 12


def line(record: AuditRecord, *, body: bool = True) -> str:
    """A record in one line: number, time, kind, people, gist."""
    people = "+".join(name for name in (record.actor, record.approver) if name)
    text = f"{record.seq:>6}  {_when(record.wall_us)}  {record.kind:<12} {people or '-':<12}"
    if body:
        text += " " + summary(record.body)
    return printable(text.rstrip())


def timeline(records: Sequence[AuditRecord], lang: str) -> Iterator[str]:
    """What happened to a transaction, step by step: who, where, under which policy, and why."""
    by, approved, terminal, shift, policy, found = _HEADS[lang]
    for record in records:
        yield line(record)
        who = {
            by: record.actor or record.body.get("operator"),
            approved: record.approver,
            terminal: record.terminal,
            shift: record.body.get("shift"),
            policy: str(record.body.get("policy") or "")[:_POLICY_SHOWN],
        }
        yield "        " + "  ".join(f"{name} {_short(what)}" for name, what in who.items() if what)
        if record.body.get("trace"):
            yield f"        {found}:"
            yield from (f"      {text}" for text in trace(record.body, lang))


def summary(body: Body) -> str:
    """The gist of a record: what was asked, what came of it, and the small facts beside it."""
    parts = [str(body["link"])] if isinstance(body.get("link"), str) else []
    parts += [_request(body), _verdict(body)]
    parts += [f"{name}={_short(value)}" for name, value in body.items() if _worth(name, value)]
    return "  ".join(part for part in parts if part)


def trace(body: Body, lang: str = "en") -> Iterator[str]:
    """Each finding of a verdict in one line: level, mode, rule, what it looked at."""
    findings = body.get("trace")
    for finding in cast("list[Body]", findings) if isinstance(findings, list) else []:
        inputs = cast("Body", finding["inputs"])
        looked_at = inputs_text(_plain(inputs), str(body.get("currency")), lang)
        level, mode = str(finding["level"]), str(finding["mode"])
        if lang == "zh":
            level, mode = _level_zh(level), _mode_zh(mode)
        on_trial = "" if finding["mode"] == "enforce" else f" ({mode})"
        yield f"  {level:<17} {finding['rule']!s:<21} {looked_at}{on_trial}"


def _plain(inputs: Body) -> dict[str, Input]:
    """As rules give them; a record may hold anything."""
    return {
        name: _short(value) if isinstance(value, (dict, list, float)) else value
        for name, value in inputs.items()
    }


def _level_zh(name: str) -> str:
    return LEVEL_WORDS[Level[name]].zh if name in Level.__members__ else name


def _mode_zh(name: str) -> str:
    return MODE_WORDS[Mode(name)].zh if name in set(Mode) else name


def details(body: Body) -> Iterator[str]:
    """Everything else of a record, one field a line; the request only by how to see it."""
    for name, value in body.items():
        if name == "request" and isinstance(value, dict):
            yield f"  {name:<12} kept: see pos-guard policy explain, or --json"
        elif name != "trace":
            yield f"  {name:<12} {_short(value)}"


def _request(body: Body) -> str:
    amount, currency = body.get("amount"), body.get("currency")
    what = " ".join(str(body[name]) for name in ("tender", "kind") if body.get(name))
    if type(amount) is not int:
        return what
    try:
        money = f"{format_amount(amount, str(currency))} {currency}"
    except MoneyError:
        money = str(amount)
    return f"{what} {money}".strip()


def _verdict(body: Body) -> str:
    level = body.get("level")
    if level is None:
        return ""
    text = str(level) if level == "ALLOW" else f"{level} by {body.get('rule')}"
    would_be = body.get("would_be", level)
    return text if would_be == level else f"{text} (enforced: {would_be})"


def _worth(name: str, value: Json) -> bool:
    if name in _SPOKEN or value is None or isinstance(value, (list, dict)):
        return False
    return not (isinstance(value, str) and _HASH.fullmatch(value))


def _short(value: Json) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(inner)}" for name, inner in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(_short(inner) for inner in value) or "-"
    return "-" if value is None else str(value)


def _when(wall_us: int) -> str:
    moment = datetime.fromtimestamp(wall_us // SECOND, tz=UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
