"""What cashiers read when a provider's request is refused: in both languages, field and advice."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import pos_guard.frames
from pos_guard.errors import FrameError
from pos_guard.frames.field_error import FieldError, plain_name
from pos_guard.frames.provider_profile_file import profile, profile_names
from pos_guard.frames.provider_xml import parse_xml
from pos_guard.links import provider_words as words
from pos_guard.model import Words
from pos_guard.policy.verdict import Reason
from tests.links.provider_rig import make_rig
from tests.links.test_provider import HOST, LINK, post
from tests.shop import MERCHANT, POLICY, shop

SAY = Words("金额与订单不符，请核对。", "The amount is not that of the order. Check it.")
CODES = sorted(
    {
        code
        for name in ("provider_*.py", "http*.py", "json_strict.py")
        for path in Path(pos_guard.frames.__path__[0]).glob(name)
        for code in re.findall(r'(?:Frame|Field)Error\(\s*"([a-z-]+)"', path.read_text("utf-8"))
    }
)
"""Every code with which a request may be refused."""


def text_of(body: bytes) -> str:
    """All that a reply says, escapes undone."""
    if body.startswith(b"<"):
        return " ".join(str(value) for value in parse_xml(body).values())
    return json.dumps(json.loads(body), ensure_ascii=False)


def sentences(text: str) -> None:
    """Plain words: no code of ours, no hole left, and an end."""
    assert not re.search(r"DENY|[A-Z]{3,}_[A-Z]|\{|\}|_LOCKED|None", text), text
    assert text[-1] in "。.", text


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("reason", list(Reason))
def test_every_refusal_of_every_profile_is_an_error_with_the_cashiers_words(
    name: str, reason: Reason
) -> None:
    reply = words.refusal(profile(name), reason, SAY, None)
    assert 400 <= reply.status < 500
    text = text_of(reply.body)
    assert SAY.zh in text
    assert SAY.en in text
    assert f"pos-guard: {reason}" in text


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("code", CODES)
def test_every_fault_is_said_in_both_languages_with_what_to_do(name: str, code: str) -> None:
    for error in (FrameError(code, "x"), FieldError(code, "amount.total", "x")):
        say = words.malformed(error)
        sentences(say.zh)
        sentences(say.en)
        assert "请联系收银软件供应商" in say.zh
        assert "Call the till's supplier" in say.en
        reply = words.not_understood(profile(name), error)
        assert 400 <= reply.status < 500
        text = text_of(reply.body)
        assert say.zh in text
        assert say.en in text
        assert code in text


FIELDS = ["missing-field", "unknown-field", "duplicate-field", "type", "format", "amount"]


@pytest.mark.parametrize("code", FIELDS)
def test_the_field_at_fault_is_named(code: str) -> None:
    say = words.malformed(FieldError(code, "amount.total", "x"))
    assert "amount.total" in say.zh
    assert "amount.total" in say.en
    reply = words.not_understood(profile("wechat-v3"), FieldError(code, "amount.total", "x"))
    assert json.loads(reply.body)["detail"]["field"] == "/amount/total"


def test_without_a_field_none_is_named() -> None:
    reply = words.not_understood(profile("wechat-v3"), FrameError("pipelined", "x"))
    assert "field" not in json.loads(reply.body)["detail"]
    both = FieldError("original", "transaction_id / out_trade_no", "x")
    assert (
        "field" not in json.loads(words.not_understood(profile("wechat-v3"), both).body)["detail"]
    )
    assert "transaction_id / out_trade_no" in words.malformed(both).en


@pytest.mark.parametrize("name", ["a\nb", "", "a" * 65, "n4242424242424242", "金额", "<b>"])
def test_a_name_that_is_none_is_not_repeated(name: str) -> None:
    assert plain_name(name) == "?"


def test_an_unknown_outcome_tells_to_ask_and_not_to_charge_again() -> None:
    for name in profile_names():
        reply = words.unknown(profile(name), None)
        assert reply.status >= 500
        assert words.UNKNOWN.zh in text_of(reply.body)


PAY = {
    "mchid": MERCHANT,
    "out_trade_no": "ORDER-0001",
    "description": "面包",
    "payer": {"auth_code": "130061098828009406"},
    "amount": {"total": 1250, "currency": "CNY"},
}
FAULTY: list[tuple[dict[str, object], str]] = [
    ({"amount": {"total": "1250", "currency": "CNY"}}, "/amount/total"),
    ({"amount": {"total": 0, "currency": "CNY"}}, "/amount/total"),
    ({"amount": {"total": 1250, "currency": "yuan"}}, "/amount/currency"),
    ({"amount": {"currency": "CNY"}}, "/amount/total"),
    ({"out_trade_no": None}, "/out_trade_no"),
    ({"out_trade_no": "short"}, "/out_trade_no"),
    ({"payer": {"auth_code": "1300610988280094061", "openid": "x"}}, "/payer/openid"),
    ({"sub_mchid": "1900000999"}, "/sub_mchid"),
    ({"mchid": "1900000999"}, "/mchid"),
]


@pytest.mark.parametrize(("change", "field"), FAULTY)
def test_the_till_and_the_cashier_hear_which_field_it_was(
    change: dict[str, object], field: str, tmp_path: Path
) -> None:
    yuan = shop(tmp_path, policy=POLICY.replace('"EUR"', '"CNY"'))
    rig = make_rig(yuan, "wechat-v3", LINK, HOST, frozenset({MERCHANT}))
    rig.send(post("/v3/pay/transactions/codepay", PAY | change))
    assert rig.reply() == (400, "PARAM_ERROR")
    answer = json.loads(rig.till.partition(b"\r\n\r\n")[2])
    assert answer["detail"]["field"] == field
    dotted = field[1:].replace("/", ".")
    assert dotted in rig.told[0].say.zh
    assert dotted in rig.told[0].say.en
    assert rig.told[0].say.zh in answer["message"]
    assert rig.sent == []
    yuan.store.close()
