"""Scanners of the simulator behind a pty, TCP or USB, with the fault of one case."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.session import CloseApp, Effects, SetTimer, ToApp
from pos_guard.ports.base import Port
from pos_guard.ports.cdc_acm import CdcPort
from pos_guard.ports.hid import HidPort
from pos_guard.ports.usb_find import UsbPlace
from pos_guard.scanners.ssi_decoder import DecoderSettings
from pos_guard_drivers.connect import connector
from pos_guard_drivers.device_line import Connect
from pos_guard_simulator.bench import Bench, Twin
from pos_guard_simulator.scanner_menu import HoneywellScanner, NewlandScanner
from pos_guard_simulator.scanner_menu_make import serial_twin
from pos_guard_simulator.scanner_register import RegisterScanner
from pos_guard_simulator.scanner_ssi import SsiFault, SsiScanner, SsiTwinSettings
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_scanner import HidFault, UsbHidPosScanner
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner
from pos_guard_simulator.usb_serial.cdc import UsbSerial
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend
from tests.drivers.scanner_fault_case import (
    AWAY_MS,
    CUTS,
    LONG_MS,
    NEXT,
    REPLY_SECONDS,
    SHORT_MS,
    STRUCK,
    Case,
    LineTrouble,
    Moment,
)

_GOES_ON, _BACK, _BYTE, _CUT = "fault-on", "fault-back", "fault-byte", "fault-cut"

CUT_SECONDS = 0.05
"""The host has read what came before the cable was pulled."""


class Tap:
    """A port, and how much came out of it. Satisfies :class:`~pos_guard.ports.base.Port`."""

    def __init__(self, port: Port, heard: Callable[[int], None]) -> None:
        self._port = port
        self._heard = heard
        self.write = port.write
        self.close = port.close

    def read(self, limit: int, seconds: float) -> bytes:
        data = self._port.read(limit, seconds)
        self._heard(len(data))
        return data


class ShownTwin(Twin, Protocol):
    """A twin that can be shown a code."""

    def scan(self, payload: str) -> Effects: ...


class StruckScanner:
    """A twin whose next code meets the fault, at its place. ``heard``: bytes read since then."""

    def __init__(self, case: Case, twin: ShownTwin) -> None:
        self.heard = 0
        self._case = case
        self._twin = twin
        self._armed = self._counts = False
        self._swallows = self._holds = False
        self._held = bytearray()
        self._singles = bytearray()

    def connected(self) -> Effects:
        self._swallows = self._counts = False
        return self._out(self._twin.connected())

    def data(self, data: bytes) -> Effects:
        return [] if self._swallows else self._out(self._twin.data(data))

    def closed(self) -> Effects:
        self._held.clear()
        self._singles.clear()
        return self._out(self._twin.closed())

    def timer(self, name: str) -> Effects:
        if name == _GOES_ON:
            return self.mend()
        if name == _BACK:
            self._swallows = False
            return []
        if name == _BYTE:
            return self._next_single()
        if name == _CUT:
            return [CloseApp("unplugged")]
        return self._out(self._twin.timer(name))

    def scan(self, payload: str) -> Effects:
        """Sound."""
        return self._out(self._twin.scan(payload))

    def strike(self) -> Effects:
        """The code that meets the fault."""
        trouble = self._case.trouble
        if isinstance(self._twin, SsiScanner) and isinstance(trouble, SsiFault):
            self._twin.fault(trouble)
            return self.scan(STRUCK)
        self._armed = True
        if trouble is not LineTrouble.MERGED:
            return self.scan(STRUCK)
        both = [*self._twin.scan(STRUCK), *self._twin.scan(NEXT)]
        rest = [effect for effect in both if not isinstance(effect, ToApp)]
        data = b"".join(effect.data for effect in both if isinstance(effect, ToApp))
        return self._out([ToApp(data), *rest])

    def mend(self) -> Effects:
        """What was held goes on its way."""
        self._holds = False
        data = bytes(self._held)
        self._held.clear()
        return self._pass(data) if data else []

    def _out(self, effects: Effects) -> Effects:
        out: Effects = []
        for effect in effects:
            if not isinstance(effect, ToApp):
                out.append(effect)
            elif self._armed:
                self._armed = False
                out += self._strike(effect.data)
            else:
                out += self._pass(effect.data)
        return out

    def _pass(self, data: bytes) -> Effects:
        if self._swallows:
            return []
        if self._holds:
            self._held += data
            return []
        if self._singles:
            self._singles += data
            return []
        return [ToApp(data)]

    def tapped(self, connect: Connect) -> Connect:
        """The same, listened to."""
        return lambda seconds: Tap(connect(seconds), self._hear)

    def _hear(self, size: int) -> None:
        self.heard += size * self._counts

    def _strike(self, data: bytes) -> Effects:
        self.heard, self._counts = 0, True
        size = len(data)
        places = {Moment.INSIDE: size // 2, Moment.LAST: size - 1, Moment.END: size}
        at = places.get(self._case.moment or Moment.START, 0)
        before = self._pass(data[:at]) if at else []
        return before + self._fault(data[at:])

    def _fault(self, rest: bytes) -> Effects:
        match self._case.trouble:
            case LineTrouble.SPLIT:
                self._singles += rest
                return self._next_single()
            case LineTrouble.SHORT_PAUSE | LineTrouble.LONG_PAUSE as trouble:
                self._holds = True
                ms = SHORT_MS if trouble is LineTrouble.SHORT_PAUSE else LONG_MS
                return [*self._pass(rest), SetTimer(_GOES_ON, ms / 1000)]
            case LineTrouble.STALL:
                self._holds = True
                return self._pass(rest)
            case LineTrouble.HALF_OPEN:
                self._swallows = True
                return []
            case LineTrouble.UNPLUG:
                self._swallows = True
                return [SetTimer(_CUT, CUT_SECONDS)]
            case LineTrouble.POWER_CYCLE:
                return self._power_cycle()
            case _:
                return self._pass(self._altered(rest))

    def _altered(self, rest: bytes) -> bytes:
        match self._case.trouble:
            case LineTrouble.DROP:
                return rest[1:]
            case LineTrouble.DUPLICATE:
                return rest[:1] + rest
            case LineTrouble.GARBLE:
                return bytes((rest[0] ^ 0x10,)) + rest[1:]
            case _:
                return rest

    def _power_cycle(self) -> Effects:
        self._swallows = True
        twin = self._twin
        if isinstance(twin, SsiScanner):
            twin.decoder.power_cycle()
        elif isinstance(twin, RegisterScanner):
            twin.power_cut()
        elif isinstance(twin, HoneywellScanner | NewlandScanner):
            twin.menu.power_cut()
        away = SetTimer(_BACK, AWAY_MS / 1000)
        return [away] if self._case.transport == "pty" else [away, SetTimer(_CUT, CUT_SECONDS)]

    def _next_single(self) -> Effects:
        byte = bytes(self._singles[:1])
        del self._singles[:1]
        more: Effects = [SetTimer(_BYTE, 0.001)] if self._singles else []
        return [ToApp(byte), *more] if byte else []


class Place(Protocol):
    """A scanner at the end of some transport, for one case."""

    connect: Connect

    @property
    def heard(self) -> int:
        """Bytes or reports that the host read since the fault."""
        ...

    def show(self, code: str) -> None: ...

    def strike(self) -> None: ...

    def mend(self) -> None: ...


def _twin(case: Case) -> StruckScanner:
    if case.language == "ssi":
        # Tenths of a second that the decoder waits for an acknowledgement.
        waits = DecoderSettings(parameters={0x9B: round(REPLY_SECONDS * 10)})
        return StruckScanner(case, SsiScanner(SsiTwinSettings(waits)))
    return StruckScanner(case, serial_twin(scanner_model(case.model)))


class LinePlace:
    """On a pty or TCP. A pty that was hung up on is another one afterwards, under its old name."""

    def __init__(self, case: Case, bench: Bench, folder: str) -> None:
        self._case = case
        self._bench = bench
        self._twin = _twin(case)
        self._name = "scanner"
        self._link = str(Path(folder) / "scanner")
        where = self._put()
        kind = "serial" if case.transport == "pty" else "tcp"
        self.connect = self._twin.tapped(connector(f"{kind}:{where}"))

    @property
    def heard(self) -> int:
        return self._twin.heard

    def show(self, code: str) -> None:
        self._bench.call(self._name, lambda: self._twin.scan(code))

    def strike(self) -> None:
        self._bench.call(self._name, self._twin.strike)

    def mend(self) -> None:
        if self._case.trouble is LineTrouble.HALF_OPEN:
            self._bench.unplug(self._name)
        else:
            self._bench.call(self._name, self._twin.mend)
        gone = self._case.trouble in (LineTrouble.HALF_OPEN, LineTrouble.UNPLUG)
        if gone and self._case.transport == "pty":
            self._name = "scanner again"
            self._put()

    def _put(self) -> str:
        if self._case.transport == "pty":
            return self._bench.pty(self._name, self._twin, self._link)
        return self._bench.tcp(self._name, self._twin)


class CdcPlace:
    """A serial scanner on the simulated USB, driven through pyusb."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._twin = _twin(case)
        self._bus = SimulatedBus()
        self._device = self._bus.plug(UsbSerial(self._twin), driver="cdc_acm")
        place, backend = UsbPlace(scheme="cdc"), SimulatedBackend(self._bus)
        self.connect = self._twin.tapped(lambda _: CdcPort.open(place, backend=backend))

    @property
    def heard(self) -> int:
        return self._twin.heard

    def show(self, code: str) -> None:
        self._device.act(lambda twin: twin.scan(code))

    def strike(self) -> None:
        self._device.act(lambda twin: twin.strike())

    def mend(self) -> None:
        if self._case.trouble in CUTS - {LineTrouble.STALL}:
            self._bus.unplug(self._device)
            self._bus.plug(self._device, driver="cdc_acm")
        else:
            self._device.act(lambda twin: twin.mend())


class HidPlace:
    """A scanner of reports on the simulated USB."""

    def __init__(self, case: Case) -> None:
        self._fault = case.trouble
        self._bus = SimulatedBus()
        newland = case.model == "newland-hidpos"
        layout = "newland-64" if newland else "honeywell-64"
        keyboard = case.language == "hid-keyboard"
        scanner = UsbKeyboardScanner() if keyboard else UsbHidPosScanner(layout)
        self._device = self._bus.plug(scanner, driver="usbhid")
        ids = scanner.identity
        place = UsbPlace(ids.vendor, ids.product, scheme="hid")
        backend = SimulatedBackend(self._bus)
        self.connect: Connect = lambda _: HidPort.open(place, backend=backend)

    @property
    def heard(self) -> int:
        return 1

    def show(self, code: str) -> None:
        self._device.scan(code)

    def strike(self) -> None:
        assert isinstance(self._fault, HidFault)
        self._device.faults = frozenset({self._fault})
        self._device.scan(STRUCK)

    def mend(self) -> None:
        self._device.faults = frozenset()
        if self._fault is HidFault.UNPLUG:
            self._bus.plug(self._device, driver="usbhid")


@contextmanager
def placed(case: Case) -> Generator[Place]:
    """A scanner where the case wants it."""
    if case.transport == "usb":
        yield HidPlace(case)
    elif case.transport == "cdc":
        yield CdcPlace(case)
    else:
        with TemporaryDirectory() as folder, Bench() as bench:
            yield LinePlace(case, bench, folder)
