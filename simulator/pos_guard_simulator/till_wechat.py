"""The WeChat Pay side of the demo's till: v3 JSON over http.client. Imports nothing of pos-guard.

Paths and fields: WeChat Pay API v3 documents 付款码支付, 查询订单, 申请退款. The signature is a
placeholder: the simulated provider checks none.
"""

from __future__ import annotations

import http.client
import json
from typing import cast
from urllib.parse import quote, urlsplit

from pos_guard_simulator.till_lines import TillError
from pos_guard_simulator.till_zvt import PayResult

MAX_ANSWER = 1 << 20
"""Longest answer that is read; the provider's are under 10 kB."""

Fields = dict[str, object]


class WeChatClient:
    """Pays, asks and refunds at a base URL, which may be the provider's or a guard's."""

    def __init__(
        self,
        base_url: str,
        *,
        mchid: str,
        appid: str = "wx2421b1c4370ec43b",
        currency: str = "CNY",
        seconds: float = 10.0,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "http" or parts.hostname is None:
            raise TillError(f"{base_url} is no http address")
        self.mchid = mchid
        self._host, self._port = parts.hostname, parts.port or 80
        self._appid = appid
        self._currency = currency
        self._seconds = seconds

    def pay(self, number: str, auth_code: str, amount: int) -> PayResult:
        """Charge the customer's payment code. ``USERPAYING`` and ``timeout`` are no answer yet."""
        return self._post(
            "/v3/pay/transactions/codepay",
            {
                "appid": self._appid,
                "mchid": self.mchid,
                "description": "Morning Light",
                "out_trade_no": number,
                "payer": {"auth_code": auth_code},
                "amount": {"total": amount, "currency": self._currency},
                "scene_info": {"store_info": {"id": "0001"}},
            },
        )

    def query(self, number: str) -> PayResult:
        """What became of an order."""
        path = f"/v3/pay/transactions/out-trade-no/{quote(number)}?mchid={self.mchid}"
        return self._call("GET", path, None)

    def refund(self, number: str, refund_number: str, amount: int, total: int) -> PayResult:
        """Give ``amount`` of ``total`` back."""
        return self._post(
            "/v3/refund/domestic/refunds",
            {
                "out_trade_no": number,
                "out_refund_no": refund_number,
                "amount": {"refund": amount, "total": total, "currency": self._currency},
            },
        )

    def _post(self, path: str, fields: Fields) -> PayResult:
        return self._call("POST", path, json.dumps(fields, ensure_ascii=False).encode())

    def _call(self, method: str, path: str, body: bytes | None) -> PayResult:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._seconds)
        try:
            connection.request(method, path, body, self._headers(body))
            answer = connection.getresponse()
            return _result(answer.status, answer.read(MAX_ANSWER))
        except TimeoutError:
            return PayResult(approved=False, code="timeout")
        except (OSError, http.client.HTTPException) as error:
            raise TillError(f"the provider cannot be reached: {error}") from error
        finally:
            connection.close()

    def _headers(self, body: bytes | None) -> dict[str, str]:
        signed = f'mchid="{self.mchid}",nonce_str="demo",timestamp="0",serial_no="0",signature="0"'
        headers = {
            "Accept": "application/json",
            "Authorization": f"WECHATPAY2-SHA256-RSA2048 {signed}",
            "User-Agent": "demo-till",
        }
        return headers if body is None else headers | {"Content-Type": "application/json"}


def _result(status: int, body: bytes) -> PayResult:
    try:
        answer: object = json.loads(body) if body else {}
    except ValueError as error:
        raise TillError(f"the provider's answer cannot be read (HTTP {status})") from error
    if not isinstance(answer, dict):
        raise TillError(f"the provider's answer is no object (HTTP {status})")
    fields = cast("Fields", answer)
    state = fields.get("trade_state") or fields.get("status") or fields.get("code")
    receipt = fields.get("transaction_id") if "refund_id" not in fields else fields["refund_id"]
    return PayResult(
        approved=status == 200 and state in ("SUCCESS", "PROCESSING"),
        code=str(state or status),
        receipt=None if receipt is None else str(receipt),
    )
