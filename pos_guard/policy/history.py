"""Questions that several rules ask of the earlier requests in a snapshot."""

from __future__ import annotations

from pos_guard.clock import SECOND
from pos_guard.model import IntentKind
from pos_guard.policy.request import Recent, Request
from pos_guard.policy.rule import intent_of


def payer_token(request: Request) -> str | None:
    """Who pays or is paid back: the token of the request, else that of the sale it undoes."""
    intent = intent_of(request)
    if intent is None:
        return None
    if intent.payer_token is not None:
        return intent.payer_token
    return None if request.sale is None else request.sale.payer_token


def lately(request: Request, within_s: int) -> list[Recent]:
    """The earlier requests of the last ``within_s`` seconds; none for 0.

    A negative age (the clock was turned back since) counts as lately: nobody hides that way.
    """
    if within_s <= 0:
        return []
    within_us = within_s * SECOND
    return [past for past in request.recent if past.age_us < within_us]


def count_of_operator(request: Request, kinds: frozenset[IntentKind], within_s: int) -> int:
    """How many lately were of these kinds and of the same operator."""
    if request.operator is None:
        return 0
    who = request.operator.id
    return sum(past.kind in kinds and past.operator == who for past in lately(request, within_s))


def count_of_payer(request: Request, kinds: frozenset[IntentKind], within_s: int) -> int:
    """How many lately were of these kinds and of the same payer; an unknown one has none."""
    token = payer_token(request)
    if token is None:
        return 0
    return sum(
        past.kind in kinds and past.payer_token == token for past in lately(request, within_s)
    )
