"""Devices on a simulated machine: the app sees them under the kernel's own names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pos_guard.errors import LocalError
from pos_guard_simulator.preload.machine import Machine
from tests.scenario.scenes import CUT, play, scene, shell

REQUIRED = "POS_GUARD_REQUIRE_PRELOAD"


@pytest.fixture(autouse=True)
def _preload() -> None:
    """The preload library comes with umockdev; where it must be there, it is missed."""
    try:
        Machine().close()
    except LocalError as error:
        if os.environ.get(REQUIRED) == "1":
            raise
        pytest.skip(str(error))


DEVICES = """
[device.printer]
kind = "printer"
level = "usb"

[device.scanner]
kind = "scanner"
level = "usb"
address = "ftdi"
"""

EXPECTED = """
[[expect]]
device = "printer"
receipt = 1
contains = ["Hello"]
"""


def test_a_line_of_shell_on_the_usb(tmp_path: Path) -> None:
    tell = 'printf "%s\\n" "$POS_PRINTER" "$POS_PRINTER_USB" "$POS_SCANNER" > told'
    app = shell(
        f'test -c {{printer.lp}} && printf "Hello\\n{CUT}" > /dev/usb/lp0; {tell}; sleep 0.3'
    )
    played = play(scene(tmp_path, DEVICES + app + EXPECTED))
    assert played.exit_code == 0, (played.unmet(), played.stderr)
    told = (tmp_path / "told").read_text(encoding="utf-8").splitlines()
    assert told == ["/dev/usb/lp0", "04b8:0e15", "/dev/ttyUSB0"]


def test_unplugged_on_the_time_line(tmp_path: Path) -> None:
    app = shell(
        "while test -c /dev/usb/lp0; do sleep 0.05; done; "
        "until test -c /dev/usb/lp0; do sleep 0.05; done"
    ).replace("'''", '"""')
    steps = """
    [[step]]
    name = "pull"
    at = 0.2
    device = "printer"
    do = "unplug"

    [[step]]
    after = "step pull"
    at = 0.3
    device = "printer"
    do = "plug"
    """
    played = play(scene(tmp_path, DEVICES + app + steps))
    assert played.exit_code == 0, (played.unmet(), played.stderr)
