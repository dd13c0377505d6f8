"""A whole shop behind one daemon process: scanner and provider links, by raw clients."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import serial

from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.scene import breakfast, card_sale, pay_by_card
from pos_guard_simulator.demo.stage import Stage

CODE = "134650000000000001"
AUTHORIZATION = (
    'WECHATPAY2-SHA256-RSA2048 mchid="{mchid}",nonce_str="n",timestamp="0",serial_no="0",'
    'signature="0"'
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("shop"), "enforce") as opened:
        yield opened


class Provider:
    """A raw HTTP client at the provider link, with one connection kept open."""

    def __init__(self, stage: Stage) -> None:
        address = stage.addresses["wechat"].removeprefix("tcp:")
        self._connection = http.client.HTTPConnection(address, timeout=10)

    def post(self, path: str, body: bytes, mchid: str = shop.MERCHANT) -> tuple[int, Any]:
        self._connection.request(
            "POST",
            path,
            body,
            {
                "Authorization": AUTHORIZATION.format(mchid=mchid),
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
        )
        reply = self._connection.getresponse()
        return reply.status, json.loads(reply.read())

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def provider(stage: Stage) -> Iterator[Provider]:
    client = Provider(stage)
    yield client
    client.close()


def pay(number: str, code: str, total: int = 1250, mchid: str = shop.MERCHANT) -> bytes:
    """A request with its own spacing and order of fields: it must arrive as it is."""
    return json.dumps(
        {
            "mchid": mchid,
            "amount": {"currency": "CNY", "total": total},
            "out_trade_no": number,
            "description": "早餐",
            "appid": "wx2421b1c4370ec43b",
            "scene_info": {"store_info": {"id": "0001"}},
            "payer": {"auth_code": code},
        },
        ensure_ascii=False,
        indent=1,
    ).encode()


CODEPAY = "/v3/pay/transactions/codepay"


def bill(stage: Stage, number: str) -> None:
    stage.till.printer.bill(breakfast(number))
    stage.slips()


def moved(stage: Stage) -> list[tuple[str, str, int]]:
    return stage.ask(lambda: [(move.what, move.number, move.fen) for move in stage.wechat.moved])


def heard(stage: Stage) -> int:
    return stage.ask(lambda: len(stage.wechat.heard))


def test_a_scanned_code_is_paid_once_by_a_raw_http_client(stage: Stage, provider: Provider) -> None:
    bill(stage, "S3001000")
    assert stage.show_code(CODE) == CODE
    status, answer = provider.post(CODEPAY, pay("S3001000", CODE))
    assert (status, answer["trade_state"]) == (200, "SUCCESS")
    assert moved(stage) == [("paid", "S3001000", 1250)]
    again = provider.post(CODEPAY, pay("S3001000", CODE))
    assert again[0] != 200 or again[1] == answer
    assert moved(stage) == [("paid", "S3001000", 1250)]


@pytest.mark.parametrize(
    ("total", "mchid"), [(12500, shop.MERCHANT), (1250, shop.OTHER_MERCHANT), (0, shop.MERCHANT)]
)
def test_a_wrong_payment_never_reaches_the_provider(
    stage: Stage, provider: Provider, total: int, mchid: str
) -> None:
    bill(stage, "S3002000")
    before, money = heard(stage), moved(stage)
    status, answer = provider.post(CODEPAY, pay("S3002000", "134650000000000002", total, mchid))
    assert status >= 400
    assert answer["code"]
    assert answer["message"]
    assert heard(stage) == before
    assert moved(stage) == money


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        pay("S3003000", "134650000000000003").replace(b'"total": 1250', b'"total": 12.50'),
        pay("S3003000", "134650000000000003").replace(
            b'"total": 1250', b'"total": 1250,"total": 125000'
        ),
    ],
    ids=["cut", "no object", "float", "two totals"],
)
def test_bodies_that_two_readers_could_read_differently_are_refused(
    stage: Stage, provider: Provider, body: bytes
) -> None:
    bill(stage, "S3003000")
    before = heard(stage)
    assert provider.post(CODEPAY, body)[0] == 400
    assert heard(stage) == before


def test_garbage_on_the_provider_link_is_answered_and_not_passed_on(stage: Stage) -> None:
    host, _, port = stage.addresses["wechat"].removeprefix("tcp:").rpartition(":")
    before = heard(stage)
    with socket.create_connection((host, int(port)), timeout=10) as till:
        till.sendall(b"\x00\x01\x02 garbage\r\n\r\n")
        assert till.makefile("rb").readline().startswith(b"HTTP/1.1 400")
    assert heard(stage) == before


def test_the_till_gets_goods_and_pay_codes_and_nothing_that_pays_somebody_else(
    stage: Stage,
) -> None:
    assert stage.show_code("6901234567892") == "6901234567892"
    assert stage.show_code("134650000000000009") == "134650000000000009"
    assert stage.show_code("wxp://f2f0r9iWbFRu4nTUHNzZtSJ5ySDRtuAVjXPq") is None
    assert stage.show_code("https://u.wechat.com/MJ8aZUsqMGWtYuvEoWkF7gI") is None
    assert stage.last_words("scanner")


def test_a_scanner_client_of_its_own_reads_lines(stage: Stage) -> None:
    path = str(stage.directory / "run" / "till-scanner")
    stage.till.scanner, kept = None, stage.till.scanner
    try:
        with serial.Serial(path, timeout=10) as port:
            stage.bench.call("scanner", lambda: stage.scanner.scan("6901234567892"))
            assert port.read_until(b"\r") == b"6901234567892\r"
    finally:
        stage.till.scanner = kept


def test_two_card_payments_and_their_paper(stage: Stage) -> None:
    stage.terminal_link.register()
    before = len(stage.slips())
    card_sale(stage, breakfast("S3004"))
    assert pay_by_card(stage, breakfast("S3005"), asked=125000).blocked
    texts = [slip.text for slip in stage.slips()[before:]]
    assert ["已支付 PAID" in text for text in texts] == [False, True, False]
