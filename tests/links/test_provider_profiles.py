"""The same shop day at every provider: its till's own requests, its own words for a no."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote_plus

import pytest

from pos_guard.errors import LocalError
from pos_guard.frames.provider_profile_file import profile
from pos_guard.frames.provider_xml import build_xml, parse_xml
from pos_guard.links.provider_make import is_own, read_profile
from pos_guard.links.session import CloseDevice
from pos_guard.store.ledger import Phase
from pos_guard_simulator.provider_twin import Script
from tests.links.provider_rig import Rig, bill, make_rig
from tests.shop import MERCHANT, POLICY, shop

APP = "2014072300007148"  # the sample app id of Alipay's documents
PAYEES = f"""wechat = ["1900000109"]
alipay = ["{APP}"]"""
WECHAT_CODES = ("130061098828009406", "134669410611194349")
ALIPAY_CODES = ("28763443825664394", "284041811574401302")


class Dialect:
    """The requests of one provider, as a till writes them."""

    name = ""
    codes = WECHAT_CODES
    payee = MERCHANT
    refused = ""
    """What the till is told instead of "paid" when an amount is wrong."""

    def pay(self, fen: int, order: str = "ORDER-0001", code: int = 0) -> bytes:
        raise NotImplementedError

    def query(self, order: str = "ORDER-0001") -> bytes:
        raise NotImplementedError

    def reverse(self, order: str = "ORDER-0001") -> bytes:
        raise NotImplementedError

    def refund(self, fen: int, number: str = "R1", order: str = "ORDER-0001") -> bytes:
        raise NotImplementedError

    def query_refund(self, number: str = "R1") -> bytes:
        raise NotImplementedError

    def stray(self) -> bytes:
        """A request that no profile knows, and that would move money."""
        raise NotImplementedError

    def said(self, body: bytes) -> str:
        """What the reply says, in one word."""
        raise NotImplementedError


def http(target: str, body: bytes, kind: str) -> bytes:
    """One POST."""
    head = f"POST {target} HTTP/1.1\r\nHost: till.local\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class V2(Dialect):
    """WeChat Pay v2."""

    name = "wechat-v2"
    refused = "PARAM_ERROR"

    def xml(self, path: str, **fields: str) -> bytes:
        common = {"appid": "wx2421b1c4370ec43b", "mch_id": MERCHANT, "nonce_str": "n", "sign": "S"}
        return http(path, build_xml(common | fields), "text/xml")

    def pay(self, fen: int, order: str = "ORDER-0001", code: int = 0) -> bytes:
        fields = {"body": "a & b", "out_trade_no": order, "total_fee": str(fen)}
        fields |= {"spbill_create_ip": "127.0.0.1", "auth_code": self.codes[code]}
        return self.xml("/pay/micropay", **fields)

    def query(self, order: str = "ORDER-0001") -> bytes:
        return self.xml("/pay/orderquery", out_trade_no=order)

    def reverse(self, order: str = "ORDER-0001") -> bytes:
        return self.xml("/secapi/pay/reverse", out_trade_no=order)

    def refund(self, fen: int, number: str = "R1", order: str = "ORDER-0001") -> bytes:
        fields = {"out_trade_no": order, "out_refund_no": number}
        fields |= {"total_fee": "1250", "refund_fee": str(fen)}
        return self.xml("/secapi/pay/refund", **fields)

    def query_refund(self, number: str = "R1") -> bytes:
        return self.xml("/pay/refundquery", out_refund_no=number)

    def stray(self) -> bytes:
        return self.xml("/mmpaymkttransfers/promotion/transfers", amount="1", openid="o")

    def said(self, body: bytes) -> str:
        fields = parse_xml(body)
        return str(fields.get("err_code") or fields.get("trade_state") or fields["result_code"])


class Alipay(Dialect):
    """Alipay's gateway, common parameters in the query as the SDKs send them."""

    name = "alipay"
    codes = ALIPAY_CODES
    payee = APP
    refused = "ACQ.INVALID_PARAMETER"
    charset = "utf-8"

    def form(self, method: str, **biz: Any) -> bytes:
        common = {"app_id": APP, "method": method, "charset": self.charset, "version": "1.0"}
        common |= {"sign_type": "RSA2", "sign": "c2ln+/=", "timestamp": "2026-01-01 08:00:00"}
        query = "&".join(f"{name}={quote_plus(value)}" for name, value in common.items())
        content = json.dumps(biz, ensure_ascii=False)
        body = f"biz_content={quote_plus(content, encoding=self.charset)}".encode()
        return http(f"/gateway.do?{query}", body, "application/x-www-form-urlencoded")

    def pay(self, fen: int, order: str = "ORDER-0001", code: int = 0) -> bytes:
        amount = f"{fen // 100}.{fen % 100:02d}"
        return self.form(
            "alipay.trade.pay",
            out_trade_no=order,
            scene="bar_code",
            auth_code=self.codes[code],
            subject="面包",
            total_amount=amount,
            store_id="0001",
        )

    def query(self, order: str = "ORDER-0001") -> bytes:
        return self.form("alipay.trade.query", out_trade_no=order)

    def reverse(self, order: str = "ORDER-0001") -> bytes:
        return self.form("alipay.trade.cancel", out_trade_no=order)

    def refund(self, fen: int, number: str = "R1", order: str = "ORDER-0001") -> bytes:
        amount = f"{fen // 100}.{fen % 100:02d}"
        biz = {"out_trade_no": order, "refund_amount": amount, "out_request_no": number}
        return self.form("alipay.trade.refund", **biz)

    def query_refund(self, number: str = "R1") -> bytes:
        method = "alipay.trade.fastpay.refund.query"
        return self.form(method, out_trade_no="ORDER-0001", out_request_no=number)

    def stray(self) -> bytes:
        return self.form("alipay.fund.trans.uni.transfer", trans_amount="1.00")

    def said(self, body: bytes) -> str:
        read: dict[str, Any] = json.loads(body.decode(self.charset))
        (inner,) = [cast("dict[str, Any]", v) for v in read.values() if isinstance(v, dict)]
        code = str(inner["code"])
        return str(inner.get("sub_code") or inner.get("trade_status") or code)


class GbkAlipay(Alipay):
    """The same from a till that writes GBK."""

    charset = "GBK"


class Aggregator(Dialect):
    """The template's provider."""

    name = "aggregator-example"
    refused = "FORBIDDEN"

    def json(self, path: str, **fields: Any) -> bytes:
        body = {"merchant_no": MERCHANT, "timestamp": 1767225600, "nonce": "n", "sign": "s"}
        return http(path, json.dumps(body | fields).encode(), "application/json")

    def pay(self, fen: int, order: str = "ORDER-0001", code: int = 0) -> bytes:
        fields = {"order_no": order, "amount": fen, "auth_code": self.codes[code]}
        return self.json("/api/v1/pay", **fields)

    def query(self, order: str = "ORDER-0001") -> bytes:
        return self.json("/api/v1/query", order_no=order)

    def reverse(self, order: str = "ORDER-0001") -> bytes:
        return self.json("/api/v1/reverse", order_no=order)

    def refund(self, fen: int, number: str = "R1", order: str = "ORDER-0001") -> bytes:
        return self.json("/api/v1/refund", order_no=order, refund_no=number, amount=fen)

    def query_refund(self, number: str = "R1") -> bytes:
        return self.json("/api/v1/refund/query", refund_no=number)

    def stray(self) -> bytes:
        return self.json("/api/v1/withdraw", amount=1)

    def said(self, body: bytes) -> str:
        read = json.loads(body)
        return str(read.get("data", {}).get("status") or read["code"])


@dataclass
class Bench:
    """A rig, and how its till speaks."""

    rig: Rig
    till: Dialect

    def ask(self, raw: bytes) -> tuple[int, str]:
        """Send one request: the status, and the reply in one word."""
        self.rig.send(raw)
        head, _, body = self.rig.till.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        return status, self.till.said(body)


@pytest.fixture(
    params=[V2(), Alipay(), GbkAlipay(), Aggregator()], ids=lambda one: type(one).__name__
)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A cashier who has billed 12.50 at one provider."""
    till: Dialect = request.param
    policy = POLICY.replace('"EUR"', '"CNY"').replace('wechat = ["1900000109"]', PAYEES)
    yuan = shop(tmp_path, policy=policy)
    rig = make_rig(yuan, till.name, "pay", "provider.example", frozenset({till.payee}))
    yield Bench(rig, till)
    yuan.store.close()


PAID = {"SUCCESS", "TRADE_SUCCESS", "PAID"}
DONE = PAID | {"10000", "DONE", "OK", "CLOSED", "REFUND", "REFUNDED"}


def test_a_payment_passes_and_its_very_body_arrives(bench: Bench) -> None:
    raw = bench.till.pay(1250)
    status, said = bench.ask(raw)
    assert (status, said in PAID) == (200, True)
    (sent,) = bench.rig.sent
    assert sent.partition(b"\r\n\r\n")[2] == raw.partition(b"\r\n\r\n")[2]
    assert sent.split(b"\r\n")[0] == raw.split(b"\r\n")[0]
    (entry,) = bench.rig.all()
    assert (entry.phase, entry.amount, entry.currency) == (Phase.POSTED, 1250, "CNY")
    assert entry.receipt == bench.rig.twin.book.orders["ORDER-0001"].transaction_id


@pytest.mark.parametrize("fen", [12500, 125000, 125])
def test_an_amount_slip_is_refused_in_the_providers_words(bench: Bench, fen: int) -> None:
    status, said = bench.ask(bench.till.pay(fen))
    assert status >= 400
    assert said == bench.till.refused
    assert bench.rig.twin.heard == []
    assert bench.rig.entries() == [("sale", Phase.REFUSED)]


def test_what_no_profile_knows_is_refused(bench: Bench) -> None:
    status, said = bench.ask(bench.till.stray())
    assert status == 400
    assert said not in DONE
    assert bench.rig.twin.heard == []
    assert not bench.rig.open


def test_a_payer_with_a_password_is_unknown_until_a_query_says_paid(bench: Bench) -> None:
    bench.rig.twin.book.scripts[1250] = Script.USERPAYING
    assert bench.ask(bench.till.pay(1250))[1] not in PAID
    assert bench.rig.entries() == [("sale", Phase.UNKNOWN)]
    assert bench.ask(bench.till.pay(1250, "ORDER-0002", 1))[0] >= 400
    bench.ask(bench.till.query())
    assert bench.rig.entries()[0] == ("sale", Phase.UNKNOWN)
    assert bench.ask(bench.till.query())[1] in PAID
    assert bench.rig.entries()[0] == ("sale", Phase.POSTED)
    assert len(bench.rig.twin.moved) == 1


@pytest.mark.parametrize("script", [Script.SILENT, Script.SILENT_MOVED, Script.SYSTEM_ERROR])
def test_an_unknown_payment_is_reversed_without_a_question(bench: Bench, script: Script) -> None:
    rig = bench.rig
    rig.twin.book.scripts[1250] = script
    rig.send(bench.till.pay(1250))
    if script is not Script.SYSTEM_ERROR:
        rig.fire("reply")
        assert int(rig.till.split(b" ")[1]) == 500
        rig.connect_device()
    assert rig.entries() == [("sale", Phase.UNKNOWN)]
    assert bench.ask(bench.till.reverse())[0] in {200, 204}
    assert rig.entries() == [("sale", Phase.FAILED)]
    paid = sum(move.fen for move in rig.twin.moved if move.what == "paid")
    assert paid == sum(move.fen for move in rig.twin.moved if move.what == "reversed")


def test_a_decline_is_a_failure_and_the_next_code_pays(bench: Bench) -> None:
    bench.rig.twin.book.scripts[1250] = Script.DECLINE
    assert bench.ask(bench.till.pay(1250))[1] not in PAID
    assert bench.rig.entries() == [("sale", Phase.FAILED)]
    bench.rig.twin.book.scripts.clear()
    assert bench.ask(bench.till.pay(1250, "ORDER-0002", 1))[1] in PAID


def test_refunds_up_to_the_exact_remainder_and_the_same_one_counts_once(bench: Bench) -> None:
    rig = bench.rig
    bench.ask(bench.till.pay(1250))
    assert bench.ask(bench.till.refund(100))[0] >= 400  # the cashier may not
    rig.shop.sign_in("ben")
    for _ in range(2):
        assert bench.ask(bench.till.refund(1000, "R1"))[0] == 200
    rig.shop.clock.advance(61)
    assert bench.ask(bench.till.refund(251, "R2"))[0] >= 400
    assert bench.ask(bench.till.refund(250, "R3"))[0] == 200
    assert [move.fen for move in rig.twin.moved] == [1250, 1000, 250]
    phases = [phase for kind, phase in rig.entries() if kind == "refund"]
    assert phases == [Phase.REFUSED, Phase.POSTED, Phase.REFUSED, Phase.POSTED]


def test_an_unknown_refund_is_resolved_by_its_query(bench: Bench) -> None:
    rig = bench.rig
    bench.ask(bench.till.pay(1250))
    rig.shop.sign_in("ben")
    rig.twin.book.refund_scripts[700] = Script.SYSTEM_ERROR
    bench.ask(bench.till.refund(700))
    assert rig.entries()[1:] == [("refund", Phase.UNKNOWN)]
    assert bench.ask(bench.till.query_refund())[0] == 200
    assert rig.entries()[1:] == [("refund", Phase.POSTED)]


def test_reversing_a_paid_order_is_judged_as_money_out(bench: Bench) -> None:
    rig = bench.rig
    bench.ask(bench.till.pay(1250))
    assert bench.ask(bench.till.reverse())[0] >= 400
    rig.shop.sign_in("ben")
    assert bench.ask(bench.till.reverse())[0] in {200, 204}
    assert [move.what for move in rig.twin.moved] == ["paid", "reversed"]


def test_another_merchant_is_refused(bench: Bench) -> None:
    raw = bench.till.pay(1250).replace(bench.till.payee.encode(), b"1" * len(bench.till.payee))
    assert bench.ask(raw)[0] == 403
    assert bench.rig.twin.heard == []


def test_the_code_of_another_wallet_is_refused(bench: Bench) -> None:
    other = ALIPAY_CODES if bench.till.codes is WECHAT_CODES else WECHAT_CODES
    raw = bench.till.pay(1250)
    pad = len(bench.till.codes[0]) - len(other[0])
    code = (other[0] + "0" * pad)[: len(bench.till.codes[0])]
    assert bench.ask(raw.replace(bench.till.codes[0].encode(), code.encode()))[0] >= 400
    assert bench.rig.twin.moved == []


def test_no_code_stays_on_disk_or_in_the_till_reply(bench: Bench) -> None:
    bench.ask(bench.till.pay(1250))
    bill(bench.rig, 300)
    bench.ask(bench.till.pay(300, "ORDER-0002"))
    dump = b"".join(p.read_bytes() for p in bench.rig.shop.directory.glob("*") if p.is_file())
    assert bench.till.codes[0].encode() not in dump + bench.rig.till
    assert len(bench.rig.twin.moved) == 1


def test_a_reply_about_another_order_settles_nothing(bench: Bench) -> None:
    rig = bench.rig
    rig.twin.book.scripts[1250] = Script.SILENT_MOVED
    rig.send(bench.till.pay(1250))
    order = rig.twin.book.orders["ORDER-0001"]
    order.number = "ORDER-0009"
    rig.run([CloseDevice("cut")])
    rig.lose_device()
    assert rig.entries() == [("sale", Phase.UNKNOWN)]
    rig.connect_device()
    rig.twin.book.orders["ORDER-0001"] = order
    bench.ask(bench.till.query())
    assert rig.entries() == [("sale", Phase.UNKNOWN)]


def test_settings_name_a_shipped_profile_or_a_file_of_ones_own(tmp_path: Path) -> None:
    assert read_profile("alipay") is profile("alipay")
    assert not is_own("alipay")
    source = files("pos_guard.frames") / "data" / "providers" / "aggregator-example.toml"
    text = source.read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    assert is_own("mine.toml")
    assert read_profile(str(tmp_path / "mine.toml")).name == "mine"
    (tmp_path / "mine.toml").write_text(text.replace("minor", "cents"), encoding="utf-8")
    for name in ("mine.toml", "absent.toml", "absent"):
        with pytest.raises(LocalError):
            read_profile(str(tmp_path / name) if is_own(name) else name)
