"""Names the known site that a URL imitates: by its host, by what stands before or after it.

Only for words and reports: nothing that gets here is payable or names a payee.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pos_guard.frames.codes_confusable import skeleton

MAX_HOST = 253
"""Characters in a host name (RFC 1035); of a longer one only the end, which decides, is read."""
MAX_REST = 512
"""Characters after the host that are searched for known sites: tricks stand where people look."""

_PARTS = re.compile(r"([^:/?#\\]{2,64})://([^/?#\\]*)(.*)", re.DOTALL)
_DOTS = re.compile(r"[.\u3002\uff0e\uff61]")
_WEB = frozenset({"http", "https"})
_SHORTEST_HOST = 6
_MIN_SLIP = 6
"""Shortest name for which one slip still means that name and no other."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A wallet, the domains that are its own, and the names that people know it by."""

    scheme: str
    domains: tuple[str, ...]
    names: tuple[str, ...]
    source: str

    def domain_of(self, name: str) -> str:
        """The domain that people mean by ``name``."""
        return next((one for one in self.domains if one.startswith(name)), self.domains[0])


@cache
def owners() -> tuple[Owner, ...]:
    """The table of owners, read once."""
    text = files("pos_guard.frames").joinpath("data/lookalikes.toml").read_text(encoding="utf-8")
    return tuple(
        Owner(row["scheme"], tuple(row["domains"]), tuple(row["names"]), row["source"])
        for row in tomllib.loads(text)["owner"]
    )


@dataclass(frozen=True, slots=True)
class Watch:
    """What is imitated: hosts with their skeletons, names, and the schemes of deep links."""

    hosts: tuple[tuple[str, str], ...]
    domains: tuple[tuple[str, str], ...]
    names: tuple[tuple[str, str], ...]
    schemes: dict[str, str]
    """Each deep link's scheme by its skeleton."""

    @classmethod
    def over(cls, hosts: frozenset[str], schemes: frozenset[str]) -> Watch:
        """``hosts`` are exact ones; a longer one is found before a shorter one."""
        known = sorted(hosts, key=lambda host: (-len(host), host))
        return cls(
            tuple((host, _squeezed(skeleton(host))) for host in known),
            tuple(
                (domain, _squeezed(skeleton(domain)))
                for owner in owners()
                for domain in owner.domains
            ),
            tuple(
                (owner.domain_of(name), skeleton(name))
                for owner in owners()
                for name in owner.names
            ),
            {skeleton(scheme): scheme for scheme in sorted(schemes - _WEB)},
        )


def imitated(text: str, watch: Watch) -> tuple[str, ...]:
    """The problems of a URL: ``lookalike:HOST`` first, then how it is done.

    Empty for an ordinary link, and for the genuine one.
    """
    parts = _PARTS.match(text)
    if parts is None:
        return ()
    scheme, authority, rest = parts[1].lower(), parts[2], parts[3][:MAX_REST]
    before, at, place = authority.rpartition("@")
    host, _, port = place.partition(":")
    shown = _unfolded(host[-MAX_HOST:])
    tricks = [
        name
        for name, is_so in (
            ("user-name", bool(at)),
            ("port", bool(port)),
            ("trailing-dot", host.endswith(".")),
            ("homograph", not (host.isascii() and shown.isascii())),
            ("backslash", rest.startswith("\\")),
        )
        if is_so
    ]
    hosts = (shown, host[-MAX_HOST:])
    target = _target(scheme, before[:MAX_HOST], hosts, rest, watch) or (
        _genuine_but_odd(shown, watch) if tricks else None
    )
    return () if target is None else (f"lookalike:{target}", *tricks)


def _target(
    scheme: str, before: str, hosts: tuple[str, str], rest: str, watch: Watch
) -> str | None:
    """Whom it imitates, by the first way that fits; ``hosts`` as it is shown, and as written."""
    host, written = hosts
    if scheme not in _WEB and (like := watch.schemes.get(skeleton(scheme))) is not None:
        return None if like == scheme else like
    if before and (hidden := _in_host(skeleton(before), watch)):
        return hidden
    ends = _ends_without_dot(host, watch)
    if ends is not None or is_genuine(host):
        return ends
    for look in dict.fromkeys((skeleton(host), skeleton(written))):
        if like := _in_host(look, watch) or _slip(look, watch):
            return like
    return _embedded(rest, watch)


def is_genuine(host: str) -> bool:
    """The host is under a domain of a wallet, or is one."""
    return any(
        host == domain or host.endswith(f".{domain}")
        for owner in owners()
        for domain in owner.domains
    )


def _genuine_but_odd(host: str, watch: Watch) -> str | None:
    """A known host itself; of one in letters of other scripts or styles, the one it looks like."""
    bare = host.rstrip(".")
    if bare.isascii():
        return next((known for known, _ in watch.hosts if known == bare), None)
    look = _squeezed(skeleton(bare))
    return next((known for known, form in watch.hosts if form == look), None)


def _ends_without_dot(host: str, watch: Watch) -> str | None:
    """``notu.wechat.com``: fools whoever compares ends."""
    for known, _ in watch.hosts:
        if host.endswith(known) and host != known and not host.endswith(f".{known}"):
            return known
    return None


def _squeezed(look: str) -> str:
    return look.replace(".", "").replace("-", "")


def _in_host(look: str, watch: Watch) -> str | None:
    """A known host somewhere in it, with any separators, or a known name at a label's edge."""
    squeezed = _squeezed(look)
    for known, form in watch.hosts:
        if form in squeezed:
            return known
    for domain, form in watch.domains:
        if form == squeezed or (len(form) >= _MIN_SLIP and form in squeezed):
            return domain
    labels = re.split(r"[.-]", look)
    for domain, name in watch.names:
        if any(label.startswith(name) or label.endswith(name) for label in labels):
            return domain
    return None


def _slip(look: str, watch: Watch) -> str | None:
    """One letter added, left out, changed, or swapped with its neighbour."""
    squeezed = _squeezed(look)
    for known, form in (*watch.hosts, *watch.domains):
        if len(form) >= _MIN_SLIP and _one_slip(squeezed, form):
            return known
    labels = re.split(r"[.-]", look)
    for domain, name in watch.names:
        if len(name) >= _MIN_SLIP and any(_one_slip(label, name) for label in labels):
            return domain
    return None


def _one_slip(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, wanted = one[start:], other[start:]
    swapped = rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    return swapped or rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]


def _embedded(rest: str, watch: Watch) -> str | None:
    """A known site or deep link in the path or query of a foreign one."""
    if len(rest) < _SHORTEST_HOST:
        return None
    lower = rest.lower()
    for name in watch.schemes.values():
        if f"{name}://" in lower or f"{name}%3a%2f%2f" in lower:
            return name
    return next((known for known, _ in watch.hosts if known in lower), None)


def _unfolded(host: str) -> str:
    """The host as it is shown: labels in ASCII form (``xn--…``) as their letters."""
    return ".".join(_label(label) for label in _DOTS.split(host.lower()))


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        # Not the "idna" codec: it refuses what imitators write. Labels have at most 63 characters.
        return label[4:63].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
