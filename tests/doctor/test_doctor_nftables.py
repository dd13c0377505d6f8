"""What the packet filter lets through, by rulesets as nft itself prints them."""

from __future__ import annotations

import contextlib
import ipaddress
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.doctor.nftables import Packet, blocked
from pos_guard.errors import RemoteError

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "nft_rulesets.json").read_text(encoding="utf-8")
)["rulesets"]
GUARD, TILL = 65534, 1000
TERMINAL = "192.168.1.50"

EXPECTED: dict[str, tuple[bool, bool, bool]] = {
    # name: till kept out, anybody kept out, guard kept out
    "shipped": (True, True, False),
    "one-rule": (True, True, False),
    "accept-then-drop": (True, True, False),
    "closed": (True, True, False),
    "nets": (True, True, False),
    "jump": (True, True, False),
    "another-may": (False, False, False),
    "hole-before": (False, False, False),
    "wrong-port": (False, False, False),
    "input-only": (False, False, False),
    "for-six": (False, False, False),
    "guard-too": (True, True, True),
    "verdict-map": (False, False, False),
    "not-understood": (False, False, False),
    "udp": (False, False, False),
    "empty": (False, False, False),
}


def uid_of(name: str) -> int | None:
    return {"nobody": GUARD, "root": 0, "till": TILL}.get(name)


def packet(uid: int | None, host: str = TERMINAL, port: int = 20007) -> Packet:
    return Packet(ipaddress.ip_address(host), port, uid, uid_of, frozenset({0, GUARD}))


@pytest.mark.parametrize("name", GOLDEN)
def test_who_is_kept_out(name: str) -> None:
    rules = json.dumps(GOLDEN[name]["json"])
    found = tuple(blocked(rules, packet(uid)) for uid in (TILL, None, GUARD))
    assert found == EXPECTED[name]


@pytest.mark.parametrize(
    ("name", "host", "port", "out"),
    [
        ("shipped", "192.168.1.51", 8888, True),
        ("shipped", "192.168.1.51", 20007, False),
        ("nets", "192.168.2.50", 20007, False),
        ("nets", "192.168.1.7", 20011, False),
        ("nets", "fd00::7", 443, True),
        ("closed", "10.0.0.1", 53, False),
        ("closed", "10.0.0.1", 54, True),
        ("for-six", "fd00::7", 443, True),
        ("accept-then-drop", "127.0.0.1", 20007, False),
    ],
)
def test_other_places(name: str, host: str, port: int, out: bool) -> None:
    assert blocked(json.dumps(GOLDEN[name]["json"]), packet(TILL, host, port)) is out


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"nftables": 7}', '{"nftables": [{"rule": 7}]}'])
def test_what_is_no_ruleset(text: str) -> None:
    with pytest.raises(RemoteError):
        blocked(text, packet(TILL))


@settings(max_examples=60)
@given(st.recursive(st.none() | st.integers() | st.sampled_from(["rule", "lo"]),
                    lambda inner: st.lists(inner) | st.dictionaries(
                        st.sampled_from(["rule", "chain", "expr", "match", "left", "right"]),
                        inner)))  # fmt: skip
def test_odd_json_gives_its_own_error_only(value: object) -> None:
    with contextlib.suppress(RemoteError):
        assert blocked(json.dumps({"nftables": value}), packet(TILL)) is False
