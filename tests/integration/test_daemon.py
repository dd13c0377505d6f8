"""The daemon as a process of its own, as a till meets it: ptys, sockets, bytes, kill -9."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import serial

from pos_guard.api.client import DecisionClient
from pos_guard.ports.keeper_client import KeeperClient
from tests.shop import PINS, POLICY, TERMINAL_ID, shop

ROOT = str(Path(__file__).resolve().parents[2])
ENVIRONMENT = {**os.environ, "PYTHONPATH": ROOT}

CONFIG = """
[[link]]
name = "zvt"
protocol = "zvt"
app = "tcp:127.0.0.1:0"
device = "tcp:127.0.0.1:{terminal}"

[[link]]
name = "printer"
protocol = "escpos"
app = "pty:{run}/till-printer"
device = "tcp:127.0.0.1:{printer}"
[link.printer]
idle_ms = 50
"""


@dataclass
class Site:
    """A shop's directory, and the two devices that the test plays."""

    directory: Path
    terminal: socket.socket
    printer: socket.socket

    @property
    def decide(self) -> Path:
        return self.directory / "run" / "decide.sock"

    def start(self) -> tuple[subprocess.Popen[str], int]:
        """Start the daemon; returns it and the port of its ZVT side."""
        daemon = subprocess.Popen(
            [sys.executable, "-m", "pos_guard", "run", "--config", "guard.toml"],
            cwd=self.directory,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert daemon.stdout is not None
        ready = json.loads(daemon.stdout.readline())
        assert ready["ready"] is True
        assert ready["links"][1]["app"] == f"pty:{self.directory}/run/till-printer"
        return daemon, int(ready["links"][0]["app"].rpartition(":")[2])


def end(daemon: subprocess.Popen[str], number: signal.Signals) -> int:
    daemon.send_signal(number)
    code = daemon.wait(15)
    assert daemon.stdout is not None
    daemon.stdout.close()
    return code


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = shop(tmp_path, durable=True)
    made.store.close()
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    with (
        socket.create_server(("127.0.0.1", 0)) as terminal,
        socket.create_server(("127.0.0.1", 0)) as printer,
    ):
        terminal.settimeout(15)
        printer.settimeout(15)
        text = CONFIG.format(
            run=tmp_path / "run",
            terminal=terminal.getsockname()[1],
            printer=printer.getsockname()[1],
        )
        (tmp_path / "guard.toml").write_text(text, encoding="utf-8")
        yield Site(tmp_path, terminal, printer)
    if (tmp_path / "run" / "keeper.sock").exists():
        keeper = KeeperClient(tmp_path / "run" / "keeper.sock")
        keeper.stop()
        keeper.close()


def read_exactly(peer: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = peer.recv(count - len(data))
        assert more, f"hung up after {data.hex()}"
        data += more
    return data


def test_a_refund_without_permission_is_refused_and_the_terminal_hears_nothing(
    site: Site,
) -> None:
    daemon, port = site.start()
    terminal, _ = site.terminal.accept()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as till, terminal:
        with DecisionClient(site.decide) as console:
            console.context(operator="anna")
        till.sendall(bytes.fromhex("06 31 0A 00 00 00 04 00 00 00 00 12 50"))
        assert read_exactly(till, 3).hex() == "800000"
        till.sendall(bytes.fromhex("80 00 00"))
        assert read_exactly(till, 4).hex() == "061e0183"
        till.sendall(bytes.fromhex("80 00 00"))
        terminal.settimeout(0.3)
        with pytest.raises(TimeoutError):
            terminal.recv(1)
    assert end(daemon, signal.SIGTERM) == 0


def test_a_till_prints_on_through_kill_9_of_the_daemon(site: Site) -> None:
    daemon, _ = site.start()
    printer, _ = site.printer.accept()
    printer.settimeout(10)
    with serial.Serial(str(site.directory / "run" / "till-printer"), timeout=10) as till:
        till.write(b"\x1b@Welcome\n\x1dV\x00")
        assert b"Welcome" in read_exactly(printer, 13)
        assert end(daemon, signal.SIGKILL) == -signal.SIGKILL
        printer.close()
        till.write(b"Good bye\n\x1dV\x00")
        daemon, _ = site.start()
        printer, _ = site.printer.accept()
        printer.settimeout(10)
        assert b"Good bye" in read_exactly(printer, 12)
        printer.sendall(b"\x12")
        assert till.read(1) == b"\x12"
        printer.close()
    assert end(daemon, signal.SIGTERM) == 0


def test_a_verdict_without_an_answer_is_unknown_after_kill_9(site: Site) -> None:
    daemon, _ = site.start()
    with DecisionClient(site.decide) as app:
        app.context(operator="ben", order={"id": "A1", "total": 1250, "currency": "EUR"})
        verdict = app.ask("sale", "card", 1250, currency="EUR", payee=TERMINAL_ID)
        assert verdict["allowed"], verdict
        end(daemon, signal.SIGKILL)
    daemon, _ = site.start()
    with DecisionClient(site.decide) as app:
        order = app.request("query", order="A1")["order"]
        assert order == {"posted": 0, "reserved": 0, "unknown": 1250}
        again = app.ask("sale", "card", 1250, currency="EUR", payee=TERMINAL_ID)
        assert again["reason"] == "unresolved"
    end(daemon, signal.SIGTERM)


def test_a_second_daemon_on_one_store_is_refused(site: Site) -> None:
    daemon, _ = site.start()
    second = subprocess.run(
        [sys.executable, "-m", "pos_guard", "run", "--config", "guard.toml"],
        cwd=site.directory,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert "another" in second.stderr
    assert "Traceback" not in second.stderr
    end(daemon, signal.SIGTERM)


def run(*arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pos_guard", *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_supervisor_approves_at_a_console(site: Site) -> None:
    daemon, _ = site.start()
    with DecisionClient(site.decide) as app:
        app.context(operator="ben", order={"id": "A1", "total": 9000, "currency": "EUR"})
        sale = app.ask("sale", "card", 9000, currency="EUR", payee=TERMINAL_ID)
        app.result(int(str(sale["decision"])), "approved", amount=9000, currency="EUR")
        app.context(operator="ben", original=sale["sale_id"])
        refund = app.ask("refund", "card", 5000, currency="EUR", payee=TERMINAL_ID)
        number = int(str(refund["decision"]))
        shown = run("approve", cwd=site.directory)
        asked = f"{number}  refund 50.00 EUR, card, sale {sale['sale_id']}, by ben"
        assert shown.stdout == f"{asked}, needs a second person's approval\n"
        wrong = run("approve", str(number), "--as", "ben", "--pin-stdin",
                    cwd=site.directory, stdin=PINS["ben"] + "\n")  # fmt: skip
        assert (wrong.returncode, "Traceback" in wrong.stderr) == (1, False)
        right = run("approve", str(number), "--as", "maya", "--pin-stdin",
                    cwd=site.directory, stdin=PINS["maya"] + "\n")  # fmt: skip
        assert right.returncode == 0, right.stderr
        assert app.wait(number, 5)["allowed"] is True
    assert run("approve", cwd=site.directory).stdout == "Nothing waits for approval.\n"
    end(daemon, signal.SIGTERM)


def test_a_manager_resolves_what_nobody_knows(site: Site) -> None:
    daemon, _ = site.start()
    with DecisionClient(site.decide) as app:
        app.context(order={"id": "A1", "total": 900, "currency": "EUR"})
        sale = app.ask("sale", "card", 900, currency="EUR", payee=TERMINAL_ID)
    number = str(sale["decision"])
    with DecisionClient(site.decide) as app:
        again = app.ask("sale", "card", 900, currency="EUR", payee=TERMINAL_ID)
        assert again["reason"] == "unresolved"
        shown = run("resolve", cwd=site.directory).stdout
        assert shown == f"{number}  sale 9.00 EUR, card, sale T1-000001\n"
        may_not = run("resolve", number, "declined", "--as", "ben", "--pin-stdin",
                      cwd=site.directory, stdin=PINS["ben"] + "\n")  # fmt: skip
        assert may_not.returncode == 1
        assert run("resolve", number, cwd=site.directory).returncode == 2
        done = run("resolve", number, "declined", "--as", "maya", "--pin-stdin",
                   cwd=site.directory, stdin=PINS["maya"] + "\n")  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert run("resolve", cwd=site.directory).stdout == "Every outcome is known.\n"
        assert app.ask("sale", "card", 900, currency="EUR", payee=TERMINAL_ID)["allowed"] is True
    end(daemon, signal.SIGTERM)


def test_a_frozen_link_works_again_once_a_manager_says_so(site: Site) -> None:
    daemon, _ = site.start()
    with DecisionClient(site.decide) as app:
        app.context(order={"id": "A1", "total": 900, "currency": "EUR"})
        sale = app.ask("sale", "card", 900, currency="EUR", payee=TERMINAL_ID)
        app.result(int(str(sale["decision"])), "approved", amount=9000, currency="EUR")
        app.context(order={"id": "A2", "total": 100, "currency": "EUR"})
        frozen = app.ask("sale", "card", 100, currency="EUR", payee=TERMINAL_ID)
        assert frozen["reason"] == "frozen"
        wrong = run("thaw", "app", "--as", "maya", "--pin-stdin", cwd=site.directory, stdin="1\n")
        assert wrong.returncode == 1
        right = run("thaw", "app", "--as", "maya", "--pin-stdin",
                    cwd=site.directory, stdin=PINS["maya"] + "\n")  # fmt: skip
        assert right.stdout == "app works again.\n", right.stderr
        assert app.ask("sale", "card", 100, currency="EUR", payee=TERMINAL_ID)["allowed"] is True
    end(daemon, signal.SIGTERM)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "No settings"),
        (("--config", "none.toml"), "none.toml"),
        (("--config", "broken.toml"), "line 1"),
        (("--config", "no-store.toml"), "pos-guard init"),
    ],
)
def test_what_cannot_run_says_what_to_do(
    site: Site, arguments: tuple[str, ...], words: str
) -> None:
    (site.directory / "broken.toml").write_text("[[lnk]]\n", encoding="utf-8")
    config = (site.directory / "guard.toml").read_text(encoding="utf-8")
    (site.directory / "no-store.toml").write_text('state = "x"\n' + config, encoding="utf-8")
    done = run("run", *arguments, cwd=site.directory)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_store_is_no_guard(site: Site) -> None:
    shutil.rmtree(site.directory / "state" / "keys")
    done = run("run", "--config", "guard.toml", cwd=site.directory)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
