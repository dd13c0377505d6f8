"""The guide's examples run as they stand, at another port; its numbers are those of the code."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pos_guard_simulator.control_http.endpoints import ENDPOINTS
from pos_guard_simulator.control_http.event_stream import HEARTBEAT_SECONDS, MAX_WAIT
from pos_guard_simulator.control_http.feed import MAX_BATCH
from pos_guard_simulator.control_http.operations import MAX_BODY
from pos_guard_simulator.control_http.option import MIN_TOKEN, TOKEN_VARIABLE
from pos_guard_simulator.control_http.server import MAX_CONNECTIONS
from pos_guard_simulator.control_http.table_scanner import MAX_PICTURE_BODY
from pos_guard_simulator.stage.journal import KEPT
from tests.simulator.simulate_process import ENVIRONMENT

GUIDE = (Path(__file__).parents[2] / "docs" / "control-api.md").read_text(encoding="utf-8")
TABLES = [line for line in GUIDE.splitlines() if line.startswith("| ")]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


PRINTER, SCANNER = blocks("sh")
(PYTHON,) = blocks("python")


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """An environment with ``pos-guard`` on its path, as after an installation."""
    program = tmp_path / "bin" / "pos-guard"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pos_guard "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join((str(program.parent), ENVIRONMENT["PATH"]))
    return {**ENVIRONMENT, "PATH": path}


def run(words: list[str], folder: Path, machine: dict[str, str]) -> str:
    with subprocess.Popen(
        words,
        cwd=folder,
        env=machine,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=60)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # and what it left in the background
            raise
    assert (process.returncode, err) == (0, ""), out
    return out


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return str(probe.getsockname()[1])


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@needs_curl
def test_the_example_with_a_printer_runs(tmp_path: Path, machine: dict[str, str]) -> None:
    assert PRINTER.count("8099") == 2
    said = run(["sh", "-eu", "-c", PRINTER.replace("8099", free_port())], tmp_path, machine)
    assert '"kind":"receipt"' in said
    assert "}Coffee 12.50\n{}" in said
    assert '"faults":["paper_out"]' in said
    assert said.endswith('{"ending":true}')
    assert (tmp_path / "receipt.png").read_bytes().startswith(b"\x89PNG")
    ready = json.loads((tmp_path / "ready.json").read_text())
    assert set(json.loads(blocks("json")[0])) <= set(ready)
    assert set(json.loads(blocks("json")[0])["http"]) <= set(ready["http"])
    stream = (tmp_path / "stream.txt").read_text()
    assert '"text": "Coffee 12.50"' in stream
    assert "\nevent: end\n" in stream
    assert not (tmp_path / "token").exists()


@needs_curl
def test_the_example_with_a_scanner_runs(tmp_path: Path, machine: dict[str, str]) -> None:
    said = run(["sh", "-eu", "-c", SCANNER], tmp_path, machine)
    # Nobody has opened its port, so it reads the code and has nobody to tell.
    assert said.startswith('{"read":')
    assert said.endswith('{"ending":true}')
    assert json.loads((tmp_path / "openapi.json").read_text())["openapi"] == "3.1.0"
    assert json.loads((tmp_path / "faults.json").read_text())["faults"]
    assert not (tmp_path / "api.sock").exists()


def test_the_example_in_python_runs(tmp_path: Path, machine: dict[str, str]) -> None:
    assert run([sys.executable, "-c", PYTHON], tmp_path, machine) == ""


def test_every_address_is_in_the_guide() -> None:
    shown = "\n".join(TABLES)
    for one in ENDPOINTS:
        path = one.path.replace("{device}", "NAME").replace("{number}", "N")
        assert f"`{one.method} {path}`" in shown or f"`{path.rpartition('/')[2]}`" in shown, path


def test_its_numbers_are_those_of_the_code() -> None:
    for said in (
        f"The last {KEPT:,} events are kept",
        f"`wait=SECONDS` (up to {MAX_WAIT})",
        f"`most=N` (up to {MAX_BATCH})",
        f"Every {HEARTBEAT_SECONDS:.0f} s there is a sign of life",
        f"over {MAX_BODY >> 10} KiB; over {round(MAX_PICTURE_BODY / (1 << 20))} MiB",
        f"More than {MAX_CONNECTIONS} connections",
        f"`{TOKEN_VARIABLE}` ({MIN_TOKEN} characters or more)",
    ):
        assert said in GUIDE
