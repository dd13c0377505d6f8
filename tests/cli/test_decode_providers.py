"""``pos-guard decode wechat|alipay|provider``: whole HTTP requests out of the documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pos_guard.cli.decode import command
from pos_guard.frames.provider_decode import decode_alipay, decode_wechat_v2, decode_wechat_v3

GOLDEN_DIR = Path(__file__).parents[1] / "golden"
OTHERS: dict[str, dict[str, Any]] = json.loads(
    (GOLDEN_DIR / "providers.json").read_text(encoding="utf-8")
)
V3: dict[str, dict[str, Any]] = {
    name: golden | {"profile": "wechat-v3"}
    for name, golden in json.loads((GOLDEN_DIR / "wechat.json").read_text(encoding="utf-8")).items()
    if "intent" in golden
}
GOLDEN = {f"v3 {name}": golden for name, golden in V3.items()} | OTHERS
"""Requests as the providers' documents print them; the files name each source."""

PROTOCOL = {"wechat-v2": "wechat", "wechat-v3": "wechat", "alipay": "alipay"}
DECODE = {
    "wechat-v2": decode_wechat_v2,
    "wechat-v3": decode_wechat_v3,
    "alipay": decode_alipay,
}
CODES = ("130061098828009406", "120269300684844649", "28763443825664394")


def whole(golden: dict[str, Any], *, add: bytes = b"") -> bytes:
    """The documented request in one HTTP message."""
    body = str(golden["body"]).encode()
    head = [
        f"POST {golden['target']} HTTP/1.1",
        "Host: api.example",
        f"Content-Length: {len(body)}",
    ]
    if "authorization" in golden:
        head.append(f"Authorization: {golden['authorization']}")
    return "\r\n".join([*head, "", ""]).encode() + body + add


def run(data: bytes, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    done = CliRunner().invoke(command, [*arguments, "-"], input=data)
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("protocol", ["own", "provider"])
def test_a_documented_request_has_the_right_intent(name: str, protocol: str) -> None:
    golden = GOLDEN[name]
    profile = golden["profile"]
    chosen = PROTOCOL[profile] if protocol == "own" else "provider"
    code, [shown], _ = run(whole(golden), chosen, "--profile", profile)
    assert code == 0
    assert shown["error"] is None
    assert shown["protocol"] == PROTOCOL[profile]
    wanted = golden["intent"]
    if wanted is None:
        assert shown["intent"] is None
        return
    keys = ("kind", "amount", "currency", "original", "payee")
    assert shown["intent"] == {key: wanted.get(key) for key in keys}
    assert wanted["reference"].removeprefix("reverse:") in shown["fields"].values()
    if wanted["amount"] is not None:
        assert wanted["amount"] in shown["fields"].values(), "amounts are in minor units"


def test_hex_input_and_the_usual_profile() -> None:
    line = whole(V3["codepay"]).hex().encode()
    code, [shown], _ = run(line, "wechat", "--hex")
    assert (code, shown["name"]) == (0, "POST /v3/pay/transactions/codepay")
    code, [shown], _ = run(whole(OTHERS["alipay refund"]), "alipay")
    assert (code, shown["name"]) == (0, "alipay.trade.refund")
    assert shown["fields"]["biz_content.refund_amount"] == 20012


@pytest.mark.parametrize("name", GOLDEN)
def test_codes_and_signatures_are_masked(name: str) -> None:
    golden = GOLDEN[name]
    arguments = (PROTOCOL[golden["profile"]], "--profile", golden["profile"])
    raw = whole(golden)
    _, [shown], _ = run(raw, *arguments)
    text = json.dumps(shown) + bytes.fromhex(shown["raw"].replace("*", "0")).decode("latin-1")
    signs = [value for value in ("ERITJKEIJ", "C29DB7DB", "593BEC0C930") if value.encode() in raw]
    assert not any(secret in text for secret in (*CODES, *signs))
    (decoded,) = DECODE[golden["profile"]](raw)
    assert bytes.fromhex(str(decoded.as_json(unmask=True)["raw"])) == raw


def test_a_code_that_is_written_in_another_way_is_masked_too() -> None:
    body = OTHERS["alipay pay"]["body"].replace("28763443825664394", "%32%38763443825664394")
    _, [shown], _ = run(whole(OTHERS["alipay pay"] | {"body": body}), "alipay")
    assert shown["error"] is None
    assert b"763443825664394".hex() not in shown["raw"]


PAY = V3["codepay"]
WRONG = [
    ("cut", whole(PAY)[:-1], "truncated"),
    ("no HTTP", b"\x06\x01\x00", "line-end"),
    ("a reply", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "request-line"),
    ("two", whole(PAY, add=whole(PAY)), "pipelined"),
    (
        "an amount of zero",
        PAY | {"body": PAY["body"].replace('"total":100', '"total":0')},
        "amount",
    ),
    ("an amount as text", PAY | {"body": PAY["body"].replace(":100,", ':"100",')}, "type"),
    ("no order", PAY | {"body": PAY["body"].replace("out_trade_no", "order")}, "unknown-field"),
    ("unknown", PAY | {"target": "/v3/transfer/batches"}, "target"),
]


@pytest.mark.parametrize(
    ("raw", "error"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_a_wrong_request_is_an_error(raw: bytes | dict[str, Any], error: str) -> None:
    data = raw if isinstance(raw, bytes) else whole(raw)
    code, [shown], _ = run(data, "wechat")
    assert code == 1
    assert shown["error"]["code"] == error
    assert shown["intent"] is None
    assert not any(secret.encode().hex() in shown["raw"] for secret in CODES)


def test_the_profiles_are_named() -> None:
    code, shown, said = run(whole(PAY), "provider")
    assert (code, shown) == (2, [])
    for name in ("alipay", "wechat-v2", "wechat-v3", "aggregator-example"):
        assert name in said
