"""What a judgement comes to that could not be made: a denial, and a record of it.

A rule that raises is caught by the engine. This is for everything around the rules: a snapshot of
the state, a counter, a scan's token. Whatever is raised there, no money moves (rule 8).
"""

from __future__ import annotations

from pos_guard import records
from pos_guard.decision import Decision, unrecordable
from pos_guard.errors import StoreError
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.policy.verdict import Finding, Level, Reason, Verdict
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store

STATE_FAILED = "engine.state-failed"

_SAY = Words(
    "检查时内部出错，已拦下。请通知经理。",
    "The guard failed while it checked this, so it is refused. Call a manager.",
)


def failed(
    store: Store, link: str, error: Exception, frame: str = "", waiting: int | None = None
) -> Decision:
    """Deny what could not be judged because of ``error``, and record that.

    ``frame``: the hash of what was asked. ``waiting``: the entry that was judged again; it is
    REFUSED. Outside of a transaction. Where it cannot be recorded either, it is denied all the
    same.
    """
    if isinstance(error, StoreError):
        return unrecordable(link, error)
    # The type only: an error's text may quote what it failed on.
    inputs = {"error": type(error).__name__}
    finding = Finding(STATE_FAILED, Level.DENY_LOCKED, Reason.GUARD, _SAY, inputs)
    verdict = Verdict((finding,))
    body: dict[str, Json] = {"link": link, "frame": frame}
    if waiting is not None:
        body["entry"] = waiting
    try:
        with store.transaction():
            if waiting is not None:
                store.ledger.move(waiting, Phase.REFUSED, refused_for=str(Reason.GUARD))
            number = store.audit.append("refusal", body | records.verdict_json(verdict))
    except StoreError as unwritten:
        return unrecordable(link, unwritten)
    return Decision(number if waiting is None else waiting, link, verdict, frame, over=True)
