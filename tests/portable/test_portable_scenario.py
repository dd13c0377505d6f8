"""A scenario with an app beside it, on systems that are not Linux."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml

from tests.portable.machine import SYSTEMS, WINDOWS, pos_guard

SHOP = """\
[device.printer]
kind = "printer"
level = "tcp"

[device.scanner]
kind = "scanner"
level = "rfc2217"

[device.pinpad]
kind = "terminal caisse-ap"

[[step]]
after = "printer connected"
at = 0.01
device = "printer"
do = "fault"
fields = { name = "paper_near_end" }

[[expect]]
device = "printer"
receipt = 1
contains = ["Corner shop", "咖啡"]
total = "12.50 EUR"
"""

CHINA = 'kind = "printer"\nprofile = "china"'

# An app of its own: a socket, and what the environment says of the printer.
APP = """\
import os, socket
at = (os.environ["POS_PRINTER_HOST"], int(os.environ["POS_PRINTER_PORT"]))
with socket.create_connection(at, timeout=10) as printer:
    printer.sendall("Corner shop\\n".encode() + b"\\x1c&" + "咖啡\\n".encode("gb18030"))
    printer.sendall(b"TOTAL EUR 12.50\\n\\x1dV\\0\\x10\\x04\\x01")
    printer.recv(1)
"""

# One that never ends by itself, and whose children do not either.
STAYS = """\
import subprocess, sys
subprocess.run([sys.executable, "-c", "import threading; threading.Event().wait()"])
"""


def write(folder: Path, scenario: str, app: str) -> tuple[str, str]:
    (folder / "shop.toml").write_text(scenario, encoding="utf-8")
    (folder / "app.py").write_text(app, encoding="utf-8")
    return str(folder / "shop.toml"), str(folder / "app.py")


@pytest.mark.parametrize("system", SYSTEMS)
def test_it_passes_with_junit_and_pictures(system: str, tmp_path: Path) -> None:
    # To Windows that name is a device of its own.
    shop = (
        SHOP.replace("printer]", "prn]").replace('"printer', '"prn').replace('kind = "prn"', CHINA)
    )
    file, app = write(tmp_path, shop, APP.replace("PRINTER", "PRN"))
    report, out = tmp_path / "report.xml", tmp_path / "out"
    done = pos_guard(
        system, "simulate", "scenario", file, "--junit", str(report), "--out", str(out),
        "--lang", "zh", "--", sys.executable, app,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "咖啡" in done.stderr  # whatever the code page of the system is
    cases = [case for suite in JUnitXml.fromfile(str(report)) for case in suite]
    assert len(cases) == 3
    assert all(case.is_passed for case in cases)
    folder = out / ("prn_" if system == WINDOWS else "prn")
    assert "咖啡" in (folder / "receipt-0001.txt").read_text(encoding="utf-8")
    assert (folder / "receipt-0001.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_app_that_stays_is_ended(system: str, tmp_path: Path) -> None:
    file, app = write(tmp_path, SHOP, STAYS)
    done = pos_guard(
        system, "simulate", "scenario", file, "--seconds", "0.2", "--", sys.executable, app
    )
    assert done.returncode == 1, done.stderr
    assert "FAIL  printer receipt 1" in done.stderr


def test_signals_that_windows_has_not_are_told_before_anything_starts(tmp_path: Path) -> None:
    file, app = write(tmp_path, f'{SHOP}\n[[step]]\nat = 1\nsignal = "STOP"\n', APP)
    done = pos_guard(WINDOWS, "simulate", "scenario", file, "--", sys.executable, app)
    assert (done.returncode, done.stdout) == (2, "")
    assert "signal: this system has only: KILL, TERM" in done.stderr


def test_a_signal_reaches_the_app_on_windows(tmp_path: Path) -> None:
    file, app = write(tmp_path, '[app]\nexit = 3221225786\n[device.pinpad]\nkind = "terminal zvt"\n'
                      '[[step]]\nat = 0.3\nsignal = "TERM"\n', STAYS)  # fmt: skip
    done = pos_guard(WINDOWS, "simulate", "scenario", file, "--", sys.executable, app)
    assert "app gets SIGTERM" in done.stderr
    # STATUS_CONTROL_C_EXIT, as Windows ends a program that does not take CTRL_BREAK_EVENT.
    assert "3221225786" in done.stderr


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_single_device_runs_a_command(system: str, tmp_path: Path) -> None:
    said = "import json, os; print(json.loads(os.environ['POS_GUARD_SIMULATE'])['device'])"
    done = pos_guard(
        system, "simulate", "scale", "--tcp", "127.0.0.1:0", "--", sys.executable, "-c",
        f"{said}; raise SystemExit(7)", folder=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (7, "scale\n")
