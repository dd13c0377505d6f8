"""Our own ports and drivers at every level that they are written for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from pos_guard.errors import PortBusyError, PortClosedError, PortTimeoutError
from pos_guard.frames.keys import DOWN, EV_KEY, parse_events
from pos_guard.ports.base import Port
from pos_guard.ports.cdc_acm import CdcPort
from pos_guard.ports.evdev import EvdevPort
from pos_guard.ports.hid import HidPort
from pos_guard.ports.hidraw import HidrawPort
from pos_guard.ports.printer_class import PortStatus
from pos_guard.ports.serial import SerialPort, SerialSettings
from pos_guard.ports.tcp import TcpPort
from pos_guard.ports.usb import UsbPort
from pos_guard.ports.usb_device import Speed
from pos_guard.ports.usb_find import UsbPlace
from pos_guard.ports.usblp import UsbLpPort
from pos_guard_drivers.escpos import EscPosPrinter
from pos_guard_drivers.printer_job import JobState, Proof
from tests.contract.checks_clients import place
from tests.contract.files import pulling
from tests.contract.levels import GUEST, Level
from tests.contract.site import Device, Site
from tests.contract.statements import Family
from tests.contract.waiting import SECONDS, wait_until

NODES = (Level.PRELOAD, *GUEST)
CLAIMS = (Level.USB, *NODES)
FILES = (Level.PTY, *NODES)

PORTS = Family(
    "ports",
    "Our own ports and drivers",
    "docs/usb.md, docs/scanner-ports.md, docs/drivers.md",
    (Level.PTY, Level.TCP, *CLAIMS),
)

OUT = 0x01
PRINTER = UsbPlace(0x04B8, 0x0E15, "one")
POS = UsbPlace(0x0C2E, 0x0907, "one", "hid")
LINE = UsbPlace(0x1EAB, 0x1A06, "one", "cdc")
JOB, STATUS = b"Coffee 12.50\n\x1dV\x00", b"\x10\x04\x01"
DIGITS = {2: "1", 3: "2", 4: "3", 28: "\n"}
"""Key codes of these checks (linux/input-event-codes.h)."""


def raised(call: Callable[[], object]) -> type[Exception] | None:
    """The class of the error."""
    try:
        call()
    except Exception as error:  # noqa: BLE001  # its class is what is asked
        return type(error)
    return None


def claimed_printer(site: Site) -> tuple[Device, UsbPort]:
    """A printer through libusb."""
    printer = site.plug("printer")
    port = UsbPort.open(PRINTER, backend=site.eyes.backend)
    site.later(port.close)
    return printer, port


def file_printer(site: Site) -> tuple[Device, UsbLpPort]:
    """A printer through usblp."""
    printer = site.plug("printer")
    port = UsbLpPort.open(printer.node)
    site.later(port.close)
    return printer, port


def _prints(printer: Device, port: Port) -> None:
    port.write(JOB + STATUS, SECONDS)
    assert port.read(64, SECONDS) == b"\x12"
    assert printer.texts("paper") == ["Coffee 12.50"]
    assert raised(lambda: port.read(64, 0.1)) is PortTimeoutError
    pulling(printer.site, printer)
    assert raised(lambda: port.read(64, SECONDS)) is PortClosedError
    assert raised(lambda: port.write(b"x", SECONDS)) is PortClosedError


@PORTS.states(
    "usb",
    "UsbPort prints, is answered, ends in time, and says that it is unplugged.",
    levels=CLAIMS,
)
def usb_port(site: Site) -> None:
    _prints(*claimed_printer(site))


@PORTS.states(
    "usb-status", "UsbPort tells status and device id, resets, and is nobody else's.", levels=CLAIMS
)
def usb_port_tells(site: Site) -> None:
    printer, port = claimed_printer(site)
    _tells(printer, port)
    again = raised(lambda: UsbPort.open(PRINTER, backend=site.eyes.backend))
    assert again is PortBusyError
    port.close()
    assert printer.usb().is_kernel_driver_active(0) is True


def _tells(printer: Device, port: UsbPort | UsbLpPort) -> None:
    assert port.port_status() == PortStatus(paper_empty=False, selected=True, error=False)
    printer.do("fail", "paper_out")
    assert port.port_status() == PortStatus(paper_empty=True, selected=True, error=False)
    assert port.device_id() == "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;SN:one;"
    port.soft_reset()
    assert printer.number("resets") == 1


@PORTS.states("usb-again", "UsbPort finds a printer that was plugged in again.", levels=CLAIMS)
def usb_port_finds_it_again(site: Site) -> None:
    for _ in range(2):
        printer = site.plug("printer")
        port = UsbPort.open(PRINTER, backend=site.eyes.backend)
        port.write(STATUS, SECONDS)
        assert port.read(64, SECONDS) == b"\x12"
        port.close()
        printer.unplug()


@PORTS.states("usb-facts", "UsbPort tells ids, speed, texts and endpoints.", levels=CLAIMS)
def usb_port_facts(site: Site) -> None:
    site.plug("printer", "one", int(Speed.HIGH))
    port = UsbPort.open(PRINTER, backend=site.eyes.backend)
    site.later(port.close)
    facts = port.facts()
    assert (facts.vendor, facts.product, facts.speed) == (0x04B8, 0x0E15, Speed.HIGH)
    assert (facts.manufacturer, facts.name, facts.serial) == ("EPSON", "TM-T20II", "one")
    assert (facts.out_endpoint, facts.in_endpoint) == (0x01, 0x82)
    assert facts.device_id.startswith(b"MFG:EPSON;")


@PORTS.states("usb-long", "UsbPort sends a long job whole.", levels=CLAIMS)
def usb_port_sends_long_jobs(site: Site) -> None:
    printer, port = claimed_printer(site)
    port.write(b"Long line of text\n" * 600, SECONDS)
    assert printer.number("taken") == 10_800


@PORTS.states("usb-timeout", "A write that the printer does not take ends in time.", levels=CLAIMS)
def usb_port_ends_in_time(site: Site) -> None:
    printer, port = claimed_printer(site)
    printer.do("mute", OUT)
    assert raised(lambda: port.write(b"x" * 20_000, 0.3)) is PortTimeoutError


@PORTS.states(
    "usblp",
    "UsbLpPort prints, is answered, and says that it is unplugged.",
    levels=NODES,
)
def usblp_port(site: Site) -> None:
    _prints(*file_printer(site))


@PORTS.states("usblp-status", "UsbLpPort tells status and device id, and resets.", levels=NODES)
def usblp_port_tells(site: Site) -> None:
    _tells(*file_printer(site))


@PORTS.states(
    "usblp-busy",
    "UsbLpPort says that another program has the printer.",
    levels=NODES,
    preload="opens of a preloaded node are not refused",
)
def usblp_port_is_busy(site: Site) -> None:
    printer, _ = file_printer(site)
    assert raised(lambda: UsbLpPort.open(printer.node)) is PortBusyError


@PORTS.states(
    "usblp-claimed", "UsbLpPort finds no printer that a program has claimed.", levels=NODES
)
def usblp_port_of_a_claimed_printer(site: Site) -> None:
    printer, _ = claimed_printer(site)
    wait_until(lambda: raised(lambda: UsbLpPort.open(printer.node)) is PortClosedError)


@PORTS.states("usblp-long", "UsbLpPort sends a long job whole.", levels=NODES)
def usblp_port_sends_long_jobs(site: Site) -> None:
    printer, port = file_printer(site)
    port.write(b"Long line of text\n" * 600, SECONDS)
    wait_until(lambda: printer.number("taken") == 10_800)


@PORTS.states(
    "usblp-timeout",
    "A write that usblp's printer does not take ends in time.",
    levels=NODES,
)
def usblp_port_ends_in_time(site: Site) -> None:
    printer, port = file_printer(site)
    printer.do("mute", OUT)
    assert raised(lambda: port.write(b"x" * 200_000, 0.3)) is PortTimeoutError


@PORTS.states(
    "serial",
    "SerialPort reads scans, writes, and says that it is unplugged.",
    levels=FILES,
)
def serial_port(site: Site) -> None:
    device = site.plug("line")
    port = SerialPort(SerialSettings(device.node))
    site.later(port.close)
    _scans(device, port)


@PORTS.states("cdc", "CdcPort does so through libusb.", levels=CLAIMS)
def cdc_port(site: Site) -> None:
    device = site.plug("line")
    port = CdcPort.open(LINE, backend=site.eyes.backend)
    site.later(port.close)
    _scans(device, port)


def _scans(device: Device, port: Port) -> None:
    for code in (b"6901234567892", b"x" * 63, b"y" * 127, b"z" * 2000):
        device.do("say", (code + b"\r").hex())
        assert _read_until(port, b"\r") == code + b"\r"
    port.write(b"\x16T\r", SECONDS)
    wait_until(lambda: device.do("heard") == "16540d")
    pulling(device.site, device)
    assert raised(lambda: port.read(64, SECONDS)) is PortClosedError


def _read_until(port: Port, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        data += port.read(4096, SECONDS)
    return data


@PORTS.states(
    "hid",
    "HidPort reads reports and sends commands, whole, through libusb.",
    levels=CLAIMS,
)
def hid_port(site: Site) -> None:
    scanner = site.plug("pos")
    port = HidPort.open(POS, backend=site.eyes.backend)
    site.later(port.close)
    _reports(scanner, port)


@PORTS.states("hidraw", "HidrawPort does so through hidraw.", levels=NODES)
def hidraw_port(site: Site) -> None:
    scanner = site.plug("pos")
    port = HidrawPort.open(scanner.node)
    site.later(port.close)
    _reports(scanner, port)


def _reports(scanner: Device, port: Port) -> None:
    scanner.do("scan", "6901234567892" * 5)
    first, second = (port.read(4096, SECONDS) for _ in range(2))
    assert (len(first), len(second)) == (64, 64)
    assert first[5:61] + second[5:14] == b"6901234567892" * 5
    command = b"\xfd\x03\x16T\r" + bytes(59)
    port.write(command, SECONDS)
    wait_until(lambda: scanner.texts("heard") == [command.hex()])
    pulling(scanner.site, scanner)
    assert raised(lambda: port.read(64, SECONDS)) is PortClosedError


@PORTS.states(
    "evdev",
    "EvdevPort grabs a keyboard, reads its keys, and is the only one to have it.",
    levels=NODES,
)
def evdev_port(site: Site) -> None:
    keyboard = site.plug("keyboard")
    port = EvdevPort.open(keyboard.node)
    site.later(port.close)
    assert (port.facts.vendor, port.facts.product, port.facts.serial) == (0x0C2E, 0x0200, "one")
    assert raised(lambda: EvdevPort.open(keyboard.node)) is PortBusyError
    keyboard.do("scan", "123")
    text = ""
    while not text.endswith("\n"):
        for event in parse_events(port.read(65_536, SECONDS)):
            if event.type == EV_KEY and event.value == DOWN:
                text += DIGITS[event.code]
    assert text == "123\n"
    pulling(site, keyboard)
    assert raised(lambda: _read_for_ever(port)) is PortClosedError


def _read_for_ever(port: Port) -> NoReturn:
    while True:
        port.read(4096, SECONDS)


@PORTS.states(
    "escpos", "The ESC/POS driver prints a receipt, and knows that it has come out.", carried=True
)
def escpos_driver(site: Site) -> None:
    usb = site.level in CLAIMS
    device = site.plug("printer" if usb else "line-printer")

    def connect(seconds: float) -> Port:
        if usb:
            return UsbPort.open(PRINTER, backend=site.eyes.backend)
        if site.level is Level.TCP:
            return TcpPort.connect(*place(device.node), seconds)
        return SerialPort(SerialSettings(device.node))

    with EscPosPrinter(connect) as printer:
        result = printer.print_receipt(["Coffee 12.50"], SECONDS)
    assert (result.state, result.proof) == (JobState.PRINTED, Proof.PROCESS_ID)
    assert device.texts("paper") == ["Coffee 12.50"]
