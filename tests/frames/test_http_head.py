"""Smuggling attempts: whatever two servers read differently is refused by the first."""

from __future__ import annotations

import pytest

from pos_guard.errors import FrameError
from pos_guard.frames.http_head import MAX_HEAD, find_end, parse_head, value_of

LINE = b"POST /v3/refund/domestic/refunds HTTP/1.1\r\n"


def head(*lines: bytes, first: bytes = LINE) -> bytes:
    """A head with a Host and these lines."""
    return first + b"Host: pay\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def test_a_plain_head_is_read_as_it_stands() -> None:
    raw = head(b"Content-Length: 2", b"X-Empty:", b"x-Tab:\t a b \t", b'Authorization: W m="1"')
    parsed = parse_head(raw)
    assert (parsed.method, parsed.target) == ("POST", "/v3/refund/domestic/refunds")
    assert parsed.headers == (
        (b"Host", b"pay"),
        (b"Content-Length", b"2"),
        (b"X-Empty", b""),
        (b"x-Tab", b"a b"),
        (b"Authorization", b'W m="1"'),
    )
    assert value_of(parsed.headers, b"x-tab") == b"a b"
    assert value_of(parsed.headers, b"x-none") is None
    assert find_end(raw + b"{}") == len(raw)
    assert all(find_end(raw[:count]) is None for count in range(len(raw)))


SMUGGLING = [
    ("both lengths", head(b"Content-Length: 2", b"Transfer-Encoding: chunked"), "framing"),
    ("lengths twice", head(b"Content-Length: 2", b"Content-Length: 2"), "duplicate-field"),
    ("lengths in two cases", head(b"Content-Length: 2", b"content-length: 9"), "duplicate-field"),
    ("lengths in a list", head(b"Content-Length: 2, 2"), "framing"),
    ("signed length", head(b"Content-Length: +2"), "framing"),
    ("hex length", head(b"Content-Length: 0x2"), "framing"),
    ("empty length", head(b"Content-Length:"), "framing"),
    ("endless length", head(b"Content-Length: " + b"9" * 30), "framing"),
    ("other coding", head(b"Transfer-Encoding: gzip, chunked"), "framing"),
    ("dressed coding", head(b"Transfer-Encoding: xchunked"), "framing"),
    ("blank before the colon", head(b"Transfer-Encoding : chunked"), "header"),
    ("folded line", head(b"X-A: b", b" Content-Length: 9"), "header"),
    ("no colon", head(b"X-A"), "header"),
    ("control character", head(b"X-A: b\x0bc"), "header"),
    ("two hosts", head(b"Host: evil.example"), "duplicate-field"),
    ("no host", LINE + b"X-A: b\r\n\r\n", "header"),
    ("two signatures", head(b"Authorization: a", b"Authorization: b"), "duplicate-field"),
    ("method override", head(b"X-HTTP-Method-Override: PUT"), "header"),
    ("path override", head(b"X-Original-URL: /v3/x"), "header"),
    ("packed body", head(b"Content-Encoding: gzip"), "header"),
    ("a header to be dropped later", head(b"Connection: close, Authorization"), "header"),
    ("65 headers", head(*(b"X-%d: 1" % n for n in range(64))), "length"),
    ("absolute target", head(first=b"POST http://evil.example/v3/x HTTP/1.1\r\n"), "target"),
    ("target of another host", head(first=b"POST //evil.example/v3 HTTP/1.1\r\n"), "target"),
    ("authority", head(first=b"CONNECT evil.example:443 HTTP/1.1\r\n"), "target"),
    ("asterisk", head(first=b"OPTIONS * HTTP/1.1\r\n"), "target"),
    ("fragment", head(first=b"POST /v3/x#y HTTP/1.1\r\n"), "target"),
    ("endless target", head(first=b"POST /" + b"a" * 2048 + b" HTTP/1.1\r\n"), "target"),
    ("HTTP/1.0", head(first=b"POST /v3/x HTTP/1.0\r\n"), "request-line"),
    ("HTTP/2 preface", head(first=b"PRI * HTTP/2.0\r\n"), "request-line"),
    ("two blanks", head(first=b"POST  /v3/x HTTP/1.1\r\n"), "request-line"),
    ("lower case", head(first=b"post /v3/x HTTP/1.1\r\n"), "request-line"),
    ("umlaut", head(first=b"POST /v3/\xc3\xa4 HTTP/1.1\r\n"), "request-line"),
    ("blank line first", b"\r\n" + head(), "request-line"),
]


@pytest.mark.parametrize(
    ("raw", "code"), [row[1:] for row in SMUGGLING], ids=[row[0] for row in SMUGGLING]
)
def test_smuggling_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        parse_head(raw)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        (b"GET / HTTP/1.1\nHost: a\n\n", 14),
        (b"GET / HTTP/1.1\r\nX: a\nContent-Length: 5\r\n\r\n", 20),
        (b"GET / HTTP/1.1\r\nX: a\rb\r\n", 20),
        (b"GET /\x00", 5),
    ],
)
def test_line_ends_are_judged_at_once(raw: bytes, at: int) -> None:
    with pytest.raises(FrameError) as caught:
        find_end(raw)
    assert (caught.value.code, caught.value.at) == ("line-end", at)


def test_a_head_without_end_is_refused() -> None:
    with pytest.raises(FrameError) as caught:
        find_end(b"GET /" + b"a" * MAX_HEAD)
    assert caught.value.code == "length"
