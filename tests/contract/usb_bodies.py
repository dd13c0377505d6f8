"""The twins on the USB, and what the checks do to them; methods take and give JSON values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pos_guard.links.session import ToApp
from pos_guard.ports.usb_device import Setup, Speed
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.simulated_printer import PrinterSeat
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_printer import EPSON_TM, UsbPrinter
from pos_guard_simulator.usb_scanner import HONEYWELL_XENON, HidFault, UsbHidPosScanner
from pos_guard_simulator.usb_scanner_hid import UsbHid
from pos_guard_simulator.usb_scanner_keyboard import METROLOGIC, UsbKeyboardScanner
from pos_guard_simulator.usb_serial.cdc import BULK_OUT as ACM_OUT
from pos_guard_simulator.usb_serial.cdc import SCANNER, UsbSerial
from pos_guard_simulator.usb_serial.ftdi import ADAPTER, UsbFtdi
from pos_guard_simulator.usb_serial.ftdi import BULK_OUT as FTDI_OUT
from pos_guard_simulator.usb_serial.line import UsbSerialLine
from tests.contract.line_twin import LineTwin

_SET_LINES, _SEND_BREAK = (0x21, 0x22), (0x21, 0x23)


class Body:
    """Any device on the bus."""

    def __init__(self, device: UsbFunction) -> None:
        self.device = device

    def mute(self, endpoint: int) -> None:
        """Answers NAK on this endpoint."""
        self.device.mute(endpoint)

    def unmute(self, endpoint: int) -> None:
        """Works again."""
        self.device.unmute(endpoint)

    def halt(self, endpoint: int) -> None:
        """Stalls this endpoint until the host clears it."""
        self.device.halt(endpoint)

    def leave_after(self, count: int) -> None:
        """Is off the bus once it has taken so many bytes."""
        self.device.unplug(after=count)


class PrinterBody(Body):
    """A receipt printer of class 7."""

    def __init__(self, name: str, speed: int = int(Speed.FULL)) -> None:
        self._twin = ReceiptPrinter()
        identity = replace(EPSON_TM, serial=name)
        self._printer = UsbPrinter(self._twin, identity, speed=Speed(speed))
        super().__init__(self._printer)

    def taken(self) -> int:
        """Bytes that it took from the bus."""
        return self._printer.taken

    def resets(self) -> int:
        """Soft resets that it saw."""
        return self._printer.resets

    def paper(self) -> list[str]:
        """The text of every slip that it cut."""
        return [slip.text for slip in self._twin.paper.receipts]

    def answer(self, data: str) -> None:
        """Says these bytes, in hex, by itself."""
        self._printer.act(lambda _: bytes.fromhex(data))

    def fail(self, fault: str, lines: int = 0) -> None:
        """Something is wrong with it, now or when it has printed so many more lines."""
        self._printer.act(lambda twin: twin.fail(Fault(fault), after_lines=lines))

    def mend(self, fault: str) -> None:
        """No longer."""
        self._printer.act(lambda twin: twin.clear(Fault(fault)))


class HidBody(Body):
    """A scanner that sends reports."""

    def __init__(self, device: UsbHid) -> None:
        super().__init__(device)
        self._hid = device

    def report(self, data: str) -> None:
        """Gives this report, in hex."""
        self._hid.send([bytes.fromhex(data)])

    def heard(self) -> list[str]:
        """The reports that it was sent, in hex."""
        return [report.hex() for report in self._hid.heard]

    def protocol(self) -> int:
        """0: boot protocol; 1: report protocol."""
        return self._hid.protocol

    def descriptor(self) -> str:
        """Its report descriptor, in hex."""
        return self._hid.report_descriptor.hex()


class KeyboardBody(HidBody):
    """A scanner that types."""

    def __init__(self, name: str) -> None:
        self._keyboard = UsbKeyboardScanner(identity=replace(METROLOGIC, serial=name))
        super().__init__(self._keyboard)

    def scan(self, payload: str) -> None:
        """Somebody shows it a code."""
        self._keyboard.scan(payload)

    def fault(self, fault: str) -> None:
        """From now on its scans have this fault; empty: none."""
        self._keyboard.faults = frozenset({HidFault(fault)} if fault else ())

    def leds(self) -> int:
        """The lamps that are on, as bits."""
        return self._keyboard.leds


class PosBody(HidBody):
    """A HID POS scanner."""

    def __init__(self, name: str) -> None:
        self._pos = UsbHidPosScanner(identity=replace(HONEYWELL_XENON, serial=name))
        super().__init__(self._pos)

    def scan(self, payload: str) -> None:
        """Somebody shows it a code."""
        self._pos.scan(payload)

    def hold(self, payload: str) -> None:
        """Somebody holds a code before it, which it reads once it is triggered."""
        self._pos.hold(payload)

    def fault(self, fault: str) -> None:
        """From now on its scans have this fault; empty: none."""
        self._pos.faults = frozenset({HidFault(fault)} if fault else ())


class SerialBody(Body):
    """Any serial machine on the bus; ``out`` is the endpoint of what it is sent."""

    def __init__(self, device: UsbSerialLine[Twin], out: int) -> None:
        super().__init__(device)
        self.line = device
        self._out = out

    def say(self, data: str) -> None:
        """Sends these bytes, in hex."""
        self.line.act(lambda _: [ToApp(bytes.fromhex(data))])

    def stall(self) -> None:
        """Takes nothing more."""
        self.mute(self._out)

    def go_on(self) -> None:
        """Takes bytes again."""
        self.unmute(self._out)

    def taken(self) -> int:
        """Bytes that it took from the bus."""
        return self.line.taken

    def dtr(self) -> bool:
        """Somebody has opened the line."""
        return self.line.dtr

    def rts(self) -> bool:
        """The host asks to send."""
        return self.line.told["rts"] is True

    def baudrate(self) -> int:
        """Bits a second that it was told."""
        return int(str(self.line.told["baudrate"]))

    def parity(self) -> str:
        """The parity that it was told."""
        return str(self.line.told["parity"])

    def wire(self, line: str, on: int) -> None:
        """Drives cd, dsr, ri, or where it has one cts."""
        self.line.set_lines({line: bool(on)})


class _NotedSerial(UsbSerial[Twin]):
    """Keeps every state that the host gave DTR (1) and RTS (2), and whether it sends a BREAK."""

    def __init__(self, twin: Twin, name: str) -> None:
        super().__init__(twin, replace(SCANNER, serial=name))
        self.history: list[int] = []
        self.in_break = False

    def class_request(self, setup: Setup, data: bytes) -> bytes:
        """As the device does."""
        if (setup.request_type, setup.request) == _SET_LINES:
            self.history.append(setup.value)
        elif (setup.request_type, setup.request) == _SEND_BREAK:
            self.in_break = setup.value != 0
        return super().class_request(setup, data)


class AcmBody(SerialBody):
    """One of the communications class."""

    def __init__(self, twin: Twin, name: str) -> None:
        self._serial = _NotedSerial(twin, name)
        super().__init__(self._serial, ACM_OUT)

    def history(self) -> str:
        """Every state of DTR and RTS that it was told, a digit each."""
        return "".join(str(lines) for lines in self._serial.history)

    def in_break(self) -> bool:
        """The host holds the line in BREAK."""
        return self._serial.in_break

    def notify(self, bits: int) -> None:
        """Says SERIAL_STATE with these bits."""
        self._serial.notify(bits)


class AdapterBody(SerialBody):
    """One at a serial adapter."""

    def __init__(self, name: str) -> None:
        self._twin = LineTwin()
        self._adapter = UsbFtdi[Twin](self._twin, replace(ADAPTER, serial=name))
        super().__init__(self._adapter, FTDI_OUT)

    def heard(self) -> str:
        """All bytes that it was sent, in hex."""
        return self._twin.heard.hex()

    def in_break(self) -> bool:
        """The host holds the line in BREAK."""
        return self._adapter.on_break


class LineBody(AcmBody):
    """A machine that says what it is told to."""

    def __init__(self, name: str) -> None:
        self._twin = LineTwin()
        super().__init__(self._twin, name)

    def heard(self) -> str:
        """All bytes that it was sent, in hex."""
        return self._twin.heard.hex()


class ScannerBody(AcmBody):
    """A scanner on a serial line."""

    def __init__(self, name: str) -> None:
        self._scanner = Scanner()
        super().__init__(self._scanner, name)

    def scan(self, payload: str) -> None:
        """Somebody shows it a code."""
        self._serial.act(lambda _: self._scanner.scan(payload))

    def heard(self) -> str:
        """All bytes that it was sent, in hex."""
        return self._scanner.heard.hex()


class LinePrinterBody(AcmBody):
    """A receipt printer on a serial line."""

    def __init__(self, name: str) -> None:
        self._seat = PrinterSeat(ReceiptPrinter())
        super().__init__(self._seat, name)

    def paper(self) -> list[str]:
        """The text of every slip that it cut."""
        return [slip.text for slip in self._seat.printer.paper.receipts]

    def fail(self, fault: str, lines: int = 0) -> None:
        """Something is wrong with it, now or when it has printed so many more lines."""
        self._serial.act(lambda _: self._seat.fail(Fault(fault), lines))

    def mend(self, fault: str) -> None:
        """No longer."""
        self._serial.act(lambda _: self._seat.clear(Fault(fault)))


BODIES: dict[str, Callable[..., Body]] = {
    "printer": PrinterBody,
    "pos": PosBody,
    "keyboard": KeyboardBody,
    "line": LineBody,
    "adapter": AdapterBody,
    "serial": ScannerBody,
    "line-printer": LinePrinterBody,
}
"""By the kind that a check plugs in."""
