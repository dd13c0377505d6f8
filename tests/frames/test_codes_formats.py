"""UPI, GS1 and check digits: the smaller formats, rule by rule."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames import codes_checks as checks
from pos_guard.frames.codes import Kind, classify, scan_of
from pos_guard.frames.codes_gs1 import MAX_ELEMENTS, elements
from pos_guard.frames.codes_numbers import gtin_ok, upc_a_of
from pos_guard.frames.codes_words import words_for


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("upi://pay?pa=foo@bank", ()),
        ("upi://pay?pa=foo@bank&pn=A%20Shop&am=10.50&cu=INR&tr=T1&mc=5411", ()),
        ("upi://pay?pa=foo@bank&am=10&mam=5", ()),
        ("upi://pay?pa=foo@bank&am=10&mam=null", ()),
        ("upi://pay?pa=foo@bank&am=10&mam=11", ("upi-minimum",)),
        ("upi://pay?pa=foo@bank&am=10&mam=x", ("upi-minimum",)),
        ("upi://pay?pa=foo@bank&am=0", ("zero-amount",)),
        ("upi://pay?pa=foo@bank&am=1&cu=USD", ("upi-currency",)),
        ("upi://pay?pa=foo@bank&am=1&cu=inr", ("upi-currency",)),
        ("upi://pay?pa=foo@bank&mc=54110", ("upi-length",)),
        ("upi://pay?pa=foo@bank&tn=one%0Atwo", ("upi-text",)),
        ("upi://pay?pa=foo@bank&pn=%E2%80%AEknab", ("upi-text",)),
        ("upi://pay?pa=foo@bank&pn=%E0%A4%A", ("unencoded",)),
        ("upi://pay?pa=foo@bank&pn=100%", ("unencoded",)),
        ("upi://pay?pa=f%20o@bank", ("upi-payee",)),
        ("upi://pay?pa=foo@bank&pn=A Shop", ("unencoded",)),
        ("upi://pay?pa=foo@bank&pn=दुकान", ("unencoded",)),
    ],
)
def test_upi_deviations(text: str, problems: tuple[str, ...]) -> None:
    found = classify(text)
    assert (found.kind, found.scheme, found.problems) == (Kind.MERCHANT_CODE, "upi", problems)
    assert found.payable is False


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("upi://pay?pa=foo@bank&PA=bar@bank", "duplicate"),
        ("upi://pay?pa=foo@bank&pa=foo@bank", "duplicate"),
        ("upi://pay?pa=fоо@bank", "payee"),  # Cyrillic
        ("upi://pay?pa=foo", "payee"),
        ("upi://pay?am=1", "payee"),
        ("upi://pay?pa=a@b&am=1.234", "amount"),
        ("upi://pay?pa=a@b&am=-1", "amount"),
        ("upi://pay?pa=a@b&am=null", "amount"),
        ("upi://pay?pa=a@b&cu=rupees", "currency"),
        ("upi://pay?pa=a@b&cu=XAU&am=1", "currency"),
        ("upi://pay?" + "a=b&" * 40, "parameters"),
    ],
)
def test_broken_upi_codes_name_nobody(text: str, problem: str) -> None:
    found = classify(text)
    assert (found.kind, found.problems, found.payees) == (Kind.INVALID, (problem,), ())


def test_upi_facts_say_what_a_bank_would_show() -> None:
    found = classify("UPI://PAY?pa=Foo@Bank&pn=A+Shop&tr=T1&tn=Tea&sign=abc&mam=5&am=9")
    assert found.payees == ("upi:pa:foo@bank",)
    assert found.facts == {
        "name": "A Shop",
        "reference": "T1",
        "note": "Tea",
        "minimum": "5",
        "signed": "yes",
    }
    assert classify("upi://mandate?pa=foo@bank").kind is Kind.URL
    assert classify("upi://mandate?pa=foo@bank").scheme == "upi"


@pytest.mark.parametrize(
    ("short", "long"),
    [
        # GS1 General Specifications 5.2.2.4, table of zero suppression; check digits by GS1's own
        # calculator.
        ("01234505", "012000003455"),
        ("04252614", "042100005264"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01201304", None),
        ("21234505", None),
        ("0123450", None),
    ],
)
def test_upc_e_stands_for_twelve_digits(short: str, long: str | None) -> None:
    assert upc_a_of(short) == long
    if long is not None:
        found = classify(short)
        assert (found.kind, found.facts["gtin"]) == (Kind.GOODS, long.rjust(14, "0"))


def test_goods_of_fourteen_digits_and_payment_codes_are_told_apart() -> None:
    assert classify("09506000134352").scheme == "gs1"
    assert classify("09506000134353").kind is Kind.NUMBER
    assert classify("6901028225168").facts == {"gtin": "06901028225168"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("010950600013435210ABC\x1d17250101", ["0109506000134352", "10ABC", "17250101"]),
        ("\x1d0109506000134352", ["0109506000134352"]),
        ("0109506000134352172501013103000750", ["0109506000134352", "17250101", "3103000750"]),
        ("01095060001343", None),
        ("10", None),
        ("ABC", None),
        ("10A\x1d" * (MAX_ELEMENTS + 1), None),
    ],
)
def test_gs1_elements(text: str, found: list[str] | None) -> None:
    assert elements(text) == found


def test_gs1_without_an_identifier_needs_a_separator_and_right_goods() -> None:
    text = "010950600013435210ABC\x1d17250101"
    assert (classify(text).kind, classify(text).facts) == (
        Kind.GOODS,
        {"gtin": "09506000134352"},
    )
    assert classify(text.replace("4352", "4353")).kind is Kind.TEXT
    assert classify("]C1" + text.replace("4352", "4353")).checksum == "bad"
    assert classify("]C110ABC").checksum == "none"
    assert classify("]C1hello").problems == ("elements",)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.mod97, "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"),
        (checks.creditor_reference_ok, "RF18 5390 0754 7034", "RF19 5390 0754 7034"),
        (checks.creditor_reference_ok, "RF18539007547034", "DE89370400440532013000"),
        (checks.qrr_ok, "210000000003139471430009017", "0" * 27),
        (checks.is_bic, "BFSWDE33BER", "BFSWDE33BE"),
        (checks.cpf_ok, "12345678909", "12345678919"),
        (checks.cnpj_ok, "12345678000195", "12345678000196"),
        (checks.cnpj_ok, "12ABC34501DE35", "12abc34501de35"),
        (gtin_ok, "4006381333931", "400638133393١"),
        (checks.iban_length_fits, "DE89370400440532013000", "DE8937040044053201300"),
    ],
)
def test_check_digits(check: object, good: str, bad: str) -> None:
    assert callable(check)
    assert check(good)
    assert not check(bad)


@pytest.mark.parametrize("text", ["", "A", "Ä" * 9, "A" * 4000, "²" * 22, "١٢٣٤٥٦٧٨٩٠١٢٣"])
def test_check_digits_take_any_text(text: str) -> None:
    for check in (checks.mod97, checks.qrr_ok, checks.cpf_ok, checks.cnpj_ok, checks.is_bic):
        assert not check(text)


TRAPS = {
    "digits": "1" * 7089,
    "objects": "000201" + "".join(f"{tag:02}00" for tag in range(2, 100)) * 30,
    "nested": "000201" + "26990095" * 800,
    "lines": "BCD\n" + "\n" * 7000,
    "swiss": "SPC\n" + "0200\n" * 1400,
    "parameters": "upi://pay?pa=a@b&" + "a=%41&" * 1100,
    "plus": "upi://pay?pa=a@b&tn=" + "+%" * 3400,
    "base64": "hQVDUFY" + "A" * 4089,
    "consumer": "hQVDUFYwMW" + "FhYWFh" * 660,
    "separators": "01" + "\x1d" * 7000,
    "thai": "|" + "1\r" * 3500,
    "reference": "SPC\r\n" + "RF" + "1" * 6900,
    "blanks": " " * 7089,
    "identifiers": "]Q1" * 2300,
}


@pytest.mark.timeout(10)
@pytest.mark.parametrize("name", TRAPS)
def test_no_trap_takes_long(name: str) -> None:
    for _ in range(100):  # a search of quadratic time takes more than a tenth of a second each
        assert not classify(TRAPS[name]).payable


_STARTS = st.sampled_from(
    ["000201", "hQVDUFY", "BCD\n", "SPC\n", "|", "upi://pay?", "https://", "]C1", "00460006", ""]
)


@settings(max_examples=300, deadline=None)
@given(_STARTS, st.text(max_size=120))
def test_any_text_after_any_start_is_classified(start: str, rest: str) -> None:
    found = classify(start + rest)
    assert found.say.zh
    assert found.say.en
    assert scan_of(found, "token").masked == found.masked
    if found.kind is Kind.INVALID:
        assert found.problems
        assert found.payees == ()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=120), st.sampled_from(["utf-8", "gb18030", "gbk", "latin-1"]))
def test_any_bytes_in_any_encoding_are_classified(data: bytes, encoding: str) -> None:
    assert classify(data, encoding).kind in Kind


def test_words_name_the_scheme() -> None:
    assert "支付宝" in words_for("order_code", "alipay").zh
    assert words_for("order_code", "alipay").en.startswith("This is an Alipay order code,")
    assert words_for("order_code", "wechat").en.startswith("This is a WeChat order code,")
    assert "PIX" in words_for("merchant_code", "pix").en
    assert words_for("merchant_code", "unknown") == words_for("merchant_code")
    schemes = "emv pix promptpay paynow fps khqr vietqr duitnow qris upi epc swiss thai-bill"
    assert len({words_for("merchant_code", scheme) for scheme in schemes.split()}) == 13
