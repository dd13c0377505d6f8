"""Articles: items-returned and cart-adds-up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import Cart, IntentKind
from pos_guard.policy.request import OrderState, Request
from pos_guard.policy.rules import cart_adds_up, items_returned
from tests.policy.cases import IN, OTHER, OUT, POLICY, intent, order, receipt, refund, sale, scan
from tests.policy.state_cases import FINE, Row, cart, row, told

UNSOUND: Row = ("DENY", "malformed", None)
MANY: Row = ("DENY", "remaining", None)
MUCH: Row = ("DENY", "amount", None)

Pairs = tuple[tuple[str, int], ...]

BROKEN = [
    cart(("tea", 0, 600)),
    cart(("tea", -1, 600), ("cup", 3, 600)),
    cart(("tea", 1, -1), ("cup", 1, 600)),
    cart(("tea", 1, 600), discount=-600),
    cart(("tea", 1, 600), tax=-1),
]


@pytest.mark.parametrize(
    ("sold", "returned", "items", "amount", "expected"),
    [
        ((("tea", 2),), (), cart(("tea", 1, 600)), 600, FINE),
        ((("tea", 2),), (), cart(("tea", 2, 600)), 1200, FINE),
        ((("tea", 2),), (), cart(("tea", 3, 600)), 1200, MANY),
        ((("tea", 2),), (("tea", 1),), cart(("tea", 1, 600)), 600, FINE),
        ((("tea", 2),), (("tea", 2),), cart(("tea", 1, 600)), 600, MANY),
        ((("tea", 2),), (("tea", 1), ("tea", 1)), cart(("tea", 1, 600)), 600, MANY),
        ((("tea", 1), ("tea", 1)), (), cart(("tea", 2, 600)), 1200, FINE),
        ((("tea", 2),), (("cup", 2),), cart(("tea", 2, 600)), 1200, FINE),
        ((("tea", 2),), (), cart(("cup", 1, 600)), 600, MANY),
        ((("tea", 2),), (("tea", 3),), cart(("tea", 1, 600)), 600, MANY),
        ((), (), cart(("tea", 9, 600)), 1200, FINE),
        ((("tea", 2),), (), cart(("tea", 1, 600)), 601, MUCH),
        ((("tea", 2),), (), cart(("tea", 1, 600)), 1, FINE),
        ((("tea", 2),), (), cart(("tea", 2, 600), discount=200), 1001, MUCH),
        ((("tea", 2),), (), cart(("tea", 2, 600), discount=200), 1000, FINE),
        ((("tea", 2),), (), cart(("tea", 1, 600), tax=50), 650, FINE),
        ((), (), cart(("tea", 1, 600)), 1200, MUCH),
        ((("tea", 2),), (), cart(("tea", 1, 600)), None, FINE),
        ((("tea", 2),), (), cart(), 1250, None),
        ((("tea", 2),), (), None, 1250, None),
        *(((("tea", 9), ("cup", 9)), (), broken, 1, UNSOUND) for broken in BROKEN),
    ],
)
def test_nothing_comes_back_more_often_than_it_was_sold(
    sold: Pairs, returned: Pairs, items: Cart | None, amount: int | None, expected: Row | None
) -> None:
    state = replace(sale(), sold=sold, returned=returned)
    request = Request(refund(amount), context=told(items=items), sale=state)
    assert row(items_returned.check(request, POLICY)) == expected


def test_the_price_counts_without_the_sale_too() -> None:
    request = Request(refund(601), context=told(items=cart(("tea", 1, 600))))
    assert row(items_returned.check(request, POLICY)) == MUCH
    cheaper = replace(request, subject=refund(600))
    assert row(items_returned.check(cheaper, POLICY)) == FINE


def test_the_article_and_what_is_left_of_it_are_named() -> None:
    state = replace(sale(), sold=(("tea", 3),), returned=(("tea", 2),))
    request = Request(refund(600), context=told(items=cart(("tea", 2, 300))), sale=state)
    finding = items_returned.check(request, POLICY)
    assert finding is not None
    assert finding.inputs == {"sku": "tea", "asked": 2, "sold": 3, "returned": 2}
    assert "tea 最多还能退 1 件" in finding.say.zh
    assert "tea, 1 can still be returned" in finding.say.en


def test_the_price_of_the_items_is_explained() -> None:
    items = cart(("tea", 2, 600), discount=150, tax=50)
    request = Request(refund(1250), context=told(items=items), sale=sale())
    finding = items_returned.check(request, POLICY)
    assert finding is not None
    assert finding.inputs == {"amount": 1250, "price": 1100}
    assert "12.00 - 1.50 + 0.50 = 11.00" in finding.say.en


@pytest.mark.parametrize("kind", [kind for kind in (*IN, *OUT, *OTHER) if kind != "refund"])
def test_only_refunds_return_items(kind: IntentKind) -> None:
    request = Request(intent(kind), context=told(items=cart(("tea", -1, 1))), sale=sale())
    assert items_returned.check(request, POLICY) is None


GOODS = cart(("tea", 2, 600), ("bag", 1, 50))


@pytest.mark.parametrize(
    ("amount", "items", "state", "expected"),
    [
        (1250, GOODS, None, FINE),
        (1250, GOODS, order(), FINE),
        (1200, GOODS, None, MUCH),
        (12500, GOODS, None, MUCH),
        (None, GOODS, None, MUCH),
        (1250, GOODS, order(total=1300), MUCH),
        (1300, GOODS, order(total=1300), MUCH),
        (250, GOODS, order(posted=1000), FINE),
        (1000, GOODS, order(), FINE),
        (250, GOODS, order(total=1300, posted=1000), MUCH),
        (1250, cart(("tea", 2, 600), discount=50, tax=100), None, FINE),
        (600, cart(("tea", 1, 600), ("gift", 1, 0)), None, FINE),
        (1250, cart(), None, None),
        (1250, None, None, None),
        *((600, broken, None, UNSOUND) for broken in BROKEN),
    ],
)
def test_the_goods_add_up_to_the_amount_or_the_order(
    amount: int | None, items: Cart | None, state: OrderState | None, expected: Row | None
) -> None:
    for kind in (IntentKind.SALE, IntentKind.COMPLETION):
        request = Request(intent(kind, amount), context=told(items=items), order=state)
        assert row(cart_adds_up.check(request, POLICY)) == expected


def test_the_sum_is_explained() -> None:
    items = cart(("tea", 2, 600), discount=50, tax=75)
    finding = cart_adds_up.check(Request(intent(), context=told(items=items)), POLICY)
    assert finding is not None
    assert finding.inputs == {"asked": 1250, "cart": 1225, "discount": 50, "tax": 75}
    for words in (finding.say.zh, finding.say.en):
        assert "12.00 - 0.50 + 0.75 = 12.25" in words
        assert "12.50" in words


def test_tips_refunds_scans_and_paper_have_no_cart_here() -> None:
    context = told(items=cart(("tea", 1, 1)))
    for kind in (IntentKind.TIP, *OUT, *OTHER):
        assert cart_adds_up.check(Request(intent(kind), context=context), POLICY) is None
    for subject in (scan(), receipt()):
        request = Request(subject, context=context)
        assert cart_adds_up.check(request, POLICY) is None
        assert items_returned.check(request, POLICY) is None
