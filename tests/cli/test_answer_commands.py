"""``pos-guard approve``, ``freeze`` and ``unfreeze`` against a real guard at its socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_guard.api.client import DecisionClient
from pos_guard.cli import approve
from pos_guard.guard import Guard
from pos_guard.model import Source
from pos_guard.policy.policy import RuleSetting
from tests.api.decision_server import serving
from tests.cli.shell import Cli, shell
from tests.shop import PINS, TERMINAL_ID, Shop, shop


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.paid_sale(9000, link="app")
    made.sign_in("ben")
    policy = made.guard.policy
    rules = {**policy.rules, "amount-confirmed": RuleSetting(options={"above": 4000})}
    strict = replace(policy, rules=rules, reasons=frozenset({"damaged"}))
    yield replace(made, guard=Guard(made.store, strict, made.clock))
    made.store.close()


@pytest.fixture
def path(corner: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    where = tmp_path / "decide.sock"
    monkeypatch.setenv("POS_GUARD_SOCKET", str(where))
    with serving(corner.guard, where):
        yield where


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return shell(capsys, monkeypatch)


@pytest.fixture
def held(path: Path) -> Iterator[int]:
    with DecisionClient(path) as till:
        verdict = till.ask(
            "refund", "card", 5000, currency="EUR", payee=TERMINAL_ID, original="0001"
        )
        number = verdict["decision"]
        assert type(number) is int
        yield number


def test_each_answer_says_what_is_still_needed(cli: Cli, corner: Shop, held: int) -> None:
    shown = cli("approve").out
    assert "needs a second person's approval and the amount entered again and a reason" in shown
    done = cli("approve", str(held), "--reason", "damaged", "--json")
    assert done.lines == [
        {
            "decision": held,
            "answer": "reason",
            "approved": True,
            "needs": ["approval", "confirmation"],
        }
    ]
    pin = f"{PINS['maya']}\n"
    yes = cli("approve", str(held), "--as", "maya", "--pin-stdin", stdin=pin)
    assert "Approved." in yes.out
    assert "Still needed: the amount entered again." in yes.out
    typed = CliRunner().invoke(approve.command, [str(held), "--confirm"], input="50.00\n")
    assert typed.exit_code == 0
    assert "The amount is confirmed." in typed.output
    assert corner.guard.rejudge(held).allowed


@pytest.mark.parametrize("text", ["5O.00", "50.001", "-50", ""])
def test_what_is_no_amount_is_not_entered(corner: Shop, held: int, text: str) -> None:
    done = CliRunner().invoke(approve.command, [str(held), "--confirm"], input=f"{text}\n")
    assert done.exit_code == 1
    assert len(corner.guard.needs(held)) == 3


def test_a_badge_and_its_pin(cli: Cli, corner: Shop, held: int) -> None:
    without = cli("approve", str(held), "--badge", "--pin-stdin", stdin=f"{PINS['maya']}\n")
    assert (without.code, "scan the badge" in without.err) == (1, True)
    corner.guard.tell_operator("maya", Source.SCAN)
    done = cli("approve", str(held), "--badge", "--pin-stdin", stdin=f"{PINS['maya']}\n")
    assert (done.code, PINS["maya"] in done.out) == (0, False)


def test_a_no_and_two_answers_at_once(cli: Cli, corner: Shop, held: int) -> None:
    assert cli("approve", str(held), "--decline", "--confirm").code == 2
    assert cli("approve", str(held), "--decline", "--as", "maya").code == 0
    assert not corner.guard.rejudge(held).allowed


@pytest.mark.parametrize("as_json", [False, True])
def test_an_approval_that_is_not_enough_is_told_so(
    cli: Cli, corner: Shop, path: Path, as_json: bool
) -> None:
    roles = dict(corner.guard.policy.roles)
    roles["manager"] = replace(roles["manager"], approve_limit=1000)
    poor = replace(corner.guard.policy, roles=roles, rules={}, reasons=frozenset())
    corner = replace(corner, guard=Guard(corner.store, poor, corner.clock))
    with (
        serving(corner.guard, path.with_name("poor.sock")) as _,
        DecisionClient(path.with_name("poor.sock")) as till,
    ):
        asked = till.ask("refund", "card", 5000, currency="EUR", payee=TERMINAL_ID, original="0001")
        done = cli(
            "approve", str(asked["decision"]), "--as", "maya", "--pin-stdin",
            "--socket", str(path.with_name("poor.sock")), *(["--json"] if as_json else []),
            stdin=f"{PINS['maya']}\n",
        )  # fmt: skip
    assert done.code == 1
    assert "金额超过此人的批准上限" in done.out
    assert "above what this person may approve" in done.out
    assert "Approved." not in done.out
    if as_json:
        assert done.lines[-1]["approved"] is False


def test_the_owner_proves_himself(cli: Cli, held: int) -> None:
    done = cli(
        "approve", str(held), "--prove", "--as", "ben", "--pin-stdin", stdin=f"{PINS['ben']}\n"
    )
    assert (done.code, "Proved." in done.out) == (0, True)
    assert "Still needed" in done.out


def test_an_operator_is_frozen_shown_and_thawed(cli: Cli, path: Path, corner: Shop) -> None:
    del path
    pin, who = f"{PINS['maya']}\n", ("--as", "maya", "--pin-stdin")
    assert cli("freeze").out == "Nothing is frozen.\n"
    done = cli("freeze", "operator", "ben", "--why", "wrong refunds", *who, stdin=pin)
    assert (done.code, done.out) == (0, "operator ben is frozen.\n")
    assert cli("freeze").out == "operator ben: wrong refunds, by maya\n"
    assert cli("freeze", "--json").lines[0]["name"] == "ben"
    assert cli("unfreeze", "operator", "ben", *who, "--json", stdin=pin).lines == [
        {"scope": "operator", "name": "ben", "frozen": False}
    ]
    assert corner.store.freezes.all() == ()
    assert cli("unfreeze", "operator", "ben", *who, stdin=pin).code == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("freeze", "operator"), 2),
        (("freeze", "operator", "ben"), 2),
        (("freeze", "shop", "all", "--why", "x"), 2),
        (("freeze", "sale", "T1-999999", "--why", "x", "--as", "ben", "--pin-stdin"), 1),
        (("unfreeze", "operator"), 2),
    ],
)
def test_what_cannot_be_frozen_says_so(
    cli: Cli, path: Path, arguments: tuple[str, ...], code: int
) -> None:
    del path
    assert cli(*arguments, stdin=f"{PINS['ben']}\n").code == code
