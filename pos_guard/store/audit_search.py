"""What audit records can be found by: filters, and the terms under which a record is indexed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TypedDict, cast

import rfc8785

from pos_guard.frames.decoded import Json
from pos_guard.store.audit_record import AuditRecord

_TRANSACTION = ("entry", "sale", "sale_id", "original", "order", "reference", "receipt")
_SALE = ("sale", "sale_id", "original")
_PEOPLE = ("operator", "approver")

# The name of a term, and the member of a body whose value it is about.
_INDEXED = (
    *(("txn", field) for field in _TRANSACTION),
    *((field, field) for field in ("kind", "link", "payer", "amount")),
)


class Filters(TypedDict, total=False):
    """Filters of ``AuditLog.records``; all that are given must fit.

    ``since`` (included) and ``until`` (not included): wall time in microseconds. ``after`` and
    ``before``: record numbers, not included. ``kind``: of the record; ``type``: of the record, or
    what was asked (``refund``). ``operator``: who acted, approved, or is named in the body as one
    who did. ``transaction``: an entry, sale, order, reference or receipt number; ``sale`` also as
    the original of a refund. ``payer``: the token. ``amount``: in minor units. ``rule``: decided,
    or found something. ``text``: anywhere in the record but its ``request``,
    upper or lower case.
    """

    kind: str
    type: str
    since: int
    until: int
    after: int
    before: int
    text: str
    link: str
    entry: int
    operator: str
    transaction: str
    sale: str
    order: str
    receipt: str
    reference: str
    payer: str
    amount: int
    rule: str


# Which term finds what a filter asks for; the others only narrow.
_TERM_OF = {
    "kind": "kind",
    "type": "kind",
    "link": "link",
    "operator": "who",
    "payer": "payer",
    "amount": "amount",
    "rule": "rule",
    "transaction": "txn",
    "entry": "txn",
    "sale": "txn",
    "order": "txn",
    "receipt": "txn",
    "reference": "txn",
}


@lru_cache(maxsize=512)  # kinds, people, rules, and what the last payments were about
def term(name: str, value: str | int) -> int:
    """The number under which a value is indexed. Two may share one: results are always checked."""
    digest = hashlib.blake2b(f"{name}\0{value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def terms_of(
    kind: str, actor: str | None, approver: str | None, body: Mapping[str, Json]
) -> set[int]:
    """All terms of a record."""
    found = {term("kind", kind)}
    for name, field in _INDEXED:
        value = body.get(field)
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            found.add(term(name, value))
    for person in (actor, approver, *(body.get(field) for field in _PEOPLE)):
        if person and isinstance(person, (str, int)) and not isinstance(person, bool):
            found.add(term("who", person))
    for rule in _rules(body):
        found.add(term("rule", rule))
    return found


def terms_wanted(filters: Filters) -> set[int]:
    """The terms that every fitting record has."""
    asked = cast("dict[str, str | int]", filters)
    return {term(_TERM_OF[name], value) for name, value in asked.items() if name in _TERM_OF}


def needle(filters: Filters) -> bytes:
    """Bytes that every fitting record holds: they spare parsing most others."""
    if "entry" in filters:
        return _member("entry", filters["entry"])
    if "link" in filters:
        return _member("link", filters["link"])
    return _member("kind", filters["kind"]) if "kind" in filters else b""


def fits(record: AuditRecord, filters: Filters) -> bool:
    """Whether a record fits all filters."""
    asked = cast("dict[str, str | int]", filters)
    return all(_fits_one(record, name, value) for name, value in asked.items())


def _fits_one(record: AuditRecord, name: str, value: str | int) -> bool:
    check = _CHECKS.get(name)
    return record.body.get(name) == value if check is None else check(record, value)


# The others (link, entry, order, receipt, reference, payer, amount) stand in the body as they are.
_CHECKS: dict[str, Callable[[AuditRecord, str | int], bool]] = {
    "kind": lambda record, value: record.kind == value,
    "type": lambda record, value: value in (record.kind, record.body.get("kind")),
    "since": lambda record, value: record.wall_us >= int(value),
    "until": lambda record, value: record.wall_us < int(value),
    "after": lambda record, value: record.seq > int(value),
    "before": lambda record, value: record.seq < int(value),
    "operator": lambda record, value: value in _people(record),
    "transaction": lambda record, value: str(value) in map(str, _values(record.body, _TRANSACTION)),
    "sale": lambda record, value: value in _values(record.body, _SALE),
    "rule": lambda record, value: value in _rules(record.body),
    "text": lambda record, value: str(value).lower() in _text(record).lower(),
}


def _people(record: AuditRecord) -> set[Json]:
    return {record.actor, record.approver, *_values(record.body, _PEOPLE)}


def _values(body: Mapping[str, Json], names: tuple[str, ...]) -> Iterator[str | int]:
    for name in names:
        value = body.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            yield value


def _rules(body: Mapping[str, Json]) -> set[str]:
    """The rule that decided, and those that found something."""
    trace = body.get("trace")
    findings = trace if isinstance(trace, list) else []
    rules = [
        finding.get("rule")
        for finding in findings
        if isinstance(finding, dict) and finding.get("level") != "ALLOW"
    ]
    return {rule for rule in (body.get("rule"), *rules) if isinstance(rule, str)}


def _member(name: str, value: str | int) -> bytes:
    return rfc8785.dumps({name: value})[1:-1]


def _text(record: AuditRecord) -> str:
    """The record without the request that was judged: the body's own fields say it already."""
    shown = record.as_json()
    shown["body"] = {name: value for name, value in record.body.items() if name != "request"}
    return json.dumps(shown, ensure_ascii=False)
