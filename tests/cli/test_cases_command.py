"""``pos-guard cases`` against real guards of two terminals and their shared ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from pos_guard.clock import ManualClock
from pos_guard.frames.decoded import Json
from pos_guard.ledger.sqlite import SqliteLedger
from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.money import Money
from pos_guard.store import totp
from tests.api.decision_server import serving
from tests.cli.shell import Cli, shell
from tests.ledger.chain_shop import LINK, Till, till
from tests.shop import PINS, TERMINAL_ID

SECRET = bytes(range(20))
PIN = f"{PINS['maya']}\n"


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Till]:
    hub = SqliteLedger(tmp_path / "hub.sqlite3", "chain", durable=False)
    made = till(tmp_path, "A", hub, ManualClock())
    yield made
    made.store.close()
    hub.close()


@pytest.fixture
def cli(
    one: Till, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cli]:
    where = tmp_path / "run" / "decide.sock"
    monkeypatch.setenv("POS_GUARD_SOCKET", str(where))
    with serving(one.guard, where):
        yield shell(capsys, monkeypatch, PIN)


def asked(one: Till) -> int:
    """A sale of 5.00 that was allowed; its number."""
    one.guard.tell_operator("ben", Source.SCAN)
    one.guard.tell_order(None, Money(500, "EUR"), Source.BILL)
    one.guard.payee_reported(LINK, TERMINAL_ID)
    decision = one.guard.judge(Intent(IntentKind.SALE, Tender.CARD, 500, "EUR"), link=LINK)
    assert decision.allowed, decision.say.en
    return decision.id


def differing(one: Till) -> int:
    """A terminal that moved another amount than was asked: a local case; its number."""
    one.guard.settle(asked(one), Outcome(Result.APPROVED, 700, "EUR"))
    (record,) = one.store.audit.records(kind="case")
    return record.seq


def test_without_cases_it_says_so_in_both_languages(cli: Cli) -> None:
    assert cli("cases", "list").out == "No case is open.\n"
    assert cli("cases", "list", "--lang", "zh").out == "没有待处理的事项。\n"
    assert cli("cases", "list", "--json").out == ""


def test_local_and_shared_cases_are_listed_shown_and_closed_by_who_may(cli: Cli, one: Till) -> None:
    one.sell(1250)
    number = differing(one)
    shared = one.cable
    shared.witness("Z9", 1, "one")
    shared.witness("Z9", 1, "two")
    local_line, shared_line = cli("cases", "list").out.splitlines()
    assert "the answer does not fit what was asked" in local_line
    assert local_line.split()[0] == str(number)
    assert "另一台终端" in cli("cases", "list", "--lang", "zh").out
    found = cli("cases", "list", "--json").lines
    assert [case["why"] for case in found] == ["outcome-differs", "forked-terminal"]
    name = shared_line.split()[0]
    assert "subject: Z9" in cli("cases", "show", name).out
    details = cli("cases", "show", str(number), "--json").lines[0]["details"]
    assert cast("dict[str, Json]", details)["entry"] == 2

    wrong = cli("cases", "close", name, "--note", "x", "--as", "ben", "--pin-stdin")
    assert wrong.code == 1
    for case in (name, str(number)):
        done = cli("cases", "close", case, "--note", "slip checked", "--as", "maya", "--pin-stdin")
        assert done.out == f"Case {case} is closed.\n"
    assert cli("cases", "list").out == "No case is open.\n"
    assert shared.cases() == ()
    closed = [(r.actor, r.body) for r in one.store.audit.records(kind="case-closed")]
    assert closed == [
        (
            "maya",
            {"case": name, "note": "slip checked", "shared": "forked-terminal", "subject": "Z9"},
        ),
        ("maya", {"case": str(number), "note": "slip checked"}),
    ]
    again = cli("cases", "close", name, "--note", "x", "--as", "maya", "--pin-stdin")
    assert again.code == 1
    assert "no open case" in again.err
    assert "no open case" in cli("cases", "show", name).err


def test_without_the_ledger_the_local_ones_are_shown_and_the_rest_is_said(
    cli: Cli, one: Till
) -> None:
    number = differing(one)
    one.cable.cut = True
    shown = cli("cases", "list")
    assert str(number) in shown.out
    assert "cannot be asked" in shown.err
    done = cli("cases", "close", "0" * 11 + "a", "--note", "x", "--as", "maya", "--pin-stdin")
    assert (done.code, "cannot be reached" in done.err) == (1, True)
    assert (
        cli("cases", "close", str(number), "--note", "x", "--as", "maya", "--pin-stdin").code == 0
    )


def with_second(one: Till) -> str:
    """Maya gets a second factor; the code that counts next."""
    step = totp.step_of(one.clock.wall_us())
    one.store.people.set_second("maya", SECRET, totp.code_at(SECRET, step))
    one.clock.advance(60)
    return totp.code_at(SECRET, totp.step_of(one.clock.wall_us()))


def test_who_has_a_second_factor_is_asked_for_it(cli: Cli, one: Till) -> None:
    number = differing(one)
    words = ("cases", "close", str(number), "--note", "x", "--as", "maya", "--pin-stdin")
    code = with_second(one)
    assert cli(*words).code == 1, "the PIN alone"
    assert cli(*words, stdin=f"{PIN}000000\n").code == 1
    assert cli(*words, stdin=f"{PIN}{code}\n").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("thaw", LINK),
        ("thaw", "--clock"),
        ("freeze", "terminal", "A", "--why", "looks wrong"),
        ("resolve", "2", "declined"),
    ],
)
def test_every_order_takes_the_second_factor_of_who_has_one(
    cli: Cli, one: Till, words: tuple[str, ...]
) -> None:
    one.sell(1250)
    one.guard.settle(asked(one), Outcome(Result.UNKNOWN))
    by = ("--as", "maya", "--pin-stdin")
    code = with_second(one)
    refused = cli(*words, *by)
    assert refused.code == 1
    assert cli(*words, *by, stdin=f"{PIN}{code}\n").code == 0


def test_an_approval_takes_the_second_factor_too(cli: Cli, one: Till) -> None:
    sale_id = one.sell(9000)
    held = one.ask(sale_id, 2500)
    code = with_second(one)
    words = ("approve", str(held.id), "--as", "maya", "--pin-stdin")
    assert cli(*words).code == 1
    assert cli(*words, stdin=f"{PIN}{code}\n").code == 0
    assert one.guard.rejudge(held.id).allowed
