"""``/dev/ttyACM0``: what the kernel's cdc_acm driver makes of a serial device.

Behaviour of drivers/usb/class/cdc-acm.c: opening raises DTR and RTS, closing drops both, CTS is
always on. The bytes go through a pty, so parity and break of the line settings are its own.
"""

from __future__ import annotations

import errno
import struct
import termios
import threading
from pathlib import Path

from pos_guard.ports.usb_descriptors import Endpoint
from pos_guard.ports.usb_device import Setup, Stalled, Unplugged
from pos_guard.ports.usb_standard import TO_HOST
from pos_guard_simulator.preload import ioctls
from pos_guard_simulator.preload.caller import PASS, Caller
from pos_guard_simulator.preload.pty_pump import PtyPump
from pos_guard_simulator.usb_bus import Seat

CONTROL_CLASS = (2, 2)
DATA_CLASS = 0x0A

_SET_CODING, _SET_LINES, _SEND_BREAK = (0x21, 0x20), (0x21, 0x22), (0x21, 0x23)
_SERIAL_STATE = (0xA1, 0x20)
_CD, _DSR, _BREAK, _RING, _FRAMING, _PARITY, _OVERRUN = (1 << bit for bit in range(7))
_DTR, _RTS = 0x002, 0x004
_CTS, _CAR, _RNG, _DSR_LINE = 0x020, 0x040, 0x080, 0x100
_BREAK_ON = 0xFFFF
_ICOUNT = struct.Struct("@11i36x")
_SIZES = {termios.CS5: 5, termios.CS6: 6, termios.CS7: 7, termios.CS8: 8}
_OSPEED, _CFLAG = 5, 2
_SPEEDS: dict[int, int] = {
    getattr(termios, name): int(name[1:])
    for name in dir(termios)
    if name.startswith("B") and name[1:].isdigit()
}


class TtyNode:
    """The two interfaces of a CDC-ACM device while the driver holds them."""

    def __init__(self, seat: Seat, path: Path) -> None:
        self._device = seat.device
        self._control, self._notify = self._find_control()
        self._out, self._in = self._find_data()
        self._callers: set[Caller] = set()
        self._lines = 0
        self._state = 0
        self._coding = b""
        self._gone = False
        self._counts = [0] * 11  # cts dsr rng dcd rx tx frame overrun parity brk buf_overrun
        self._changed = threading.Condition()
        self._pump = PtyPump(path, self._take, self._give)
        self._stop = self._device.listen(self._pump.poke)

    def close(self) -> None:
        """The device, or the driver, is gone: whoever has it open is hung up on."""
        self._gone = True
        self._stop()
        with self._changed:
            self._changed.notify_all()
        self._pump.close()

    def opened(self, caller: Caller) -> None:
        """The first one raises DTR and RTS."""
        if not self._callers:
            self._set(_DTR | _RTS)
        self._callers.add(caller)
        self._pump.start()

    def closed(self, caller: Caller) -> None:
        """The last one drops both."""
        self._callers.discard(caller)
        if not self._callers:
            self._pump.stop()
            self._set(0)

    def read(self, caller: Caller, address: int, size: int) -> int:
        """The pty has the bytes."""
        del caller, address, size
        return PASS

    write = read

    def ioctl(self, caller: Caller, request: int, argument: int) -> int:
        """The lines; the pty answers everything else."""
        if request == ioctls.TIOCMGET:
            caller.poke(argument, struct.pack("@i", self._told()))
        elif request in (ioctls.TIOCMBIS, ioctls.TIOCMBIC, ioctls.TIOCMSET):
            self._change(request, struct.unpack("@i", caller.peek(argument, 4))[0])
        elif request in (ioctls.TIOCSBRK, ioctls.TIOCCBRK):
            self._ask(_SEND_BREAK, _BREAK_ON if request == ioctls.TIOCSBRK else 0)
        elif request == ioctls.TIOCGICOUNT:
            caller.poke(argument, _ICOUNT.pack(*self._counts))
        elif request == ioctls.TIOCMIWAIT:
            self._wait(caller, argument)
        else:
            return PASS
        return 0

    # -- lines ----------------------------------------------------------------------------------

    def _told(self) -> int:
        state = self._state
        pairs = ((_CD, _CAR), (_DSR, _DSR_LINE), (_RING, _RNG))
        return self._lines | _CTS | sum(line for bit, line in pairs if state & bit)

    def _change(self, request: int, value: int) -> None:
        value &= _DTR | _RTS
        if request == ioctls.TIOCMBIS:
            value |= self._lines
        elif request == ioctls.TIOCMBIC:
            value = self._lines & ~value
        self._set(value)

    def _set(self, lines: int) -> None:
        if lines != self._lines and not self._gone:
            self._lines = lines
            self._ask(_SET_LINES, lines >> 1)  # bit 0 is DTR there

    def _wait(self, caller: Caller, wanted: int) -> None:
        with self._changed:
            before = self._told()
            while not (self._told() ^ before) & wanted:
                if self._gone:
                    raise OSError(errno.EIO, "unplugged")
                if caller.gone:
                    return
                self._changed.wait(0.5)

    def _hear(self, notification: bytes) -> None:
        if tuple(notification[:2]) != _SERIAL_STATE or len(notification) < 10:
            return
        before, state = self._state, notification[8]
        for place, bit in ((1, _DSR), (2, _RING), (3, _CD)):
            self._counts[place] += bool((before ^ state) & bit)
        for place, bit in ((6, _FRAMING), (7, _OVERRUN), (8, _PARITY), (9, _BREAK)):
            self._counts[place] += bool(state & bit)
        with self._changed:
            self._state = state & (_CD | _DSR | _RING)
            self._changed.notify_all()

    # -- bytes ----------------------------------------------------------------------------------

    def _take(self, data: bytes) -> int:
        self._tell_coding()
        try:
            taken = self._device.out(self._out.address, data)
        except Stalled:
            taken = len(data)  # as the driver: lost
        except Unplugged:
            taken = 0
        self._counts[5] += taken
        return taken

    def _give(self) -> bytes | None:
        try:
            while (told := self._device.in_(self._notify.address, self._notify.packet)) is not None:
                self._hear(told)
            data = self._device.in_(self._in.address, self._in.packet)
        except (Stalled, Unplugged):
            return None
        self._counts[4] += len(data or b"")
        return data

    def _tell_coding(self) -> None:
        """Line settings reach the device before the bytes that they are for."""
        settings = termios.tcgetattr(self._pump.master)
        flags = settings[_CFLAG]
        parity = 0
        if flags & termios.PARENB:
            parity = 1 if flags & termios.PARODD else 2
        stops = 2 if flags & termios.CSTOPB else 0
        speed = _SPEEDS.get(settings[_OSPEED], 9600)
        coding = struct.pack("<IBBB", speed, stops, parity, _SIZES[flags & termios.CSIZE])
        if coding != self._coding:
            self._coding = coding
            self._ask(_SET_CODING, 0, coding)

    def _ask(self, request: tuple[int, int], value: int, data: bytes = b"") -> None:
        try:
            self._device.control(Setup(*request, value, self._control, len(data)), data)
        except (Stalled, Unplugged):
            return  # the driver does not tell programs either

    def _find_control(self) -> tuple[int, Endpoint]:
        for item in self._device.configuration.interfaces:
            if item.triple[:2] == CONTROL_CLASS:
                return item.number, item.endpoints[0]
        raise LookupError("no communications interface")

    def _find_data(self) -> tuple[Endpoint, Endpoint]:
        for item in self._device.configuration.interfaces:
            if item.triple[0] == DATA_CLASS:
                ends = {bool(end.address & TO_HOST): end for end in item.endpoints}
                return ends[False], ends[True]
        raise LookupError("no data interface")
