"""The command line without a device, there: what is refused, help, faults, decode, tapes.

What a system has not is refused before anything starts, with what to use instead.
"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.portable.machine import ANY, MACOS, SYSTEMS, WINDOWS, run, simulating, starting

TCP = "--tcp HOST:PORT"
PTY = f"--pty: Windows has no ptys. Use {TCP}, or --rfc2217 HOST:PORT for a serial line."
UNIX = "Windows has no Unix sockets in Python. Use --http, at a port of this machine."
X11 = "has no X11 of its own. Use"
DAEMON = "has nothing that the guard's daemon can run on"
LINUX = "This needs Linux. Here there is the simulator: pos-guard simulate DEVICE --tcp HOST:PORT"
TAPED = ["--device", "tcp:127.0.0.1:1", "--protocol", "zvt", "--tcp", ANY, "tape.jsonl"]

REFUSED = {
    WINDOWS: [
        (["simulate", "printer"], PTY),
        (["simulate", "printer", "--pty"], PTY),
        (["simulate", "terminal", "zvt", "--pty", "link"], PTY),
        (["simulate", "printer", "--usb"], f"--usb: Windows has no umockdev. Use {TCP}"),
        (["simulate", "printer", "--usbip"], "--usbip: Windows has no poll() for a USB/IP server."),
        (["simulate", "scanner", "--model", "honeywell-hidpos"], f"Use {TCP}"),
        (["simulate", "scanner", "--desktop"], f"--desktop: Windows {X11} {TCP}"),
        (["simulate", "printer", "--tcp", ANY, "--control", "c"], f"--control c: {UNIX}"),
        (["simulate", "printer", "--tcp", ANY, "--http", "unix:c"], f"--http unix:c: {UNIX}"),
        (
            ["simulate", "scenario", "pty.toml"],
            "line 1: device.printer: Windows has no ptys: write",
        ),
        (["simulate", "scenario", "guard.toml"], f"line 4: guard: Windows {DAEMON}"),
        (["run", "--simulated"], LINUX),
        (["init", "--state", "state"], LINUX),
        (["demo"], LINUX),
        (["campaign", "sale"], LINUX),
        (["tape", "record", *TAPED], LINUX),
    ],
    MACOS: [
        (["simulate", "printer", "--usb"], f"--usb: macOS has no umockdev. Use {TCP}"),
        (["simulate", "scanner", "--desktop"], f"--desktop: macOS {X11} {TCP}"),
        (["simulate", "printer", "--pty", "--control", "c" * 104], "longer than 103 bytes"),
        (["simulate", "scenario", "guard.toml"], f"line 4: guard: macOS {DAEMON}"),
        (["run", "--simulated"], "The guard runs on Linux."),
        (["campaign", "sale"], f"campaign: macOS {DAEMON}"),
    ],
}

PIPE = {WINDOWS: "cp1252", MACOS: "utf-8"}
"""What Python writes into a pipe there by itself, in Western Europe."""

FILES = {
    "pty.toml": '[device.printer]\nkind = "printer"\n',
    "guard.toml": '[device.t]\nkind = "terminal zvt"\nlevel = "tcp"\n[guard]\n',
}


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str


def told(system: str, lines: list[list[str]], folder: Path) -> list[Told]:
    """What the command lines say there."""
    script = Path(__file__).with_name("commands_there.py")
    done = run(system, str(script), PIPE[system], json.dumps(lines), folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return [Told(*one) for one in json.loads(done.stdout)]


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_it_has_not_is_refused(system: str, tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = told(system, [words for words, _ in REFUSED[system]], tmp_path)
    for one, (words, said) in zip(found, REFUSED[system], strict=True):
        assert (one.code, one.out) == (2, ""), words
        assert said in " ".join(one.err.split()), words
    assert {path.name for path in tmp_path.iterdir()} == {*FILES}


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_needs_no_device(system: str, tmp_path: Path) -> None:
    (tmp_path / "slip.bin").write_bytes(b"\x1b@Corner shop\n\x1dV\x00")
    (tmp_path / "tape.jsonl").write_text(TAPE, encoding="utf-8")
    lines = [
        ["--help"],
        ["faults", "--lang", "zh"],
        ["decode", "escpos", "slip.bin"],
        ["tape", "show", "tape.jsonl"],
    ]
    helped, faults, decoded, shown = told(system, lines, tmp_path)
    for one in (helped, faults, decoded, shown):
        assert (one.code, one.err) == (0, "")
    lines_of_two = (line.split(maxsplit=1) for line in helped.out.splitlines())
    summary = {line[0]: line[1] for line in lines_of_two if len(line) == 2}
    assert summary["simulate"].startswith("Simulate devices")
    assert (summary["init"] == "(needs Linux)") == (system == WINDOWS)
    assert "防护程序的文件不能再变大" in faults.out  # which no Western code page has
    assert "Corner shop" in decoded.out
    assert '"04": 1250' in shown.out


# As docs/tape.md shows one: a terminal's answer to a payment.
TAPE = """\
{"tape": 1, "device": "tcp:192.168.1.60:20007", "protocol": "zvt", "created": 0, "masked": true}
{"t": 0, "is": "connect"}
{"t": 1204, "to": "device", "hex": "06010704000000001250"}
{"t": 9377, "to": "app", "hex": "800000"}
{"t": 10000, "is": "close"}
"""


def test_a_tape_is_recorded_on_macos(tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    with simulating(MACOS, "terminal", "zvt", "--tcp", ANY) as terminal:
        host, port = terminal.address
        words = ["record", "--device", f"tcp:{host}:{port}", "--protocol", "zvt", "--tcp", ANY]
        with (
            starting(MACOS, "tape", *words, str(tape)) as recorder,
            socket.create_connection(recorder.address, timeout=10) as till,
        ):
            till.sendall(bytes.fromhex("06010704000000001250"))
            assert till.recv(3) == bytes.fromhex("800000")
    assert '"hex": "06010704000000001250"' in tape.read_text(encoding="utf-8")


def test_a_tape_is_played_on_windows(tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    tape.write_text(TAPE, encoding="utf-8")
    with (
        simulating(WINDOWS, "tape", str(tape), "--tcp", ANY) as device,
        socket.create_connection(device.address, timeout=10) as till,
    ):
        till.sendall(bytes.fromhex("06010704000000001250"))
        assert till.recv(3) == bytes.fromhex("800000")
