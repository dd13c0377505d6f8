"""The kernel's own nodes: /dev/usb/lp0, /dev/ttyACM0, /dev/hidraw0 and /dev/input/event5."""

from __future__ import annotations

import errno
import subprocess

import pytest

from pos_guard.errors import LocalError
from pos_guard_simulator.preload.bed import find_library
from pos_guard_simulator.preload.machine import Machine
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.usb_cdc import DSR, UsbSerial
from pos_guard_simulator.usb_printer import BULK_OUT, UsbPrinter
from pos_guard_simulator.usb_scanner import UsbHidPosScanner
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner
from tests.preload.preload_rig import run, until

GONE = ["OSError", errno.ENODEV]


def slips(printer: UsbPrinter[ReceiptPrinter]) -> list[str]:
    found: list[str] = []
    printer.act(lambda twin: found.extend(slip.text for slip in twin.paper.receipts))
    return found


def test_a_shell_prints_on_lp0(machine: Machine) -> None:
    printer = machine.plug(UsbPrinter(ReceiptPrinter()))
    assert machine.nodes(printer) == ("/dev/usb/lp0", "/dev/bus/usb/001/002")
    script = "printf 'Hello\\n\\035V\\000' > /dev/usb/lp0"
    subprocess.run(["sh", "-c", script], env=machine.environment(), check=True, timeout=30)
    until(lambda: slips(printer) == ["Hello"])


LP = """
import fcntl
lp = os.open("/dev/usb/lp0", os.O_RDWR)
def status():
    value = bytearray(4)
    fcntl.ioctl(lp, 0x060b, value)
    return value[0]
"""


def test_lp0_tells_status_device_id_and_answers(machine: Machine) -> None:
    printer = machine.plug(UsbPrinter(ReceiptPrinter()))
    said = run(
        machine,
        LP
        + """
say("status", status)
do("paper out")
say("empty", status)
name = bytearray(64)
fcntl.ioctl(lp, 2 << 30 | 64 << 16 | ord("P") << 8 | 1, name)
say("id", lambda: name[2:11])
say("write", lambda: os.write(lp, b"\\x10\\x04\\x04"))
say("answer", lambda: os.read(lp, 10))
say("other", lambda: fcntl.ioctl(lp, 2 << 30 | ord("P") << 8 | 99, bytearray(4)))
""",
        {"paper out": lambda: printer.act(lambda twin: twin.fail(Fault.PAPER_OUT))},
    )
    assert said["status"] == 0x18
    assert said["empty"] == 0x38
    assert said["id"] == "MFG:EPSON"
    assert (said["write"], said["answer"]) == (3, "\x7e")
    assert said["other"] == ["OSError", errno.ENOTTY]


def test_lp0_goes_with_its_driver_and_with_the_printer(machine: Machine) -> None:
    printer = machine.plug(UsbPrinter(ReceiptPrinter()))
    said = run(
        machine,
        """
import usb.core
device = usb.core.find(idVendor=0x04b8)
device.detach_kernel_driver(0)
say("detached", lambda: os.path.exists("/dev/usb/lp0"))
device.attach_kernel_driver(0)
say("attached", lambda: os.path.exists("/dev/usb/lp0"))
lp = os.open("/dev/usb/lp0", os.O_RDWR)
do("unplug")
say("write", lambda: os.write(lp, b"x"))
say("node", lambda: os.path.exists("/dev/usb/lp0"))
""",
        {"unplug": lambda: machine.unplug(printer)},
    )
    assert said == {"detached": False, "attached": True, "write": GONE, "node": False}


def test_a_stall_is_an_error_of_the_next_write(machine: Machine) -> None:
    printer = machine.plug(UsbPrinter(ReceiptPrinter()))
    printer.halt(BULK_OUT)
    said = run(
        machine,
        LP
        + """
os.write(lp, b"lost")
def error():
    while True:
        os.write(lp, b"x")
        pause()
say("stalled", error)
say("again", lambda: os.write(lp, b"y"))
""",
    )
    assert said == {"stalled": ["OSError", errno.EIO], "again": 1}


SERIAL = """
import serial
from serial.tools import list_ports
"""


def test_pyserial_sees_a_port_with_its_lines(machine: Machine) -> None:
    scanner = machine.plug(UsbSerial(Scanner()))
    said = run(
        machine,
        SERIAL
        + """
say("ports", lambda: [[port.device, port.vid, port.pid, port.serial_number, port.product]
                      for port in list_ports.comports()])
port = serial.Serial("/dev/ttyACM0", 9600, timeout=10)
port.baudrate = 19200
say("opened", lambda: do("lines"))
say("quiet", lambda: [port.cts, port.dsr, port.cd, port.ri])
port.dtr = False
say("dtr off", lambda: do("lines"))
port.dtr = True
port.break_condition = True
port.break_condition = False
say("breaks", lambda: do("breaks"))
do("scan")
say("scanned", lambda: port.read_until(b"\\r"))
do("dsr")
while not port.dsr:
    pause()
say("raised", lambda: [port.cts, port.dsr, port.cd, port.ri])
port.write(b"x")
while do("baud") != 19200:
    pause()
port.close()
while do("lines"):
    pause()
""",
        {
            "lines": lambda: scanner.lines,
            "breaks": lambda: scanner.breaks,
            "scan": lambda: scanner.act(lambda twin: twin.scan(b"6901234567892")),
            "dsr": lambda: scanner.notify(DSR),
            "baud": lambda: int.from_bytes(scanner.coding[:4], "little"),
        },
    )
    assert said["ports"] == [["/dev/ttyACM0", 0x1EAB, 0x1A06, "SIM0000003", "Scanner (CDC)"]]
    assert said["opened"] == 3, "cdc_acm raises DTR and RTS"
    assert said["quiet"] == [True, False, False, False], "and its CTS is always on"
    assert (said["dtr off"], said["breaks"]) == (2, 2)
    assert said["scanned"] == "6901234567892\r"
    assert said["raised"] == [True, True, False, False]


def test_a_serial_port_that_is_pulled_out_says_so(machine: Machine) -> None:
    scanner = machine.plug(UsbSerial(Scanner()))
    said = run(
        machine,
        SERIAL
        + """
port = serial.Serial("/dev/ttyACM0", 9600, timeout=10)
threading.Timer(0.2, lambda: do("unplug")).start()
say("read", lambda: port.read(1))
say("write", lambda: port.write(b"x"))
say("reopen", lambda: serial.Serial("/dev/ttyACM0"))
say("ports", lambda: len(list_ports.comports()))
""",
        {"unplug": lambda: machine.unplug(scanner)},
    )
    assert said["read"] == ["SerialException", None]
    assert said["write"] == ["SerialException", None]
    assert said["reopen"] == ["SerialException", errno.ENOENT]
    assert said["ports"] == 0


def test_hidraw_gives_reports_and_takes_them(machine: Machine) -> None:
    scanner = machine.plug(UsbHidPosScanner())
    said = run(
        machine,
        """
import fcntl
raw = os.open("/dev/hidraw0", os.O_RDWR)
def ask(code, size):
    data = bytearray(size)
    fcntl.ioctl(raw, 2 << 30 | size << 16 | ord("H") << 8 | code, data)
    return data
size = int.from_bytes(ask(1, 4), "little")
value = bytearray(size.to_bytes(4, "little") + bytes(4096))
fcntl.ioctl(raw, 2 << 30 | len(value) << 16 | ord("H") << 8 | 2, value)
say("descriptor", lambda: value[4 : 4 + size])
say("info", lambda: ask(3, 8).hex())
say("name", lambda: ask(4, 64).rstrip(b"\\0"))
do("scan")
say("report", lambda: os.read(raw, 64)[:10])
say("written", lambda: os.write(raw, b"\\x04\\x01"))
say("heard", lambda: do("heard"))
waiting = os.open("/dev/hidraw0", os.O_RDONLY | os.O_NONBLOCK)
say("nothing", lambda: os.read(waiting, 64))
threading.Timer(0.2, lambda: do("unplug")).start()
say("gone", lambda: os.read(raw, 64))
""",
        {
            "scan": lambda: scanner.scan(b"hello"),
            "heard": lambda: b"".join(scanner.heard).hex(),
            "unplug": lambda: machine.unplug(scanner),
        },
    )
    assert said["descriptor"] == scanner.report_descriptor.decode("latin-1")
    assert said["info"] == "030000000c2e0709".replace("0c2e0709", "2e0c0709")
    assert said["name"] == "Honeywell Xenon 1900"
    assert said["report"] == "\x02\x05]Q1hello"
    assert (said["written"], said["heard"]) == (2, "0401")
    assert said["nothing"] == ["BlockingIOError", errno.EAGAIN]
    assert said["gone"] == GONE


def test_evdev_sees_a_keyboard_grabs_it_and_lights_its_lamps(machine: Machine) -> None:
    pytest.importorskip("evdev")
    scanner = machine.plug(UsbKeyboardScanner())
    said = run(
        machine,
        """
import evdev, select
say("list", evdev.list_devices)
keys = evdev.InputDevice("/dev/input/event5")
say("what", lambda: [keys.name, keys.info.vendor, keys.info.bustype])
say("can", lambda: evdev.ecodes.KEY_ENTER in keys.capabilities()[evdev.ecodes.EV_KEY])
keys.grab()
other = evdev.InputDevice("/dev/input/event5")
say("second", other.grab)
say("idle", lambda: select.select([keys.fd], [], [], 0.1)[0])
do("scan")
typed, up = [], False
while not up:
    assert select.select([keys.fd], [], [], 10)[0]
    for event in keys.read():
        if event.type == evdev.ecodes.EV_KEY:
            up = event.code == evdev.ecodes.KEY_ENTER and not event.value
            typed += [evdev.ecodes.KEY[event.code]] * event.value
say("typed", lambda: typed)
say("nothing", other.read_one)
keys.set_led(evdev.ecodes.LED_CAPSL, 1)
say("leds", lambda: [do("leds"), keys.leds()])
threading.Timer(0.2, lambda: do("unplug")).start()
say("woken", lambda: len(select.select([keys.fd], [], [], 10)[0]))
say("gone", lambda: list(keys.read()))
say("none", evdev.list_devices)
""",
        {
            "scan": lambda: scanner.scan("Ab1"),
            "leds": lambda: scanner.leds,
            "unplug": lambda: machine.unplug(scanner),
        },
    )
    assert said["list"] == ["/dev/input/event5"]
    assert said["what"] == ["Metrologic MS7120 Barcode Scanner", 0x0C2E, 3]
    assert said["can"] is True
    assert said["second"] == ["OSError", errno.EBUSY]
    assert said["idle"] == []
    assert said["typed"] == ["KEY_LEFTSHIFT", "KEY_A", "KEY_B", "KEY_1", "KEY_ENTER"]
    assert said["nothing"] is None, "another program sees nothing of a grabbed keyboard"
    assert said["leds"] == [2, [1]]
    assert said["woken"] == 1
    assert said["gone"] == GONE
    assert said["none"] == []


def test_a_program_that_does_not_read_is_told_that_keys_were_lost(machine: Machine) -> None:
    pytest.importorskip("evdev")
    scanner = machine.plug(UsbKeyboardScanner())
    said = run(
        machine,
        """
import evdev
keys = evdev.InputDevice("/dev/input/event5")
other = evdev.InputDevice("/dev/input/event5")
do("scan")
codes = set()
while evdev.ecodes.KEY_ENTER not in codes:
    try:
        codes |= {event.code for event in other.read()}
    except BlockingIOError:
        pause()
say("dropped", lambda: any(event.type == 0 and event.code == 3 for event in keys.read()))
""",
        {"scan": lambda: scanner.scan("1" * 60)},
    )
    assert said["dropped"] is True


def test_without_the_library_it_says_what_to_install() -> None:
    with pytest.raises(LocalError, match="apt-get install umockdev"):
        find_library(("/nowhere",))
