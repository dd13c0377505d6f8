"""A Concert client that others wrote, against the guard: recorded dialogues, and the client itself.

The dialogues in tests/golden/telium-dialogues.json were recorded from pyTeliumManager 2.4.2 (MIT).
To run the client itself, install it somewhere (``pip install --target DIR pyTeliumManager``) and
set POS_GUARD_TELIUM to that folder. POS_GUARD_TELIUM_RECORD=1 then writes the dialogues anew.
"""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pos_guard.frames import stx_concert
from pos_guard.links.session import ToDevice
from pos_guard.links.stx_concert_line import TO_TERMINAL, ConcertLine
from pos_guard.links.stx_more import concert
from pos_guard.model import Source
from pos_guard_simulator.stx_concert_twin import concert_terminal
from pos_guard_simulator.zvt_book import Script
from tests.links.stx_more_rig import LINK, Rig
from tests.shop import TERMINAL_ID, Shop, shop

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden" / "telium-dialogues.json"
RECORD: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
CLIENT = os.environ.get("POS_GUARD_TELIUM")
LIMIT_S = 30

EXPECTED: dict[str, list[object]] = {
    "payment-approved": [True, True, True, 0],
    "payment-approved-short": [True, True, True, 0],
    "payment-declined": [True, True, False, 7],
    "amount-slip": [True, True, False, 7],
    "amount-slip-short": [True, True, False, 7],
    "refund-not-permitted": [True, True, False, 7],
    "credit-not-permitted": [True, True, False, 7],
}
"""What the client must believe: terminal ready, request taken, paid, result."""

MOVED = {"payment-approved": [1250], "payment-approved-short": [1250]}
PASSED = {*MOVED, "payment-declined"}
"""Cases of which the terminal may hear at all."""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    shop_ = shop(tmp_path)
    yield shop_
    shop_.store.close()


def _table(made: Shop, case: str) -> Rig:
    made.guard.payee_reported(LINK, TERMINAL_ID)
    if case.endswith("not-permitted"):
        sale = made.paid_sale(1250, link=LINK)
        made.sign_in("anna")
        made.guard.tell_original(sale, source=Source.SCAN)
    else:
        made.order(1250)
    script = Script(default="decline") if case == "payment-declined" else Script()
    line = ConcertLine("till", ToDevice, stx_concert.FORMAT, TO_TERMINAL)
    rig = Rig(made, lambda: concert(""), concert_terminal(script=script), line)
    rig.auto = False  # the client answers for itself
    return rig


@pytest.mark.parametrize("case", EXPECTED)
def test_recorded_dialogue(made: Shop, case: str) -> None:
    dialogue = RECORD["dialogues"][case]
    rig = _table(made, case)
    for till, guard in dialogue["lines"]:
        assert rig.raw(bytes.fromhex(till)).hex() == guard
    assert [t.amount for t in rig.terminal.moved] == MOVED.get(case, [])
    assert bool(rig.terminal.heard) is (case in PASSED)
    assert dialogue["believed"] == EXPECTED[case]


@pytest.mark.skipif(CLIENT is None, reason="set POS_GUARD_TELIUM to a folder with the client")
@pytest.mark.parametrize("case", EXPECTED)
def test_the_client_itself(made: Shop, case: str) -> None:
    rig = _table(made, case)
    lines, believed = _run(rig, case)
    assert believed == EXPECTED[case]
    assert [t.amount for t in rig.terminal.moved] == MOVED.get(case, [])
    assert bool(rig.terminal.heard) is (case in PASSED)
    if os.environ.get("POS_GUARD_TELIUM_RECORD"):
        _keep(case, lines, believed)


def _run(rig: Rig, case: str) -> tuple[list[tuple[str, str]], object]:
    """The client on a pty; each chunk that it writes, and what the guard says to that."""
    master, slave = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(CLIENT)}
    driver = [sys.executable, str(HERE / "telium_driver.py"), case, os.ttyname(slave)]
    lines: list[tuple[str, str]] = []
    with subprocess.Popen(driver, env=env, stdout=subprocess.PIPE) as client:
        while client.poll() is None:
            ready, _, _ = select.select([master], [], [], 0.2)
            if ready:
                data = os.read(master, 4096)
                answer = rig.raw(data)
                lines.append((data.hex(), answer.hex()))
                os.write(master, answer)
        assert client.stdout is not None
        said = client.stdout.read()
    os.close(master)
    os.close(slave)
    return lines, json.loads(said)["believed"]


def _keep(case: str, lines: list[tuple[str, str]], believed: object) -> None:
    record = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    record["source"] = "pyTeliumManager 2.4.2 (MIT), telium.Telium.ask and verify, on a pty"
    record.setdefault("dialogues", {})[case] = {"lines": lines, "believed": believed}
    GOLDEN.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
