"""``pos-guard payees``: on the store, and through the running guard."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.api.client import DecisionClient
from pos_guard.cli.payees import is_due
from pos_guard.clock import SECOND, SystemClock
from pos_guard.store.store import Store
from tests.api.decision_server import serving
from tests.cli.shell import Cli, Done, shell
from tests.shop import PINS, Shop, shop

GOLDEN = Path(__file__).parents[1] / "golden" / "scan_checks.json"
CODES = {name: entry["payload"] for name, entry in json.loads(GOLDEN.read_text("utf-8")).items()}
OURS, OTHER = CODES["receive_wechat"], CODES["receive_alipay"]
EPC = "BCD\n002\n1\nSCT\n\nFranz Mustermann\nDE71110220330123456789\nEUR12.30\n\nRF18539007547034\n"


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs the command line as a shell would; ``stdin`` is what a pipe brings."""
    monkeypatch.setenv("POS_GUARD_STATE", str(tmp_path / "state"))

    return shell(capsys, monkeypatch)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A store of its own."""
    path = tmp_path / "state"
    Store.create(path, clock=SystemClock(), terminal_id="T1", durable=False, scrypt_log2n=4).close()
    return path


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    """A running guard, and its socket at ``run/decide.sock``."""
    made = shop(tmp_path)
    with serving(made.guard, tmp_path / "run" / "decide.sock"):
        yield made
    made.store.close()


def add(cli: Cli, name: str = "counter 1", payload: str = OURS) -> Done:
    return cli("payees", "add", name, payload, "--place", "left")


def test_a_sticker_is_registered_listed_checked_and_forgotten(cli: Cli, state: Path) -> None:
    assert state.is_dir()
    assert add(cli).code == 0
    listed = cli("payees", "list", "--json").lines
    assert [(one["name"], one["place"], one["kind"]) for one in listed] == [
        ("counter 1", "left", "receive_code")
    ]
    right = cli("payees", "check", OURS, "--name", "counter 1")
    assert (right.code, "registered code" in right.out) == (0, True)
    wrong = cli("payees", "check", OTHER, "--name", "counter 1")
    assert wrong.code == 1
    assert "被调换" in wrong.out
    assert "swapped" in cli("payees", "list").out
    assert cli("payees", "remove", "counter 1").code == 0
    assert cli("payees", "list").out == ""


def test_machines_read_json(cli: Cli, state: Path) -> None:
    assert state.is_dir()
    added = cli("payees", "add", "one", OURS, "--place", "left", "--json").lines[0]
    assert (added["name"], added["scheme"]) == ("one", "wechat")
    done = cli("payees", "check", "-", "--json", stdin=OURS + "\r\n")
    assert (done.code, done.lines[0]["found"], done.lines[0]["name"]) == (0, "same", "one")
    done = cli("payees", "check", "-", "--json", stdin="hello\n")
    assert (done.code, done.lines[0]["found"], done.lines[0]["right"]) == (1, "unknown", False)
    assert cli("payees", "remove", "one", "--json").lines == [{"name": "one", "done": True}]


@pytest.mark.parametrize("way", ["stdin", "file", "base64", "argument"])
def test_the_code_comes_in_every_way(cli: Cli, state: Path, tmp_path: Path, way: str) -> None:
    assert state.is_dir()
    file = tmp_path / "code.txt"
    file.write_text(EPC, encoding="utf-8")
    packed = base64.b64encode(EPC.encode()).decode()
    arguments = {
        "stdin": ("-",),
        "file": ("--file", str(file)),
        "base64": (packed, "--base64"),
        "argument": (EPC,),
    }[way]
    assert cli("payees", "add", "one", *arguments, "--place", "wall", stdin=EPC).code == 0
    assert cli("payees", "check", EPC).code == 0


def test_an_encoding_is_said_never_guessed(cli: Cli, state: Path, tmp_path: Path) -> None:
    assert state.is_dir()
    file = tmp_path / "code.txt"
    file.write_bytes("https://例え.example/店".encode("gb18030"))
    arguments = ("payees", "add", "one", "--place", "wall", "--file", str(file))
    assert cli(*arguments).code == 1
    assert cli(*arguments, "--encoding", "gb18030").code == 0
    assert cli(*arguments, "--encoding", "klingon").code == 2


def test_due_lists_what_was_not_found_right_today(cli: Cli, state: Path) -> None:
    assert state.is_dir()
    assert cli("payees", "check", "--due").code == 0
    add(cli, "one", OURS)
    add(cli, "two", OTHER)
    assert cli("payees", "check", OURS).code == 0
    assert cli("payees", "check", OURS, "--name", "two").code == 1
    due = cli("payees", "check", "--due", "--json")
    assert (due.code, [one["name"] for one in due.lines]) == (1, ["two"])
    assert cli("payees", "check", OTHER).code == 0
    assert cli("payees", "check", "--due").code == 0


@pytest.mark.parametrize(
    ("checked", "found", "due"),
    [(None, None, True), (0, "same", False), (0, "swapped", True), (26 * 3600, "same", True)],
)
def test_a_day_is_a_day_of_the_calendar(
    checked: int | None, found: str | None, *, due: bool
) -> None:
    now = 1_767_268_800 * SECOND  # noon UTC on 2026-01-01
    at = None if checked is None else now - checked * SECOND
    assert is_due({"checked_us": at, "checked_as": found}, now) is due


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("payees", "add", "one", CODES["wechat"], "--place", "left"), 1),
        (("payees", "add", "one", "hello", "--place", "left"), 1),
        (("payees", "add", "one", OURS, "--place", ""), 1),
        (("payees", "add", "one", OURS), 2),
        (("payees", "add", "one", "###", "--base64", "--place", "left"), 2),
        (("payees", "add", "one", "--file", "no-such-file", "--place", "left"), 2),
        (("payees", "remove", "nothing"), 1),
        (("payees", "check", OURS, "--name", "nothing"), 1),
        (("payees", "check", "--scan"), 2),
        (("payees", "check", "--scan", "--seconds", "0"), 2),
        (("payees", "check", "x" * 50_000), 2),
    ],
)
def test_what_cannot_be_done_is_told_without_a_traceback(
    cli: Cli, state: Path, arguments: tuple[str, ...], code: int
) -> None:
    assert state.is_dir()
    done = cli(*arguments)
    assert (done.code, done.out) == (code, "")
    assert done.err.strip()
    assert "Traceback" not in done.err
    assert CODES["wechat"] not in done.err


@pytest.mark.parametrize("arguments", [("list",), ("check", OURS), ("check", "--due")])
def test_no_store_is_exit_two(cli: Cli, arguments: tuple[str, ...]) -> None:
    done = cli("payees", *arguments)
    assert done.code == 2
    assert "pos-guard init" in done.err


def test_every_change_names_the_account(cli: Cli, state: Path) -> None:
    add(cli)
    with Store.open(state, clock=SystemClock(), readonly=True) as store:
        record = next(iter(store.audit.records(kind="sticker")))
    assert record.actor
    assert record.body["account"] == record.actor
    assert OURS not in json.dumps(record.as_json())


def test_through_the_running_guard_a_manager_signs(cli: Cli, corner: Shop, tmp_path: Path) -> None:
    socket = ("--socket", str(tmp_path / "run" / "decide.sock"))
    person = (*socket, "--pin-stdin", "--as")
    added = ("payees", "add", "one", OURS, "--place", "left", *person)
    assert cli(*added, "anna", stdin=PINS["anna"] + "\n").code == 1
    assert cli(*added, "maya", stdin=PINS["maya"] + "\n").code == 0
    assert [one["name"] for one in cli("payees", "list", "--json", *socket).lines] == ["one"]
    assert cli("payees", "check", OURS, *socket).code == 0
    assert cli("payees", "check", OTHER, "--name", "one", *socket).code == 1
    assert cli("payees", "check", "--due", *socket).code == 1
    assert cli("payees", "list").code == 0, "reading works beside the running guard"
    busy = cli("payees", "check", OURS)
    assert (busy.code, "running daemon" in busy.err) == (1, True)
    assert cli("payees", "remove", "one", *person, "maya", stdin=PINS["maya"] + "\n").code == 0
    assert corner.store.stickers.all() == ()


def test_the_next_scan_at_the_till_is_checked(cli: Cli, corner: Shop, tmp_path: Path) -> None:
    path = tmp_path / "run" / "decide.sock"
    with DecisionClient(path) as till:
        till.request(
            "payees_add", name="one", place="left", payload=OURS, person="maya", pin=PINS["maya"]
        )
    checked = threading.Event()

    def scan_until_checked() -> None:
        with DecisionClient(path) as till:
            while not checked.is_set():
                if "checked" in till.request("scan", payload=OURS):
                    checked.set()

    till_thread = threading.Thread(target=scan_until_checked)
    till_thread.start()
    done = cli("payees", "check", "--scan", "--name", "one", "--socket", str(path), "--json")
    checked.set()
    till_thread.join()
    assert (done.code, done.lines[0]["found"]) == (0, "same")
    kept = corner.store.stickers.get("one")
    assert kept is not None
    assert kept.checked_as == "same"


def test_a_scan_that_never_comes_is_a_no(cli: Cli, corner: Shop, tmp_path: Path) -> None:
    assert corner.store.stickers.all() == ()
    path = str(tmp_path / "run" / "decide.sock")
    done = cli("payees", "check", "--scan", "--seconds", "1", "--socket", path)
    assert done.code == 1
    assert "Nothing was scanned" in done.out
