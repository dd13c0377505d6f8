"""The pytest plugin at the levels that need no POSIX, and what it says of the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from junitparser import JUnitXml

from tests.portable.machine import MACOS, SYSTEMS, WINDOWS, run

NO_PTY = 'level "pty": Windows has no ptys; write @pytest.mark.pos(level="tcp")'
NO_STORE = "a guard needs a store: Windows has no file locks"

FAILS = {WINDOWS: {"pty": NO_PTY, "guard": NO_STORE}, MACOS: dict[str, str]()}


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_apps_tests_pass(system: str, tmp_path: Path) -> None:
    shutil.copy(Path(__file__).with_name("plugin_there.py"), tmp_path / "test_app.py")
    kept = tmp_path / "__receipts__" / "test_app" / "slip.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text(
        "Corner shop\nTOTAL EUR 12.50\n", encoding="utf-8", newline="\r\n"
    )  # as git does
    done = run(
        system, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junit-xml=report.xml",
        "--pos-artifacts=kept", "test_app.py", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    found: dict[str, list[str]] = {
        str(case.name).removeprefix("test_"): [str(one.text) for one in case.result]
        for suite in JUnitXml.fromfile(str(tmp_path / "report.xml"))
        for case in suite
    }
    report = found.pop("report")  # it fails everywhere, and shows the paper
    assert "1250" in report[0]
    assert [*(tmp_path / "kept").rglob("receipt-01.png")]
    assert {name for name, said in found.items() if said} == FAILS[system].keys(), done.stdout
    assert all(said in found[name][0] for name, said in FAILS[system].items())
    assert len(found) == 6


def test_real_devices_are_refused_on_windows(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text("def test_it(pos):\n    pass\n", encoding="utf-8")
    done = run(
        WINDOWS, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pos-real=printer=tcp:h:9100",
        "test_app.py", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 4
    assert "--pos-real: Windows has no termios and poll() for real devices" in done.stderr
