"""The providers' own Python clients, unmodified, behind the link and behind the hook.

Set POS_GUARD_PROVIDER_SDKS to a directory where ``pip install --target`` put wechatpayv3 and
alipay-sdk-python (tried: 2.0.4 and 3.7.1411): 30 MB and a compiled package are too much for
everybody's test run. The Alipay client cannot be told a port: it needs leave to bind port 80.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from pos_guard.frames.http import HttpReply
from pos_guard.frames.provider_profile import Profile
from pos_guard.frames.provider_profile_file import profile
from pos_guard.hooks.alipay_client import guard_alipay
from pos_guard.hooks.provider import ProviderHook
from pos_guard.hooks.wechatpayv3_client import guard_wechatpayv3
from pos_guard.links.provider import ProviderSession
from pos_guard.links.session import CloseApp, Effects, ToApp, ToDevice
from pos_guard.model import Source
from pos_guard.money import Money
from pos_guard.store.ledger import Phase
from pos_guard_simulator.provider_twin import ProviderTwin, Script
from tests.hooks.provider_server import TwinServer
from tests.shop import MERCHANT, POLICY, Shop, shop

SDKS = os.environ.get("POS_GUARD_PROVIDER_SDKS")
pytestmark = pytest.mark.skipif(SDKS is None, reason="POS_GUARD_PROVIDER_SDKS is not set")

APP = "2014072300007148"
V3, ALIPAY = profile("wechat-v3"), profile("alipay")
HTTP_HOST = "127.0.0.80"  # the loopback network has many addresses, and all have a port 80


class Behind(ProviderTwin):
    """A provider that is only reached through a link."""

    def __init__(self, kind: Profile, where: Shop, merchants: frozenset[str], seal: Any) -> None:
        super().__init__(kind, where.clock, merchants, seal)
        self.session = ProviderSession("app", where.guard, kind.host, profile=kind)
        self._run(self.session.device_connected())

    def connected(self) -> Effects:
        super().connected()
        return self._run(self.session.app_connected())

    def data(self, data: bytes) -> Effects:
        return self._run(self.session.app_data(data))

    def closed(self) -> Effects:
        return self._run(self.session.app_closed())

    def _run(self, effects: Effects) -> Effects:
        """What the app gets to see of it."""
        seen: Effects = []
        for effect in effects:
            if isinstance(effect, ToDevice):
                for answer in super().data(effect.data):
                    if isinstance(answer, ToApp):
                        seen += self._run(self.session.device_data(answer.data))
            elif isinstance(effect, ToApp | CloseApp):
                seen.append(effect)
        return seen


@dataclass
class Table:
    """A shop, its provider, and how its client pays, asks and refunds: "is it paid?"."""

    shop: Shop
    twin: ProviderTwin
    pay: Callable[[int], bool]
    query: Callable[[], bool]
    reverse: Callable[[], bool]
    refund: Callable[[int], bool]

    def phases(self) -> list[Phase]:
        """Of every entry, oldest first."""
        found = sorted(self.shop.store.ledger.search(), key=lambda entry: entry.id)
        return [entry.phase for entry in found]


@pytest.fixture
def yuan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(sys, "path", [*sys.path, str(SDKS)])
    wechat = 'wechat = ["1900000109"]'
    policy = POLICY.replace('"EUR"', '"CNY"').replace(wechat, f'{wechat}\nalipay = ["{APP}"]')
    made = shop(tmp_path, policy=policy)
    made.sign_in("anna")
    made.guard.tell_order(None, Money(1250, "CNY"), Source.BILL)
    yield made
    made.store.close()


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
PKCS8 = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)
PKCS1 = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.NoEncryption(),
)


def signature(text: bytes) -> str:
    """As both platforms sign: RSA, SHA-256, PKCS 1."""
    return base64.b64encode(KEY.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def seal_v3(reply: HttpReply) -> HttpReply:
    """The platform's signature of WeChat Pay v3."""
    signed = signature(b"1767225600\nnonce\n" + reply.body + b"\n")
    headers = {
        "Wechatpay-Signature": signed,
        "Wechatpay-Timestamp": "1767225600",
        "Wechatpay-Nonce": "nonce",
        "Wechatpay-Serial": "PUB_KEY_ID_01",
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }
    pairs = tuple((name.encode(), value.encode()) for name, value in headers.items())
    return HttpReply(reply.status, reply.headers + pairs, reply.body)


def seal_alipay(reply: HttpReply) -> HttpReply:
    """The gateway's signature: over the bytes of the inner object."""
    start = reply.body.index(b"{", 1)
    inner = reply.body[start:-1]
    signed = signature(inner).encode()
    return HttpReply(reply.status, reply.headers, reply.body[:-1] + b',"sign":"' + signed + b'"}')


def wechat_table(yuan: Shop, twin: ProviderTwin, base: str) -> Table:
    """The client that minibear2021 wrote."""
    module: Any = importlib.import_module("wechatpayv3")
    client = module.WeChatPay(
        wechatpay_type=module.WeChatPayType.CODEPAY,
        mchid=MERCHANT,
        private_key=PKCS8.decode(),
        cert_serial_no="1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C",
        apiv3_key="0" * 32,
        appid="wx2421b1c4370ec43b",
        public_key=PUBLIC.decode(),
        public_key_id="PUB_KEY_ID_01",
        timeout=10,
    )
    client._core._gate_way = base

    def state(answer: tuple[int, str | bytes]) -> tuple[int, str]:
        body: dict[str, Any] = json.loads(answer[1]) if answer[1] else {}
        return answer[0], body.get("trade_state") or body.get("status") or ""

    def pay(fen: int) -> bool:
        said = client.pay(
            "面包",
            "ORDER-0001",
            {"total": fen, "currency": "CNY"},
            payer={"auth_code": "130061098828009406"},
            pay_type=module.WeChatPayType.CODEPAY,
            scene_info={"store_info": {"id": "0001"}},
        )
        return state(said) == (200, "SUCCESS")

    def refund(fen: int) -> bool:
        amount = {"refund": fen, "total": 1250, "currency": "CNY"}
        said = client.refund("R1", amount, out_trade_no="ORDER-0001")
        return state(said) in {(200, "SUCCESS"), (200, "PROCESSING")}

    return Table(
        yuan,
        twin,
        pay,
        lambda: state(client.query(out_trade_no="ORDER-0001")) == (200, "SUCCESS"),
        lambda: client.codepay_reverse("ORDER-0001")[0] == 204,
        refund,
    )


def alipay_table(yuan: Shop, twin: ProviderTwin) -> Table:
    """The client of Alipay itself; what it raises is not "paid"."""
    api = "alipay.aop.api"
    config: Any = importlib.import_module(f"{api}.AlipayClientConfig").AlipayClientConfig()
    config.server_url = f"http://{HTTP_HOST}/gateway.do"
    config.app_id = APP
    config.app_private_key = _bare(PKCS1)
    config.alipay_public_key = _bare(PUBLIC)
    client: Any = importlib.import_module(f"{api}.DefaultAlipayClient").DefaultAlipayClient(config)

    def ask(name: str, biz: dict[str, Any]) -> dict[str, Any]:
        request = getattr(importlib.import_module(f"{api}.request.{name}"), name)()
        request.biz_content = biz
        try:
            answer: dict[str, Any] = json.loads(client.execute(request))
        except Exception as error:  # noqa: BLE001 - also a TypeError, for any status but 200
            return {"raised": type(error).__name__}
        return answer

    def pay(fen: int) -> bool:
        amount = f"{fen // 100}.{fen % 100:02d}"
        biz = {"out_trade_no": "ORDER-0001", "scene": "bar_code", "subject": "面包"}
        biz |= {"auth_code": "28763443825664394", "total_amount": amount}
        return bool(ask("AlipayTradePayRequest", biz).get("code") == "10000")

    order = {"out_trade_no": "ORDER-0001"}
    return Table(
        yuan,
        twin,
        pay,
        lambda: ask("AlipayTradeQueryRequest", order).get("trade_status") == "TRADE_SUCCESS",
        lambda: ask("AlipayTradeCancelRequest", order).get("code") == "10000",
        lambda fen: (
            ask(
                "AlipayTradeRefundRequest",
                order | {"refund_amount": f"{fen // 100}.{fen % 100:02d}", "out_request_no": "R1"},
            ).get("fund_change")
            == "Y"
        ),
    )


def _bare(pem: bytes) -> str:
    return "".join(pem.decode().splitlines()[1:-1])


def alipay_server(twin: ProviderTwin) -> TwinServer:
    try:
        return TwinServer(twin, HTTP_HOST, 80)
    except OSError as error:
        pytest.skip(f"port 80 cannot be bound: {error}")


@pytest.fixture(params=["wechat-link", "wechat-hook", "alipay-link", "alipay-hook"])
def table(request: pytest.FixtureRequest, yuan: Shop) -> Iterator[Table]:
    """One client, one way of guarding it."""
    kind, seal, who = (
        (V3, seal_v3, MERCHANT)
        if request.param.startswith("wechat")
        else (ALIPAY, seal_alipay, APP)
    )
    linked = request.param.endswith("link")
    merchants = frozenset({who})
    twin = (
        Behind(kind, yuan, merchants, seal)
        if linked
        else ProviderTwin(kind, yuan.clock, merchants, seal)
    )
    undo: Callable[[], None] | None = None
    hosts = frozenset({"127.0.0.1", HTTP_HOST})
    hook = ProviderHook("app", yuan.guard, kind, hosts=hosts)
    with TwinServer(twin) if kind is V3 else alipay_server(twin) as server:
        if not linked:
            undo = guard_wechatpayv3(hook) if kind is V3 else guard_alipay(hook)
        base = f"http://127.0.0.1:{server.port}"
        yield wechat_table(yuan, twin, base) if kind is V3 else alipay_table(yuan, twin)
    if undo is not None:
        undo()


def test_an_approval_is_an_approval(table: Table) -> None:
    assert table.pay(1250)
    assert table.phases() == [Phase.POSTED]
    assert table.query()


def test_an_amount_slip_is_not_paid(table: Table) -> None:
    assert not table.pay(12500)
    assert table.twin.moved == []
    assert table.phases() == [Phase.REFUSED]


def test_a_refund_is_refused_and_let_through(table: Table) -> None:
    assert table.pay(1250)
    assert not table.refund(500)  # the cashier may not
    table.shop.sign_in("ben")
    assert table.refund(500)
    assert table.phases() == [Phase.POSTED, Phase.REFUSED, Phase.POSTED]
    table.shop.clock.advance(61)
    assert [move.fen for move in table.twin.moved] == [1250, 500]


def test_an_unknown_payment_is_queried_then_reversed(table: Table) -> None:
    table.twin.book.scripts[1250] = Script.SYSTEM_ERROR
    assert not table.pay(1250)
    assert table.phases() == [Phase.UNKNOWN]
    assert table.reverse()
    assert table.phases() == [Phase.FAILED]
    assert [move.what for move in table.twin.moved] == ["paid", "reversed"]


def test_a_reversal_of_a_paid_order_is_refused(table: Table) -> None:
    assert table.pay(1250)
    assert not table.reverse()
    assert [move.what for move in table.twin.moved] == ["paid"]
