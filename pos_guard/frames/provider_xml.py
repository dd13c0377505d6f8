"""The flat XML of WeChat Pay v2, read so that no second reader can read it differently.

``<xml><name>text</name>…</xml>`` and nothing else: no document type, no entities but XML's own
five, no attributes, comments, instructions, nesting or duplicates. That grammar (a subset of XML
1.0, productions 1 to 44, without those of markup declarations) stands in the patterns below; text
has no byte fields for ``construct`` to define.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Json
from pos_guard.frames.field_error import FieldError, plain_name

MAX_BYTES = 65_536
"""As for JSON: documented messages stay below 16 KiB."""

MAX_REPLY = 1_048_576
"""As for the HTTP body that carries it."""

MAX_ELEMENTS = 512
"""A reply names fifty refunds with about eight elements each."""

_OPENING = re.compile(
    r"""\s*(?:<\?xml\ version=(["'])1\.0\1(?:\ encoding=(["'])(?i:utf-8)\2)?\s*\?>\s*)?<xml>""",
    re.VERBOSE,
)
_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,63}"
_ELEMENT = re.compile(
    rf"\s*<(?P<name>{_NAME})(?:/>|>"
    r"(?:<!\[CDATA\[(?P<cdata>(?:[^\]]|\](?!\]>))*+)\]\]>|(?P<text>[^<]*+))</(?P=name)>)"
)
_CLOSING = re.compile(r"\s*</xml>\s*")
_ENTITY = re.compile(r"&(?:(lt|gt|amp|quot|apos);)?")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse_xml(data: bytes, *, limit: int = MAX_BYTES) -> dict[str, Json]:
    """Read one flat document. Empty elements are left out: they take no part in signatures.

    :raises FrameError: too long, not UTF-8, not that flat, or two elements of one name.
    """
    if len(data) > limit:
        raise FrameError("length", f"XML text of {len(data)} bytes, at most {limit}", limit)
    text = _text(data)
    start = _OPENING.match(text)
    if start is None:
        raise FrameError("not-xml", "it does not begin with <xml>", 0)
    at, seen, fields = start.end(), set[str](), dict[str, Json]()
    while (element := _ELEMENT.match(text, at)) is not None:
        name = element["name"]
        if name in seen:
            raise FieldError("duplicate-field", plain_name(name), "is there twice")
        if len(seen) >= MAX_ELEMENTS:
            raise FrameError("length", f"more than {MAX_ELEMENTS} elements", at)
        seen.add(name)
        value = element["cdata"] if element["cdata"] is not None else _plain(element["text"] or "")
        if value:
            fields[name] = value
        at = element.end()
    if _CLOSING.fullmatch(text, at) is None:
        raise FrameError("not-xml", "not a flat XML document", at)
    return fields


def build_xml(fields: Mapping[str, str]) -> bytes:
    """Write one flat document. Names are the caller's own."""
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>".encode()


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FrameError("not-utf8", "XML text is not UTF-8", error.start) from error
    found = _FORBIDDEN.search(text)
    if found is not None:
        raise FrameError("not-xml", "a character that XML does not allow", found.start())
    return text


def _plain(text: str) -> str:
    if "]]>" in text:
        raise FrameError("not-xml", "the end of a CDATA section without its beginning")

    def entity(match: re.Match[str]) -> str:
        if match[1] is None:
            raise FrameError("not-xml", "an entity or character reference")
        return _ENTITIES[match[1]]

    return _ENTITY.sub(entity, text)
