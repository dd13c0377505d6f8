"""The JSON Schema of policy files, for editors; made from the tables and the rules themselves."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, Union, cast, get_args, get_origin, get_type_hints

from pos_guard.frames.decoded import Json
from pos_guard.policy import tables
from pos_guard.policy.packs import PACKS
from pos_guard.policy.policy import OPERATIONS
from pos_guard.policy.registry import RULES
from pos_guard.policy.rule import Choice, OptionKind, Whole
from pos_guard.policy.verdict import Mode

_AMOUNT: Json = {
    "type": "string",
    "pattern": r"^(\d{1,12}(\.\d{1,4})?|unlimited)$",
    "description": 'An amount in the policy\'s currency, such as "20.00", or "unlimited".',
}
_CODE: Json = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,31}$"}
_SECONDS: Json = {"type": "integer", "minimum": 1, "maximum": 604_800}
_SPAN: Json = {"type": "string", "pattern": r"^\d\d:\d\d-\d\d:\d\d$"}

_OWN: Mapping[object, Json] = {
    tables.Amount: _AMOUNT,
    tables.Count: {"type": "integer", "minimum": 0, "maximum": 1_000_000},
    tables.Currency: {"type": "string", "pattern": "^[A-Z]{3}$"},
    tables.Date: {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    tables.Delay: {"type": "integer", "minimum": 0, "maximum": 604_800},
    tables.Intervals: {"type": "array", "items": _SPAN},
    tables.LimitId: _CODE,
    tables.LockPath: {"type": "string", "pattern": r"^[a-z_]+(\.[A-Za-z0-9_-]+){0,3}$"},
    tables.Minute: {"type": "string", "pattern": r"^\d\d:\d\d$"},
    tables.Operation: {"enum": list[Json](sorted(OPERATIONS))},
    tables.PackName: {
        "type": "string",
        "examples": list[Json](PACKS),
        "description": "A shipped pack, or a path relative to this file.",
    },
    tables.PayeeId: {"type": "string", "minLength": 1, "maxLength": 128},
    tables.ReasonCode: _CODE,
    tables.Seconds: _SECONDS,
    tables.Version: {"type": "integer", "minimum": 1},
    tables.WindowText: {
        "type": "string",
        "pattern": r"^(transaction|shift|day|[1-9]\d{0,6}[smhd])$",
    },
    tables.Zone: {"type": "string", "examples": ["Europe/Berlin", "Asia/Shanghai"]},
}

_PLAIN: Mapping[object, Json] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
}


def policy_schema() -> dict[str, Json]:
    """The schema of one layer; a value that only the whole can judge is judged when it is read."""
    head: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pos-guard policy",
        "description": "Who may do what, who may be paid, how strict each rule is.",
    }
    return head | _table(tables.LayerTable)


def _table(kind: type) -> dict[str, Json]:
    hints = get_type_hints(kind)
    items = dataclasses.fields(kind)
    properties: dict[str, Json] = {item.name: _schema(hints[item.name]) for item in items}
    needed: list[Json] = [
        item.name
        for item in items
        if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
    ]
    shown: dict[str, Json] = {"type": "object", "additionalProperties": False}
    shown["properties"] = properties
    if needed:
        shown["required"] = needed
    return shown


def _schema(kind: object) -> Json:
    if kind is tables.RuleTables:
        return _rules()
    if kind in _OWN or kind in _PLAIN:
        return _OWN.get(kind) or _PLAIN[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _schema(next(part for part in arguments if part is not type(None)))
    if origin is Literal:
        return {"enum": list[Json](arguments)}
    if origin in (tuple, frozenset):
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is not None:
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [str(member) for member in kind]}
    return _table(cast("type", kind))


def _rules() -> Json:
    rules: dict[str, Json] = {}
    for rule in RULES:
        options: dict[str, Json] = {"mode": {"enum": [str(mode) for mode in Mode]}}
        options |= {name: _option(kind) for name, kind in rule.options.items()}
        rules[rule.id] = {
            "type": "object",
            "description": rule.purpose,
            "properties": options,
            "additionalProperties": False,
        }
    return {"type": "object", "properties": rules, "additionalProperties": False}


def _option(kind: OptionKind) -> Json:
    """A kind of option that others bring is described by its default's type and its words."""
    if isinstance(kind, Choice):
        return {"enum": list[Json](kind.values), "default": kind.default}
    if isinstance(kind, Whole):
        shown: dict[str, Json] = {"type": "integer", "default": kind.default}
        shown |= {"minimum": kind.lowest, "maximum": kind.highest}
        return shown
    plain = "integer" if isinstance(kind.default, int) else "string"
    return {"type": plain, "default": kind.default, "description": kind.expected()}
