"""The driver guide's examples run as they stand, on ports in memory."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pos_guard.errors import DeviceError
from pos_guard.ports.memory import memory_pair

GUIDE = Path(__file__).parents[2] / "docs" / "drivers.md"
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


def run(*blocks: str) -> dict[str, object]:
    """The names that the blocks leave, run one after the other."""
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), names)
    return names


def test_every_example_runs_and_its_asserts_hold() -> None:
    names = run(*BLOCKS)
    assert len(BLOCKS) == 4
    assert getattr(names["printer_class"], "__name__", "") == "EscPosPrinter"


def test_the_example_driver_keeps_the_rules_of_the_guide() -> None:
    display = run(BLOCKS[0])["AcmeDisplay"]
    assert isinstance(display, type)
    till, device = memory_pair(capacity=4)
    with pytest.raises(DeviceError) as slow:
        display(till).show("more than four bytes", seconds=0.01)
    assert slow.value.code == "E_TIMEOUT"
    device.close()
    with pytest.raises(DeviceError) as gone:
        display(till).show("nobody reads", seconds=0.01)
    assert gone.value.code == "E_OFFLINE"
