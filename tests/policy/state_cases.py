"""What the tests of the rules about state share; amounts are cents."""

from __future__ import annotations

from typing import TypeVar

from pos_guard.model import Cart, CartLine, Context, Known, Purpose, Source
from pos_guard.policy.verdict import Finding, Level
from tests.policy.cases import brief

T = TypeVar("T")

Row = tuple[str, str, str | None]
"""Level, reason, and for REQUIRE what is needed."""

FINE: Row = ("ALLOW", "ok", None)


def row(finding: Finding | None) -> Row | None:
    """A finding in the words of the tables; the words of a person are checked on the way."""
    short = brief(finding)
    if finding is None or short is None:
        return None
    assert finding.inputs, "a finding shows what it used"
    assert not set("{}") & set(finding.say.zh + finding.say.en), "a message was not filled in"
    need = str(finding.need) if finding.level is Level.REQUIRE else None
    return (*short, need)


def known(value: T) -> Known[T]:
    """A piece of context that the app told."""
    return Known(value, Source.APP, 0)


def cart(*lines: tuple[str, int, int], discount: int = 0, tax: int = 0) -> Cart:
    """Lines of article, quantity and unit price."""
    return Cart(tuple(CartLine(*line) for line in lines), discount, tax)


def told(
    *,
    items: Cart | None = None,
    purpose: Purpose | None = None,
    reason: str | None = None,
    customer: str | None = None,
    original: str | None = None,
) -> Context:
    """Context in which the app said these things."""
    return Context(
        cart=None if items is None else known(items),
        purpose=None if purpose is None else known(purpose),
        reason=None if reason is None else known(reason),
        customer=None if customer is None else known(customer),
        original=None if original is None else known(original),
    )
