"""Our own USB ports on the real libusb, in a process of their own."""

from __future__ import annotations

import threading

from pos_guard_simulator.preload.machine import Machine
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.usb_printer import UsbPrinter
from tests.preload.preload_rig import run

OPENED = 100
"""Without a lock libusb 1.0.26 died of less in 3 of 4 runs."""


def test_two_ports_that_open_and_close_outlive_a_cable_that_comes_and_goes(
    machine: Machine,
) -> None:
    printer = machine.plug(UsbPrinter(ReceiptPrinter()))
    done = threading.Event()

    def pull() -> None:
        while not done.wait(0.03):
            machine.unplug(printer)
            machine.plug(printer)

    hand = threading.Thread(target=pull)
    hand.start()
    try:
        said = run(
            machine,
            f"""
from pos_guard.errors import PortError
from pos_guard.ports.usb import UsbPort
from pos_guard.ports.usb_find import UsbPlace
opened = []
def work():
    while len(opened) < {OPENED}:
        try:
            port = UsbPort.open(UsbPlace(0x04b8, 0x0e15))
        except PortError:
            continue
        opened.append(port)
        port.close()
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
say("opened", lambda: len(opened))
""",
        )
    finally:
        done.set()
        hand.join()
    assert said["opened"] in (OPENED, OPENED + 1)
