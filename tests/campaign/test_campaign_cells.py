"""Which faults go with which scenario, and the options that narrow a campaign."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pos_guard_simulator.campaign.cells import built_in_cells
from pos_guard_simulator.campaign.command import campaign
from pos_guard_simulator.campaign.scenario_file import file_cells
from pos_guard_simulator.campaign.scenarios import BUILT_IN
from pos_guard_simulator.faults.catalogue import CATALOGUE, find
from pos_guard_simulator.faults.of_shop import MachineFault, PeopleFault
from pos_guard_simulator.hid_link.physics import NEVER
from pos_guard_simulator.line_faults import LineFault
from pos_guard_simulator.printer import Fault

SHOP = """\
[device.till-printer]
kind = "printer"
level = "tcp"

[device.reader]
kind = "scanner"

[device.pinpad]
kind = "terminal transbank"

[app]
command = ["true"]
"""


def test_every_fault_that_the_shop_can_have_is_crossed_with_a_scenario() -> None:
    crossed = {(cell.device, cell.fault.removeprefix("link:")) for cell in built_in_cells()}
    assert {("printer", fault) for fault in (*Fault, *LineFault)} <= crossed
    assert {("people", str(fault)) for fault in PeopleFault} <= crossed
    assert {("machine", str(fault)) for fault in MachineFault} <= crossed
    assert {("terminal", word) for word in ("decline", "late", "glue", "refuse:83")} <= crossed
    assert {("scanner", word) for word in ("battery", "set-up-code", "no-read")} <= crossed
    assert {("provider", word) for word in ("silent-moved", "userpaying", "stall")} <= crossed
    assert ("terminal", "baud_mismatch") not in crossed, "TCP has no speed"
    assert ("scanner", "half-hid") not in crossed, "a serial scanner has no reports"
    assert len(set(built_in_cells())) == len(list(built_in_cells()))


def test_every_cell_is_of_a_known_fault() -> None:
    for cell in built_in_cells(seed=7):
        assert find(cell.fault.partition(":")[0]) or find(cell.fault)
        assert cell.seed == 7
    assert set(BUILT_IN) == {cell.scenario for cell in built_in_cells()}
    assert len(CATALOGUE) > 80


def test_the_cells_of_a_file_are_those_of_its_devices(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(SHOP, encoding="utf-8")
    cells = list(file_cells(file))
    by_device = {name: {cell.fault for cell in cells if cell.device == name}
                 for name in ("till-printer", "reader", "pinpad")}  # fmt: skip
    assert "cover_open" in by_device["till-printer"]
    assert "link:baud_mismatch" in by_device["reader"]
    assert "link:baud_mismatch" not in by_device["till-printer"]
    assert "refuse:83" not in by_device["pinpad"]
    assert {"decline", "nak", "link:stall"} <= by_device["pinpad"]
    only = list(file_cells(file, faults=["drop"], devices=["reader"]))
    assert [(cell.device, cell.fault) for cell in only] == [("reader", "link:drop")]


def run(*words: str) -> Any:
    return CliRunner().invoke(campaign, list(words))


def test_a_cell_is_named_so_that_it_alone_is_played_again() -> None:
    for cell in built_in_cells(seed=4):
        words = shlex.split(cell.again)[2:]
        done = run(*words, "--list")
        assert done.output == f"{cell.scenario} {cell.device} {cell.fault}\n"


def test_a_hid_scanner_has_no_fault_that_no_bus_lets_through(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    usb = 'level = "usbip"\nmodel = "honeywell-hidpos"\n'
    file.write_text(
        SHOP.replace('kind = "scanner"\n', f'kind = "scanner"\n{usb}'), encoding="utf-8"
    )
    faults = {cell.fault for cell in file_cells(file, devices=["reader"])}
    assert {"link:drop", "link:stall", "link:brown_out", "half-hid"} <= faults
    assert not {f"link:{fault}" for fault in NEVER} & faults


def test_the_command_lists_what_it_would_play() -> None:
    done = run("print", "--fault", "cover_open", "--fault", "link:drop", "--list")
    assert done.output == "print printer cover_open\nprint printer link:drop\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lunch"], "no scenario 'lunch'"),
        (["print", "--fault", "fire"], "no fault 'fire'"),
        (["print", "--fault", "wrong_pin"], "no scenario has such a fault"),
    ],
)
def test_what_there_is_not_is_said(words: list[str], said: str) -> None:
    done = run(*words)
    assert (done.exit_code, said in done.output) == (2, True)


def test_a_file_without_an_app_has_nobody_to_tell(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(SHOP.partition("[app]")[0], encoding="utf-8")
    done = run(str(file), "--list")
    assert (done.exit_code, "has no [app] command" in done.output) == (2, True)


def test_a_folder_that_holds_something_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    done = run("scan", "--fault", "no-read", "--out", str(tmp_path))
    assert (done.exit_code, "is not empty" in done.output) == (2, True)
