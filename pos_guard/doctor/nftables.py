"""Whether the packet filter keeps everybody but the guard from a terminal or host.

Reads what ``nft -j list ruleset`` prints (libnftables-json(5)) and follows one new TCP connection
of one account through every chain at the output hook. What it does not understand counts against
the wall: a match that may fail blocks nothing, and one that may hold lets pass.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import cast

from pos_guard.errors import RemoteError

MAX_DEPTH = 16
"""Chains within chains: the kernel allows as many jumps."""

Parts = dict[str, object]

Place = tuple[object, object, object]
"""Family, table, and chain or set."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A connection to ``host``:``port``. ``uid``: whose; None: of any account but ``but``.

    ``uid_of`` gives the number of an account's name.
    """

    host: ipaddress.IPv4Address | ipaddress.IPv6Address
    port: int
    uid: int | None
    uid_of: Callable[[str], int | None]
    but: frozenset[int] = frozenset()


_PROTOCOL: tuple[Parts, ...] = (
    {"meta": {"key": "l4proto"}},
    {"payload": {"protocol": "ip", "field": "protocol"}},
)
_PORT: tuple[Parts, ...] = (
    {"payload": {"protocol": "tcp", "field": "dport"}},
    {"payload": {"protocol": "th", "field": "dport"}},
)
_INTERFACE: tuple[Parts, ...] = ({"meta": {"key": "oif"}}, {"meta": {"key": "oifname"}})


class _End(Enum):
    PASS = auto()
    BLOCK = auto()
    MAYBE = auto()
    """Accepted, or not: that hangs on something that is not understood."""
    ON = auto()
    """This chain says nothing."""


def blocked(ruleset: str, packet: Packet) -> bool:
    """Whether some chain drops or rejects the connection for certain.

    :raises RemoteError: when the text is not what nft prints.
    """
    try:
        return _blocked(_objects(ruleset), packet)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RemoteError("this is no ruleset as nft -j prints it") from error


def _objects(ruleset: str) -> list[Parts]:
    return cast("list[Parts]", json.loads(ruleset)["nftables"])


def _blocked(objects: list[Parts], packet: Packet) -> bool:
    rules: dict[Place, list[list[Parts]]] = {}
    sets: dict[Place, list[object]] = {}
    hooks: list[tuple[Place, Parts]] = []
    for one in objects:
        for kind, value in one.items():
            part = cast("Parts", value)
            family, table = part.get("family"), part.get("table")
            if kind == "rule":
                place = (family, table, part["chain"])
                rules.setdefault(place, []).append(cast("list[Parts]", part["expr"]))
            elif kind == "set":
                sets[family, table, part["name"]] = cast("list[object]", part.get("elem", []))
            elif kind == "chain" and part.get("hook") == "output" and part.get("type") == "filter":
                hooks.append(((family, table, part["name"]), part))
    walk = _Walk(packet, rules, sets)
    wanted = {"inet", "ip" if packet.host.version == 4 else "ip6"}
    for place, chain in hooks:
        if place[0] not in wanted:
            continue
        end = walk.chain(place)
        if end is _End.BLOCK or (end is _End.ON and chain.get("policy") == "drop"):
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Walk:
    packet: Packet
    rules: dict[Place, list[list[Parts]]]
    sets: dict[Place, list[object]]

    def chain(self, place: Place, depth: int = 0) -> _End:
        """What a chain says."""
        if depth > MAX_DEPTH:
            return _End.MAYBE
        doubt = False
        for expressions in self.rules.get(place, []):
            holds, end = self._rule(place, expressions, depth)
            if holds is False or end is _End.ON:
                continue
            if holds is True and end is not _End.MAYBE:
                # A block behind a rule that may have let it pass is none.
                return _End.MAYBE if doubt and end is _End.BLOCK else end
            doubt = doubt or end in {_End.PASS, _End.MAYBE}
        return _End.MAYBE if doubt else _End.ON

    def _rule(self, place: Place, expressions: list[Parts], depth: int) -> tuple[bool | None, _End]:
        holds: bool | None = True
        for expression in expressions:
            ((kind, value),) = expression.items()
            if kind == "match":
                fits = self._match(place, cast("Parts", value))
                if fits is False:
                    return False, _End.ON
                holds = None if fits is None else holds
            elif kind in {"drop", "reject", "accept"}:
                return holds, _End.PASS if kind == "accept" else _End.BLOCK
            elif kind in {"jump", "goto"}:
                target = cast("Parts", value)["target"]
                return holds, self.chain((place[0], place[1], target), depth + 1)
            elif kind not in {"counter", "log"}:  # a return, or a verdict by some map
                return None, _End.MAYBE
        return holds, _End.ON

    def _match(self, place: Place, match: Parts) -> bool | None:
        left, right, op = match["left"], match["right"], match["op"]
        values = list(self._values(place, right))
        found = [self._holds(cast("Parts", left), _plain(value)) for value in values]
        held = True if True in found else None if None in found or not values else False
        if op in {"==", "in"}:
            return held
        return None if op != "!=" or held is None else not held

    def _values(self, place: Place, right: object) -> Iterator[object]:
        if isinstance(right, str) and right.startswith("@"):
            yield from self.sets.get((place[0], place[1], right[1:]), [])
        elif isinstance(right, dict) and "set" in right:
            yield from cast("list[object]", right["set"])
        elif isinstance(right, list):
            yield from cast("list[object]", right)
        else:
            yield right

    def _holds(self, left: Parts, value: object) -> bool | None:
        """Whether what ``left`` names of the packet is ``value``; None: not known."""
        if "concat" in left:
            return self._hold_all(left, value)
        if left == {"meta": {"key": "skuid"}}:
            return self._is_user(value)
        if left in _PROTOCOL:
            return value in ("tcp", 6)
        if left in _PORT:
            return _in_range(self.packet.port, value)
        if left == {"ct": {"key": "state"}}:
            return value == "new"
        if left in _INTERFACE and value == "lo":
            return self.packet.host.is_loopback
        for version, protocol in ((4, "ip"), (6, "ip6")):
            if left == {"payload": {"protocol": protocol, "field": "daddr"}}:
                return self.packet.host.version == version and _in_net(self.packet.host, value)
        return None

    def _hold_all(self, left: Parts, value: object) -> bool | None:
        lefts = cast("list[Parts]", left["concat"])
        values = cast("list[object]", cast("Parts", value)["concat"])
        found = [self._holds(part, one) for part, one in zip(lefts, values, strict=True)]
        return False if False in found else None if None in found else True

    def _is_user(self, value: object) -> bool | None:
        uid = value if isinstance(value, int) else self.packet.uid_of(str(value))
        if uid is None:
            return None
        if self.packet.uid is None:
            return False if uid in self.packet.but else None
        return uid == self.packet.uid


def _plain(value: object) -> object:
    """An element of a set without its counter or time-out."""
    if not isinstance(value, dict):
        return value
    part = cast("Parts", value)
    return cast("Parts", part["elem"])["val"] if "elem" in part else part


def _in_range(port: int, value: object) -> bool | None:
    if isinstance(value, dict) and "range" in value:
        first, last = cast("list[int]", value["range"])
        return first <= port <= last
    return port == value if isinstance(value, int) else None


def _in_net(host: ipaddress.IPv4Address | ipaddress.IPv6Address, value: object) -> bool | None:
    if isinstance(value, dict) and "prefix" in value:
        prefix = cast("Parts", value["prefix"])
        return host in ipaddress.ip_network(f"{prefix['addr']}/{prefix['len']}")
    if isinstance(value, dict) and "range" in value:
        first, last = (ipaddress.ip_address(end) for end in cast("list[str]", value["range"]))
        return int(first) <= int(host) <= int(last)
    return host == ipaddress.ip_address(value) if isinstance(value, str) else None
