"""The providers of the simulation: what a till says to each, and how it reads the answers."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.errors import FrameError
from pos_guard.frames.http import RequestReader
from pos_guard.frames.provider_profile import Profile
from pos_guard.frames.provider_profile_file import profile
from pos_guard.frames.provider_request import Asked, Meaning, read
from tests.links import test_provider as v3
from tests.links.test_provider_profiles import V2, Aggregator, Alipay, Dialect, GbkAlipay

AMOUNTS = (800, 1250, 1990, 4550, 12_000)


class V3(Dialect):
    """WeChat Pay v3, with the requests of its own test."""

    name = "wechat-v3"

    def pay(self, fen: int, order: str = "ORDER-0001", code: int = 0) -> bytes:
        return v3.codepay(fen, number=order, code=self.codes[code])

    def query(self, order: str = "ORDER-0001") -> bytes:
        return v3.query(order)

    def reverse(self, order: str = "ORDER-0001") -> bytes:
        return v3.reverse(order)

    def query_refund(self, number: str = "R1") -> bytes:
        return v3.get(f"/v3/refund/domestic/refunds/{number}")


@dataclass(frozen=True, slots=True)
class Speech:
    """One provider, as a till of the simulation speaks to it."""

    dialect: Dialect

    @property
    def profile(self) -> Profile:
        """The provider's profile."""
        return profile(self.dialect.name)

    def pay(self, fen: int, order: str, number: int) -> bytes:
        """A payment with a code that nobody has used."""
        old = self.dialect.codes[0]
        head = old[:2]
        fresh = f"{head}{number:0{len(old) - 2}d}"
        return self.dialect.pay(fen, order).replace(old.encode(), fresh.encode())

    def refund(self, fen: int, number: str, order: str, total: int) -> bytes:
        """A refund; only WeChat's name the total of the order."""
        if self.dialect.name == "wechat-v3":
            return v3.refund(fen, number=number, order=order, total=total)
        raw = self.dialect.refund(fen, number, order)
        if self.dialect.name == "wechat-v2":
            head, _, body = raw.partition(b"\r\n\r\n")
            body = body.replace(b"<total_fee>1250<", b"<total_fee>%d<" % total)
            return _sized(head, body)
        return raw

    def query_refund(self, number: str, order: str) -> bytes:
        """What became of a refund."""
        raw = self.dialect.query_refund(number)
        if self.dialect.name != "alipay":
            return raw
        head, _, body = raw.partition(b"\r\n\r\n")
        return _sized(head, body.replace(b"ORDER-0001", order.encode()))

    def meaning(self, raw: bytes) -> tuple[bytes, Meaning]:
        """What a request of the till means, and the bytes that are judged."""
        request = RequestReader().feed(raw)
        if request is None:
            raise FrameError("truncated", "the till sent half a request")
        asked = Asked(request.method, request.target, request.body, request.header)
        frame = f"{request.method} {request.target}\n".encode() + request.body
        return frame, read(self.profile, asked)


def _sized(head: bytes, body: bytes) -> bytes:
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])


SPEECHES = tuple(Speech(one) for one in (V3(), V2(), Alipay(), GbkAlipay(), Aggregator()))
