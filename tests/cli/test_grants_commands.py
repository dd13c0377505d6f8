"""``override``, ``break-glass`` and ``shift``: on the store, and at the running guard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from pos_guard.clock import SystemClock
from pos_guard.store.store import Store
from tests.api.decision_server import serving
from tests.cli.shell import Cli, Done, shell
from tests.shop import PINS, Shop, shop

PIN, OTHER = "482915", "730264"
POLICY = """
name = "corner"
version = 1
currency = "EUR"
[payees]
terminals = ["52500001"]
[roles.manager]
may = ["sale"]
may_resolve = true
[roles.cashier]
may = ["sale"]
"""


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs the command line as a shell would; on standard input maya's PIN."""
    monkeypatch.setenv("POS_GUARD_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("POS_GUARD_POLICY", str(tmp_path / "policy.toml"))
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    return shell(capsys, monkeypatch, PIN + "\n")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A store of its own with a manager and a cashier."""
    path = tmp_path / "state"
    with Store.create(
        path, clock=SystemClock(), terminal_id="T1", durable=False, scrypt_log2n=4
    ) as store:
        store.people.add("maya", "Maya", "manager", PIN)
        store.people.add("anna", "Anna", "cashier", OTHER)
    return path


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    """A running guard, and its socket at ``run/decide.sock``."""
    made = shop(tmp_path)
    with serving(made.guard, tmp_path / "run" / "decide.sock"):
        yield made
    made.store.close()


AS_MAYA = ("--as", "maya", "--pin-stdin")


def override(cli: Cli, *more: str, who: tuple[str, ...] = AS_MAYA) -> Done:
    return cli("override", "add", "within-limit", "opening-hours", "--reason", "fair", *more, *who)


def test_an_override_is_added_listed_and_revoked(cli: Cli, state: Path) -> None:
    done = override(cli, "--for", "8h", "--up-to", "200.00", "--operation", "refund", "--json")
    assert (done.code, done.lines) == (0, [{"override": "override-1"}])
    listed = cli("override", "list", "--json").lines[0]
    assert (listed["id"], listed["by"], listed["reason"]) == ("override-1", "maya", "fair")
    assert (listed["rules"], listed["up_to"]) == (["opening-hours", "within-limit"], 20_000)
    assert listed["operations"] == ["refund"]
    assert cast("int", listed["until_us"]) - cast("int", listed["since_us"]) == 8 * 3600 * 10**6
    assert "hours, within-limit" in cli("override", "list").out
    assert cli("override", "revoke", "override-1", *AS_MAYA).code == 0
    assert cli("override", "list").out == ""
    assert cli("override", "revoke", "override-1", *AS_MAYA).code == 1
    with Store.open(state, clock=SystemClock(), readonly=True) as store:
        commands = [record.body["command"] for record in store.audit.records(kind="command")]
    assert commands[:2] == ["override add", "override revoke"]


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    ("arguments", "stdin", "code"),
    [
        (("--as", "anna", "--pin-stdin"), OTHER, 1),
        (("--as", "maya", "--pin-stdin"), OTHER, 1),
        (("--as", "nobody", "--pin-stdin"), PIN, 1),
        (("--for", "25h", *AS_MAYA), PIN, 1),
        (("--for", "soon", *AS_MAYA), PIN, 2),
        (("--up-to", "1.234", *AS_MAYA), PIN, 1),
        (("--operation", "steal", *AS_MAYA), PIN, 1),
        (("--policy", "nowhere.toml", *AS_MAYA), PIN, 2),
    ],
)
def test_who_may_not_or_asks_wrongly_overrides_nothing(
    cli: Cli, arguments: tuple[str, ...], stdin: str, code: int
) -> None:
    done = cli("override", "add", "opening-hours", "--reason", "r", *arguments, stdin=stdin)
    assert (done.code, done.out) == (code, "")
    assert done.err.strip()
    assert "Traceback" not in done.err
    assert cli("override", "list").out == ""


@pytest.mark.usefixtures("state")
def test_without_a_policy_nobody_has_a_right(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POS_GUARD_POLICY")
    done = override(cli)
    assert done.code == 2
    assert "--policy" in done.err


@pytest.mark.usefixtures("state")
def test_break_glass_opens_once_says_so_and_closes(cli: Cli) -> None:
    assert "Closed" in cli("break-glass", "status").out
    start = ("break-glass", "start", "--reason", "printer broken", "--for", "90m", *AS_MAYA)
    assert "Refunds do not" in cli(*start).out
    assert cli(*start).code == 1
    shown = cli("break-glass", "status")
    assert shown.code == 1
    assert "by maya: printer broken" in shown.out
    opened = cast("dict[str, object]", cli("break-glass", "status", "--json").lines[0]["open"])
    assert opened["id"] == "break-glass-1"
    assert cli("break-glass", "stop", *AS_MAYA).code == 0
    assert cli("break-glass", "status", "--json").lines == [{"open": None}]
    assert cli("break-glass", "stop", *AS_MAYA).code == 1


@pytest.mark.usefixtures("state")
def test_more_than_eight_hours_are_no_break_glass(cli: Cli) -> None:
    done = cli("break-glass", "start", "--reason", "r", "--for", "9h", *AS_MAYA)
    assert done.code == 1
    assert "8 hours" in done.err


@pytest.mark.usefixtures("state")
def test_a_shift_begins_and_ends_with_the_pin(cli: Cli) -> None:
    assert cli("shift", "begin", "maya", "--pin-stdin", stdin=OTHER).code == 1
    assert cli("shift", "list").out == ""
    assert "begins" in cli("shift", "begin", "maya", "--pin-stdin").out
    assert cli("shift", "list", "--json").lines[0]["operator"] == "maya"
    assert "maya" in cli("shift", "list").out
    (ended,) = cli("shift", "end", "maya", "--pin-stdin", "--json").lines
    assert (ended["id"], ended["shift"]) == ("maya", "end")
    assert cli("audit", "verify", "--code", str(ended["code"])).code == 0
    assert cli("shift", "list").out == ""


def test_the_running_guard_takes_overrides_break_glass_and_shifts(cli: Cli, corner: Shop) -> None:
    socket = ("--socket", str(corner.store.directory.parent / "run" / "decide.sock"))
    me = (*socket, "--as", "maya", "--pin-stdin")
    pin = PINS["maya"]

    def say(*arguments: str) -> Done:
        return cli(*arguments, stdin=pin)

    added = say(
        "override", "add", "opening-hours", "--reason", "fair", "--up-to", "5", "--json", *me
    )
    assert added.lines == [{"override": "override-1"}]
    assert corner.store.overrides.active()[0].up_to == 500
    assert [one["id"] for one in say("override", "list", "--json", *socket).lines] == ["override-1"]
    assert say("override", "revoke", "override-1", *me).code == 0
    assert corner.store.overrides.active() == ()
    assert say("break-glass", "start", "--reason", "fire", *me).code == 0
    assert say("break-glass", "status", *socket).code == 1
    assert corner.store.glass.active() == "break-glass-2"
    assert say("break-glass", "stop", *me).code == 0
    assert say("break-glass", "status", *socket).code == 0
    assert say("shift", "begin", "maya", "--pin-stdin", *socket).code == 0
    assert corner.store.shifts.current("maya") is not None
    assert say("shift", "end", "maya", "--pin-stdin", *socket).code == 0
    wrong = cli("break-glass", "start", "--reason", "fire", *me, stdin="000000")
    assert (wrong.code, corner.store.glass.active()) == (1, None)
