"""The judged requests of the audit log, as ``policy replay`` takes them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pos_guard.frames.decoded import Json
from pos_guard.model import Result
from pos_guard.policy.replay import Recorded
from pos_guard.policy.request_json import parse_request
from pos_guard.policy.verdict import Level
from pos_guard.store.audit import AuditLog, AuditRecord
from pos_guard.strict import WrongError

_JUDGED = frozenset({"verdict", "scan", "receipt"})
_ENDED = frozenset({"outcome", "resolved"})


@dataclass(frozen=True, slots=True)
class History:
    """Requests in the order in which they were judged first, each with its last judgement.

    ``left_out``: judgements whose record does not keep the whole request (written by an earlier
    version, or too large).
    """

    judged: tuple[Recorded, ...]
    left_out: int


def read_history(audit: AuditLog) -> History:
    """Read the whole log once, oldest record first.

    :raises TamperError: for a record that cannot be read as one.
    """
    found: dict[str, Recorded] = {}
    left_out = 0
    for record in audit.records():
        entry = record.body.get("entry")
        if record.kind in _JUDGED:
            key = f"record {record.seq}" if entry is None else f"entry {entry}"
            recorded = _recorded(record)
            if recorded is None:
                left_out += 1
                found.pop(key, None)
            else:
                found[key] = recorded
        elif record.kind in _ENDED and f"entry {entry}" in found:
            # What failed does not count in the sums of later requests.
            failed = record.body.get("result") == str(Result.DECLINED)
            before = found[f"entry {entry}"]
            found[f"entry {entry}"] = replace(before, done=not failed)
    return History(tuple(found.values()), left_out)


def _recorded(record: AuditRecord) -> Recorded | None:
    level, rule = _text(record.body.get("level")), _text(record.body.get("rule"))
    try:
        request = parse_request(record.body.get("request"))
        return Recorded(record.seq, record.wall_us, request, Level[level], rule)
    except (WrongError, KeyError):
        return None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
