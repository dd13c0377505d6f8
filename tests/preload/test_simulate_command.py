"""Unmodified programs in several languages see simulated devices under the kernel's own names."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.preload.command_rig import python, started
from tests.preload.preload_rig import until

ESCPOS = """
from escpos.printer import Usb
printer = Usb(0x04b8, 0x0e15, in_ep=0x82, out_ep=0x01)
printer.text("Espresso 2.50\\n")
print(printer.is_online(), printer.paper_status(), flush=True)
printer.cut()
printer.close()
"""


def test_python_escpos_prints_on_the_usb(tmp_path: Path) -> None:
    pytest.importorskip("escpos")
    with started(tmp_path, f"printer --usb --out {tmp_path / 'out'}", *python(ESCPOS)) as program:
        assert program.end() == (0, "True 2\n")
    assert (tmp_path / "out/0001.txt").read_text() == "Espresso 2.50\n"


def test_a_shell_prints_and_what_it_wrote_last_is_on_the_paper(tmp_path: Path) -> None:
    script = (
        "printf 'Hello\\n\\035V\\000' > /dev/usb/lp0; printf 'and more\\n' > /dev/usb/lp0; exit 3"
    )
    device = f"printer --usb --out {tmp_path / 'out'}"
    with started(tmp_path, device, "sh", "-c", script) as program:
        assert program.end() == (3, "")
    texts = [file.read_text() for file in sorted((tmp_path / "out").glob("*.txt"))]
    assert texts == ["Hello\n", "and more\n"]


ADAPTER = """
import serial, sys
from serial.tools import list_ports
for port in list_ports.comports():
    print(port.device, f"{port.vid:04x}:{port.pid:04x}", port.serial_number, port.product)
port = serial.Serial("/dev/ttyUSB0", 19200, timeout=20)
print(port.cts, port.dsr, port.ri, port.cd, flush=True)
port.rts = False
print(port.read_until(b"\\r"), flush=True)
while port.cts or not port.ri:
    pass
print(port.cts, port.dsr, port.ri, port.cd, flush=True)
sys.stdin.readline()
"""


def test_pyserial_has_a_usb_adapter_with_its_lines(tmp_path: Path) -> None:
    with started(tmp_path, "scanner --usb ftdi", *python(ADAPTER)) as program:
        assert program.said() == "/dev/ttyUSB0 0403:6001 SIM00001 FT232R USB UART"
        assert program.said() == "True True False True"
        with program.control as test:
            line = test.ask("state")["line"]
            while not line["dtr"] or line["rts"]:
                line = test.ask("state")["line"]
            assert test.ask("scan", payload="6901234567892") == {"read": True}
            assert program.said() == r"b'6901234567892\r'"
            assert test.ask("lines", cts=False, ri=True) == {}
            assert program.said() == "False True True True"
        program.tell("go")
        assert program.end() == (0, "")


BUSY = """
import serial, sys
port = serial.Serial("/dev/ttyUSB0", 9600, timeout=10)
print(port.cts, port.dsr, flush=True)
sys.stdin.readline()
print(port.cts, port.dsr, flush=True)
"""


def test_a_printer_with_dtr_handshake_drops_its_lines_when_it_is_busy(tmp_path: Path) -> None:
    with started(tmp_path, "printer --usb ftdi --handshake dtr", *python(BUSY)) as program:
        assert program.said() == "True True"
        with program.control as test:
            test.ask("fault", name="cover_open")
        program.tell("go")
        assert program.end() == (0, "False False\n")


KEYS = """
import evdev, select
keys = evdev.InputDevice("/dev/input/event5")
print(keys.name, flush=True)
typed = ""
while "ENTER" not in typed:
    select.select([keys.fd], [], [], 20)
    for event in keys.read():
        if event.type == evdev.ecodes.EV_KEY and event.value:
            typed += evdev.ecodes.KEY[event.code][4:]
print(typed)
"""


def test_evdev_reads_a_wedge_scanner(tmp_path: Path) -> None:
    pytest.importorskip("evdev")
    with started(tmp_path, "scanner --model generic-wedge --usb", *python(KEYS)) as program:
        assert program.said().endswith("Barcode Scanner")
        with program.control as test:
            test.ask("scan", payload="42")
        assert program.end() == (0, "42ENTER\n")


RAW = r"""
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    unsigned char report[64];
    int scanner = open("/dev/hidraw0", O_RDWR);
    if (scanner < 0) return 1;
    puts("open"); fflush(stdout);
    if (read(scanner, report, sizeof report) != 64) return 2;
    printf("%.*s\n", report[1], report + 5);
    return 0;
}
"""


def test_a_program_in_c_reads_a_hid_scanner(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    (tmp_path / "raw.c").write_text(RAW)
    program_path = str(tmp_path / "raw")
    subprocess.run([compiler, "-o", program_path, str(tmp_path / "raw.c")], check=True)
    with started(tmp_path, "scanner --model honeywell-hidpos --usb", program_path) as program:
        assert program.said() == "open"
        with program.control as test:
            test.ask("scan", payload="6901234567892")
        assert program.end() == (0, "6901234567892\n")


NODE = """
const fs = require('fs');
const printer = fs.openSync('/dev/usb/lp0', 'r+');
fs.writeSync(printer, Buffer.from('From Node\\n\\x1dV\\x00\\x10\\x04\\x01', 'latin1'));
const answer = Buffer.alloc(1);
while (!fs.readSync(printer, answer, 0, 1)) ;
console.log(answer.toString('hex'));
fs.closeSync(printer);
"""


def test_a_program_in_node_prints_and_reads_the_status(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js")
    device = f"printer --usb --out {tmp_path / 'out'}"
    with started(tmp_path, device, node, "-e", NODE) as program:
        assert program.end() == (0, "12\n")  # DLE EOT 1: online, and the drawer is shut
    assert (tmp_path / "out/0001.txt").read_text() == "From Node\n"


PLUGGED = """
import os, sys, usb.core
def seen():
    device = usb.core.find(idVendor=0x04b8)
    return (device and device.address), os.path.exists("/dev/usb/lp0")
print(*seen(), flush=True)
for line in sys.stdin:
    print(*seen(), flush=True)
"""


def test_a_program_sees_the_cable_come_and_go(tmp_path: Path) -> None:
    with started(tmp_path, "printer --usb", *python(PLUGGED)) as program:
        assert program.said() == "2 True"
        with program.control as test:
            gone = test.ask("unplug")["addresses"]
            assert gone == {"usb": "04b8:0e15"}
            program.tell("look")
            assert program.said() == "None False"
            assert test.ask("plug")["addresses"]["usbfs"] == "/dev/bus/usb/001/003"
            program.tell("look")
            assert program.said() == "3 True"
            test.ask("fault", name="re_enumerate")

            def look() -> str:
                program.tell("look")
                return program.said()

            until(lambda: look() == "4 True")
        assert program.process.stdin is not None
        program.process.stdin.close()
        assert program.process.wait(20) == 0


def test_signals_reach_the_command_and_its_end_is_ours(tmp_path: Path) -> None:
    script = "trap 'echo term; exit 5' TERM; echo ready; while :; do sleep 0.1; done"
    with started(tmp_path, "scanner --usb", "sh", "-c", script) as program:
        assert program.said() == "ready"
        program.process.send_signal(signal.SIGTERM)
        assert program.end() == (5, "term\n")
