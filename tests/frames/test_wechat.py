"""WeChat Pay v3 requests: the documented ones are read, everything else is refused."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames.provider_profile import Op
from pos_guard.frames.provider_request import Meaning
from pos_guard.model import Tender
from tests import wechat_calls as wechat

GOLDEN: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "wechat.json").read_text(encoding="utf-8")
)
CODEPAY = json.loads(GOLDEN["codepay"]["body"])
REFUND = json.loads(GOLDEN["refund"]["body"])
NUMBER = "1217752501201407033233368018"


def read(target: str, body: object, *, authorization: bytes | None = None) -> Meaning:
    """A POST with a JSON body."""
    return wechat.read("POST", target, authorization, json.dumps(body).encode())


def altered(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy of a body in which one field is another (None as a string ``-``: removed)."""
    result = copy.deepcopy(body)
    *parents, name = path.split(".")
    place = result
    for parent in parents:
        place = place[parent]
    if value == "-":
        del place[name]
    else:
        place[name] = value
    return result


@pytest.mark.parametrize("name", ["codepay", "reverse", "refund"])
def test_documented_request_means_what_the_document_says(name: str) -> None:
    golden = GOLDEN[name]
    authorization = golden.get("authorization")
    request = wechat.read(
        golden["method"],
        golden["target"],
        None if authorization is None else authorization.encode(),
        golden["body"].encode(),
    )
    intent = wechat.intent_of(request)
    assert intent is not None
    assert intent.tender is Tender.WECHAT
    assert {key: getattr(intent, key) for key in golden["intent"]} == golden["intent"]


def test_the_payment_code_is_read_but_never_shown() -> None:
    request = read("/v3/pay/transactions/codepay", CODEPAY)
    assert request.code == "130061098828009406"
    assert "130061098828009406" not in repr(request) + repr(wechat.intent_of(request))


QUERIES = [
    (
        f"/v3/pay/transactions/out-trade-no/{NUMBER}?mchid=1230000109",
        (Op.QUERY, NUMBER, None, None),
    ),
    (
        f"/v3/pay/transactions/id/{NUMBER}?mchid=1230000109",
        (Op.QUERY, None, NUMBER, None),
    ),
    (f"/v3/refund/domestic/refunds/{NUMBER}", (Op.REFUND_QUERY, None, None, NUMBER)),
    ("/v3/refund/domestic/refunds/a%7Cb%2A@", (Op.REFUND_QUERY, None, None, "a|b*@")),
    ("/v3/certificates", (Op.OTHER, None, None, None)),
    ("/v3/bill/tradebill?bill_date=2026-01-01", (Op.OTHER, None, None, None)),
]


@pytest.mark.parametrize(("target", "expected"), QUERIES)
def test_queries_move_no_money(
    target: str, expected: tuple[Op, str | None, str | None, str | None]
) -> None:
    request = wechat.read("GET", target, None, b"")
    assert (request.op, request.order, request.transaction, request.refund) == expected
    assert wechat.intent_of(request) is None


def test_close_is_known_and_moves_no_money() -> None:
    request = read(f"/v3/pay/transactions/out-trade-no/{NUMBER}/close", {"mchid": "1230000109"})
    assert (request.op, request.payee, request.order) == (Op.CLOSE, "1230000109", NUMBER)
    assert wechat.intent_of(request) is None


BAD_CODEPAY: list[tuple[str, object, str]] = [
    ("out_trade_no", "12345", "format"),
    ("out_trade_no", "x" * 33, "format"),
    ("out_trade_no", "order 1234", "format"),
    ("out_trade_no", "订单1234567", "format"),
    ("out_trade_no", "1234567\n", "format"),
    ("out_trade_no", None, "missing-field"),
    ("out_trade_no", 1234567, "type"),
    ("mchid", "-", "missing-field"),
    ("mchid", "12x", "format"),
    ("payer", "-", "missing-field"),
    ("payer.auth_code", "wxp://f2f0", "format"),
    ("payer.auth_code", "13006109882800940６", "format"),
    ("payer.openid", "o", "unknown-field"),
    ("amount", "-", "missing-field"),
    ("amount", [], "type"),
    ("amount.total", "100", "type"),
    ("amount.total", True, "type"),
    ("amount.total", None, "missing-field"),
    ("amount.total", 0, "amount"),
    ("amount.total", -100, "amount"),
    ("amount.total", 1_000_000_000_000, "amount"),
    ("amount.currency", "cny", "format"),
    ("amount.Total", 5, "unknown-field"),
    ("Amount", {"total": 5}, "unknown-field"),
    ("sub_mchid", "1900000109", "unknown-field"),
    ("combine", 1, "unknown-field"),
    ("settle_info.receiver", "x", "unknown-field"),
    ("detail.goods_detail", [{"price": 1}], "unknown-field"),
    ("detail.goods_detail", [{}] * 201, "type"),
]


@pytest.mark.parametrize(("path", "value", "code"), BAD_CODEPAY)
def test_codepay_with_anything_unclear_is_refused(path: str, value: object, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        read("/v3/pay/transactions/codepay", altered(CODEPAY, path, value))
    assert caught.value.code == code
    assert "130061098828009406" not in str(caught.value)


BAD_REFUND = [
    ("out_refund_no", "x" * 65, "format"),
    ("out_refund_no", "", "format"),
    ("out_refund_no", "-", "missing-field"),
    ("out_trade_no", NUMBER, "original"),  # both order numbers: which one counts?
    ("transaction_id", "-", "original"),
    ("transaction_id", "", "format"),
    ("amount.refund", 0, "amount"),
    ("amount.refund", "-", "missing-field"),
    ("amount.total", "-", "missing-field"),
    ("amount.currency", "-", "missing-field"),
    ("amount.from", [{"account": "AVAILABLE", "amount": 444, "mchid": "1"}], "unknown-field"),
    ("sub_mchid", "1900008888", "unknown-field"),
]


@pytest.mark.parametrize(("path", "value", "code"), BAD_REFUND)
def test_refund_with_anything_unclear_is_refused(path: str, value: object, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        read("/v3/refund/domestic/refunds", altered(REFUND, path, value))
    assert caught.value.code == code


TARGETS = [
    ("POST", "/v3/pay/partner/transactions/codepay", "target"),
    ("POST", "/v3/pay/transactions/codepay/", "target"),
    ("POST", "/v3/pay/transactions/codepay?x=1", "target"),
    ("POST", "/v3/pay/transactions/%63odepay", "target"),
    ("POST", "/v3//pay/transactions/codepay", "target"),
    ("POST", "/v3/fund-app/mch-transfer/transfer-bills", "target"),
    ("POST", "/v3/profitsharing/orders", "target"),
    ("POST", "/pay/micropay", "target"),
    ("POST", f"/v3/pay/transactions/out-trade-no/{NUMBER}", "target"),
    ("POST", "/v3/pay/transactions/out-trade-no/a%2Fbcdef/reverse", "format"),
    ("POST", "/v3/pay/transactions/out-trade-no/%ff%ff%ff%ff%ff%ff/reverse", "format"),
    ("PUT", "/v3/pay/transactions/codepay", "method"),
    ("DELETE", "/v3/certificates", "method"),
    ("HEAD", "/v3/certificates", "method"),
    ("GET", "/v3/../secapi/pay/refund", "target"),
    ("GET", "/v3/%2e%2e/secapi/pay/refund", "target"),
    ("GET", "/v3//certificates", "target"),
    ("GET", "/secapi/pay/refund", "target"),
    ("GET", "/v3/refund/domestic/refunds/a%2Fb", "format"),
]


@pytest.mark.parametrize(("method", "target", "code"), TARGETS)
def test_unknown_methods_and_paths_are_refused(method: str, target: str, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        wechat.read(method, target, None, b"{}")
    assert caught.value.code == code


SIGNATURE = 'WECHATPAY2-SHA256-RSA2048 mchid="{}",nonce_str="n",timestamp="1",serial_no="s"'


def test_body_and_signature_must_name_the_same_merchant() -> None:
    target = "/v3/pay/transactions/codepay"
    same = SIGNATURE.format("1230000109").encode()
    assert read(target, CODEPAY, authorization=same) == read(target, CODEPAY)
    with pytest.raises(FrameError) as caught:
        read(target, CODEPAY, authorization=SIGNATURE.format("1900000001").encode())
    assert caught.value.code == "payee"


@pytest.mark.parametrize("mchid", ["", "x", '1",mchid="2'])
def test_a_signature_without_one_merchant_is_refused(mchid: str) -> None:
    with pytest.raises(FrameError) as caught:
        read(
            "/v3/refund/domestic/refunds",
            REFUND,
            authorization=SIGNATURE.format(mchid).encode(),
        )
    assert caught.value.code == "payee"


def test_a_refund_without_a_signature_names_no_payee() -> None:
    request = read("/v3/refund/domestic/refunds", REFUND)
    intent = wechat.intent_of(request)
    assert intent is not None
    assert intent.payee is None


@given(
    st.sampled_from(["POST", "GET", "PUT"]),
    st.text("/v3payrefund%2e.{}?-codetrsi0123456789", max_size=60),
    st.binary(max_size=80),
)
@settings(max_examples=150, deadline=None)
def test_garbage_gives_frame_error_only(method: str, target: str, body: bytes) -> None:
    with contextlib.suppress(FrameError):
        request = wechat.read(method, "/" + target, None, body)
        assert method == "GET"
        assert wechat.intent_of(request) is None


_LEAF = st.none() | st.booleans() | st.integers(-5, 10**13) | st.text(max_size=4)


@given(
    st.sampled_from(["mchid", "payer", "amount", "amount.total", "payer.auth_code", "detail"]),
    _LEAF | st.lists(_LEAF, max_size=2) | st.dictionaries(st.text(max_size=3), _LEAF, max_size=2),
)
@settings(max_examples=150, deadline=None)
def test_a_field_with_garbage_gives_frame_error_only(path: str, value: object) -> None:
    body = altered(CODEPAY, path, value)
    with contextlib.suppress(FrameError):
        request = read("/v3/pay/transactions/codepay", body)
        assert request.amount == body["amount"]["total"]
