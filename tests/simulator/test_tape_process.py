"""``pos-guard tape record``, ``simulate tape`` and ``tape show`` as processes at real ports."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import serial
from click.testing import CliRunner

from pos_guard.errors import LocalError
from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import ApduFramer
from pos_guard_simulator.commands import simulate
from pos_guard_simulator.tape.command import tape
from pos_guard_simulator.tape.lines import Happened, read_tape
from tests.simulator.simulate_process import ENVIRONMENT, Control, command, simulating

LOCAL = "127.0.0.1:0"


@contextmanager
def recording(*arguments: str) -> Iterator[dict[str, Any]]:
    """A recorder that is ready; it ends with exit code 0."""
    process = subprocess.Popen(
        command("tape", "record", *arguments),
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line, process.communicate()[1]
            yield json.loads(line)
        finally:
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (0, ""), err


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def dial(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def units(till: socket.socket, count: int) -> list[bytes]:
    """So many ZVT units of the terminal."""
    framer = ApduFramer()
    found: list[bytes] = []
    while len(found) < count:
        framer.feed(till.recv(4096))
        while (unit := framer.take()) is not None:
            found.append(unit.raw)
    return found


def pay(address: str, amount: int = 1250) -> list[bytes]:
    """What a terminal says to a payment."""
    with dial(address) as till:
        till.sendall(zvt_build.authorisation(amount, "EUR"))
        said = units(till, 2)
        till.sendall(zvt_build.ack)
        said += units(till, 1)
        till.sendall(zvt_build.ack)
    return said


def test_a_terminal_on_the_network_is_recorded_and_played_again(tmp_path: Path) -> None:
    out, control = tmp_path / "card.jsonl", tmp_path / "control"
    with simulating("terminal", "zvt", "--tcp", LOCAL) as terminal:
        device = f"tcp:{terminal.ready['addresses']['tcp']}"
        with recording("--device", device, "--protocol", "zvt", "--tcp", LOCAL, str(out)) as ready:
            assert ready["tape"] == str(out)
            said = pay(ready["addresses"]["tcp"])
    found = read_tape(out)
    assert (found.header.device, found.header.protocol, found.torn) == (device, "zvt", False)
    assert found.lines[0] == Happened(found.lines[0].at_us, "connect")
    with (
        simulating(
            "tape", str(out), "--tcp", LOCAL, "--strict", "--control", str(control)
        ) as player,
        Control(control) as test,
    ):
        assert player.ready["protocol"] == "zvt"
        assert pay(player.ready["addresses"]["tcp"]) == said
        while (state := test.ask("state"))["exact"] < 3:
            pass
        assert (state["unknown"], state["left"]) == (0, 0)


def test_a_printer_on_a_serial_line_is_recorded(tmp_path: Path) -> None:
    out, link, app = tmp_path / "p.jsonl", tmp_path / "printer", tmp_path / "app"
    asked = b"\x1b@Card 4012888888881881\n\x10\x04\x01\x1dr\x01"
    with (
        simulating("printer", "--pty", str(link)),
        recording(
            "--device", f"serial:{link}:115200", "--protocol", "escpos", "--pty", str(app), str(out)
        ) as ready,
    ):
        assert ready["addresses"] == {"pty": str(app)}
        with serial.Serial(str(app), 115200, timeout=10) as till:
            till.write(asked)
            said = till.read(2)
    assert said == b"\x12\x00"
    assert b"4012888888881881".hex().encode() not in out.read_bytes()
    assert out.stat().st_mode & 0o777 == 0o600
    with (
        simulating("tape", str(out), "--speed", "fast") as player,
        serial.Serial(player.pty, 115200, timeout=10) as till,
    ):
        till.write(asked)
        assert till.read(2) == said
    shown = run("tape", "show", str(out))
    assert "secrets replaced" in shown.stdout
    assert '> TEXT  {"text": "Card 4111111111111111"}' in shown.stdout or "****" in shown.stdout
    assert json.loads(run("tape", "show", "--json", str(out)).stdout.splitlines()[0])["masked"]


def test_strict_ends_with_exit_code_1_and_says_what_was_not_on_the_tape(tmp_path: Path) -> None:
    out = tmp_path / "t.jsonl"
    with simulating("terminal", "zvt", "--tcp", LOCAL) as terminal:
        device = f"tcp:{terminal.ready['addresses']['tcp']}"
        with recording("--device", device, "--protocol", "zvt", "--tcp", LOCAL, str(out)) as ready:
            pay(ready["addresses"]["tcp"])
    process = subprocess.Popen(
        command("simulate", "tape", str(out), "--tcp", LOCAL, "--strict"),
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        with dial(ready["addresses"]["tcp"]) as till:
            till.sendall(zvt_build.authorisation(1, "EUR"))
            assert till.recv(100) == b"", "hung up"
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=15)
    assert (process.returncode, err) == (1, "not on the tape: authorisation, 13 bytes\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--device", "tcp:127.0.0.1:1", "--protocol", "iso8583-cup"), "MAC"),
        (("--device", "hid:scanner", "--protocol", "lines"), "no stream of bytes"),
        (("--device", "nonsense", "--protocol", "zvt"), "is no address"),
        (
            ("--device", "tcp:127.0.0.1:1", "--protocol", "zvt", "--tcp", LOCAL, "--pty", "x"),
            "One place",
        ),
        (("--device", "tcp:127.0.0.1:1", "--protocol", "zvt", "--tcp", "x"), "HOST:PORT"),
    ],
)
def test_what_cannot_be_recorded_is_said(
    tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = CliRunner().invoke(tape, ["record", *arguments, str(tmp_path / "t.jsonl")])
    assert done.exit_code == 2
    assert says in done.stderr
    assert not (tmp_path / "t.jsonl").exists()


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    out = str(tmp_path / "t.jsonl")
    done = run("tape", "record", "--device", f"tcp:127.0.0.1:{port}", "--protocol", "zvt", out)
    assert done.returncode != 0
    assert "Connect call failed" in done.stderr


def test_a_file_that_is_no_tape(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("{}\n")
    for name, says in (("none", "does not exist"), ("bad", "no tape of version")):
        done = CliRunner().invoke(simulate, ["tape", str(tmp_path / name)])
        assert done.exit_code == 2
        assert says in done.stderr
    done = CliRunner().invoke(tape, ["show", str(tmp_path / "bad")])
    assert isinstance(done.exception, LocalError)
