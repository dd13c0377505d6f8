"""The command as a process of its own: signals, a control socket, the web."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.scenario.scenes import PRINTER, TERMINAL, scene, shell
from tests.simulator.simulate_process import ENVIRONMENT, Control, command


@contextmanager
def playing(
    file: Path, *arguments: str
) -> Generator[tuple[subprocess.Popen[str], dict[str, Any]], None, None]:
    """The process, and its ready line."""
    process = subprocess.Popen(
        command("simulate", "scenario", str(file), "--json", *arguments),
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            yield process, json.loads(line)
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    """Exit code and verdict."""
    out, err = process.communicate(timeout=30)
    assert err == ""
    return process.returncode, json.loads(out.splitlines()[-1])


EXPECTED = """
[[expect]]
device = "printer"
receipts = 1

[[expect]]
device = "terminal"
moved = []
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_a_verdict(tmp_path: Path, number: signal.Signals) -> None:
    file = scene(tmp_path, PRINTER + TERMINAL + EXPECTED)
    junit = tmp_path / "junit.xml"
    with playing(file, "--junit", str(junit)) as (process, ready):
        assert list(ready["devices"]) == ["printer", "terminal"]
        process.send_signal(number)
        code, verdict = ended(process)
    assert (code, verdict["met"], verdict["ended_by"]) == (1, False, "stopped")
    unmet = [one["title"] for one in verdict["outcomes"] if not one["met"]]
    assert unmet == ["printer cuts 1 receipts"]
    assert b'failures="1"' in junit.read_bytes()


def test_a_signal_where_all_is_met(tmp_path: Path) -> None:
    with playing(scene(tmp_path, PRINTER)) as (process, _):
        process.send_signal(signal.SIGTERM)
        code, verdict = ended(process)
    assert (code, verdict["met"], verdict["outcomes"]) == (0, True, [])


def test_a_signal_ends_the_app_too(tmp_path: Path) -> None:
    told = tmp_path / "told"
    app = shell("trap 'echo bye > told; exit 0' TERM; echo on > told; sleep 600 & wait")
    ready = tmp_path / "ready.json"
    file = scene(tmp_path, PRINTER + app.replace("'''", '"""'))
    process = subprocess.Popen(
        command("simulate", "scenario", str(file), "--json", "--ready-file", str(ready)),
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        while not (told.exists() and told.read_text() == "on\n"):
            assert process.poll() is None
        assert json.loads(ready.read_text())["ready"] is True
        process.send_signal(signal.SIGTERM)
        code, verdict = ended(process)
    assert told.read_text() == "bye\n"
    assert (code, verdict["ended_by"]) == (1, "stopped")
    assert verdict["outcomes"][0]["problems"][0]["en"] == "the app has not ended by itself"


def print_to(ready: dict[str, Any], data: bytes) -> None:
    """A till of somebody else's, on TCP."""
    places = ready["devices"]["printer"]["addresses"]
    host, _, port = places["tcp"].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as till:
        till.sendall(data)


def test_an_app_that_is_started_elsewhere(tmp_path: Path) -> None:
    with playing(scene(tmp_path, PRINTER + TERMINAL + EXPECTED)) as (process, ready):
        print_to(ready, b"Hello\n\x1dV\x00")
        code, verdict = ended(process)
    assert (code, verdict["ended_by"]) == (0, "timeline")


def test_the_control_socket_of_a_scenario(tmp_path: Path) -> None:
    path = tmp_path / "control"
    file = scene(tmp_path, PRINTER + TERMINAL + EXPECTED)
    with playing(file, "--control", str(path)) as (process, ready):
        assert ready["control"] == str(path)
        print_to(ready, b"Hello\n")
        with Control(path) as control:
            while control.ask("paper", device="printer")["loose"] != "Hello":
                pass
            assert "say which 'device' of: printer, terminal" in control.fail("paper")
        print_to(ready, b"\x1dV\x00")
        assert ended(process)[0] == 0


def test_the_control_api_of_a_scenario(tmp_path: Path) -> None:
    out = tmp_path / "out"
    file = scene(tmp_path, PRINTER + TERMINAL + EXPECTED)
    with playing(file, "--http", "--out", str(out)) as (process, ready):
        token = ready["http"]["token"]

        def ask(method: str, name: str) -> dict[str, Any]:
            url = f"{ready['http']['url']}/v1/{name}"
            headers = {"Authorization": f"Bearer {token}"}
            request = urllib.request.Request(url, method=method, headers=headers)
            with urllib.request.urlopen(request, timeout=10) as answer:
                found: dict[str, Any] = json.loads(answer.read() or b"{}")
                return found

        assert ask("GET", "verdict")["verdict"] == {"met": None, "outcomes": []}
        ask("POST", "end")
        code, verdict = ended(process)
    assert (code, verdict["ended_by"]) == (1, "stopped")
    assert all(token not in file.read_text(errors="replace") for file in out.glob("*.json*"))
