"""``pos-guard decode wechat|alipay|provider``: one whole HTTP request, read by a profile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.http import HttpRequest, RequestReader
from pos_guard.frames.json_strict import is_object
from pos_guard.frames.provider_profile import Op, Profile
from pos_guard.frames.provider_profile_file import profile
from pos_guard.frames.provider_request import (
    Asked,
    Meaning,
    as_minor,
    fields_of,
    intent_of,
    read,
)

_SIGNATURES = frozenset({"sign", "paySign", "signature"})
"""Fields that prove who asks; the headers below do the same in WeChat Pay v3."""

_SECRET_HEADERS = re.compile(
    rb"\r\n(?:authorization|proxy-authorization|cookie|[a-z-]*(?:signature|token|secret)):[^\r]*",
    re.IGNORECASE,
)
_TARGET = re.compile(rb"[A-Z]{1,16} [^? \r\n]{1,512}")


def decode_wechat_v3(data: bytes) -> Iterator[Decoded]:
    """One request to WeChat Pay v3."""
    yield _decoded("wechat", profile("wechat-v3"), data)


def decode_wechat_v2(data: bytes) -> Iterator[Decoded]:
    """One request to WeChat Pay v2."""
    yield _decoded("wechat", profile("wechat-v2"), data)


def decode_alipay(data: bytes) -> Iterator[Decoded]:
    """One request to Alipay's gateway."""
    yield _decoded("alipay", profile("alipay"), data)


def decode_aggregator(data: bytes) -> Iterator[Decoded]:
    """One request of the template for a profile of one's own."""
    yield _decoded("provider", profile("aggregator-example"), data)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The fields by dotted names, and which of them are masked."""

    fields: dict[str, Json]
    masked: frozenset[str]

    def values(self) -> Iterator[bytes]:
        """The secrets themselves, to be found in the raw bytes."""
        for name in self.masked:
            yield str(self.fields[name]).encode()


def _decoded(protocol: str, kind: Profile, data: bytes) -> Decoded:
    try:
        request = _whole(data)
        asked = Asked(request.method, request.target, request.body, request.header)
        meaning = read(kind, asked)
        shown = _shown(kind, meaning, fields_of(kind, asked))
    except FrameError as error:
        hidden = _behind_target(data)
        return Decoded(protocol, _name(data), data, error=error, secret_ranges=hidden)
    return Decoded(
        protocol,
        _called(meaning, request),
        data,
        shown.fields,
        intent_of(kind, meaning),
        secret_fields=shown.masked,
        secret_ranges=_ranges(data, shown),
    )


def _whole(data: bytes) -> HttpRequest:
    request = RequestReader(max_body=max(len(data), 1)).feed(data)
    if request is None:
        raise FrameError("truncated", "the request ends before it is whole", len(data))
    return request


def _called(meaning: Meaning, request: HttpRequest) -> str:
    """The document's name: the method of a form, else the path."""
    rule = meaning.rule
    if rule is None:
        return f"GET {request.target.partition('?')[0]}"
    return rule.call or f"{rule.method} {rule.path}"


def _name(data: bytes) -> str:
    """Method and path of what cannot be read, if they can."""
    found = _TARGET.match(data)
    return found[0].decode("ascii", "replace") if found else "unknown"


def _shown(kind: Profile, meaning: Meaning, fields: dict[str, Json]) -> _Shown:
    flat = dict(_flat(fields, ""))
    rule = meaning.rule
    secret = {name for name in flat if name.rpartition(".")[2] in _SIGNATURES}
    if rule is not None and meaning.op is not Op.OTHER:
        for path in (rule.read.amount, rule.read.total):
            if path is not None and path in flat:
                flat[path] = as_minor(kind, flat[path], meaning.currency or kind.currency)
        secret |= {rule.read.code} & flat.keys() if rule.read.code else set()
    secret |= {name for name in flat if name.rpartition(".")[2] == "auth_code"}
    return _Shown(flat, frozenset(secret))


def _flat(fields: dict[str, Json], above: str) -> Iterator[tuple[str, Json]]:
    for name, value in fields.items():
        path = f"{above}{name.strip('{}')}"
        if is_object(value):
            yield from _flat(value, f"{path}.")
        else:
            yield path, value


def _ranges(data: bytes, shown: _Shown) -> tuple[tuple[int, int], ...]:
    """Where the secrets stand; all behind the target when one is written in another way there."""
    found = [_value_of(match) for match in _SECRET_HEADERS.finditer(data)]
    for value in shown.values():
        spans = [match.span() for match in re.finditer(re.escape(value), data)]
        if not spans:
            return _behind_target(data)
        found += spans
    return tuple(found)


def _value_of(header: re.Match[bytes]) -> tuple[int, int]:
    return header.start() + header[0].index(b":") + 1, header.end()


def _behind_target(data: bytes) -> tuple[tuple[int, int], ...]:
    """What cannot be read may hold a code anywhere behind method and path."""
    start = found.end() if (found := _TARGET.match(data)) else 0
    return ((start, len(data)),) if start < len(data) else ()
