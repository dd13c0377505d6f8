"""The rules and the packet filter that we give to users say what the guides say."""

from __future__ import annotations

import re
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_terminal_belongs_to_root_alone() -> None:
    text = (EXAMPLES / "65-pos-guard-terminals.rules").read_text(encoding="utf-8")
    active = [line for line in text.splitlines() if line and not line.startswith("#")]
    (owned,) = [line for line in active if "OWNER=" in line]
    assert 'GROUP="root", MODE="0600", TAG-="uaccess"' in owned
    (chosen,) = [line for line in active if "idVendor" in line]
    found = re.search(r'ATTRS\{idVendor\}=="([0-9a-f|]+)"', chosen)
    assert found is not None
    assert found[1].split("|") == ["079b", "0b00", "11ca"]
    assert active[0].endswith('GOTO="pos_guard_terminals_end"')
    assert active[-1] == 'LABEL="pos_guard_terminals_end"'


def test_the_packet_filter_turns_away_everybody_but_the_guard() -> None:
    text = (EXAMPLES / "pos-guard.nft").read_text(encoding="utf-8")
    rules = [line.strip() for line in text.splitlines() if " meta skuid " in line]
    assert rules == [
        'ip daddr . tcp dport @guarded meta skuid != "posguard" counter reject with tcp reset'
    ]
