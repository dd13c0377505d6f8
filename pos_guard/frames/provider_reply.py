"""What a provider's reply says of the money, read by the provider's profile.

Whoever is not sure says UNKNOWN: nothing here may turn silence into "paid" or "not paid".
"""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Json
from pos_guard.frames.json_strict import is_object, parse_object
from pos_guard.frames.provider_profile import Body, Op, Profile, Said
from pos_guard.frames.provider_request import Meaning, as_minor
from pos_guard.frames.provider_shape import at
from pos_guard.frames.provider_xml import MAX_REPLY, parse_xml
from pos_guard.model import Outcome, Result

_DECISIVE = frozenset({Op.SALE, Op.REFUND, Op.CLOSE, Op.REVERSE})
"""Requests of which an error says what came of them; of what a query asks for it says nothing."""

_MONEY = frozenset({Op.SALE, Op.QUERY, Op.REFUND, Op.REFUND_QUERY})


def outcome_of(profile: Profile, meaning: Meaning, status: int, body: bytes) -> Outcome:
    """What a reply says came of the request that it answers.

    For a query it is the outcome of the order or refund asked for. Unreadable, a server's error,
    or not about this request: UNKNOWN.
    """
    if meaning.rule is None or meaning.op is Op.OTHER:
        return Outcome(Result.UNKNOWN)
    try:
        reply = _answer(profile, meaning, body)
    except FrameError as error:
        return Outcome(Result.UNKNOWN, code=error.code)
    rules = profile.reply
    if status in rules.statuses and all(
        text_at(reply, path) == value for path, value in rules.accepted.items()
    ):
        return _accepted(profile, meaning, reply)
    codes = [code for path in rules.errors if (code := text_at(reply, path)) is not None]
    low, high = rules.failing
    definite = next((code for code in codes if code in rules.definite), None)
    if definite is not None and low <= status <= high and _decisive(profile, meaning, definite):
        return Outcome(Result.DECLINED, code=definite)
    return _unknown(codes[0] if codes else str(status))


def reversed_outcome(profile: Profile, meaning: Meaning, status: int, body: bytes) -> Outcome:
    """What an order query says of a reversal of that order: undone, or not yet known."""
    outcome = outcome_of(profile, meaning, status, body)
    undone = meaning.rule is not None and outcome.code in meaning.rule.reply.reversed
    # An answer about another order has the code "mismatch", which no profile may list.
    return Outcome(Result.APPROVED if undone else Result.UNKNOWN, code=outcome.code)


def order_number(profile: Profile, meaning: Meaning, body: bytes) -> str | None:
    """The shop's number of the order that a reply to a query speaks of, or None."""
    if meaning.rule is None or (path := meaning.rule.reply.same.get("order")) is None:
        return None
    try:
        return text_at(_answer(profile, meaning, body), path)
    except FrameError:
        return None


def text_at(reply: dict[str, Json], path: str) -> str | None:
    """The text at a dotted path, if it is any."""
    value = at(reply, path)
    return value if isinstance(value, str) and value else None


def _answer(profile: Profile, meaning: Meaning, body: bytes) -> dict[str, Json]:
    """The part of a reply that answers.

    :raises FrameError: the reply cannot be read.
    """
    if not body:
        return {}
    if profile.reply.body is Body.XML:
        return parse_xml(body, limit=MAX_REPLY)
    try:
        text = body.decode(meaning.charset).encode("utf-8")
    except UnicodeDecodeError as error:
        raise FrameError("charset", "the reply is not in the charset of the request") from error
    whole = parse_object(text, limit=MAX_REPLY, decimals=True)
    said = Said() if meaning.rule is None else meaning.rule.reply
    if said.wrap is None:
        return whole
    for name in (said.wrap, profile.reply.stray):
        inner = whole.get(name or "")
        if is_object(inner):
            return inner
    return {}


def _accepted(profile: Profile, meaning: Meaning, reply: dict[str, Json]) -> Outcome:
    said = Said() if meaning.rule is None else meaning.rule.reply
    for piece, path in said.same.items():
        wanted, found = getattr(meaning, piece), at(reply, path)
        if wanted is not None and found not in (None, wanted):
            return Outcome(Result.UNKNOWN, code="mismatch", reference=_maybe(reply, said.reference))
    if any(text_at(reply, path) == value for path, value in said.again.items()):
        return _unknown(next(iter(said.again)))
    state = _state(said, reply)
    result = _result(said, state, reply)
    if result is not Result.APPROVED:
        return Outcome(result, code=state)
    return _approved(profile, meaning, reply, state)


def _state(said: Said, reply: dict[str, Json]) -> str | None:
    if said.state is None:
        return said.done
    state = text_at(reply, said.state)
    if state is None and said.done_with and all(text_at(reply, path) for path in said.done_with):
        return said.done
    return state


def _result(said: Said, state: str | None, reply: dict[str, Json]) -> Result:
    if state is None:
        return Result.UNKNOWN
    if state in said.approved or (said.state is None and state == said.done):
        return Result.APPROVED
    doubtful = said.declined_without is not None and at(reply, said.declined_without) is not None
    return Result.DECLINED if state in said.declined and not doubtful else Result.UNKNOWN


def _approved(
    profile: Profile, meaning: Meaning, reply: dict[str, Json], state: str | None
) -> Outcome:
    said = Said() if meaning.rule is None else meaning.rule.reply
    currency = _maybe(reply, said.currency)
    amount = None
    if said.amount is not None and meaning.op in _MONEY:
        wanted = currency or meaning.currency or profile.currency
        amount = as_minor(profile, at(reply, said.amount), wanted)
        if amount is None:
            return _unknown("no-amount")
    return Outcome(
        Result.APPROVED,
        amount,
        currency,
        _maybe(reply, said.receipt),
        _maybe(reply, said.payee),
        state,
        _maybe(reply, said.reference),
    )


def _decisive(profile: Profile, meaning: Meaning, code: str) -> bool:
    if meaning.op is Op.REVERSE and code in profile.reply.done_before:
        return False  # an earlier reversal did it, perhaps the one that is not known
    if meaning.rule is not None and code in meaning.rule.reply.unsure:
        return False
    return meaning.op in _DECISIVE


def _maybe(reply: dict[str, Json], path: str | None) -> str | None:
    return None if path is None else text_at(reply, path)


def _unknown(code: str | None) -> Outcome:
    return Outcome(Result.UNKNOWN, code=code)
