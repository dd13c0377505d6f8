"""Links that imitate a payment site: named, with their own words, never trusted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.codes import Kind, classify
from pos_guard.frames.codes_confusable import skeleton
from pos_guard.frames.codes_lookalike import MAX_HOST, owners
from pos_guard.frames.codes_urls import places


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("https://qr.alipay.com.evil.example/steal", ("lookalike:qr.alipay.com",)),
        ("https://qr.alipay.com-pay.example/fkx", ("lookalike:qr.alipay.com",)),
        ("https://qr-alipay.com/fkx", ("lookalike:qr.alipay.com",)),
        ("https://qralipay.com/fkx", ("lookalike:qr.alipay.com",)),
        ("https://notu.wechat.com/abc", ("lookalike:u.wechat.com",)),
        ("https://xqr.alipay.com/abc", ("lookalike:qr.alipay.com",)),
        ("https://qr.alipay.com@evil.example/fkx", ("lookalike:qr.alipay.com", "user-name")),
        ("https://evil@qr.alipay.com/fkx", ("lookalike:qr.alipay.com", "user-name")),
        ("https://qr.alipay.com:444/fkx", ("lookalike:qr.alipay.com", "port")),
        ("https://qr.alipay.com:99999999/fkx", ("lookalike:qr.alipay.com", "port")),
        ("https://qr.alipay.com./fkx", ("lookalike:qr.alipay.com", "trailing-dot")),
        ("https://qr.alipay.com\\@evil.example/fkx", ("lookalike:qr.alipay.com", "backslash")),
        ("https://qr.alipаy.com/fkx", ("lookalike:qr.alipay.com", "homograph")),  # Cyrillic a
        ("https://xn--qr-alipay.com/fkx", ("lookalike:qr.alipay.com", "homograph")),
        ("https://qr.xn--alipy-7ve.com/", ("lookalike:qr.alipay.com", "homograph")),
        ("https://qr。alipay。com/fkx", ("lookalike:qr.alipay.com", "homograph")),
        ("https://ｑｒ.ａｌｉｐａｙ.ｃｏｍ/fkx", ("lookalike:qr.alipay.com", "homograph")),
        ("https://𝐪𝐫.alipay.com/fkx", ("lookalike:qr.alipay.com", "homograph")),
        ("https://ⓠr.alipay.com/fkx", ("lookalike:qr.alipay.com", "homograph")),
        ("https://𝐪𝐫.alipay.com", ("lookalike:qr.alipay.com", "homograph")),
        ("https://ԛr.alipay.com/fkx", ("lookalike:qr.alipay.com", "homograph")),  # Cyrillic
        ("https://xn--r-n6b.alipay.com/", ("lookalike:qr.alipay.com", "homograph")),  # the same
        ("https://支付.alipay.com/", ()),  # its own domain, and no known host
        ("https://qr.aIipay.com/fkx", ("lookalike:qr.alipay.com",)),  # capital i
        ("https://qr.a1ipay.com/fkx", ("lookalike:qr.alipay.com",)),
        ("https://qr.alipay.corn/fkx", ("lookalike:qr.alipay.com",)),
        ("https://qr.alipya.com/fkx", ("lookalike:qr.alipay.com",)),
        ("https://qr.alpay.com/fkx", ("lookalike:qr.alipay.com",)),
        ("https://qr.alippay.com/fkx", ("lookalike:qr.alipay.com",)),
        ("https://weixin.qq.com.pay.cn/r/x", ("lookalike:weixin.qq.com",)),
        ("https://wx-tenpay.com/f2f?t=1", ("lookalike:wx.tenpay.com",)),
        ("https://qr.955l6.com/00010000/62", ("lookalike:qr.95516.com",)),
        ("https://pay-wechat.example/x", ("lookalike:wechat.com",)),
        ("https://example.com/?u=wxp://x", ("lookalike:wxp",)),
        ("https://example.com/?u=wxp%3A%2F%2Fx", ("lookalike:wxp",)),
        ("https://example.com/qr.alipay.com/fkx", ("lookalike:qr.alipay.com",)),
        ("weixln://wxpay/bizpayurl?pr=x", ("lookalike:weixin",)),
        ("wеixin://wxpay/bizpayurl?pr=x", ("lookalike:weixin",)),  # Cyrillic e
        ("https://myalipay.example/x", ("lookalike:alipay.com",)),
        ("https://shop-wechatt.example/x", ("lookalike:wechat.com",)),
        ("https://wehcat.example/x", ("lookalike:wechat.com",)),
        ("a\\b://qr.alipay.com/x", ()),
        ("https://gіthub.example/x", ()),  # not a payment site
        ("https://example.com/", ()),
        ("https://192.168.1.10:8080/menu", ()),
        ("https://www.alipay.com/", ()),
        ("https://mp.weixin.qq.com/s/abc", ()),
        ("https://[::1/x", ()),
        ("https://支付.example/x", ()),
    ],
)
def test_imitations_are_named_and_ordinary_links_are_not(
    text: str, problems: tuple[str, ...]
) -> None:
    found = classify(text)
    assert (found.kind, found.scheme) == (Kind.URL, None)
    assert found.problems == problems
    assert not found.payable
    assert found.payees == ()


def test_the_cashier_reads_that_it_is_an_imitation() -> None:
    say = classify("https://qr.alipay.com.evil.example/steal").say
    assert "冒充" in say.zh
    assert "imitates" in say.en
    assert say != classify("https://example.com/").say


@pytest.mark.parametrize("place", places(), ids=lambda place: f"{place.host}{place.rest.pattern}")
def test_no_genuine_host_is_an_imitation(place: object) -> None:
    host = getattr(place, "host", "*")
    if "." in host:
        for text in (f"https://{host}/x", f"https://{host.upper()}/x"):
            assert not any("lookalike" in name for name in classify(text).problems)


@pytest.mark.parametrize("owner", owners(), ids=lambda owner: owner.scheme)
def test_an_owner_s_own_domains_are_genuine(owner: object) -> None:
    for domain in getattr(owner, "domains", ()):
        assert classify(f"https://www.{domain}/x").problems == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("qr.alipay.com", "qr.аlірау.com"),
        ("wechat", "vvechat"),
        ("tenpay.com", "tenpay.corn"),
        ("alipay", "ⓐⓛⓘⓟⓐⓨ"),
        ("alipay", "al\u00adi\u200bpay"),
        ("alipay", "ąļįpàý"),
        ("wechat", "wɇcħat"),
        ("95516", "955l6"),
        ("weixin", "WEIXIN"),
    ],
)
def test_what_looks_the_same_has_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_names_that_read_differently_have_other_skeletons() -> None:
    names = ["alipay", "wechat", "weixin", "tenpay", "95516", "example", "paypal", "支付宝"]
    assert len({skeleton(name) for name in names}) == len(names)


HOSTILE = [
    "https://" + "a." * 3000 + "com/x",
    "https://" + "xn--" + "a" * 3000 + ".com/x",
    "https://" + ".".join(["xn--a-0ga"] * 700) + "/x",
    "https://" + "а" * 7000 + "/x",
    "https://" + "\ufdfa" * 2000 + "/x",
    "https://evil.example/" + "wxp:/" * 1400,
    "https://evil.example/?" + "qr.alipay.co" * 500,
    "https://" + "@" * 7000,
    "https://" + ":" * 7000 + "/",
    "a" * 40 + "://" + "b" * 7000,
]


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"{text[:14]}-{len(text)}")
def test_long_tricks_cost_little(text: str) -> None:
    for _ in range(100):  # a search of quadratic time takes more than a tenth of a second each
        assert not classify(text).payable
    assert len(text) > MAX_HOST


_PIECES = st.sampled_from(
    ["qr.alipay.com", ".", "@", ":", "/", "\\", "xn--", "а", "evil", "-", "weixin", "?", "#", "０"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=3)), max_size=8).map("".join))
def test_only_the_exact_host_is_trusted(rest: str) -> None:
    found = classify(f"https://{rest}")
    assert not found.payable
    if found.payees or found.kind in {Kind.RECEIVE_CODE, Kind.ORDER_CODE}:
        assert rest.lower().startswith("qr.alipay.com/")
