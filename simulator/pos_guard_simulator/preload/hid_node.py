"""A HID interface while the kernel's usbhid driver holds it: its reports go to its nodes."""

from __future__ import annotations

import errno
from collections.abc import Callable

from pos_guard.errors import FrameError
from pos_guard.frames.hid_descriptor import parse_descriptor
from pos_guard.frames.hid_keyboard import NOTHING, KeyReport, changes, find_keys, parse_keys
from pos_guard.ports.usb_descriptors import Interface
from pos_guard.ports.usb_device import Setup, Stalled, Unplugged
from pos_guard.ports.usb_standard import GET_DESCRIPTOR, TO_HOST
from pos_guard_simulator.hid_link.host import reports_of
from pos_guard_simulator.preload.caller import Readiness
from pos_guard_simulator.preload.hidraw_node import HidrawNode
from pos_guard_simulator.preload.input_node import InputNode
from pos_guard_simulator.preload.worker import Worker
from pos_guard_simulator.usb_bus import Seat

_REPORT = 0x22
_SET_REPORT = (0x21, 9)
_OUTPUT = 2
_MAX_DESCRIPTOR = 4_096


class HidInterface:
    """Reads the reports of an interface: of a keyboard always, of others while a node is open.

    So does the kernel: its console has every keyboard open (drivers/hid/usbhid/hid-core.c).
    ``descriptor`` is its report descriptor; ``keyboard``: the kernel makes an input device of it.
    """

    def __init__(self, seat: Seat, interface: Interface) -> None:
        self._device = seat.device
        self._interface = interface
        ends = {bool(end.address & TO_HOST): end for end in interface.endpoints}
        self._in, self._out = ends[True], ends.get(False)
        self.descriptor = self._ask_descriptor()
        self._shape = _shape(self.descriptor)
        self._held = NOTHING
        self._raw: HidrawNode | None = None
        self._input: InputNode | None = None
        self._worker: Worker | None = None
        self._stop: Callable[[], None] = _nothing

    @property
    def keyboard(self) -> bool:
        """Whether it types keys."""
        return self._shape is not None

    def raw_node(self, ready: Readiness) -> HidrawNode:
        """Its hidraw node."""
        self._raw = HidrawNode(
            ready, self._device.identity, self.descriptor, self._send, self._look
        )
        return self._raw

    def input_node(self, ready: Readiness) -> InputNode:
        """Its input node, where it is a keyboard."""
        self._input = InputNode(ready, self._device.identity, self._light)
        return self._input

    def start(self) -> None:
        """From now on its reports are read."""
        self._worker = Worker(self._pull)
        self._stop = self._device.listen(self._look)
        self._look()

    def close(self) -> None:
        """The device, or the driver, is gone."""
        self._stop()
        if self._worker is not None:
            self._worker.close()

    def _look(self) -> None:
        if self._worker is not None:
            self._worker.poke()

    def _pull(self) -> None:
        if not self.keyboard and (self._raw is None or not self._raw.in_use):
            return
        try:
            for report in reports_of(self._device, self._in.address, self._in.packet):
                self._heard(report)
        except (Stalled, Unplugged):
            return

    def _heard(self, report: bytes) -> None:
        if self._raw is not None:
            self._raw.put((report,))
        if self._input is None or self._shape is None:
            return
        try:
            now = parse_keys(report, self._shape)
        except FrameError:
            return  # no report of keys
        if now is not None:
            self._input.keys(changes(self._held, now))
            self._held = now

    def _send(self, report: bytes) -> None:
        try:
            if self._out is not None:
                self._device.out(self._out.address, report)
                return
            number = report[0] if self._numbered else 0
            setup = Setup(*_SET_REPORT, _OUTPUT << 8 | number, self._interface.number, len(report))
            self._device.control(setup, report)
        except Stalled as error:
            raise OSError(errno.EPIPE, "the device refused the report") from error
        except Unplugged as error:
            raise OSError(errno.ENODEV, "unplugged") from error

    def _light(self, leds: int) -> None:
        self._send(bytes((leds,)))

    @property
    def _numbered(self) -> bool:
        return self._shape is not None and self._shape.report != 0

    def _ask_descriptor(self) -> bytes:
        number = self._interface.number
        setup = Setup(0x81, GET_DESCRIPTOR, _REPORT << 8, number, _MAX_DESCRIPTOR)
        return self._device.control(setup, b"")


def _shape(descriptor: bytes) -> KeyReport | None:
    try:
        return find_keys(parse_descriptor(descriptor))
    except FrameError:
        return None


def _nothing() -> None:
    """Nobody listens yet."""
