"""A form-encoded request, as Alipay's gateway takes it, read with one meaning or refused.

``name=value`` pairs from query and body together (SDKs put the common parameters into the query),
percent-encoded in the charset that the field ``charset`` itself names. Source: Alipay open
platform, "public request parameters" (opendocs 02ivbs) and its SDKs.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Json
from pos_guard.frames.field_error import FieldError, plain_name
from pos_guard.frames.json_strict import parse_object

MAX_PAIRS = 64
"""The gateway documents about twenty common parameters."""

CHARSETS = {"utf-8": "utf-8", "gbk": "gbk", "gb2312": "gb2312", "gb18030": "gb18030"}
"""What the gateway takes, and Python's name for it."""

_PAIR = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,63})=((?:[^%&=+\s]|\+|%[0-9A-Fa-f]{2})*+=*)")
_ASCII = re.compile(rb"[!-~]*")


def parse_form(query: str, body: bytes, unfold: tuple[str, ...]) -> tuple[dict[str, Json], str]:
    """Read the fields of a request, and Python's name of its charset.

    ``unfold`` names fields that hold a JSON object.

    :raises FrameError: not plain pairs, a name twice (also once in each place), an unknown
        charset, text that is not in it, a field that is not the JSON it should be.
    """
    if _ASCII.fullmatch(body) is None:
        raise FrameError("format", "the form is not ASCII")
    raw: dict[str, bytes] = {}
    parts = [part for text in (query, body.decode("ascii")) if text for part in text.split("&")]
    if len(parts) > MAX_PAIRS:
        raise FrameError("length", f"more than {MAX_PAIRS} fields")
    for part in parts:
        match = _PAIR.fullmatch(part)
        if match is None:
            raise FrameError("format", "a part of the form is no name=value")
        if match[1] in raw:
            raise FieldError("duplicate-field", plain_name(match[1]), "is there twice")
        raw[match[1]] = unquote_to_bytes(match[2].replace("+", " "))
    charset = _charset(raw.get("charset"))
    return {name: _value(name, data, charset, unfold) for name, data in raw.items()}, charset


def _charset(named: bytes | None) -> str:
    name = (named or b"").decode("ascii", "replace").lower()
    if name not in CHARSETS:
        raise FieldError("charset", "charset", f"is none of {', '.join(CHARSETS)}")
    return CHARSETS[name]


def _value(name: str, data: bytes, charset: str, unfold: tuple[str, ...]) -> Json:
    try:
        text = data.decode(charset)
    except UnicodeDecodeError as error:
        raise FieldError("charset", plain_name(name), "is not in the charset it names") from error
    if name not in unfold:
        return text
    return parse_object(text.encode("utf-8"), decimals=True)
