"""Cases over the decision socket: what a person has to look at, here and in the shared ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import cast

from pos_guard.api.bodies import Body
from pos_guard.api.message import Fields, RequestError
from pos_guard.frames.decoded import Json
from pos_guard.guard import Guard
from pos_guard.ledger.port import LedgerError
from pos_guard.ledger.values import Case
from pos_guard.store.audit_record import AuditRecord
from pos_guard.told import check_text

MAX_SHOWN = 500
"""Open cases in one answer, of each kind: more are no work for one person, but an incident."""

_CLOSED = "case-closed"


def cases(guard: Guard, fields: Fields) -> Body:
    """The open cases, oldest first; ``shared`` is null where the ledger cannot be asked."""
    fields.end()
    local = [_local_body(record) for record in _open(guard)[:MAX_SHOWN]]
    shared: list[Json] | None = []
    if guard.shared is not None:
        try:
            shared = [_shared_body(case) for case in guard.shared.cases()[:MAX_SHOWN]]
        except LedgerError:
            shared = None
    return {"local": list[Json](local), "shared": shared}


def close_case(guard: Guard, fields: Fields) -> Body:
    """A person with the right looked at a case, and says what came of it."""
    name, note = fields.text("case"), check_text("the note of a case", fields.text("note"))
    person, pin, code = fields.text("person"), fields.text("pin"), fields.maybe_text("code")
    fields.end()
    guard.demand_resolver(person, pin, code)
    closed: Body = {"case": name, "note": note}
    if not name.isdecimal() or all(record.seq != int(name) for record in _open(guard)):
        closed |= _close_shared(guard, name, person)
    with guard.store.transaction():
        guard.store.audit.append(_CLOSED, closed, actor=person)
    return {}


def _open(guard: Guard) -> list[AuditRecord]:
    """The local cases that nobody closed, oldest first."""
    closed = {str(record.body["case"]) for record in guard.store.audit.records(kind=_CLOSED)}
    every = guard.store.audit.records(kind="case")
    return [record for record in every if str(record.seq) not in closed]


def _close_shared(guard: Guard, name: str, person: str) -> Body:
    try:
        case = None if guard.shared is None else guard.shared.close_case(name, person)
    except LedgerError as error:
        raise RequestError("ledger", "the shared ledger cannot be reached: try again") from error
    if case is None:
        raise RequestError("unknown-case", "no open case by that name")
    return {"shared": str(case.kind), "subject": case.subject}


def _local_body(record: AuditRecord) -> Json:
    body = dict(record.body)
    why = body.pop("why", None) or body.pop("case", "")
    return {"case": str(record.seq), "why": why, "at_us": record.wall_us, "details": body}


def _shared_body(case: Case) -> Json:
    details = cast("dict[str, Json]", json.loads(case.details))
    return {
        "case": case.name,
        "why": str(case.kind),
        "at_us": case.at_us,
        "details": {"subject": case.subject, **details},
    }


OPERATIONS: Mapping[str, Callable[[Guard, Fields], Body]] = {
    "cases": cases,
    "close_case": close_case,
}
"""By the names that they have on the socket."""
