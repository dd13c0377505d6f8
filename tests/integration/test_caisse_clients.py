"""Caisse-AP clients that others wrote, against the guard: recorded dialogues, and the clients.

The dialogues in tests/golden/caisse-dialogues.json were recorded from the unmodified
``caisse_ap_ip_client.py`` of akretion/caisse-ap-ip at the commit that the file names (GPL: only
bytes are kept here). To run the client itself, check it out and set POS_GUARD_CAISSE to the
checkout; POS_GUARD_CAISSE_RECORD=1 then writes the dialogues anew.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pos_guard.links.caisse_ap import make
from pos_guard.links.exchange import ExchangeSession
from pos_guard.links.session import AskPerson, Effects, SetTimer, Tell, ToApp, ToDevice
from pos_guard.model import Source
from pos_guard.ports.address import Kind
from pos_guard_simulator.caisse_ap_twin import CaisseSettings, CaisseTerminal
from pos_guard_simulator.zvt_book import Script
from tests.shop import PINS, TERMINAL_ID, Shop, shop

GOLDEN = Path(__file__).parents[1] / "golden" / "caisse-dialogues.json"
RECORD: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
CHECKOUT = os.environ.get("POS_GUARD_CAISSE")
LIMIT_S = 30

ARGUMENTS = {
    "payment-approved": ["-a", "12.50"],
    "payment-declined": ["-a", "12.50"],
    "amount-slip": ["-a", "125.00"],
    "refund-not-permitted": ["-a=-12.50"],
    "refund-permitted": ["-a=-5.00"],
    "cheque": ["-a", "12.50", "-ck"],
    "other-currency": ["-a", "12.50", "-c", "USD"],
}
"""What the client is asked to do."""

ENDS = {
    "payment-approved": "10",
    "payment-declined": "01/04",
    "amount-slip": "01/05",
    "refund-not-permitted": "01/05",
    "refund-permitted": "10",
    "cheque": "10",
    "other-currency": "01/13",
}
"""AE and AF of what it must get."""

MOVED = {
    "payment-approved": [("sale", 1250)],
    "refund-permitted": [("refund", 500)],
    "cheque": [("sale", 1250)],
}
"""What the terminal must have moved."""

HEARD = {"payment-declined", *MOVED}
"""Cases of which the terminal may hear at all."""


@dataclass
class Table:
    """Guard and terminal at one table; ``lines`` is what went over the till's wire."""

    session: ExchangeSession
    terminal: CaisseTerminal
    lines: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    asked: list[int] = field(default_factory=list[int])
    told: list[str] = field(default_factory=list[str])
    timers: list[str] = field(default_factory=list[str])

    def start(self) -> None:
        self.run(self.session.app_connected())
        self.terminal.connected()
        self.run(self.session.device_connected())

    def say(self, data: bytes) -> bytes:
        """The till's bytes in, the guard's bytes out, each line in one segment."""
        self.lines.append(("till", data.decode("ascii", "replace")))
        return self.heard(self.run(self.session.app_data(data)))

    def heard(self, out: list[bytes]) -> bytes:
        self.lines += [("guard", piece.decode("ascii", "replace")) for piece in out]
        return b"".join(out)

    def run(self, effects: Effects) -> list[bytes]:
        out: list[bytes] = []
        for effect in effects:
            if isinstance(effect, ToApp):
                out.append(effect.data)
            elif isinstance(effect, ToDevice):
                for reply in self.terminal.data(effect.data):
                    if isinstance(reply, ToApp):
                        out += self.run(self.session.device_data(reply.data))
            elif isinstance(effect, AskPerson):
                self.asked.append(effect.decision)
            elif isinstance(effect, Tell):
                self.told.append(effect.say.en)
            elif isinstance(effect, SetTimer):
                self.timers.append(effect.name)
        return out


def at_table(made: Shop, script: Script | None = None) -> Table:
    session = ExchangeSession("caisse", made.guard, make("", Kind.TCP, Kind.TCP))
    made.guard.payee_reported("caisse", TERMINAL_ID)
    table = Table(session, CaisseTerminal(CaisseSettings(TERMINAL_ID), script or Script()))
    table.start()
    return table


def _case(made: Shop, case: str) -> Table:
    if case.startswith("refund"):
        sale = made.paid_sale(1250, link="caisse")
        made.sign_in("anna" if case == "refund-not-permitted" else "ben")
        made.guard.tell_original(sale, Source.SCAN)
    else:
        made.order(1250)
    return at_table(made, Script(default="decline:04" if case == "payment-declined" else "approve"))


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    shop_ = shop(tmp_path)
    yield shop_
    shop_.store.close()


def _end(answer: str) -> str:
    tags = re.search(r"AE002(\d\d)(?:AF002(\d\d))?", answer)
    assert tags is not None, answer
    return "/".join(part for part in tags.groups() if part)


def _check(table: Table, case: str) -> None:
    assert len(table.lines) == 2, "one request, and one answer in one segment"
    (_, asked), (_, answer) = table.lines
    assert answer.startswith(asked), "all tags of the request come back as they were"
    assert _end(answer) == ENDS[case]
    assert [(t.kind, t.amount) for t in table.terminal.moved] == MOVED.get(case, [])
    assert table.terminal.heard == (asked.encode() if case in HEARD else b"")


@pytest.mark.parametrize("case", ARGUMENTS)
def test_recorded_dialogue(made: Shop, case: str) -> None:
    lines = RECORD["dialogues"][case]
    table = _case(made, case)
    table.say(lines[0][1].encode())
    assert [list(line) for line in table.lines] == lines
    _check(table, case)


@pytest.mark.skipif(CHECKOUT is None, reason="POS_GUARD_CAISSE names no checkout of caisse-ap-ip")
@pytest.mark.parametrize("case", ARGUMENTS)
def test_the_client_itself(made: Shop, case: str) -> None:
    table = _case(made, case)
    said = _drive(table, ARGUMENTS[case])
    _check(table, case)
    assert f"received: {table.lines[1][1]}" in said
    if os.environ.get("POS_GUARD_CAISSE_RECORD"):
        _record(case, table)


def _drive(table: Table, arguments: list[str]) -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(LIMIT_S)
        port = str(server.getsockname()[1])
        client = Path(CHECKOUT or ".") / "caisse_ap_ip_client.py"
        process = subprocess.Popen(
            [sys.executable, str(client), "-p", port, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        serving = threading.Thread(target=_serve, args=(server, table), daemon=True)
        serving.start()
        _, said = process.communicate(timeout=LIMIT_S)
        serving.join(LIMIT_S)
    assert process.returncode == 0, said
    return said


def _serve(server: socket.socket, table: Table) -> None:
    till, _ = server.accept()
    till.settimeout(LIMIT_S)
    with till:
        while data := till.recv(4096):
            till.sendall(table.say(data))


def _record(case: str, table: Table) -> None:
    record: dict[str, Any] = (
        json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {"dialogues": {}}
    )
    commit = subprocess.run(
        ["git", "-C", CHECKOUT or ".", "rev-parse", "HEAD"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    record["source"] = "akretion/caisse-ap-ip (GPL-3.0), caisse_ap_ip_client.py unmodified"
    record["commit"] = commit
    record["dialogues"][case] = table.lines
    GOLDEN.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


# -- what these clients never do, and others might ----------------------------------------------

HEAD = b"CZ0040300CJ012012345678901CA00201CE003978"
PAY = HEAD + b"CD0010CB0041250"


@pytest.mark.parametrize("word", ["taken", "garbage", "foreign", "bad-length", "duplicate"])
def test_only_a_clear_answer_is_paid(made: Shop, word: str) -> None:
    made.order(1250)
    table = at_table(made, Script(default=word))
    answer = table.say(PAY).decode("latin-1")
    unknown = made.guard.unresolved("caisse")
    if word == "duplicate":
        assert (_end(answer), list(unknown)) == ("10", [])
        assert answer.count("AE00210") == 1, "the second copy is nobody's answer"
    else:
        assert len(unknown) == 1
        assert "AE00210" not in answer
    assert len(table.terminal.moved) == 1


def test_a_split_answer_is_put_together(made: Shop) -> None:
    made.order(1250)
    table = at_table(made, Script(default="split"))
    assert table.say(PAY) == b""
    assert "device-end" in table.timers
    answer = table.heard(table.run(table.session.timer("device-end")))
    assert _end(answer.decode()) == "10"


@pytest.mark.parametrize("word", ["silent-before", "silent-after"])
def test_silence_is_unknown_and_a_person_decides(made: Shop, word: str) -> None:
    made.order(1250)
    table = at_table(made, Script(default=word))
    assert table.say(PAY) == b""
    answer = table.heard(table.run(table.session.timer("answer")))
    assert len(made.guard.unresolved("caisse")) == 1
    assert b"AE00210" not in answer
    assert b"AE00201" not in answer, "a no would be charged again"
    again = table.say(PAY)
    assert b"AE00210" not in again
    assert bytes(table.terminal.heard) == PAY, "nothing more moves before it is resolved"


def test_a_second_request_behind_the_first_does_not_ride_along(made: Shop) -> None:
    made.order(1250)
    table = at_table(made)
    refund = HEAD + b"CD0011CB0041250"
    out = table.say(PAY + refund)
    assert [t.kind for t in table.terminal.moved] == ["sale"]
    assert bytes(table.terminal.heard) == PAY
    assert out.count(b"AE00210") == 1
    assert b"CD0011CB0041250AE00201AF002" in out


@pytest.mark.parametrize(
    "tail", [b"CD0011", b"ZZ001x", b"CB00599999", b"\x00", b"AE00210", b"CF00"]
)
def test_what_is_not_exactly_a_request_never_reaches_the_terminal(made: Shop, tail: bytes) -> None:
    made.order(1250)
    table = at_table(made)
    out = table.say(PAY + tail)
    if not out:
        out = table.heard(table.run(table.session.timer("app-end")))
    assert bytes(table.terminal.heard) == b""
    assert b"AE00210" not in out.removeprefix(PAY + tail)


def test_a_person_may_agree_while_the_till_waits(made: Shop) -> None:
    sale = made.paid_sale(9000, link="caisse")
    made.sign_in("ben")
    made.guard.tell_original(sale, Source.SCAN)
    table = at_table(made)
    assert table.say(HEAD + b"CD0011CB0045000") == b""
    (decision,) = table.asked
    made.guard.approve(decision, "maya", PINS["maya"])
    answer = table.heard(table.run(table.session.answered(decision)))
    assert _end(answer.decode()) == "10"
    assert [(t.kind, t.amount) for t in table.terminal.moved] == [("refund", 5000)]


def test_nobody_agreed_in_time(made: Shop) -> None:
    sale = made.paid_sale(9000, link="caisse")
    made.sign_in("ben")
    made.guard.tell_original(sale, Source.SCAN)
    table = at_table(made)
    table.say(HEAD + b"CD0011CB0045000")
    answer = table.heard(table.run(table.session.timer("hold")))
    assert _end(answer.decode()).startswith("01/")
    assert bytes(table.terminal.heard) == b""


def test_an_identification_passes_unjudged(made: Shop) -> None:
    table = at_table(made)
    asked = b"CZ0040300CJ012012345678901CA00201CD001I"
    assert table.say(asked) == asked + b"AE00210"
    assert bytes(table.terminal.heard) == asked


def test_a_cancellation_is_judged_like_money_out(made: Shop) -> None:
    made.order(1250)
    table = at_table(made)
    number = re.search(rb"CH006(\d{6})", table.say(PAY))
    assert number is not None
    made.sign_in("anna")
    cancel = HEAD + b"CD0012CB0041250CH006" + number[1]
    assert _end(table.say(cancel).decode()) == "01/05"
    made.sign_in("ben")
    assert _end(table.say(cancel).decode()) == "10"
    assert [t.kind for t in table.terminal.moved] == ["void"]
