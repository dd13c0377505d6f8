"""``/dev/ttyUSB0``: a serial machine behind a USB adapter, as programs of others have it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys

import pytest

from pos_guard_simulator.bench import Bench
from pos_guard_simulator.preload.machine import Machine
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.scanner_make import ScannerOptions
from pos_guard_simulator.seats.site import Site
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.simulate_printer import PrinterOptions, printer_device
from pos_guard_simulator.simulate_scanner import scanner_device
from pos_guard_simulator.simulated_printer import PrinterSeat
from pos_guard_simulator.usb_scanner import UsbHidPosScanner
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner
from pos_guard_simulator.usb_serial.ftdi import UsbFtdi
from tests.preload.preload_rig import run, until

SERIAL = """
import fcntl, serial, struct
from serial.tools import list_ports
"""


def test_a_program_sets_the_line_and_hears_the_wires(machine: Machine) -> None:
    adapter = machine.plug(UsbFtdi(Scanner()))
    assert machine.nodes(adapter) == ("/dev/ttyUSB0", "/dev/bus/usb/001/002")
    said = run(
        machine,
        SERIAL
        + """
say("ports", lambda: [[port.device, port.location, port.interface, port.manufacturer]
                      for port in list_ports.comports()])
port = serial.Serial("/dev/ttyUSB0", 57600, stopbits=2, timeout=10)
port.write(b"x")
while do("taken") != 1:
    pause()
say("line", lambda: do("line"))
port.break_condition = True
say("break", lambda: do("break"))
port.break_condition = False
before = struct.unpack("@4i", fcntl.ioctl(port, 0x545D, bytes(80))[:16])
def wait():
    fcntl.ioctl(port, 0x545C, 0x080)
    return True
threading.Timer(0.2, lambda: do("ring")).start()
say("waited", wait)
say("lines", lambda: [port.cts, port.dsr, port.ri, port.cd])
after = struct.unpack("@4i", fcntl.ioctl(port, 0x545D, bytes(80))[:16])
say("counted", lambda: [now - then for now, then in zip(after, before)])
do("scan")
say("read", lambda: port.read_until(b"\\r"))
port.close()
while do("dtr"):
    pause()
""",
        {
            "taken": lambda: adapter.taken,
            "line": lambda: "{baudrate} {bytesize}{parity}{stopbits} {dtr} {rts}".format(
                **adapter.told
            ),
            "break": lambda: int(adapter.on_break),
            "ring": lambda: adapter.set_lines({"ri": True, "cts": False}),
            "scan": lambda: adapter.act(lambda twin: twin.scan(b"1" * 70)),
            "dtr": lambda: int(adapter.dtr),
        },
    )
    assert said == {
        "ports": [["/dev/ttyUSB0", "1-1", "FT232R USB UART", "FTDI"]],
        "line": "57600 8N2 True True",
        "break": 1,
        "waited": True,
        "lines": [False, True, True, True],
        "counted": [1, 0, 1, 0],
        "read": "1" * 70 + "\r",
    }


BY_ID = "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_SIM00001-if00-port0"


def test_the_port_has_the_name_that_udev_gives_it(machine: Machine) -> None:
    adapter = machine.plug(UsbFtdi(Scanner()))
    said = run(
        machine,
        SERIAL
        + f"""
port = serial.Serial({BY_ID!r}, 9600, timeout=10)
say("open", lambda: [do("dtr"), port.cts])
do("scan")
say("read", lambda: port.read_until(b"\\r"))
do("unplug")
say("gone", lambda: os.listdir("/dev/serial/by-id"))
""",
        {
            "dtr": lambda: int(adapter.dtr),
            "scan": lambda: adapter.act(lambda twin: twin.scan(b"42")),
            "unplug": lambda: machine.unplug(adapter),
        },
    )
    assert said == {"open": [1, True], "read": "42\r", "gone": []}


def test_an_adapter_that_is_pulled_out_takes_its_port_with_it(machine: Machine) -> None:
    adapter = machine.plug(UsbFtdi(Scanner()))
    said = run(
        machine,
        SERIAL
        + """
port = serial.Serial("/dev/ttyUSB0", 9600, timeout=10)
threading.Timer(0.2, lambda: do("unplug")).start()
say("read", lambda: port.read(1))
say("reopen", lambda: serial.Serial("/dev/ttyUSB0"))
do("plug")
say("again", lambda: serial.Serial("/dev/ttyUSB0").port)
""",
        {"unplug": adapter.unplug, "plug": lambda: machine.plug(adapter)},
    )
    assert said == {
        "read": ["SerialException", None],
        "reopen": ["SerialException", errno.ENOENT],
        "again": "/dev/ttyUSB0",
    }


def test_a_printer_that_leaves_by_itself_and_comes_back_is_seen_to(machine: Machine) -> None:
    adapter = machine.plug(UsbFtdi(PrinterSeat(ReceiptPrinter())))
    adapter.unplug()
    until(lambda: not machine.nodes(adapter))
    adapter.plug()
    until(lambda: machine.nodes(adapter) == ("/dev/ttyUSB0", "/dev/bus/usb/001/003"))
    adapter.unplug()
    until(lambda: not machine.nodes(adapter))
    machine.unplug(adapter)
    adapter.plug()
    other = machine.plug(UsbFtdi(Scanner()))
    assert machine.nodes(other) == ("/dev/ttyUSB0", "/dev/bus/usb/001/004")
    assert machine.nodes(adapter) == (), "somebody pulled it out: it does not come by itself"


def test_pyftdi_drives_the_adapter_itself(machine: Machine) -> None:
    pytest.importorskip("pyftdi")
    adapter = machine.plug(UsbFtdi(Scanner()))
    said = run(
        machine,
        """
from pyftdi.serialext import serial_for_url
port = serial_for_url("ftdi://ftdi:232/1", baudrate=19200, timeout=10)
port.write(b"xyz")
say("lines", lambda: [port.cts, port.dsr, port.ri, port.cd])
do("scan")
say("read", lambda: port.read(4))
say("line", lambda: do("line"))
""",
        {
            "scan": lambda: adapter.act(lambda twin: twin.scan(b"123")),
            "line": lambda: "{baudrate} {bytesize}{parity}{stopbits}".format(**adapter.told),
        },
    )
    assert said == {"lines": [True, True, False, True], "read": "123\r", "line": "19200 8N1"}
    assert adapter.taken == 3


def test_reports_wait_in_the_scanner_until_a_program_opens_it(machine: Machine) -> None:
    scanner = machine.plug(UsbHidPosScanner())
    scanner.scan(b"before")
    said = run(
        machine,
        """
raw = os.open("/dev/hidraw0", os.O_RDWR)
say("report", lambda: os.read(raw, 64)[5:11])
""",
    )
    assert said == {"report": "before"}


def test_udev_finds_a_node_by_its_numbers(machine: Machine) -> None:
    udevadm = shutil.which("udevadm")
    if udevadm is None:
        pytest.skip("no udevadm")
    machine.plug(UsbFtdi(Scanner()))
    done = subprocess.run(
        [udevadm, "info", "--query=path", "--name=/dev/ttyUSB0"],
        env=machine.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    path = "/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/ttyUSB0/tty/ttyUSB0\n"
    assert done.stdout == path


def test_devices_of_one_site_are_on_one_machine(machine: Machine) -> None:
    del machine  # only that the library is there
    script = (
        "import os\nfrom serial.tools import list_ports\n"
        "print(sorted(os.listdir('/dev/usb')), sorted(p.device for p in list_ports.comports()))"
    )
    with Bench() as bench, Site(bench) as site:
        printers = [site.seat(printer_device(PrinterOptions()), Place(usb="device")) for _ in "12"]
        site.seat(scanner_device(ScannerOptions()), Place(usb="device"))
        site.seat(scanner_device(ScannerOptions()), Place(usb="ftdi"))
        assert [seat.addresses["lp"] for seat in printers] == ["/dev/usb/lp0", "/dev/usb/lp1"]
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, **site.environment},
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout == "['lp0', 'lp1'] ['/dev/ttyACM0', '/dev/ttyUSB0']\n"


def test_a_keyboard_has_the_name_that_udev_gives_it(machine: Machine) -> None:
    pytest.importorskip("evdev")
    machine.plug(UsbKeyboardScanner())
    said = run(
        machine,
        """
import evdev
name = "/dev/input/by-id/usb-Metrologic_MS7120_Barcode_Scanner_SIM0000003-event-kbd"
say("name", lambda: evdev.InputDevice(name).name)
""",
    )
    assert said == {"name": "Metrologic MS7120 Barcode Scanner"}
