"""Codes that are URLs: wallets and their receive, order and contact codes.

Scheme and exact host decide, after parsing: ``https://qr.alipay.com.evil.example`` and
``https://example.com/?u=wxp://x`` are web links, and named as look-alikes.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pos_guard.frames.codes_lookalike import Watch, imitated
from pos_guard.frames.codes_model import Code, Kind, Payee, hide_digits
from pos_guard.frames.codes_upi import classify_upi

# Anything else in a URL (blanks, controls, a backslash) makes parsers disagree about its host.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}://[!-\[\]-~]+")
_UNICODE_URL = re.compile(r"[^\s:/?#]{2,32}://\S+")

_UPI = re.compile(r"upi://pay/?\?", re.IGNORECASE)
_MOST_DIGITS = 12
"""Digits in an IPv4 address; a host with more of them may be a payment code."""
MAX_PARAMETERS = 32
"""Query parameters read from one code: WeChat native mode 1 has 6."""


@dataclass(frozen=True, slots=True)
class Place:
    """One row of the table: where a URL must point, and what it is then."""

    schemes: frozenset[str]
    host: str
    rest: re.Pattern[str]
    kind: Kind
    scheme: str
    flavour: str
    source: str

    def matches(self, url: SplitResult, host: str | None, rest: str) -> bool:
        """``host`` is None where the URL hides something (port, user name)."""
        if url.scheme not in self.schemes:
            return False
        if self.host == "*":
            return self.rest.match(url.netloc + rest) is not None
        return host == self.host and self.rest.match(rest) is not None


@cache
def places() -> tuple[Place, ...]:
    """The table of known URLs, read once."""
    text = files("pos_guard.frames").joinpath("data/urls.toml").read_text(encoding="utf-8")
    return tuple(
        Place(
            frozenset(row["schemes"]),
            row["host"],
            re.compile(row["rest"], re.IGNORECASE if row.get("fold") else 0),
            Kind(row["kind"]),
            row["scheme"],
            row.get("flavour", ""),
            row["source"],
        )
        for row in tomllib.loads(text)["url"]
    )


def classify_url(text: str) -> Code | None:
    """What the URL ``text`` is; None when it is no URL at all."""
    if _UPI.match(text):
        return classify_upi(text)
    if not _URL.fullmatch(text):
        return _no_exact_url(text) if _UNICODE_URL.fullmatch(text) else None
    try:
        url = urlsplit(text)
        odd = url.port is not None or "@" in url.netloc
    except ValueError:
        return _no_exact_url(text)
    host = None if odd else (url.hostname or "")
    rest = url.path + (f"?{url.query}" if url.query else "")
    for place in places():
        if place.matches(url, host, rest):
            return _known(place, url, text)
    return _no_exact_url(text, mask_url(url))


def _known(place: Place, url: SplitResult, text: str) -> Code:
    payee, ids = _ids(place, url)
    return Code(
        place.kind,
        place.scheme,
        payee=payee,
        payees=ids,
        flavour=place.flavour or place.scheme,
        masked=mask_url(url),
        text=text,
    )


def _no_exact_url(text: str, masked: str = "(URL)") -> Code:
    """Any other link, and whom it imitates; what it does not show plainly is not shown at all."""
    problems = imitated(text, _watch())
    flavour = "lookalike" if problems else ""
    return Code(Kind.URL, problems=problems, flavour=flavour, masked=masked, text=text)


@cache
def _watch() -> Watch:
    hosts = frozenset(place.host for place in places() if "." in place.host)
    schemes = frozenset(scheme for place in places() for scheme in place.schemes)
    return Watch.over(hosts, schemes)


def mask_url(url: SplitResult) -> str:
    """Scheme, host and the ends of the rest: a token cannot be used from it."""
    host = url.hostname or ""
    if url.scheme in {"wxp", "wxhb"}:
        return f"{url.scheme}://{url.netloc[:4]}…{url.netloc[-4:]}"
    rest = url.path.lstrip("/")
    shown = rest if len(rest) <= 4 else f"{rest[:4]}…{rest[-4:] if len(rest) > 12 else ''}"
    return f"{url.scheme}://{hide_digits(host[:60], _MOST_DIGITS)}/{shown}"


def _ids(place: Place, url: SplitResult) -> tuple[Payee | None, tuple[str, ...]]:
    """What identifies the payee: a static code's token, the shop id of an older native code."""
    if place.kind is Kind.RECEIVE_CODE:
        token = _token(place, url)
        home = url.scheme if place.host == "*" else place.host
        return {"token": token}, (f"{place.scheme}:{home}:{token}",)
    if place.kind is Kind.ORDER_CODE and url.query.count("&") < MAX_PARAMETERS:
        shops = [value for name, value in _query(url) if name == "mch_id"]
        if len(shops) == 1:
            return {"mch_id": shops[0]}, (f"{place.scheme}:mch_id:{shops[0]}",)
    return None, ()


def _token(place: Place, url: SplitResult) -> str:
    """All that may decide who is paid: of some codes the path, of others only the query does.

    The app that opens a deep link sees its fragment too; the server of a web link does not.
    Alipay's parameters say when and where a code was made.
    """
    query = f"?{url.query}" if url.query else ""
    if place.host == "*":
        return f"{url.netloc}{url.path}{query}" + (f"#{url.fragment}" if url.fragment else "")
    path = url.path.lstrip("/")
    return path.lower() if place.rest.flags & re.IGNORECASE else path + query


def _query(url: SplitResult) -> list[tuple[str, str]]:
    return parse_qsl(url.query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
