"""``init``, ``people`` and ``audit``: what they do, say, and exit with."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from pos_guard.cli.main import group
from pos_guard.clock import SystemClock
from pos_guard.policy.request import Person
from pos_guard.store.store import Store
from tests.cli.shell import Cli, Done, shell

PIN, OTHER = "482915", "730264"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "state"
    monkeypatch.setenv("POS_GUARD_STATE", str(path))
    return path


@pytest.fixture
def cli(state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs the command line as a shell would, with one line of standard input."""
    assert not state.exists()

    return shell(capsys, monkeypatch, PIN + "\n")


@pytest.fixture
def shop(cli: Cli) -> Cli:
    """The same, after the first run with manager maya."""
    assert init(cli).code == 0
    return cli


def init(cli: Cli, stdin: str = PIN) -> Done:
    named = ("--terminal", "till7", "--manager", "maya", "--name", "Maya 王")
    return cli("init", *named, "--pin-stdin", stdin=stdin)


def opened(state: Path) -> Store:
    return Store.open(state, clock=SystemClock())


def test_init_makes_a_store_with_its_first_manager(cli: Cli, state: Path) -> None:
    done = init(cli)
    assert (done.code, done.err) == (0, "")
    assert "till7" in done.out
    with opened(state) as store:
        assert store.terminal_id == "till7"
        assert store.people.verify("maya", PIN) == Person("maya", "manager")


def test_init_says_json_to_machines(cli: Cli, state: Path) -> None:
    done = cli("init", "--manager", "maya", "--name", "Maya", "--pin-stdin", "--json")
    assert done.lines == [{"state": str(state), "terminal": "till1", "manager": "maya"}]


def test_a_second_init_is_refused(shop: Cli) -> None:
    done = init(shop)
    assert (done.code, done.out) == (1, "")
    assert "already" in done.err


@pytest.mark.parametrize("pin", ["1234", "", "0000", "abcd"])
def test_init_with_a_weak_pin_makes_no_store(cli: Cli, state: Path, pin: str) -> None:
    done = init(cli, stdin=pin)
    assert done.code == 1
    assert "PIN" in done.err
    assert not (state / "pos-guard.db").exists()
    assert init(cli).code == 0


def test_init_asks_until_the_pin_is_strong(state: Path) -> None:
    asked = CliRunner().invoke(
        group,
        ["init"],
        input=f"maya\nMaya\n123456\n123456\n{PIN}\n{OTHER}\n{PIN}\n{PIN}\n",
        catch_exceptions=False,
    )
    assert asked.exit_code == 0
    assert "Too easy to guess" in asked.output
    assert PIN not in asked.output
    with opened(state) as store:
        assert store.people.verify("maya", PIN).role == "manager"


def test_people_are_added_listed_and_changed(shop: Cli, state: Path) -> None:
    add = ("people", "add", "anna", "--name", "Anna", "--role", "cashier", "--pin-stdin")
    assert shop(*add, stdin=OTHER).code == 0
    assert shop("people", "role", "anna", "senior").code == 0
    assert shop("people", "pin", "anna", "--pin-stdin", stdin="918357").code == 0
    assert shop("people", "disable", "anna", "--json").lines == [{"id": "anna", "done": True}]
    listed = shop("people", "list", "--json").lines
    assert [(one["id"], one["role"], one["disabled"]) for one in listed] == [
        ("anna", "senior", True),
        ("maya", "manager", False),
    ]
    assert "(disabled)" in shop("people", "list").out.splitlines()[0]
    assert shop("people", "unlock", "anna").code == 0
    with opened(state) as store:
        assert store.people.verify("anna", "918357") == Person("anna", "senior")


def test_every_change_stands_in_the_log_with_the_account_that_made_it(shop: Cli) -> None:
    shop("people", "disable", "maya")
    records = shop("audit", "search", "--type", "command", "--json").lines
    bodies = [cast("dict[str, str]", record["body"]) for record in records]
    assert [body["command"] for body in bodies] == ["init", "people disable"]
    assert all(body["account"] for body in bodies)


@pytest.mark.parametrize(
    "arguments",
    [
        ("people", "role", "nobody", "cashier"),
        ("people", "disable", "nobody"),
        ("people", "role", "maya", "No Role"),
        ("people", "pin", "nobody", "--pin-stdin"),
        ("people", "add", "maya", "--name", "M", "--role", "cashier", "--pin-stdin"),
        ("audit", "show", "99"),
    ],
)
def test_a_no_is_exit_one_with_words_and_changes_nothing(
    shop: Cli, arguments: tuple[str, ...]
) -> None:
    before = shop("people", "list", "--json").out
    done = shop(*arguments, stdin=OTHER)
    assert (done.code, done.out) == (1, "")
    assert done.err.strip()
    assert "Traceback" not in done.err
    assert shop("people", "list", "--json").out == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("people", "list"),
        ("people", "disable", "maya"),
        ("audit", "search"),
        ("audit", "show", "1"),
        ("audit", "verify"),
    ],
)
def test_no_store_is_exit_two_and_says_what_to_do(cli: Cli, arguments: tuple[str, ...]) -> None:
    done = cli(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "pos-guard init" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("people", "add", "anna", PIN, "--name", "A", "--role", "cashier"),
        ("audit", "show", "0"),
        ("audit", "search", "--since", "yesterday"),
        ("audit", "search", "--limit", "0"),
        ("audit", "nothing"),
    ],
)
def test_wrong_usage_is_exit_two(shop: Cli, arguments: tuple[str, ...]) -> None:
    assert shop(*arguments).code == 2


def test_while_the_daemon_runs_reading_works_and_writing_says_what_to_do(
    shop: Cli, state: Path
) -> None:
    with opened(state):
        assert shop("people", "list").code == 0
        assert shop("audit", "verify").code == 0
        done = shop("people", "disable", "maya")
    assert done.code == 1
    assert "use the running daemon, or stop it" in done.err


def test_search_filters_and_takes_the_newest(shop: Cli, state: Path) -> None:
    with opened(state) as store, store.transaction():
        store.audit.append("verdict", {"link": "zvt", "note": "已支付"}, actor="anna")
        store.audit.append("verdict", {"link": "wechat"}, actor="ben", approver="maya")

    def found(*arguments: str) -> list[object]:
        records = shop("audit", "search", "--json", *arguments).lines
        return [record["actor"] for record in records]

    assert found("--type", "verdict") == ["anna", "ben"]
    assert found("--type", "verdict", "--limit", "1") == ["ben"]
    assert found("--link", "zvt") == ["anna"]
    assert found("--operator", "maya") == ["ben"]
    assert found("--text", "已支付") == ["anna"]
    assert found("--type", "verdict", "--since", "2100-01-01") == []
    assert found("--type", "verdict", "--since", "2020-01-01T00:00+08:00") == ["anna", "ben"]
    assert found("--until", "2020-01-01") == []


def test_a_record_is_shown_with_its_body_and_hash(shop: Cli) -> None:
    shown = shop("audit", "show", "3").out
    assert "  person       maya\n" in shown
    whole = shop("audit", "show", "3", "--json").lines[0]
    assert str(whole["hash"]) in shown


def test_text_of_others_cannot_steer_the_terminal(shop: Cli, state: Path) -> None:
    with opened(state) as store, store.transaction():
        seq = store.audit.append("note", {"text": "\x1b[2J\x9b31m\u202eevil"})
    for arguments in (("audit", "search"), ("audit", "show", str(seq))):
        said = shop(*arguments).out
        assert "evil" in said
        assert all(letter.isprintable() for letter in said.replace("\n", ""))


def test_verify_says_whole_or_where_it_was_changed(shop: Cli, state: Path) -> None:
    whole = shop("audit", "verify", "--json").lines[0]
    assert (whole["ok"], whole["count"]) == (True, 4)
    assert str(whole["head"]) in shop("audit", "verify").out
    with closing(sqlite3.connect(state / "pos-guard.db")) as connection, connection:
        connection.execute("DROP TRIGGER audit_is_not_edited")
        connection.execute("UPDATE audit SET record = zeroblob(9) WHERE seq = 2")
    done = shop("audit", "verify", "--json")
    assert done.code == 1
    assert (done.lines[0]["ok"], done.lines[0]["seq"]) == (False, 2)
    assert "record 2 was changed" in shop("audit", "verify").err


def test_a_pin_is_nowhere_in_what_commands_say(shop: Cli) -> None:
    add = ("people", "add", "anna", "--name", "Anna", "--role", "cashier", "--pin-stdin")
    for done in (shop(*add, stdin=OTHER), shop("audit", "search"), shop("people", "list")):
        assert OTHER not in done.out + done.err
        assert PIN not in done.out + done.err
