"""Requests and replies of all providers, as documents and others' programs write them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.json_strict import DecimalText, parse
from pos_guard.frames.provider_form import parse_form
from pos_guard.frames.provider_profile import Op
from pos_guard.frames.provider_profile_file import parse_profile, profile, profile_names
from pos_guard.frames.provider_reply import outcome_of
from pos_guard.frames.provider_request import Asked, Meaning, intent_of, read
from pos_guard.frames.provider_xml import MAX_ELEMENTS, build_xml, parse_xml
from pos_guard.model import Result
from pos_guard.policy.verdict import Reason

GOLDEN: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "providers.json").read_text(encoding="utf-8")
)
QUERY = (
    "app_id=2014072300007148&method={}&format=JSON&charset={}&sign_type=RSA2&sign=c2lnbg%3D%3D"
    "&timestamp=2026-01-01+08%3A00%3A00&version=1.0"
)
PAY: dict[str, Any] = {
    "out_trade_no": "ORDER-0001",
    "scene": "bar_code",
    "auth_code": "28763443825664394",
    "subject": "x",
    "total_amount": "88.88",
}
MICROPAY = {
    "appid": "wx2421b1c4370ec43b",
    "mch_id": "10000100",
    "nonce_str": "n",
    "sign": "S",
    "body": "x",
    "out_trade_no": "1415757673",
    "total_fee": "1",
    "spbill_create_ip": "14.17.22.52",
    "auth_code": "120269300684844649",
}


def ask(name: str, target: str, body: bytes, method: str = "POST") -> Meaning:
    """One request without headers that matter."""
    return read(profile(name), Asked(method, target, body, lambda _: None))


def alipay(biz: Any, method: str = "alipay.trade.pay", charset: str = "utf-8") -> Meaning:
    """One request to the gateway."""
    text = biz if isinstance(biz, str) else json.dumps(biz, ensure_ascii=False)
    body = f"biz_content={quote_plus(text, encoding=charset)}".encode()
    return ask("alipay", f"/gateway.do?{QUERY.format(method, charset)}", body)


def v2(**changes: str | None) -> Meaning:
    """One payment in XML; None removes a field."""
    fields = {**MICROPAY, **changes}
    kept = {name: value for name, value in fields.items() if value is not None}
    return ask("wechat-v2", "/pay/micropay", build_xml(kept))


@pytest.mark.parametrize("name", GOLDEN)
def test_documented_request_and_its_replies(name: str) -> None:
    golden = GOLDEN[name]
    kind = profile(golden["profile"])
    meaning = ask(golden["profile"], golden["target"], golden["body"].encode())
    intent = intent_of(kind, meaning)
    if golden["intent"] is None:
        assert intent is None
    else:
        assert {key: getattr(intent, key) for key in golden["intent"]} == golden["intent"]
    for reply in golden["replies"]:
        outcome = outcome_of(kind, meaning, reply["status"], reply["body"].encode())
        wanted = reply["outcome"]
        assert {key: getattr(outcome, key) for key in wanted} == wanted, reply["source"]


def test_the_payment_code_is_read_but_never_shown() -> None:
    for meaning in (v2(), alipay(PAY)):
        assert meaning.code is not None
        assert meaning.code not in repr(meaning)


YUAN = [
    ("88.88", 8888),
    ("88.8", 8880),
    ("88", 8800),
    (88, 8800),
    ("0.01", 1),
    ("100000000.00", 10_000_000_000),
]
NOT_YUAN: list[Any] = [
    "88.888",
    "088.88",
    ".88",
    "88.",
    "+1.00",
    "-1.00",
    "1e2",
    "1,00",
    " 1.00",
    "1.00\n",
    "１.００",
    "0.00",
    "0",
    0,
    -1,
    True,
    "",
    None,
    ["1.00"],
    "9999999999999.00",
    "88.880",
]


@pytest.mark.parametrize(("yuan", "fen"), YUAN)
def test_yuan_become_fen_without_a_float(yuan: object, fen: int) -> None:
    assert alipay(PAY | {"total_amount": yuan}).amount == fen


@pytest.mark.parametrize("yuan", NOT_YUAN)
def test_what_is_not_exactly_yuan_and_fen_is_refused(yuan: object) -> None:
    with pytest.raises(FrameError):
        alipay(PAY | {"total_amount": yuan})


@pytest.mark.parametrize(("number", "fen"), [("88.88", 8888), ("0.1", 10), ("1.10", 110)])
def test_a_json_number_of_yuan_is_read_as_its_text(number: str, fen: int) -> None:
    biz = json.dumps(PAY).replace('"88.88"', number)
    assert alipay(biz).amount == fen


@pytest.mark.parametrize("number", ["1e2", "1.0e1", "88.888", "-1.00", "00.10", "NaN", "1" * 400])
def test_a_json_number_that_two_readers_read_differently_is_refused(number: str) -> None:
    with pytest.raises(FrameError):
        alipay(json.dumps(PAY).replace('"88.88"', number))


def test_decimals_are_refused_where_nobody_asked_for_them() -> None:
    assert parse(b'{"a":1.50}', decimals=True) == {"a": DecimalText("1.50")}
    with pytest.raises(FrameError):
        parse(b'{"a":1.50}')


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "GBK", "gb2312", "GB18030"])
def test_text_in_every_charset_of_the_gateway(charset: str) -> None:
    assert alipay(PAY | {"subject": "面包"}, charset=charset).amount == 8888


ALIPAY_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"auth_code": None}, "missing-field"),
    ({"auth_code": "weixin"}, "format"),
    ({"out_trade_no": "订单"}, "format"),
    ({"royalty_info": {"royalty_type": "ROYALTY"}}, "unknown-field"),
    ({"sub_merchant": {"merchant_id": "2088"}}, "unknown-field"),
    ({"settle_info": {}}, "unknown-field"),
    ({"extend_params": {"x": "1"}}, "unknown-field"),
    ({"seller_id": "abc"}, "format"),
    ({"goods_detail": [{"price": []}]}, "type"),
    ({"trans_currency": "cny"}, "format"),
]


@pytest.mark.parametrize(("changes", "code"), ALIPAY_REFUSED)
def test_alipay_with_anything_unclear_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(FrameError) as caught:
        alipay(PAY | changes)
    assert caught.value.code == code
    assert "28763443825664394" not in str(caught.value)


def test_the_named_seller_is_who_is_paid() -> None:
    assert alipay(PAY).payee == "2014072300007148"
    assert alipay(PAY | {"seller_id": "2088101117955611"}).payee == "2088101117955611"


def test_a_refund_of_the_whole_needs_no_number_of_its_own() -> None:
    meaning = alipay({"trade_no": "2013", "refund_amount": "1.00"}, "alipay.trade.refund")
    assert (meaning.op, meaning.refund_reference) == (Op.REFUND, "2013")
    both = {"trade_no": "2013", "out_trade_no": "A1", "refund_amount": "1.00"}
    with pytest.raises(FrameError):
        alipay(both, "alipay.trade.refund")


METHODS = ["alipay.fund.trans.uni.transfer", "alipay.trade.create", "alipay.trade.PAY", ""]


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_method_is_refused(method: str) -> None:
    with pytest.raises(FrameError) as caught:
        alipay(PAY, method)
    assert caught.value.code == "target"


FORM = QUERY.format("alipay.trade.query", "utf-8")
FORMS = [
    (FORM + "&method=alipay.trade.refund", b"biz_content=%7B%7D", "duplicate-field"),
    (FORM, b"method=alipay.trade.refund&biz_content=%7B%7D", "duplicate-field"),
    (FORM, b"biz_content=%7B%7D&biz_content=%7B%7D", "duplicate-field"),
    (FORM, b"biz%5Fcontent=%7B%7D", "format"),
    (FORM, b"biz_content=%7B%7", "format"),
    (FORM, b"biz_content", "format"),
    (FORM, b"biz_content=\xe9", "format"),
    (FORM, b"biz_content=%7B%7D&", "format"),
    (FORM, b"biz_content=%7B%22a%22%3A1%2C%22a%22%3A2%7D", "duplicate-field"),
    (FORM, b"biz_content=%5B%5D", "not-an-object"),
    (FORM.replace("utf-8", "utf-7"), b"biz_content=%7B%7D", "charset"),
    (FORM.replace("charset", "charseT"), b"biz_content=%7B%7D", "charset"),
    (FORM, b"biz_content=%7B%22out_trade_no%22%3A%22%FF%22%7D", "charset"),
    (FORM + "&app_auth_token=201510BB", b"biz_content=%7B%7D", "unknown-field"),
    (FORM + "&encrypt_type=AES", b"biz_content=%7B%7D", "unknown-field"),
    ("&".join(f"a{n}=1" for n in range(65)), b"", "length"),
]


@pytest.mark.parametrize(("query", "body", "code"), FORMS)
def test_a_form_with_two_meanings_is_refused(query: str, body: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        ask("alipay", f"/gateway.do?{query}", body)
    assert caught.value.code == code


V2_REFUSED: list[tuple[dict[str, str | None], str]] = [
    ({"total_fee": "1.00"}, "amount"),
    ({"total_fee": "0"}, "amount"),
    ({"total_fee": "-1"}, "amount"),
    ({"total_fee": "01"}, "amount"),
    ({"total_fee": " 1"}, "amount"),
    ({"total_fee": "１"}, "amount"),
    ({"total_fee": None}, "missing-field"),
    ({"total_fee": ""}, "missing-field"),
    ({"auth_code": None}, "missing-field"),
    ({"mch_id": None}, "missing-field"),
    ({"mch_id": "x"}, "format"),
    ({"sub_mch_id": "x"}, "format"),
    ({"fee_type": "cny"}, "format"),
    ({"combine": "1"}, "unknown-field"),
]


@pytest.mark.parametrize(("changes", "code"), V2_REFUSED)
def test_v2_with_anything_unclear_is_refused(changes: dict[str, str | None], code: str) -> None:
    with pytest.raises(FrameError) as caught:
        v2(**changes)
    assert caught.value.code == code


def test_v2_refund_and_reversal_take_exactly_one_number() -> None:
    refund = {"out_refund_no": "R1", "total_fee": "5", "refund_fee": "3"}
    common = {name: MICROPAY[name] for name in ("appid", "mch_id", "nonce_str", "sign")}
    both = {"out_trade_no": "A1", "transaction_id": "T1"}
    for path, fields in (("/secapi/pay/refund", refund), ("/secapi/pay/reverse", {})):
        for name, number in both.items():
            meaning = ask("wechat-v2", path, build_xml({**common, **fields, name: number}))
            assert meaning.sale == number
        for wrong in ({}, both):
            with pytest.raises(FrameError) as caught:
                ask("wechat-v2", path, build_xml({**common, **fields, **wrong}))
            assert caught.value.code == "original"


TARGETS = [
    ("wechat-v2", "GET", "/pay/orderquery", "target"),
    ("wechat-v2", "PUT", "/pay/orderquery", "method"),
    ("wechat-v2", "POST", "/pay/orderquery?x=1", "target"),
    ("wechat-v2", "POST", "/pay/../secapi/pay/refund", "target"),
    ("wechat-v2", "POST", "/pay/unifiedorder", "target"),
    ("alipay", "GET", "/gateway.do?method=alipay.trade.refund", "target"),
    ("alipay", "POST", "/other.do", "target"),
    ("aggregator-example", "GET", "/api/v1/reports/../pay", "target"),
    ("aggregator-example", "GET", "/api/v1/pay", "target"),
]


@pytest.mark.parametrize(("name", "method", "target", "code"), TARGETS)
def test_other_paths_are_refused(name: str, method: str, target: str, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        ask(name, target, b"<xml></xml>", method)
    assert caught.value.code == code


def test_a_report_passes() -> None:
    assert ask("aggregator-example", "/api/v1/reports/day", b"", "GET").op is Op.OTHER


XML = [
    b"",
    b"<xml>",
    b"<xml><a>1</a>",
    b"<xml><a>1</b></xml>",
    b"<xml><a>1</a><a>2</a></xml>",
    b"<xml><a/><a>2</a></xml>",
    b"<xml><a><b>1</b></a></xml>",
    b"<xml><a x='1'>1</a></xml>",
    b"<xml><a>&#49;</a></xml>",
    b"<xml><a>&x;</a></xml>",
    b"<xml><a>1 & 2</a></xml>",
    b"<xml><a>1]]>2</a></xml>",
    b"<xml><a>1<![CDATA[2]]></a></xml>",
    b"<xml><a><![CDATA[1]]><![CDATA[2]]></a></xml>",
    b"<xml><!-- c --><a>1</a></xml>",
    b"<xml><?p?><a>1</a></xml>",
    b"<!DOCTYPE xml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><xml><a>1</a></xml>",
    b"<?xml version='1.0' encoding='gbk'?><xml><a>1</a></xml>",
    b"<xml><a>1</a></xml><xml></xml>",
    b"<xml><a>\x00</a></xml>",
    b"<xml><a>\xff</a></xml>",
    b"<xml>text</xml>",
    b"\xef\xbb\xbf<xml></xml>",
    b"<XML><a>1</a></XML>",
    b"<xml>" + b"".join(b"<a%d>1</a%d>" % (n, n) for n in range(MAX_ELEMENTS + 1)) + b"</xml>",
    b"<xml><a>" + b"1" * 70_000 + b"</a></xml>",
]


@pytest.mark.parametrize("data", XML)
def test_xml_that_is_more_than_flat_is_refused(data: bytes) -> None:
    with pytest.raises(FrameError):
        parse_xml(data)


def test_flat_xml_is_read() -> None:
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<xml> <a>x &amp; &lt;</a><b><![CDATA[<y>]]></b>'
    assert parse_xml(f"{text}<c/><d></d>\n</xml>\n".encode()) == {"a": "x & <", "b": "<y>"}


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.text("a<>&]'\"面\n ", min_size=1)
    )
)
@settings(max_examples=100, deadline=None)
def test_xml_round_trip(fields: dict[str, str]) -> None:
    assert parse_xml(build_xml(fields)) == fields


@given(st.binary(max_size=120), st.integers(0, 300))
@settings(max_examples=150, deadline=None)
def test_garbage_gives_frame_error_only(data: bytes, at: int) -> None:
    whole = build_xml(MICROPAY)
    for name, raw in (("wechat-v2", whole[:at] + data + whole[at:]), ("alipay", data)):
        target = "/pay/micropay" if name == "wechat-v2" else "/gateway.do"
        with contextlib.suppress(FrameError):
            ask(name, target, raw)
    with contextlib.suppress(FrameError):
        parse_form(data.decode("latin-1"), b"", ("biz_content",))


@given(st.binary(max_size=200), st.sampled_from(["alipay", "wechat-v2"]))
@settings(max_examples=150, deadline=None)
def test_a_garbled_reply_is_never_paid(data: bytes, name: str) -> None:
    meaning = alipay(PAY) if name == "alipay" else v2()
    assert outcome_of(profile(name), meaning, 200, data).result is Result.UNKNOWN


REPLIES = [
    ({"code": "10000", "out_trade_no": "OTHER"}, Result.UNKNOWN),
    ({"code": "10000"}, Result.UNKNOWN),  # no amount
    ({"code": 10000, "total_amount": "1.00"}, Result.UNKNOWN),
    ({"code": "10000", "total_amount": "1.001"}, Result.UNKNOWN),
    ({"code": "40004", "sub_code": "ACQ.TRADE_HAS_SUCCESS"}, Result.UNKNOWN),
    ({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"}, Result.UNKNOWN),
    ({"code": "40004", "sub_code": "ACQ.PAYMENT_AUTH_CODE_INVALID"}, Result.DECLINED),
    ({"code": "40002", "sub_code": "isv.invalid-signature"}, Result.DECLINED),
    ({"code": "20000", "sub_code": "isp.unknow-error"}, Result.UNKNOWN),
    ({"code": "10000", "total_amount": "88.88"}, Result.APPROVED),
]


@pytest.mark.parametrize(("inner", "result"), REPLIES)
def test_what_the_gateway_says(inner: dict[str, Any], result: Result) -> None:
    body = json.dumps({"alipay_trade_pay_response": inner, "sign": "x"}).encode()
    outcome = outcome_of(profile("alipay"), alipay(PAY), 200, body)
    assert outcome.result is result
    assert outcome_of(profile("alipay"), alipay(PAY), 500, body).result is Result.UNKNOWN


def test_an_answer_to_another_method_says_nothing() -> None:
    body = json.dumps({"alipay_trade_query_response": {"code": "10000", "total_amount": "88.88"}})
    assert outcome_of(profile("alipay"), alipay(PAY), 200, body.encode()).result is Result.UNKNOWN


@pytest.mark.parametrize(
    ("paid", "result"), [({}, Result.DECLINED), ({"send_pay_date": "2026"}, Result.UNKNOWN)]
)
def test_a_closed_trade_was_perhaps_paid_before(paid: dict[str, str], result: Result) -> None:
    meaning = alipay({"out_trade_no": "ORDER-0001"}, "alipay.trade.query")
    inner = {"code": "10000", "trade_status": "TRADE_CLOSED"} | paid
    body = json.dumps({"alipay_trade_query_response": inner}).encode()
    assert outcome_of(profile("alipay"), meaning, 200, body).result is result


# -- the files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", profile_names())
def test_a_shipped_profile_says_no_as_an_error_for_real_reasons(name: str) -> None:
    refusal = profile(name).refusal
    assert set(refusal.reasons) <= {str(reason) for reason in Reason}
    assert {"malformed", "code"} <= set(refusal.reasons)


def test_there_is_no_profile_of_that_name() -> None:
    with pytest.raises(LocalError, match="wechat-v3"):
        profile("paypal")


TEXT = (
    Path(__file__).parents[2] / "pos_guard/frames/data/providers/aggregator-example.toml"
).read_text(encoding="utf-8")
WRONG = [
    ('currency = "CNY"', 'currency = "XXQ"', "ISO 4217"),
    ('unit = "minor"', 'unit = "cents"', "minor"),
    (', code = "auth_code" }', " }", "read.code"),
    ('payee = ["merchant_no"], code', "payee = [], code", "who is paid"),
    ('payee = ["merchant_no"], code', 'payee = ["shop"], code', "shop is no field"),
    ('merchant_no = "[A-Z0-9]{4,32}"', "", "formats.merchant_no"),
    ('merchant_no = "[A-Z0-9]{4,32}"', 'merchant_no = "["', "formats.merchant_no"),
    ("otherwise = { status = 403", "otherwise = { status = 200", "400 to 599"),
    ('subject = "text"', 'subject = "words"', "no kinds of field: words"),
    ('subject = "text"', 'subject = ["text", "text"]', "one shape"),
    ("failing = [200, 499]", "failing = [200]", "lowest and the highest"),
    ('body = "json"\npasses', 'body = "form"\npasses', "call_field"),
    ('op = "sale"', 'op = "sell"', "sale"),
    ('path = "/api/v1/pay"', 'path = "/api/v1/pay"\ncall = "pay"', "belong together"),
]


@pytest.mark.parametrize(("old", "new", "told"), WRONG)
def test_a_profile_by_which_money_cannot_be_read_is_refused(old: str, new: str, told: str) -> None:
    assert old in TEXT
    with pytest.raises(LocalError) as caught:
        parse_profile("mine", TEXT.replace(old, new, 1))
    assert told in str(caught.value)


def test_a_profile_of_ones_own_is_read() -> None:
    mine = parse_profile("mine", TEXT)
    assert (mine.name, len(mine.request)) == ("mine", 5)
    with pytest.raises(LocalError, match="too long"):
        parse_profile("mine", TEXT + "#" * 70_000)
