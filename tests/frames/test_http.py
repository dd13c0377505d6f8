"""Whole HTTP/1.1 messages: whole, byte by byte, with trailing data; garbage is a FrameError."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames.http import (
    MAX_BODY,
    MAX_REPLY_BODY,
    Exchange,
    HttpReply,
    HttpRequest,
    RequestReader,
    build_reply,
)

PLAIN = b'POST /v3/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 7\r\n\r\n{"a":1}'
CHUNKED = (
    b"POST /v3/x HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'3;x=y\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'
)
GET = b"GET /v3/certificates HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "body"), [(PLAIN, b'{"a":1}'), (CHUNKED, b'{"a":1}'), (GET, b"")], ids=["1", "2", "3"]
)
def test_a_request_whole_byte_by_byte_and_with_trailing_data(raw: bytes, body: bytes) -> None:
    whole = RequestReader().feed(raw)
    assert whole is not None
    assert whole.body == body
    reader = RequestReader()
    assert [reader.feed(raw[at : at + 1]) for at in range(len(raw) - 1)] == [None] * (len(raw) - 1)
    assert reader.feed(raw[-1:]) == whole
    with pytest.raises(FrameError) as caught:
        RequestReader().feed(raw + raw)
    assert caught.value.code == "pipelined"
    with pytest.raises(FrameError) as caught:
        reader.feed(b"G")
    assert caught.value.code in {"pipelined", "http"}


BAD_BODIES = [
    (CHUNKED[:-2] + b"X-Late: 1\r\n\r\n", "framing"),
    (CHUNKED.replace(b"3;x=y", b"zz"), "http"),
    (CHUNKED.replace(b'{"a\r\n', b'{"aXX'), "http"),
    (GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 1\r\n\r\nx"), "framing"),
    (PLAIN.replace(b": 7", b": %d" % (MAX_BODY + 1)) + b" " * MAX_BODY, "length"),
]


@pytest.mark.parametrize(("raw", "code"), BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_bad_body_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        RequestReader().feed(raw)
    assert caught.value.code == code


def test_a_client_that_asks_for_leave_gets_it_once() -> None:
    reader = RequestReader()
    assert reader.take_interim() == b""
    assert not reader.started
    head, body = PLAIN.split(b"\r\n\r\n")
    assert reader.feed(head + b"\r\nExpect: 100-continue\r\n\r\n") is None
    assert reader.started
    assert reader.take_interim() == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert reader.take_interim() == b""
    request = reader.feed(body)
    assert request is not None
    assert request.keep_alive


def test_the_same_target_headers_and_body_go_on_and_hop_by_hop_headers_stay() -> None:
    request = HttpRequest(
        "POST",
        "/v3/pay/a%7Cb?x=%20",
        (
            (b"hOst", b"127.0.0.1:8080"),
            (b"AUTHORIZATION", b'WECHATPAY2-SHA256-RSA2048 mchid="1"'),
            (b"Connection", b"keep-alive"),
            (b"Accept-Encoding", b"gzip"),
            (b"Transfer-Encoding", b"chunked"),
            (b"Expect", b"100-continue"),
            (b"Wechatpay-Serial", b"5157F09E"),
        ),
        "金额".encode(),
    )
    assert Exchange(request, "api.mch.weixin.qq.com").to_send == (
        b"POST /v3/pay/a%7Cb?x=%20 HTTP/1.1\r\n"
        b"Host: api.mch.weixin.qq.com\r\n"
        b'AUTHORIZATION: WECHATPAY2-SHA256-RSA2048 mchid="1"\r\n'
        b"Wechatpay-Serial: 5157F09E\r\n"
        b"Accept-Encoding: identity\r\n"
        b"Content-Length: 6\r\n\r\n"
        b"\xe9\x87\x91\xe9\xa2\x9d"
    )


SENT = HttpRequest("GET", "/v3/x", ())
OK = b"HTTP/1.1 200 OK\r\nRequest-ID: 1\r\n"
REPLIES = [
    # (bytes, body, whole before the server hangs up, connection may be used again)
    (OK + b"Content-Length: 2\r\n\r\n{}", b"{}", True, True),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"{}", True, True),
    (OK + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}", b"{}", True, False),
    (OK + b"Connection: close\r\n\r\n{}", b"{}", False, False),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n", b"", True, True),
    (OK.replace(b"200", b"204") + b"\r\n", b"", True, True),
]


@pytest.mark.parametrize(("raw", "body", "whole", "again"), REPLIES, ids=range(len(REPLIES)))
def test_a_reply_whole_and_byte_by_byte(raw: bytes, body: bytes, whole: bool, again: bool) -> None:
    for step in (len(raw), 1):
        exchange = Exchange(SENT, "pay")
        replies = [exchange.feed(raw[at : at + step]) for at in range(0, len(raw), step)]
        assert replies[:-1] == [None] * (len(replies) - 1)
        assert (replies[-1] is not None) is whole
        reply = replies[-1] or exchange.closed()
        assert reply.body == body
        assert (b"Request-ID", b"1") in reply.headers
        assert exchange.reusable is again


def test_bytes_behind_a_reply_end_the_use_of_the_connection() -> None:
    exchange = Exchange(SENT, "pay")
    assert exchange.feed(OK + b"Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n") is not None
    assert not exchange.reusable


BAD_REPLIES = [
    (b"220 smtp ready\r\n\r\n", "http"),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "http"),
    (OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "http"),
    (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 9, "http"),
    (OK + b"\r\n" + b" " * (MAX_REPLY_BODY + 1), "length"),
]


@pytest.mark.parametrize(("raw", "code"), BAD_REPLIES, ids=range(len(BAD_REPLIES)))
def test_a_bad_reply_is_a_frame_error(raw: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        Exchange(SENT, "pay").feed(raw)
    assert caught.value.code == code


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 20", OK + b"Content-Length: 3\r\n\r\n{}"])
def test_a_reply_that_is_cut_is_a_frame_error(raw: bytes) -> None:
    exchange = Exchange(SENT, "pay")
    exchange.feed(raw)
    with pytest.raises(FrameError) as caught:
        exchange.closed()
    assert caught.value.code == "truncated"


def test_a_reply_is_passed_on_as_it_was_with_new_framing() -> None:
    headers = (
        (b"Request-ID", b"1"),
        (b"Transfer-Encoding", b"chunked"),
        (b"wechatpay-nonce", b"n"),
    )
    reply = HttpReply(202, headers, b"{}", b"Accepted")
    assert build_reply(reply, close=True) == (
        b"HTTP/1.1 202 Accepted\r\nRequest-ID: 1\r\nwechatpay-nonce: n\r\n"
        b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
    )
    assert build_reply(HttpReply(204)) == b"HTTP/1.1 204 \r\n\r\n"


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", PLAIN[:12], PLAIN[:60], CHUNKED[:78]]),
    st.integers(1, 9),
)
@settings(max_examples=150, deadline=None)
def test_garbage_from_a_client_is_a_frame_error(garbage: bytes, begin: bytes, step: int) -> None:
    reader = RequestReader()
    raw = begin + garbage
    with contextlib.suppress(FrameError):
        for at in range(0, len(raw), step):
            request = reader.feed(raw[at : at + step])
            assert request is None or request.target.startswith("/")


@given(st.binary(max_size=60), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", OK]))
@settings(max_examples=100, deadline=None)
def test_garbage_from_a_server_is_a_frame_error(garbage: bytes, begin: bytes) -> None:
    exchange = Exchange(SENT, "pay")
    with contextlib.suppress(FrameError):
        reply = exchange.feed(begin + garbage) or exchange.closed()
        assert 200 <= reply.status < 1000
