"""The head of an HTTP/1.1 request, read strictly: one meaning, or a refusal.

Request smuggling lives on what two readers of one head read differently: bare line feeds, folded
lines, two lengths, two of one header, targets on another host. RFC 9112 lets a recipient refuse
all of them, and so this does, before any other reader sees a byte. Text has no byte fields for
``construct`` to define; the grammar stands in the tables below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pos_guard.errors import FrameError

Headers = tuple[tuple[bytes, bytes], ...]

MAX_HEAD = 16_384
"""What common servers take (nginx: 4 x 8 KiB); a signed provider request needs about 1 KiB."""

MAX_HEADERS = 64
"""SDKs send about ten."""

MAX_TARGET = 2_048
"""The longest documented target is below 300 bytes."""

_REQUEST_LINE = re.compile(rb"([A-Z]{1,16}) ([\x21-\x7e]+) HTTP/1\.1")
_HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
_BAD_LINE_END = re.compile(rb"(?<!\r)\n|\r(?=[^\n])|\x00")
_LENGTH = re.compile(rb"\d{1,9}")

_CONNECTION_OPTIONS = frozenset(
    {b"", b"close", b"keep-alive", b"upgrade", b"te", b"http2-settings"}
)
"""Naming any other header there would make the next hop drop it after it was judged."""

_OVERRIDES = frozenset(
    {
        b"content-encoding",
        b"x-http-method",
        b"x-http-method-override",
        b"x-method-override",
        b"x-original-url",
        b"x-rewrite-url",
    }
)
"""Headers that make a server act on something else than the judged method, target and body."""


@dataclass(frozen=True, slots=True)
class Head:
    """Request line and headers; names as they were sent, each of them once."""

    method: str
    target: str
    headers: Headers


def find_end(data: bytes | bytearray) -> int | None:
    """Where the body begins, or None while the head is incomplete.

    :raises FrameError: for line ends that are no CR LF, and for a head over ``MAX_HEAD``.
    """
    end = data.find(b"\r\n\r\n")
    head = bytes(data if end < 0 else data[: end + 4])
    bad = _BAD_LINE_END.search(head)
    if bad is not None:
        raise FrameError("line-end", "a line of the head does not end in CR LF", bad.start())
    if len(head) > MAX_HEAD:
        raise FrameError("length", f"the head is longer than {MAX_HEAD} bytes", MAX_HEAD)
    return None if end < 0 else end + 4


def parse_head(data: bytes) -> Head:
    """Read a whole head, up to and with its empty line.

    :raises FrameError: anything that is not exactly one plain origin-form HTTP/1.1 request.
    """
    lines = data[:-4].split(b"\r\n")
    match = _REQUEST_LINE.fullmatch(lines[0])
    if match is None:
        raise FrameError("request-line", "not an HTTP/1.1 request line", 0)
    method, target = match.groups()
    headers = tuple(_header(line) for line in lines[1:])
    target = _origin_form(target, headers)
    if not target.startswith(b"/") or target.startswith(b"//"):
        raise FrameError("target", "only a target that begins with one / is taken", len(method) + 1)
    if len(target) > MAX_TARGET or b"#" in target:
        raise FrameError("target", "the target is too long or has a fragment", len(method) + 1)
    _check(headers)
    return Head(method.decode(), target.decode(), headers)


def value_of(headers: Headers, name: bytes) -> bytes | None:
    """The value of the header of that lower-case name, or None."""
    return next((value for key, value in headers if key.lower() == name), None)


def _origin_form(target: bytes, headers: Headers) -> bytes:
    """A target that names the very host of the Host header, without it (RFC 9112, 3.2.2).

    Some clients (alipay-sdk-python) send it so; any other host stays, and is refused.
    """
    host = value_of(headers, b"host")
    named = b"http://" + (host or b"")
    return target[len(named) :] if host and target.startswith(named + b"/") else target


def _header(line: bytes) -> tuple[bytes, bytes]:
    match = _HEADER_LINE.fullmatch(line)
    if match is None:
        raise FrameError("header", "a line of the head is no header")
    return match[1], match[2].rstrip(b" \t")


def _check(headers: Headers) -> None:
    names = [name.lower() for name, _ in headers]
    if len(names) > MAX_HEADERS:
        raise FrameError("length", f"more than {MAX_HEADERS} headers")
    if len(set(names)) != len(names):
        raise FrameError("duplicate-field", "a header is there twice")
    if b"host" not in names:
        raise FrameError("header", "the Host header is missing")
    if not _OVERRIDES.isdisjoint(names):
        raise FrameError("header", "a header asks for another method, target or coding")
    _check_framing(headers)
    options = (value_of(headers, b"connection") or b"").lower().split(b",")
    if not _CONNECTION_OPTIONS.issuperset(option.strip() for option in options):
        raise FrameError("header", "the Connection header names other headers")


def _check_framing(headers: Headers) -> None:
    length = value_of(headers, b"content-length")
    coding = value_of(headers, b"transfer-encoding")
    if length is not None and coding is not None:
        raise FrameError("framing", "both Content-Length and Transfer-Encoding")
    if length is not None and _LENGTH.fullmatch(length) is None:
        raise FrameError("framing", "Content-Length is no number")
    if coding is not None and coding.lower() != b"chunked":
        raise FrameError("framing", "Transfer-Encoding is not chunked")
