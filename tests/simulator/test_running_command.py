"""``pos-guard simulate … -- COMMAND``: the program, its exit code, its streams, its environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pos_guard.ports.address import Kind
from pos_guard_simulator.commands import simulate
from pos_guard_simulator.running.command import run_command
from pos_guard_simulator.simulate_place import Place, Places, place_of
from pos_guard_simulator.stage.ending import Ending
from tests.simulator.simulate_process import ENVIRONMENT, command


def run(
    device: str, *argv: str, stdin: str = "", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("simulate", *device.split(), "--", *argv),
        env={**ENVIRONMENT, **(environment or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_command_has_our_streams_and_knows_where_the_device_is() -> None:
    script = 'read typed; echo "$typed"; printf "%s\\n" "$POS_GUARD_SIMULATE"; echo oh >&2; exit 7'
    done = run("scanner --tcp 127.0.0.1:0", "sh", "-c", script, stdin="for the command\n")
    typed, said = done.stdout.splitlines()
    assert (done.returncode, typed) == (7, "for the command")
    ready = json.loads(said)
    assert ready["device"] == "scanner"
    assert ready["addresses"]["tcp"].startswith("127.0.0.1:")
    assert "environment" not in ready, "there is no machine whose USB it could see"
    assert done.stderr.splitlines() == [said, "oh"]


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["true"], 0),
        (["sh", "-c", "kill -9 $$"], 137),
        (["sh", "-c", "kill -INT $$"], 130),
        (["{directory}"], 126),
        (["{directory}/nothing"], 127),
        (["sh", "-c", 'test "$1" = --', "sh", "--"], 0),
    ],
)
def test_the_exit_code_is_what_a_shell_would_say(
    argv: list[str], code: int, tmp_path: Path
) -> None:
    done = run("printer --tcp 127.0.0.1:0", *(one.format(directory=tmp_path) for one in argv))
    assert done.returncode == code
    said = done.stderr.splitlines()[1:]
    assert len(said) == (1 if code in (126, 127) else 0)
    assert all(line.startswith(str(tmp_path)) for line in said)


def test_a_run_that_is_ended_ends_its_command() -> None:
    ended = Ending()
    ended.set()
    assert run_command(["sh", "-c", "sleep 60"], {}, ended) == 143


WAITS = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
open(sys.argv[1], "wb").close()
sys.exit(5 if signal.sigtimedwait({signal.SIGTERM}, 20) else 6)
"""


def test_a_signal_that_wakes_nobody_is_passed_on_at_once(tmp_path: Path) -> None:
    """One that the system gives to another thread; or that comes just before the main one waits.

    Either way the handler runs when the main thread does something, and that waits.
    """
    started = tmp_path / "started"
    os.mkfifo(started)

    def send() -> None:
        started.read_bytes()
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    sender = threading.Thread(target=send)
    sender.start()
    code = run_command([sys.executable, "-c", WAITS, str(started)], {}, Ending())
    sender.join()
    assert code == 5, "6: it was told nothing"


def test_the_ready_line_goes_into_a_file_and_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    done = run(f"printer --tcp 127.0.0.1:0 --ready-file {file}", "cat", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["ready"] is True
    assert [one.name for one in tmp_path.iterdir()] == ["ready.json"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["printer", "--"], "After -- comes a command"),
        (
            ["printer", "--ready-file", "/nowhere/ready"],
            "--ready-file /nowhere/ready: No such file",
        ),
        (["printer", "--usb", "cable"], "'cable' is not one of 'device', 'ftdi'"),
        (["printer", "--usb", "--tcp", "127.0.0.1:0"], "One place, please"),
        (["provider", "wechat", "--usb"], "It has no serial line"),
        (["host", "iso8583", "--usbip"], "It has no serial line"),
    ],
)
def test_what_cannot_be_is_said(arguments: list[str], words: str) -> None:
    done = CliRunner().invoke(simulate, arguments)
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())


def test_options_of_the_usb_are_shown_where_a_device_has_any() -> None:
    shown = {
        device: CliRunner().invoke(simulate, [*device.split(), "--help"]).stdout
        for device in ("printer", "scanner", "terminal zvt", "terminal caisse-ap", "host iso8583")
    }
    assert {device for device, text in shown.items() if "--usbip" in text and "--usb " in text} == {
        "printer",
        "scanner",
        "terminal zvt",
    }


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (Places(usb="ftdi"), Place(usb="ftdi")),
        (Places(), Place()),
        (Places(pty=""), Place(pty=True)),
        (Places(pty="/tmp/x"), Place(pty=True, link="/tmp/x")),
    ],
)
def test_options_make_a_place(given: Places, place: Place) -> None:
    assert place_of(given, usual=Kind.PTY) == place
    assert place.serial


def test_a_usb_ip_place_has_an_address() -> None:
    place = place_of(Places(usbip="127.0.0.1:3240"), usual=Kind.PTY)
    assert place.usbip is not None
    assert (place.usbip.host, place.usbip.port) == ("127.0.0.1", 3240)
    assert place.on_usb
    assert place_of(Places(usbip="127.0.0.1:3240", usb="ftdi"), usual=Kind.PTY).usb == "ftdi"
    with pytest.raises(click.UsageError, match="write HOST:PORT"):
        place_of(Places(usbip="here"), usual=Kind.PTY)
