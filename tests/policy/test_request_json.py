"""Requests as JSON: exact both ways, small, and every mistake named."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.model import Cart, CartLine, Context, Intent, Known, Receipt, Scan, Source
from pos_guard.money import MAX_AMOUNT, Money
from pos_guard.policy.request import MAX_RECENT, Recent, Request
from pos_guard.policy.request_json import (
    MAX_REQUEST_BYTES,
    parse_request,
    recordable,
    request_json,
)
from pos_guard.strict import WrongError
from tests.policy.cases import BEN, MAYA, context, intent, order, paid, receipt, refund, sale, scan

st.register_type_strategy(
    Money, st.builds(Money, st.integers(0, MAX_AMOUNT), st.sampled_from(["EUR", "CNY", "JPY"]))
)


def known(value: Any) -> st.SearchStrategy[Known[Any]]:
    return st.builds(Known, st.from_type(value), st.sampled_from(Source), st.integers())


def contexts() -> st.SearchStrategy[Context]:
    hints = get_type_hints(Context)
    del hints["rescans"]
    inner = {name: get_args(get_args(hint)[0])[0] for name, hint in hints.items()}
    pieces = {name: st.none() | known(value) for name, value in inner.items()}
    return st.builds(Context, rescans=st.integers(), **pieces)


st.register_type_strategy(Context, contexts())
SUBJECTS = st.from_type(Intent) | st.from_type(Scan) | st.from_type(Receipt)


def through_json(request: Request) -> Request:
    return parse_request(json.loads(json.dumps(request_json(request))))


@pytest.mark.parametrize(
    "request_",
    [
        Request(intent()),
        Request(refund(), operator=BEN, approver=MAYA, order=order(), sale=sale()),
        Request(scan(), context=context(scheme="wechat")),
        Request(receipt(), paid=paid(card=1250, cash=10)),
    ],
)
def test_a_request_comes_back_as_it_was(request_: Request) -> None:
    assert through_json(request_) == request_


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_request_comes_back_as_it_was(data: st.DataObject) -> None:
    # Two fields at a time, from their types: a new field is covered when it is added.
    hints = get_type_hints(Request)
    names = [item.name for item in fields(Request) if item.name != "subject"]
    drawn = data.draw(st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True))
    values = {name: data.draw(st.from_type(hints[name])) for name in drawn}
    request = replace(Request(data.draw(SUBJECTS)), **values)
    assert through_json(request) == request


def test_what_has_its_default_is_left_out() -> None:
    assert request_json(Request(intent())) == {
        "intent": {"kind": "sale", "tender": "card", "amount": 1250, "currency": "EUR"}
    }


def test_rows_are_lists() -> None:
    kind, tender = intent().kind, intent().tender
    shown = request_json(Request(intent(), recent=(Recent(5, kind, tender, 100, "anna"),)))
    assert shown["recent"] == [[5, "sale", "card", 100, "anna", None, None, None, ""]]


def test_a_record_keeps_a_full_request_and_leaves_out_a_huge_one() -> None:
    x = "x" * 40
    recent = Recent(10**12, intent().kind, intent().tender, 10**11, x, x, x, x, "terminal")
    full = Request(refund(), sale=sale(), recent=(recent,) * MAX_RECENT)
    kept = recordable(full)
    assert kept is not None
    assert len(json.dumps(kept)) < MAX_REQUEST_BYTES
    assert parse_request(kept) == full
    lines = tuple(CartLine(f"{number:064}", 1, 1) for number in range(900))
    cart = Context(cart=Known(Cart(lines), Source.APP, 0))
    assert recordable(Request(refund(), cart)) is None


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"intent": None}, ("intent",), "must be an object"),
        ({"intent": {"kind": "sale"}}, ("intent", "tender"), "is missing"),
        ({"operator": {"id": "ben"}}, ("operator", "role"), "is missing"),
        ({"operatr": None}, ("operatr",), 'did you mean "operator"'),
        ({"refunded": 1.5}, ("refunded",), "must be a whole number"),
        ({"refunded": True}, ("refunded",), "must be a whole number"),
        ({"disk": "fine"}, ("disk",), "must be one of good, low, bad"),
        ({"recent": [[1, "sale"]]}, ("recent", 0), "must be a list: age_us"),
        ({"recent": [[1, "sale", "card", "2"]]}, ("recent", 0, 3), "must be a whole number"),
        ({"totals": {"day": [1, 2, 3]}}, ("totals", "day"), "must be a list: amount"),
        ({"totals": []}, ("totals",), "must be an object"),
        ({"own_codes": "x"}, ("own_codes",), "must be a list"),
        ({"own_codes": ["x"] * 1001}, ("own_codes",), "is longer than"),
        (
            {"paid": {"order_key": "a", "total": 1, "electronic": [["card"]]}},
            ("paid", "electronic", 0),
            "must be a list of 2",
        ),
    ],
)
def test_every_mistake_names_its_path(
    change: dict[str, object], path: tuple[str | int, ...], message: str
) -> None:
    raw: dict[str, object] = {"intent": {"kind": "sale", "tender": "card"}}
    with pytest.raises(WrongError) as caught:
        parse_request(raw | change)
    ((found, said),) = caught.value.parts
    assert found == path
    assert message in said


@pytest.mark.parametrize("raw", [3, [], {}, {"intent": {}, "scan": {}}])
def test_a_request_has_one_subject(raw: object) -> None:
    with pytest.raises(WrongError):
        parse_request(raw)


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(WrongError) as caught:
        parse_request({"intent": {"kind": "sell"}, "disk": 3})
    # The subject decides how the rest is read: it comes first, alone.
    assert [path for path, _ in caught.value.parts] == [("intent", "kind"), ("intent", "tender")]
