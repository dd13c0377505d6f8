"""Two programs at one node: the one that goes does not silence the one that stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pos_guard_simulator.preload.machine import Machine
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.simulated_printer import PrinterSeat
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_printer import UsbPrinter
from pos_guard_simulator.usb_serial.cdc import UsbSerial
from tests.preload.preload_rig import run

# The machine hears of the first one's end while the second one asks.
ASK_AND_GO = """
import select
staying = os.open({node!r}, os.O_RDWR | os.O_NOCTTY)
going = os.open({node!r}, os.O_RDWR | os.O_NOCTTY)
def asked():
    os.write(staying, b"\\x10\\x04\\x01")
    return select.select([staying], [], [], 5)[0] and os.read(staying, 1)
answers = [asked()]
os.close(going)
while len(answers) < 200 and answers[-1]:
    answers.append(asked())
say("answers", lambda: b"".join(answers))
"""


@pytest.mark.parametrize(
    "device",
    [
        pytest.param(lambda: UsbPrinter(ReceiptPrinter()), id="lp"),
        pytest.param(lambda: UsbSerial(PrinterSeat(ReceiptPrinter())), id="tty"),
    ],
)
def test_who_stays_is_answered(machine: Machine, device: Callable[[], UsbFunction]) -> None:
    plugged = machine.plug(device())
    said = run(machine, ASK_AND_GO.format(node=machine.nodes(plugged)[0]))
    assert said["answers"] == "\x12" * 200
