"""The vendor's own client, against the guard: recorded dialogues, and the client itself.

The dialogues in tests/golden/transbank-dialogues.json were recorded from transbank-pos-sdk at the
version that the file names (BSD: only bytes are kept here). To run the client itself, unpack it
somewhere and set POS_GUARD_TRANSBANK_SDK to the directory that holds its ``transbank`` package.
POS_GUARD_TRANSBANK_RECORD=1 then writes the dialogues anew.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pos_guard.frames.stx_transbank import build
from pos_guard_simulator.zvt_book import Script
from tests.links.stx_rig import StxRig, stx_shop
from tests.shop import Shop

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden" / "transbank-dialogues.json"
RECORD: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
CHECKOUT = os.environ.get("POS_GUARD_TRANSBANK_SDK")
LIMIT_S = 30

EXPECTED: dict[str, object] = {
    "poll": True,
    "keys": [True, "Aprobado"],
    "sale-approved": [True, "00", "1500"],
    "sale-declined": [False, "93", "1500"],
    "sale-with-steps": [True, "00", "1500", ["78", "82"]],
    "multicode": [True, "00", "1500"],
    "amount-slip": [False, "07", "15000"],
    "multicode-slip": [False, "07", "15000"],
    "refund-not-permitted": [False, "Anulación no Permitida"],
    "refund-approved": [True, "Aprobado"],
    "last-sale": [True, "00", "700"],
    "totals": "700",
    "close": [True, "Aprobado"],
}
"""What the client must believe in each case."""

REFUSED = {"amount-slip", "multicode-slip", "refund-not-permitted"}
"""Cases of which the terminal may not hear."""

_SOLD_BEFORE = {"refund-not-permitted", "refund-approved", "last-sale", "totals"}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    shop = stx_shop(tmp_path, "transbank")
    yield shop
    shop.store.close()


def _table(made: Shop, case: str) -> StxRig:
    script = Script(default="decline:93") if case == "sale-declined" else Script()
    rig = StxRig(made, "transbank", script)
    if case in _SOLD_BEFORE:
        rig.order(700)
        rig.send(build("0200", "700", "T0", "", "", "0", ""))
    if case == "refund-approved":
        made.sign_in("ben")
    rig.order(1500)
    rig.auto = False
    rig.wire.clear()
    rig.terminal.units.clear()
    return rig


def _say(rig: StxRig, data: bytes) -> bytes:
    before = len(rig.wire)
    rig.raw(data)
    return bytes(rig.wire[before:])


@pytest.mark.parametrize("case", EXPECTED)
def test_recorded_dialogue(made: Shop, case: str) -> None:
    dialogue = RECORD["dialogues"][case]
    rig = _table(made, case)
    said = bytearray()
    for who, data in dialogue["lines"]:
        if who == "till":
            said += _say(rig, bytes.fromhex(data))
    assert said.hex() == "".join(data for who, data in dialogue["lines"] if who == "guard")
    assert (rig.terminal.units == []) is (case in REFUSED)
    assert dialogue["believed"] == EXPECTED[case]


def test_the_refusal_of_a_refund_is_what_the_protocol_says() -> None:
    lines = RECORD["dialogues"]["refund-not-permitted"]["lines"]
    assert bytes.fromhex(lines[0][1])[1:-2] == b"1200|1|"
    assert bytes.fromhex(lines[1][1])[2:10] == b"1210|21|"


@pytest.mark.skipif(CHECKOUT is None, reason="POS_GUARD_TRANSBANK_SDK names no transbank-pos-sdk")
@pytest.mark.parametrize("case", EXPECTED)
def test_the_client_itself(made: Shop, case: str) -> None:
    rig = _table(made, case)
    lines: list[tuple[str, str]] = []
    believed = _drive(rig, case, lines)
    assert believed == EXPECTED[case]
    assert (rig.terminal.units == []) is (case in REFUSED)
    if os.environ.get("POS_GUARD_TRANSBANK_RECORD"):
        _record(case, lines, believed)


def _drive(rig: StxRig, case: str, lines: list[tuple[str, str]]) -> object:
    master, slave = os.openpty()
    tty.setraw(slave)
    environment = {**os.environ, "PYTHONPATH": CHECKOUT or ""}
    client = subprocess.Popen(
        [sys.executable, str(HERE / "transbank_sdk_driver.py"), case, os.ttyname(slave)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    serving = threading.Thread(target=_serve, args=(master, rig, client, lines), daemon=True)
    serving.start()
    try:
        out, _ = client.communicate(timeout=LIMIT_S)
        serving.join(LIMIT_S)
    finally:
        os.close(master)
        os.close(slave)
    assert client.returncode == 0
    return json.loads(out)


def _serve(
    master: int, rig: StxRig, client: subprocess.Popen[str], lines: list[tuple[str, str]]
) -> None:
    while client.poll() is None:
        if not select.select([master], [], [], 0.05)[0]:
            continue
        data = os.read(master, 4096)
        lines.append(("till", data.hex()))
        out = _say(rig, data)
        if out:
            lines.append(("guard", out.hex()))
            os.write(master, out)


def _record(case: str, lines: list[tuple[str, str]], believed: object) -> None:
    record: dict[str, Any] = (
        json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {"dialogues": {}}
    )
    record["source"] = "transbank-pos-sdk (BSD), by tests/integration/transbank_sdk_driver.py"
    record["version"] = "1.0.1"
    record["dialogues"][case] = {"lines": lines, "believed": believed}
    GOLDEN.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
