"""Codes made to deceive: a charge, a payee, an amount, or the eye of whoever reads a log."""

from __future__ import annotations

import json

import pytest

from pos_guard.frames.codes import Code, Kind, classify, scan_of
from pos_guard.frames.codes_confusable import skeleton
from pos_guard.frames.codes_model import hide_digits
from pos_guard.frames.emv_mpm import build, seal

WECHAT = "134621000053364349"
ALIPAY = "28763443825664394"
UNIONPAY = "6226570012345678901"
ALL = (WECHAT, ALIPAY, UNIONPAY)

BETWEEN = (
    *(" ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2028", "\u202e", "\u00ad", "\x85"),
    *("\x00", "\x1d", "\x1e", "\x04", "\x0b", "\x0c", "\x1c", "\n", "\r", "\t", "\r\n"),
    *(",", ";", "-", "+", ".", "0" * 9, "x"),
)
FRAMES = (
    *("{0}{0}", "{0}\n{0}", "{0}\n\n", "{0}\n\r", "{0}\t\r", "+{0}", "-{0}", "{0}.0", "{0}e0"),
    *('"{0}"', "={0}", "auth_code={0}", "https://x/{0}", "{0}]C0", "]{0}", " ]C0{0}", "]C0 {0}"),
    *("]Q1]Q1{0}", "]Q1{0}\x1d", "]c0{0}", "]q1{0}", "]Q1\n{0}", "]Q1{0}{0}", "000201{0}"),
    *("]E0{0}", "]I1{0}", "]C1{0}", "]Q3{0}", "]d2{0}", "]e0{0}", "]Z6{0}", "]A0{0}", "]X0{0}"),
)


def by_any_name(code: str) -> list[str]:
    """``code`` in the digits of other scripts."""
    zeros = (0xFF10, 0x660, 0x6F0, 0x966, 0x1D7CE)
    return ["".join(chr(zero + int(digit)) for digit in code) for zero in zeros]


@pytest.mark.parametrize("code", ALL)
def test_nothing_around_or_inside_a_payment_code_leaves_it_payable(code: str) -> None:
    texts = [frame.format(code) for frame in FRAMES]
    texts += [code[:at] + between + code[at:] for between in BETWEEN for at in (0, 4)]
    texts += [code + between for between in BETWEEN if between not in {"\n", "\r", "\t", "\r\n"}]
    texts += by_any_name(code) + [code[:-1] + other[-1] for other in by_any_name(code)]
    assert [text for text in texts if classify(text).payable] == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("setting", ["utf-8", "gb18030", "gbk"])
def test_a_payment_code_in_another_encoding_is_not_payable(encoding: str, setting: str) -> None:
    assert not classify(WECHAT.encode(encoding), setting).payable


@pytest.mark.parametrize("code", [*ALL, "2511111111111111", "30" + "1" * 22, "15" + "0" * 16])
@pytest.mark.parametrize("aim", ["", "]Q0", "]Q1", "]Q2", "]Q4", "]Q5", "]Q6", "]C0", "]C2", "]C4"])
@pytest.mark.parametrize("end", ["", "\r", "\n", "\r\n", "\t"])
def test_no_genuine_payment_code_is_refused(code: str, aim: str, end: str) -> None:
    assert classify(f"{aim}{code}{end}".encode()).payable


def shown(found: Code) -> str:
    """Everything that leaves a classified code, as ASCII digits."""
    everything = json.dumps(found.as_json(), ensure_ascii=False) + repr(found)
    return "".join(str(int(char)) for char in everything if char.isdecimal())


@pytest.mark.parametrize(
    "text",
    [
        "1346 2100 0053 3643 49",
        "134621-000053-364349",
        "1.3.4.6.2.1.0.0.0.0.5.3.3.6.4.3.4.9",
        "13462100\n00533643\n49",
        "13462100A00533643B49",
        *by_any_name(WECHAT),
        WECHAT + "x",
        f"https://{WECHAT}.com/",
        "https://1.3.4.6.2.1.0.0.0.0.5.3.3.6.4.3.4.9/x",
        f"https://x.example/?a={WECHAT}",
        f"https://{WECHAT}@x.example",
        f"weixin://{WECHAT}",
        f"alipays://{WECHAT}",
        f"upi://{WECHAT}",
        f"upi://pay?am={WECHAT}",
        f"0002{WECHAT}",
        f"]E0{WECHAT}",
        f"]Z6{WECHAT}",
        f"]C1{WECHAT}",
        WECHAT + WECHAT,
        WECHAT + "\x00",
        "|" + WECHAT,
    ],
)
def test_no_disguise_makes_a_payment_code_readable(text: str) -> None:
    assert WECHAT not in shown(classify(text))


def test_the_address_of_a_shop_s_own_server_is_not_blanked() -> None:
    assert classify("https://192.168.100.200:8080/menu").masked.startswith(
        "https://192.168.100.200/"
    )
    assert hide_digits("12345678") == "12345678"
    assert hide_digits("1234-5678 ９") == "1234-*678 ９"


def merchant(**changes: str | None) -> str:
    level: dict[str, str | None] = {"00": "01", "26": build({"00": "a.b", "01": "SHOP"})}
    level |= {"52": "5411", "53": "156", "58": "CN", "59": "SHOP", "60": "CITY"}
    level |= {name[1:]: value for name, value in changes.items()}
    return seal(build({tag: value for tag, value in sorted(level.items()) if value is not None}))


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("1", "156", 100),
        ("98.", "156", 9800),
        (".5", "156", 50),
        ("00001.500", "156", 150),
        ("1.0", "392", 1),
        (".0", "392", 0),
        ("1.5", "414", 1500),
        ("1.5", "116", 150),
        ("9999999999.99", "156", 999_999_999_999),
        ("9999999999999", "704", 9_999_999_999_999),
        ("9999999999999", "156", 999_999_999_999_900),
    ],
)
def test_an_amount_is_read_exactly(amount: str, currency: str, minor: int) -> None:
    assert classify(merchant(t54=amount, t53=currency)).amount == minor


@pytest.mark.parametrize(
    "amount",
    [
        *(
            "",
            ".",
            "1,50",
            "1 000",
            "1e3",
            "-1",
            "+1",
            "1.2.3",
            "１２",
            "١",
            "1_0",
            "0x10",
            "1.505",
        ),
        *(" 1", "1 ", "1\n", "1\u00a00", "NaN", "Infinity", "12345678901234"),
    ],
)
def test_an_amount_that_two_readers_might_read_differently_makes_no_code(amount: str) -> None:
    found = classify(merchant(t54=amount))
    assert (found.kind, found.problems, found.payees) == (Kind.INVALID, ("amount",), ())


def test_an_amount_in_a_currency_of_other_digits_is_in_none() -> None:
    assert classify(merchant(t54="1", t53="９８６")).kind is Kind.INVALID
    assert classify(merchant(t53="９８６")).currency is None


def test_more_money_than_any_till_can_charge_is_never_a_scan_without_an_amount() -> None:
    scan = scan_of(classify(merchant(t54="9999999999999")), "")
    assert (scan.kind, scan.problems, scan.payees, scan.money) == ("invalid", ("amount",), (), None)


@pytest.mark.parametrize(
    "text",
    [
        merchant() + "6304ABCD",
        merchant() + "990100",
        merchant() + " ",
        merchant() + merchant(),
        seal(build({"00": "01"}) + build({"26": "0003a.b"}) + build({"26": "0003c.d"})),
        seal(build({"00": "01", "26": "0003a.b0101x0101y"})),
        "upi://pay?pa=shop@bank&pa=thief@bank",
        "upi://pay?pa=shop@bank&p%61=thief@bank",
        "upi://pay?pa=shop@bank&PA=thief@bank",
        "upi://pay?pa=shop@bank\n&pa=thief@bank",
        "upi://pay?pa=shop@bank%00&am=1",
        "upi://pay?pa=shop@bank%0A&am=1",
        "upi://pay?pa=shop@bank%1b[2J",
        "upi://pay?pa=shop%2540bank",
        "upi://pay?pa=ｓhop@bank",
        "upi://pay?pa=shop@bank&am=10&am=20",
        "upi://pay?pa=shop@bank&am=10&AM=20",
        "upi://pay?pa=shop@bank&am=1,000",
        "upi://pay?pa=shop@bank&am=1e2",
        "upi://pay?pa=shop@bank&am=%EF%BC%91",
        "upi://pay?pa=shop@bank&am=1%00",
        "upi://pay?pa=shop@bank&cu=INR&cu=USD",
    ],
)
def test_a_code_that_names_two_payees_or_amounts_names_none(text: str) -> None:
    found = classify(text)
    assert (found.kind, found.payees, found.amount) == (Kind.INVALID, (), None)


@pytest.mark.parametrize(
    ("text", "payee"),
    [
        ("upi://pay?pa=shop@bank#&pa=thief@bank", "upi:pa:shop@bank"),
        ("upi://pay?pa=shop%40bank", "upi:pa:shop@bank"),
        ("UPI://PAY?PA=SHOP@BANK", "upi:pa:shop@bank"),
        ("upi://pay/?pa=shop@bank", "upi:pa:shop@bank"),
    ],
)
def test_one_payee_has_one_name(text: str, payee: str) -> None:
    assert (classify(text).payees, classify(text).problems) == ((payee,), ())


@pytest.mark.parametrize(
    "text",
    [
        "upi://pay?pa=shop@bank;pa=thief@bank",
        "upi://pay?pa=shop@bank%26am=5",
        "upi://pay?pa=shop+one@bank",
        "upi://pay?pa=shop%20one@bank",
        "upi://pay?pa=shop@bank@other",
    ],
)
def test_a_payee_that_readers_may_take_differently_is_named(text: str) -> None:
    assert "upi-payee" in classify(text).problems
    assert classify(text).payees != ("upi:pa:shop@bank",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://payapp.weixin.qq.com/materialqr/entry/?t=1", "materialqr/entry/?t=2"),
        ("https://wx.tenpay.com/f2f?t=AQ1", "f2f?t=AQ2"),
        ("wxp://f2f01", "f2f01/x"),
        ("wxp://f2f01", "f2f01?x"),
        ("wxp://f2f01", "f2f01#x"),
        ("wxp://f2f01", "f2f01/%2e./f2f02"),
    ],
)
def test_two_receive_codes_are_one_payee_only_if_nothing_differs(one: str, other: str) -> None:
    home = one[: one.index("/", 8) + 1] if one.startswith("https") else "wxp://"
    found = [classify(text) for text in (one, home + other)]
    assert [each.kind for each in found] == [Kind.RECEIVE_CODE] * 2
    assert len({each.payees for each in found}) == 2


@pytest.mark.parametrize(
    "guid", ["br.gov.bcb.pix ", " br.gov.bcb.pix", "br.gov.bcb.p\u0131x", "br.g\u043ev.bcb.pix"]
)
def test_an_identifier_with_blanks_or_other_letters_is_named(guid: str) -> None:
    found = classify(merchant(t26=build({"00": guid, "01": "a@b.example"})))
    assert (found.scheme, found.problems[-1]) == ("emv", "lookalike:br.gov.bcb.pix")


@pytest.mark.parametrize("host", ["u.uvechat.com", "u.vuechat.com", "u.vvechat.com", "tenpay.corn"])
def test_pairs_of_letters_that_look_like_one(host: str) -> None:
    # dnstwist 20250130 makes them of u.wechat.com.
    assert classify(f"https://{host}/x").problems[0].startswith("lookalike:")
    assert skeleton(host) == skeleton(host.upper())
