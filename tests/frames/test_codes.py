"""What scanned codes are: published samples, look-alikes, and garbage."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.codes import MAX_CODE, Kind, classify, scan_of
from pos_guard.frames.codes_lookalike import owners
from pos_guard.frames.codes_model import mask_digits, mask_text
from pos_guard.frames.codes_numbers import gtin_ok, is_id_card, wallets
from pos_guard.frames.codes_urls import MAX_PARAMETERS, places
from pos_guard.frames.emv_dialects import dialects
from pos_guard.money import Money

GOLDEN = Path(__file__).parents[1] / "golden"
SAMPLES: list[dict[str, Any]] = json.loads((GOLDEN / "scanned_codes.json").read_text("utf-8"))
NAMES = [f"{number}-{sample['kind']}" for number, sample in enumerate(SAMPLES)]

WECHAT = "134621000053364349"
ALIPAY = "286664000059481080"
UNIONPAY = "6212345678901234567"
ID_CARD = "11010519491231002X"  # the sample number of GB 11643
RECEIVE = "wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_published_samples_are_what_their_sources_say(sample: dict[str, Any]) -> None:
    found = classify(sample["payload"]).as_json()
    assert {key: found[key] for key in sample["classify"]} == sample["classify"]


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_bytes_and_text_are_classified_alike(sample: dict[str, Any]) -> None:
    assert classify(sample["payload"].encode()) == classify(sample["payload"])


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\t"])
def test_one_line_end_is_no_part_of_the_code(end: str) -> None:
    assert classify(WECHAT + end).text == WECHAT
    assert classify(WECHAT + end).payable


@pytest.mark.parametrize(
    ("code", "scheme"),
    [
        (WECHAT, "wechat"),
        (ALIPAY, "alipay"),
        ("2512345678901234", "alipay"),
        (UNIONPAY, "unionpay"),
    ],
)
def test_payment_codes_are_payable_and_shown_masked(code: str, scheme: str) -> None:
    found = classify(code)
    assert (found.kind, found.scheme, found.payable) == (Kind.PAYMENT_CODE, scheme, True)
    assert found.masked == code[:4] + "*" * (len(code) - 8) + code[-4:]
    assert code not in json.dumps(found.as_json(), ensure_ascii=False)
    assert code not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        f" {WECHAT}",
        f"{WECHAT} ",
        f"{WECHAT}\r\r",
        WECHAT[:9] + " " + WECHAT[9:],
        WECHAT[:-1],
        WECHAT + "0",
        f"{WECHAT}\r{ALIPAY}",
        "１３４６２１００００５３３６４３４９",
        "٢٨٦٦٦٤٠٠٠٠٥٩٤٨١٠٨٠",
        "0" * 18,
        "5678123456789012345",
    ],
)
def test_what_is_not_exactly_a_payment_code_is_not_payable(text: str) -> None:
    assert not classify(text).payable


def test_other_wallets_count_only_where_the_settings_name_them() -> None:
    code = "5678123456789012345"
    assert classify(code).kind is Kind.NUMBER
    found = classify(code, also=frozenset({"webank"}))
    assert (found.scheme, found.payable) == ("webank", True)


@pytest.mark.parametrize(
    ("aim", "payable"),
    [("]Q1", True), ("]Q0", True), ("]C0", True), ("]I1", False), ("]E0", False), ("]d1", False)],
)
def test_a_payment_code_in_a_symbology_that_wallets_do_not_draw(aim: str, payable: bool) -> None:
    assert classify(aim + WECHAT).payable is payable
    assert classify(WECHAT, aim=aim).payable is payable
    assert classify(aim + WECHAT).aim == aim


def test_scanner_replies_are_never_codes() -> None:
    assert classify("]Z6" + WECHAT).kind is Kind.CONTROL
    assert not classify("]Z6" + WECHAT).payable


def test_an_identity_card_is_not_a_wechat_code() -> None:
    digits = "110105194912310029"
    body = [f"11010519491231{n:03}{c}" for n in range(9) for c in "0123456789"]
    cards = [number for number in body if is_id_card(number)]
    assert not is_id_card(digits)
    assert cards
    assert all(classify(card).kind is Kind.ID_CARD for card in cards)
    assert classify(ID_CARD).kind is Kind.ID_CARD
    assert classify(ID_CARD.lower()).kind is Kind.ID_CARD
    assert ID_CARD[6:] not in classify(ID_CARD).masked


@pytest.mark.parametrize("text", ["110105194902310021", "990105194912310021", "110105184912310021"])
def test_impossible_birthdays_and_places_make_no_identity_card(text: str) -> None:
    assert not is_id_card(text)


def test_no_published_payment_code_looks_like_an_identity_card() -> None:
    codes = [s["payload"] for s in SAMPLES if s["kind"] == "cn-payment-code"]
    assert len(codes) >= 6
    assert not any(is_id_card(code) for code in codes)


@pytest.mark.parametrize(
    ("text", "kind", "scheme"),
    [
        ("6901028225168", "goods", "ean13"),
        ("6901028225169", "number", None),
        ("96385074", "goods", "ean8"),
        ("036000291452", "goods", "upc"),
        ("4006381333931", "goods", "ean13"),
        ("12345", "number", None),
    ],
)
def test_goods_need_their_check_digit(text: str, kind: str, scheme: str | None) -> None:
    found = classify(text)
    assert (str(found.kind), found.scheme) == (kind, scheme)


def test_gs1_elements_are_goods() -> None:
    found = classify("]d2010950600013435210ABC\x1d17250101")
    assert (found.kind, found.scheme, found.checksum) == (Kind.GOODS, "gs1", "ok")
    assert gtin_ok("09506000134352")


@pytest.mark.parametrize(
    ("text", "kind", "scheme"),
    [
        ("weixin://qr/abc", "contact", "wechat"),
        ("http://u.wechat.com/abc", "contact", "wechat"),
        ("http://weixin.qq.com/r/abc", "contact", "wechat"),
        ("https://work.weixin.qq.com/ct/abc", "contact", "wechat"),
        ("https://payapp.wechatpay.cn/qr/abc", "receive_code", "wechat"),
        ("https://wxpay.tenpay.com/md/abc", "receive_code", "wechat"),
        ("wxp://wbf2fabc", "url", "wechat"),
        ("wxhb://f2fabc", "url", "wechat"),
        ("https://qr.alipay.com/zzz", "url", "alipay"),
        ("https://qr.95516.com/qrcGtwWeb-web/api/userAuth?x=1", "url", "unionpay"),
        ("https://qr.alipay.com@evil.example/fkx123", "url", None),
        ("https://evil@qr.alipay.com/fkx123", "url", None),
        ("https://qr.alipay.com:444/fkx123", "url", None),
        ("https://qr.alipay.com./fkx123", "url", None),
        ("https://qr.alipay.com\\@evil.example/fkx", "url", None),
        ("https://qr.alipay.com:99999999/fkx", "url", None),
        ("https://xn--qr-alipay.com/fkx", "url", None),
        ("https://qr.alipаy.com/fkx123", "url", None),
        ("https://[::1", "url", None),
        ("javascript:alert(1)", "text", None),
        ("mailto:wxp://f2f0", "text", None),
    ],
)
def test_urls_are_known_by_scheme_and_exact_host(text: str, kind: str, scheme: str | None) -> None:
    found = classify(text)
    assert (str(found.kind), found.scheme, found.payable) == (kind, scheme, False)


def test_the_cashier_reads_what_to_do() -> None:
    say = classify(RECEIVE).say
    assert say.zh == "这是顾客的收款码，请让顾客出示付款码"
    assert say.en == "This is the customer's receive code. Ask for the pay code (付款码)."
    friend = classify("https://u.wechat.com/abc").say.en
    group = classify("https://weixin.qq.com/g/abc").say.en
    assert len({say.en, friend, group}) == 3
    for sample in SAMPLES:
        words = classify(sample["payload"]).say
        assert words.zh
        assert words.en


def test_a_receive_code_is_masked_and_named_by_its_token() -> None:
    found = classify(RECEIVE)
    assert found.payees == (f"wechat:wxp:{RECEIVE[6:]}",)
    assert RECEIVE[6:] not in found.masked
    upper = classify("HTTPS://QR.ALIPAY.COM/FKX09613RWE3ROTNT00000")
    assert upper.payees == classify("https://qr.alipay.com/fkx09613rwe3rotnt00000").payees


def test_a_native_code_of_the_older_kind_tells_its_shop() -> None:
    url = "weixin://wxpay/bizpayurl?sign=X&appid=A&mch_id=1900000109&product_id=P"
    assert classify(url).payee == {"mch_id": "1900000109"}
    assert classify(url + "&mch_id=2").payee is None
    assert classify(url + "&a=b" * MAX_PARAMETERS).payee is None


@pytest.mark.parametrize(
    ("text", "amount", "problem"),
    [
        ("upi://pay?pa=foo@bank&am=10.5&cu=INR", 1050, None),
        ("UPI://pay?pa=foo@bank&am=1", 100, None),
        ("upi://pay?pa=foo@bank&am=1,5", None, "amount"),
        ("upi://pay?pa=foo@bank&am=1&cu=XXQ", None, "currency"),
        ("upi://pay?pa=foo@bank&pa=bar@bank", None, "duplicate"),
        ("upi://pay?pn=foo", None, "payee"),
        ("upi://pay?pa=foo@bank" + "&a=" * 40, None, "parameters"),
    ],
)
def test_upi_names_payee_and_amount(text: str, amount: int | None, problem: str | None) -> None:
    found = classify(text)
    assert found.amount == amount
    assert found.problems == (() if problem is None else (problem,))
    assert found.kind is (Kind.MERCHANT_CODE if problem is None else Kind.INVALID)


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b"\xff\xfe", "encoding"),
        (b"134621000053364349\x00", "control-characters"),
        (b"\x1b[2J", "control-characters"),
        ("\x85".encode(), "control-characters"),
        (b"", "empty"),
        (b"\r\n", "empty"),
        (b"]Q1", "empty"),
        (b"a" * (MAX_CODE + 1), "length"),
        ("\ud800", "encoding"),
    ],
)
def test_bytes_that_are_no_code_are_invalid(payload: bytes | str, problem: str) -> None:
    found = classify(payload)
    assert (found.kind, found.problems, found.payable) == (Kind.INVALID, (problem,), False)


def test_the_scanner_s_encoding_is_a_setting() -> None:
    text = "收款码"
    assert classify(text.encode("gb18030"), "gb18030").text == text
    assert classify(text.encode("gb18030")).kind is Kind.INVALID


def test_who_can_help_with_another_encoding_is_told_and_not_to_scan_again() -> None:
    say = classify("收款码".encode("gb18030")).say
    assert say.zh == "扫描枪字符集设置不符，请联系经理"
    assert "character set" in say.en
    assert "Tell the manager" in say.en
    assert "again" in classify(b"1\x00").say.en  # of other damage a second scan may be free


def test_a_scan_carries_no_code() -> None:
    scan = scan_of(classify(WECHAT), "token-1")
    assert (scan.kind, scan.scheme, scan.payable, scan.token) == (
        "payment_code",
        "wechat",
        True,
        "token-1",
    )
    assert WECHAT not in repr(scan)


def test_a_scan_of_a_merchant_code_names_payee_and_money() -> None:
    pix = next(s for s in SAMPLES if s["expect"].get("scheme") == "pix")["payload"]
    scan = scan_of(classify(pix), "")
    assert scan.payees == ("pix:br.gov.bcb.pix:60701190000104",)
    assert scan.money == Money(122, "BRL")
    assert scan.checksum == "ok"


def test_a_static_receive_code_is_refused_for_its_kind_not_its_payee() -> None:
    assert scan_of(classify(RECEIVE), "").payees == ()


def test_every_row_of_the_tables_names_its_source() -> None:
    rows = [row.source for row in wallets()] + [row.source for row in owners()]
    rows += [row.source for row in places()] + [row.source for row in dialects()]
    assert len(rows) > 30
    assert all(len(source) > 10 for source in rows)


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("1", "*"),
        ("12", "**"),
        ("123", "1*3"),
        ("12345678", "1******8"),
        ("123456789", "1234*6789"),
    ],
)
def test_masked_digits(digits: str, shown: str) -> None:
    assert mask_digits(digits) == shown


def test_masked_text_is_short_printable_and_without_long_numbers() -> None:
    shown = mask_text("card 4111111111111111 \x1b[31m" + "x" * 100)
    assert "4111111111111111" not in shown
    assert "\x1b" not in shown
    assert len(shown) <= 25


_EXACT = re.compile(r"1[0-5][0-9]{16}|(?:2[5-9]|30)[0-9]{14,22}|62[0-9]{17}|hQVDUFY[A-Za-z0-9+/=]+")


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=80), st.from_regex(r"\A[0-9]{8,25}\Z")))
def test_no_input_breaks_it_and_only_whole_codes_are_payable(payload: bytes | str) -> None:
    found = classify(payload)
    json.dumps(found.as_json(), ensure_ascii=False)
    if found.payable:
        assert _EXACT.fullmatch(found.text)
