"""Any twin of a serial machine behind an FT232R, the chip of most USB serial adapters.

ftdi_sio, libftdi and FTDI's own drivers speak to the same requests and packets; see ftdi_words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from pos_guard.frames.decoded import Json
from pos_guard.ports.usb_descriptors import Configuration, Endpoint, Interface, UsbIdentity
from pos_guard.ports.usb_device import Setup, Speed, Stalled
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.usb_serial import ftdi_words as ft
from pos_guard_simulator.usb_serial.line import DTR, RTS, Coding, UsbSerialLine

BULK_IN, BULK_OUT = 0x81, 0x02
"""The endpoints of an FT232R."""

ADAPTER = UsbIdentity(*ft.IDENTITY, "FTDI", "FT232R USB UART", "SIM00001", release=0x0600)
"""As the chip is delivered, but for its serial number."""

_VENDOR_CLASS = (0xFF, 0xFF, 0xFF)
_PACKET = 64
_STATUS = 2
_LATENCY_MS = 16
_BLANK = b"\xff\xff"
_LATENCY = "latency"
_FLOWS = {0x01: "rtscts", 0x02: "dsrdtr", 0x04: "xonxoff"}
_PARITIES, _STOP_BITS = "NOEMS", ("1", "1.5", "2")

T = TypeVar("T", bound=Twin)


class UsbFtdi(UsbSerialLine[T]):
    """A USB serial adapter with the twin at its plug.

    ``ready`` is asked whether the twin lets the host send: then CTS and DSR are on, unless
    ``set_lines`` has dropped them. ``on_break`` is the host's break condition.
    """

    def __init__(
        self,
        twin: T,
        identity: UsbIdentity = ADAPTER,
        *,
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        ends = (Endpoint(BULK_IN, _PACKET), Endpoint(BULK_OUT, _PACKET))
        configuration = Configuration((Interface(0, _VENDOR_CLASS, ends, text=2),))
        super().__init__(twin, identity, configuration, Speed.FULL)
        self.on_break = False
        self._ready_to_hear = ready
        self._wires = {"cts": True, "dsr": True, "ri": False, "cd": True}
        self._flow = ""
        self._latency_ms = _LATENCY_MS
        self._status_due = False
        self._told_status = 0
        self._data = 8
        self._baud = ft.divisor_of(9600)

    @property
    def status(self) -> int:
        """The modem status byte, as it is now."""
        ready = self._ready_to_hear()
        bits = ((ft.CTS, "cts"), (ft.DSR, "dsr"), (ft.RI, "ri"), (ft.CD, "cd"))
        on = sum(bit for bit, name in bits if self._wires[name])
        return ft.FIXED | (on if ready else on & ~(ft.CTS | ft.DSR))

    @property
    def told(self) -> dict[str, Json]:
        """The same with the break condition and the flow control."""
        return {**super().told, "break": self.on_break, "flow": self._flow or "none"}

    def set_lines(self, wires: Mapping[str, bool]) -> None:
        """Drive some of cts, dsr, ri and cd."""
        with self._lock:
            self._wires |= wires
        self.changed()

    def plug(self) -> None:
        """Be on the bus, with the settings that the chip has after power on."""
        with self._lock:
            self.on_break = self._status_due = False
            self._flow, self._told_status = "", 0
            self._latency_ms = _LATENCY_MS
        super().plug()

    def take(self, endpoint: int, data: bytes) -> int:
        """Hand to the twin what it takes."""
        return self._hear(data) if endpoint == BULK_OUT else 0

    def give(self, endpoint: int, size: int) -> bytes | None:
        """Two status bytes and what the twin said; without data at least every latency time."""
        if endpoint != BULK_IN:
            return None
        status = self.status
        if not (self._waiting or self._status_due or status != self._told_status):
            if not self._timers.runs(_LATENCY):
                self._timers.set(_LATENCY, self._latency_ms / 1000)
            return None
        self._timers.cancel(_LATENCY)
        self._status_due = False
        self._told_status = status
        return bytes((status, ft.EMPTY)) + self._say(max(size - _STATUS, 0))

    def class_request(self, setup: Setup, data: bytes) -> bytes:
        """The vendor requests of the chip."""
        del data
        if setup.request_type == ft.FROM_DEVICE:
            return self._answer(setup.request)
        if setup.request_type != ft.TO_DEVICE:
            raise Stalled
        orders: dict[int, Callable[[Setup], None]] = {
            ft.RESET: self._reset,
            ft.MODEM_CONTROL: self._modem_control,
            ft.FLOW: self._set_flow,
            ft.BAUD: self._set_baud,
            ft.DATA: self._set_data,
            ft.EVENT_CHARACTER: lambda _: None,  # they only flush a packet early
            ft.ERROR_CHARACTER: lambda _: None,
            ft.SET_LATENCY: self._set_latency,
            ft.SET_BIT_MODE: _serial_only,
        }
        if setup.request not in orders:
            raise Stalled
        orders[setup.request](setup)
        return b""

    def _answer(self, request: int) -> bytes:
        if request == ft.MODEM_STATUS:
            return bytes((self.status, ft.EMPTY))
        if request == ft.GET_LATENCY:
            return bytes((self._latency_ms,))
        if request == ft.GET_PINS:
            return b"\0"
        if request == ft.READ_EEPROM:
            return _BLANK
        raise Stalled

    def _reset(self, setup: Setup) -> None:
        if setup.value in (0, ft.PURGE_INPUT):
            self._waiting.clear()

    def _modem_control(self, setup: Setup) -> None:
        """The high byte says which lines are meant, the low one how they are."""
        meant, on = setup.value >> 8 & (DTR | RTS), setup.value & (DTR | RTS)
        self._set_host_lines(self.lines & ~meant | on & meant)

    def _set_flow(self, setup: Setup) -> None:
        self._flow = _FLOWS.get(setup.index >> 8, "")

    def _set_baud(self, setup: Setup) -> None:
        self._baud = setup.value | (setup.index & 1) << 16

    def _set_data(self, setup: Setup) -> None:
        self._data = setup.value
        self.on_break = bool(setup.value & ft.BREAK_ON)

    def _set_latency(self, setup: Setup) -> None:
        self._latency_ms = max(setup.value & 0xFF, 1)

    def _line(self) -> Coding:
        parity, stops = self._data >> 8 & 7, self._data >> 11 & 7
        return Coding(
            ft.baudrate_of(self._baud),
            self._data & 0xFF,
            _PARITIES[parity] if parity < len(_PARITIES) else "?",
            _STOP_BITS[stops] if stops < len(_STOP_BITS) else "?",
        )

    def _rung(self, name: str) -> None:
        if name == _LATENCY:
            self._status_due = True
        else:
            super()._rung(name)


def _serial_only(setup: Setup) -> None:
    """Bit mode 0 is the serial port; nothing is connected that the others could move."""
    if setup.value >> 8:
        raise Stalled
