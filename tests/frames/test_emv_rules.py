"""Every rule of the standard and of the national schemes, broken one at a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pos_guard.frames import emv_mpm
from pos_guard.frames.codes import Kind, classify
from pos_guard.frames.emv_schemes import pix_key_type

PLAIN = {
    "00": "01",
    "01": "11",
    "02": "4000123456789012",
    "52": "5812",
    "53": "156",
    "58": "CN",
    "59": "BEST TRANSPORT",
    "60": "BEIJING",
}


def sealed(base: dict[str, str], **changes: str | None) -> str:
    """A code with a right checksum; ``t54=None`` leaves an object out."""
    tags = dict[str, str | None](base) | {tag[1:]: value for tag, value in changes.items()}
    return emv_mpm.seal(emv_mpm.build({t: v for t, v in tags.items() if v is not None}))


def inner(**values: str) -> str:
    return emv_mpm.build({tag[1:]: value for tag, value in values.items()})


def test_a_code_by_the_standard_has_no_problems() -> None:
    found = classify(sealed(PLAIN))
    assert (found.kind, found.scheme, found.checksum) == (Kind.MERCHANT_CODE, "emv", "ok")
    assert found.problems == ()
    assert found.facts == {"name": "BEST TRANSPORT", "city": "BEIJING"}
    assert found.expires is None


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"t00": "02"}, ("version",)),
        ({"t01": "21"}, ("initiation",)),
        ({"t02": None}, ("account",)),
        ({"t52": None}, ("absent-52",)),
        ({"t52": "58A2"}, ("format-52",)),
        ({"t53": "15"}, ("format-53", "currency")),
        ({"t53": "999"}, ()),
        ({"t53": "997"}, ()),
        ({"t53": "111"}, ("currency",)),
        ({"t58": "cn"}, ("format-58",)),
        ({"t58": "CHN"}, ("format-58",)),
        ({"t59": None}, ("absent-59",)),
        ({"t59": "N" * 26}, ("long-59",)),
        ({"t60": "C" * 16}, ("long-60",)),
        ({"t61": "1" * 11}, ("long-61",)),
        ({"t60": ""}, ("empty-60",)),
        ({"t59": "最佳运输"}, ("ans-59",)),
        ({"t54": "0"}, ("zero-amount",)),
        ({"t54": "00000000001.00"}, ("long-54",)),
        ({"t26": inner(t01="x")}, ("guid-26",)),
        ({"t26": inner(t00="g" * 33)}, ("long-26-00",)),
        ({"t62": inner(t01="b" * 26)}, ("long-62-01",)),
        ({"t62": inner(t08="***")}, ()),
        ({"t62": inner(t09="AME")}, ()),
        ({"t62": inner(t09="AMA")}, ("format-62-09",)),
        ({"t62": inner(t09="X")}, ("format-62-09",)),
        ({"t62": inner(t10="1" * 21)}, ("long-62-10",)),
        ({"t62": inner(t11="1234")}, ("long-62-11",)),
        ({"t62": inner(t05="")}, ("empty-62-05",)),
        ({"t62": inner(t50=inner(t00="a.b", t01="c"))}, ()),
        ({"t62": inner(t50="xyz")}, ("template-62-50",)),
        ({"t62": inner(t50=inner(t01="c"))}, ("guid-62-50",)),
        ({"t55": "01"}, ("fee",)),
        ({"t55": "02", "t56": "5.00"}, ("fee",)),
        ({"t55": "02", "t56": "0"}, ("fee", "format-56")),
        ({"t55": "02"}, ("fee", "fee-56")),
        ({"t55": "03", "t57": "5.50"}, ("fee",)),
        ({"t55": "03", "t57": "100"}, ("fee", "format-57")),
        ({"t55": "04"}, ("fee", "format-55")),
        ({"t56": "1"}, ("fee", "format-55", "fee-56")),
        ({"t64": inner(t00="ZH", t01="最佳运输", t02="北京")}, ()),
        ({"t64": inner(t00="ZH")}, ("absent-64-01",)),
        ({"t64": inner(t00="ZHO", t01="名")}, ("long-64-00",)),
        ({"t64": "ZH"}, ("template-64",)),
        ({"t70": "reserved for later"}, ()),
        ({"t80": inner(t00="a.b", t01="x")}, ()),
        ({"t80": "free text"}, ("template-80",)),
        ({"t99": inner(t01="x")}, ("guid-99",)),
    ],
)
def test_each_broken_rule_is_named(
    changes: dict[str, str | None], problems: tuple[str, ...]
) -> None:
    found = classify(sealed(PLAIN, **changes))
    assert (found.kind, found.checksum) == (Kind.MERCHANT_CODE, "ok")
    assert found.problems == problems


@pytest.mark.parametrize("at", [0, 4, 20, 40])
def test_a_doubled_id_is_no_code(at: int) -> None:
    text = sealed(PLAIN)[:-8]
    ids = [f"{tag}{len(value):02}{value}" for tag, value in emv_mpm.objects(text).items()]
    doubled = emv_mpm.seal("".join([*ids, ids[at % len(ids)]]))
    found = classify(doubled)
    assert (found.kind, found.problems) == (Kind.INVALID, ("duplicate-field",))


def test_00_first_and_63_last() -> None:
    body = sealed(PLAIN)[:-8]
    assert classify(emv_mpm.seal(body[6:] + body[:6])).problems == ("order-00",)
    assert classify(emv_mpm.seal(body[6:])).problems == ("absent-00",)
    assert classify(emv_mpm.seal(body[6:])[:-1] + "g").kind is Kind.TEXT
    late = classify(sealed(PLAIN) + "8003abc")
    assert (late.checksum, late.problems) == ("bad", ("order-63", "template-80"))
    assert classify(body[6:] + body[:6] + "6304FFFF").kind is Kind.TEXT


@pytest.mark.parametrize("zeros", [1, 2, 3])
def test_a_checksum_without_its_leading_zeros_is_read_and_named(zeros: int) -> None:
    wanted = "0" * zeros
    text = next(
        text
        for text in (sealed(PLAIN, t61=str(number)) for number in range(200_000))
        if text[-4:].startswith(wanted) and text[-4 + zeros] != "0"
    )
    short = text[:-4] + text[-4 + zeros :]
    found = classify(short)
    assert (found.kind, found.checksum, found.problems) == (
        Kind.MERCHANT_CODE,
        "ok",
        ("crc-short",),
    )
    cut = classify(text[:-1])
    assert (cut.kind, cut.problems) == (Kind.INVALID, ("truncated",))


@pytest.mark.parametrize(
    ("tail", "problem"),
    [
        ("AA02xx", "format"),
        ("5A02xx", "format"),
        ("60X2xx", "format"),
        ("AAXX", "format"),
        ("26040A00", "format"),  # inside a template
        ("6005xx", "truncated"),
        ("6", "truncated"),
        ("AA", "truncated"),
        ("600", "truncated"),
    ],
)
def test_what_is_no_number_where_one_belongs_is_another_fault_than_a_cut(
    tail: str, problem: str
) -> None:
    found = classify(sealed(PLAIN)[:-8] + tail)
    assert (found.kind, found.problems, found.payable) == (Kind.INVALID, (problem,), False)


@pytest.mark.parametrize(
    "changes",
    [
        {"t53": "959", "t54": "1"},  # gold has no minor units
        {"t53": "392", "t54": "7999.12"},
        {"t54": "1000000000000.00"},
        {"t54": "9" * 12 + ".99"},
    ],
)
def test_an_amount_that_is_none_in_its_currency_makes_no_code(changes: dict[str, str]) -> None:
    found = classify(sealed(PLAIN, **changes))
    assert (found.kind, found.problems) == (Kind.INVALID, ("amount",))


def test_a_longer_payload_than_the_standard_allows_is_named() -> None:
    parts = {f"t{tag}": inner(t00="a.b", t01="x" * 85) for tag in range(80, 85)}
    assert classify(sealed(PLAIN, **parts)).problems == ("long-payload",)


PIX = PLAIN | {
    "26": inner(t00="br.gov.bcb.pix", t01="12345678909"),
    "53": "986",
    "58": "BR",
    "62": inner(t05="***"),
}
PROMPTPAY = PLAIN | {
    "29": inner(t00="A000000677010111", t01="0066801111111"),
    "53": "764",
    "58": "TH",
}
BILL = PLAIN | {
    "30": inner(t00="A000000677010112", t01="099400016550100", t02="123", t03="456"),
    "53": "764",
    "58": "TH",
}
PAYNOW = PLAIN | {
    "26": inner(t00="SG.PAYNOW", t01="2", t02="201403121W", t03="1"),
    "53": "702",
    "58": "SG",
}
FPS = PLAIN | {"26": inner(t00="HK.COM.HKICL", t01="004", t02="0009999"), "53": "344", "58": "HK"}
VIETQR = PLAIN | {
    "38": inner(t00="A000000727", t01=inner(t00="970403", t01="0011012345678"), t02="QRIBFTTA"),
    "53": "704",
    "58": "VN",
}
DUITNOW = PLAIN | {
    "26": inner(t00="A0000006150001", t01="588734", t02="MBBQR1666987"),
    "53": "458",
    "58": "MY",
}
QRIS = PLAIN | {
    "51": inner(t00="ID.CO.QRIS.WWW", t02="ID1020021181234", t03="UMI"),
    "53": "360",
    "58": "ID",
}
NATIONAL = {
    "pix": PIX,
    "promptpay": PROMPTPAY,
    "paynow": PAYNOW,
    "fps": FPS,
    "vietqr": VIETQR,
    "duitnow": DUITNOW,
    "qris": QRIS,
}


@pytest.mark.parametrize("scheme", NATIONAL)
def test_each_scheme_by_its_own_rules_has_no_problems(scheme: str) -> None:
    base = {tag: value for tag, value in NATIONAL[scheme].items() if tag != "02"}
    found = classify(sealed(base))
    assert (found.scheme, found.problems) == (scheme, ())
    assert found.payees[0].startswith(f"{scheme}:")
    abroad = classify(sealed(base, t58="FR", t53="978"))
    assert set(abroad.problems) == {f"{scheme}-country", f"{scheme}-currency"}


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("12345678909", "cpf"),
        ("12345678900", ""),
        ("60701190000104", "cnpj"),
        ("60701190000105", ""),
        ("12ABC34501DE35", "cnpj"),
        ("+5511999999999", "phone"),
        ("+4911999999999", ""),
        ("abc@example.com", "email"),
        ("@example.com", ""),
        ("123e4567-e12b-12d1-a456-426655440000", "evp"),
        ("", ""),
    ],
)
def test_pix_keys_have_their_check_digits(key: str, kind: str) -> None:
    assert pix_key_type(key) == kind


def pix(**account: str) -> str:
    return inner(t00="BR.GOV.BCB.PIX", **account)


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"t26": pix(t01="nobody")}, ("pix-key",)),
        ({"t26": pix()}, ("pix-no-key",)),
        ({"t26": pix(t01="abc@example.com", t25="pix.example.com/qr")}, ("pix-key-and-url",)),
        ({"t26": pix(t25="pix.example.com/qr/v2/123"), "t01": "12"}, ()),
        ({"t26": pix(t25="pix.example.com/qr/v2/123"), "t01": None}, ("pix-initiation",)),
        ({"t26": pix(t25="https://pix.example.com/qr"), "t01": "12"}, ("pix-url",)),
        ({"t26": pix(t02="info"), "t80": pix(t25="rec.example.com/1")}, ()),
        ({"t80": "x"}, ("template-80",)),
        ({"t62": None}, ("pix-no-txid",)),
        ({"t62": inner(t05="a b")}, ("pix-txid",)),
    ],
)
def test_pix(changes: dict[str, str | None], problems: tuple[str, ...]) -> None:
    assert classify(sealed(PIX, t02=None, **changes)).problems == problems


def test_accounts_of_schemes_that_have_no_country_rule_are_left_alone() -> None:
    found = classify(sealed(PLAIN, t26=inner(t00="D15600000000", t05="A93FO3230Q")))
    assert (found.payees[-1], found.problems) == ("emv:d15600000000:05=A93FO3230Q", ())


def test_pix_facts() -> None:
    found = classify(sealed(PIX, t80=pix(t25="rec.example.com/1")))
    assert found.facts["key_type"] == "cpf"
    assert found.facts["reference"] == "***"
    assert found.facts["recurrence"] == "rec.example.com/1"


def thai(tag: str, guid: str, **account: str) -> dict[str, str | None]:
    return {f"t{tag}": inner(t00=f"A0000006770101{guid}", **account)}


@pytest.mark.parametrize(
    ("base", "changes", "problems"),
    [
        (PROMPTPAY, thai("29", "11", t02="1234567890123"), ()),
        (PROMPTPAY, thai("29", "11", t03="140000801111111"), ()),
        (PROMPTPAY, thai("29", "11", t01="0801111111"), ("promptpay-id",)),
        (
            PROMPTPAY,
            thai("29", "11", t01="0066801111111", t02="1234567890123"),
            ("promptpay-id",),
        ),
        (BILL, {}, ()),
        (BILL, thai("30", "12", t01="12"), ("promptpay-biller",)),
        (BILL, thai("30", "12", t01="099400016550100", t02="a-b"), ("promptpay-reference",)),
        (BILL, {"t30": None} | thai("31", "12", t01="099400016550100"), ("promptpay-tag",)),
    ],
)
def test_promptpay(
    base: dict[str, str], changes: dict[str, str | None], problems: tuple[str, ...]
) -> None:
    assert classify(sealed(base, t02=None, **changes)).problems == problems


def paynow(**account: str) -> dict[str, str | None]:
    return {"t26": inner(t00="SG.PAYNOW", **account)}


@pytest.mark.parametrize(
    ("changes", "problems", "expires"),
    [
        (paynow(t01="0", t02="+6591234567", t03="1"), (), None),
        (paynow(t01="0", t02="91234567", t03="1"), ("paynow-id",), None),
        (paynow(t01="1", t02="S1234567A", t03="1"), ("paynow-id",), None),
        (paynow(t01="2", t02="201403121W", t03="0"), ("paynow-no-amount",), None),
        (paynow(t01="2", t02="201403121W"), ("paynow-editable",), None),
        (
            paynow(t01="2", t02="201403121W", t03="1", t04="20261231"),
            (),
            datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC),
        ),
        (
            paynow(t01="2", t02="201403121W", t03="1", t04="20261231080000"),
            (),
            datetime(2026, 12, 31, 0, 0, tzinfo=UTC),
        ),
        (paynow(t01="2", t02="201403121W", t03="1", t04="20261331"), ("paynow-expiry",), None),
        (paynow(t01="2", t02="201403121W", t03="1", t04="soon"), ("paynow-expiry",), None),
    ],
)
def test_paynow(
    changes: dict[str, str | None], problems: tuple[str, ...], expires: datetime | None
) -> None:
    found = classify(sealed(PAYNOW, t02=None, **changes))
    assert (found.problems, found.expires) == (problems, expires)


@pytest.mark.parametrize(
    ("account", "problems"),
    [
        ({"t03": "+852-61234567"}, ()),
        ({"t04": "shop@example.hk"}, ()),
        ({"t01": "004"}, ("fps-id",)),
        ({"t02": "0009999", "t03": "+852-61234567"}, ("fps-id",)),
        ({"t03": "61234567"}, ("fps-id",)),
    ],
)
def test_fps(account: dict[str, str], problems: tuple[str, ...]) -> None:
    assert classify(sealed(FPS, t02=None, t26=inner(t00="HK.COM.HKICL", **account))).problems == (
        problems
    )


@pytest.mark.parametrize(
    ("base", "changes", "problems"),
    [
        (VIETQR, {"t38": inner(t00="A000000727", t01="x")}, ("vietqr-account",)),
        (
            VIETQR,
            {"t38": inner(t00="A000000727", t01=inner(t00="970403", t01="1"), t02="OTHER")},
            ("vietqr-service",),
        ),
        (DUITNOW, {"t26": inner(t00="A0000006150001", t01="1", t02="x")}, ("duitnow-acquirer",)),
        (DUITNOW, {"t26": inner(t00="A0000006150001", t01="588734")}, ("duitnow-id",)),
        (QRIS, {"t51": inner(t00="ID.CO.QRIS.WWW", t02="ID1")}, ("qris-nmid",)),
        (QRIS, {"t26": inner(t00="COM.BANK.WWW", t01="93600001", t03="XXX")}, ("qris-criteria",)),
    ],
)
def test_the_templates_of_the_others(
    base: dict[str, str], changes: dict[str, str | None], problems: tuple[str, ...]
) -> None:
    assert classify(sealed(base, t02=None, **changes)).problems == problems


def test_an_identifier_that_only_looks_like_a_scheme_s_is_named() -> None:
    found = classify(sealed(PIX, t02=None, t26=inner(t00="br.g0v.bcb.pix", t01="12345678909")))
    assert found.scheme == "emv"
    assert found.problems == ("lookalike:br.gov.bcb.pix",)
