"""``/dev/ttyACM0`` and ``/dev/ttyUSB0``: what the kernel makes of a serial device.

Behaviour of cdc-acm.c and usb-serial.c under drivers/usb: opening raises DTR and RTS, closing
drops both. The bytes go through a pty, so parity and break of the line settings are its own.
"""

from __future__ import annotations

import errno
import struct
import termios
import threading
from pathlib import Path

from pos_guard_simulator.preload import ioctls
from pos_guard_simulator.preload import tty_driver as tty
from pos_guard_simulator.preload.caller import PASS, Caller
from pos_guard_simulator.preload.pty_pump import PtyPump
from pos_guard_simulator.usb_serial.line import Coding

_ICOUNT = struct.Struct("@11i36x")
_LINE_COUNTS = ((0, tty.CTS), (1, tty.DSR), (2, tty.RNG), (3, tty.CAR))
_ERROR_COUNTS = ((6, tty.FRAME), (7, tty.OVERRUN), (8, tty.PARITY), (9, tty.BREAK))
_RECEIVED, _SENT = 4, 5
_SIZES = {termios.CS5: 5, termios.CS6: 6, termios.CS7: 7, termios.CS8: 8}
_OSPEED, _CFLAG = 5, 2
_SPEEDS: dict[int, int] = {
    getattr(termios, name): int(name[1:])
    for name in dir(termios)
    if name.startswith("B") and name[1:].isdigit()
}


class TtyNode:
    """A serial port while its driver holds the device."""

    def __init__(self, driver: tty.SerialDriver, path: Path) -> None:
        self._driver = driver
        self._callers: set[Caller] = set()
        self._turn = threading.Lock()
        self._lines = 0
        self._modem = 0
        self._coding: Coding | None = None
        self._gone = False
        self._counts = [0] * 11  # cts dsr rng dcd rx tx frame overrun parity brk buf_overrun
        self._changed = threading.Condition()
        self._pump = PtyPump(path, self._take, self._give)
        self._stop = driver.bind(self._hear, self._pump.poke)

    def close(self) -> None:
        """The device, or the driver, is gone: whoever has it open is hung up on."""
        self._gone = True
        self._stop()
        with self._changed:
            self._changed.notify_all()
        self._pump.close()

    @property
    def drained(self) -> bool:
        """What programs wrote has arrived; see PtyPump."""
        return self._pump.drained

    def opened(self, caller: Caller) -> None:
        """The first one raises DTR and RTS."""
        with self._turn:
            if not self._callers:
                self._driver.open()
                self._modem = self._driver.modem()
                self._set(tty.DTR | tty.RTS)
            self._callers.add(caller)
            self._pump.start()

    def closed(self, caller: Caller) -> None:
        """The last one drops both."""
        with self._turn:
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
            caller.poke(argument, struct.pack("@i", self._lines | self._driver.modem()))
        elif request in (ioctls.TIOCMBIS, ioctls.TIOCMBIC, ioctls.TIOCMSET):
            self._change(request, struct.unpack("@i", caller.peek(argument, 4))[0])
        elif request in (ioctls.TIOCSBRK, ioctls.TIOCCBRK):
            self._tell_coding()
            self._driver.set_break(request == ioctls.TIOCSBRK)
        elif request == ioctls.TIOCGICOUNT:
            caller.poke(argument, _ICOUNT.pack(*self._counts))
        elif request == ioctls.TIOCMIWAIT:
            self._wait(caller, argument)
        else:
            return PASS
        return 0

    # -- lines ----------------------------------------------------------------------------------

    def _change(self, request: int, value: int) -> None:
        value &= tty.DTR | tty.RTS
        if request == ioctls.TIOCMBIS:
            value |= self._lines
        elif request == ioctls.TIOCMBIC:
            value = self._lines & ~value
        self._set(value)

    def _set(self, lines: int) -> None:
        if lines != self._lines and not self._gone:
            self._lines = lines
            self._driver.set_lines(lines)

    def _wait(self, caller: Caller, wanted: int) -> None:
        with self._changed:
            before = self._modem
            while not (self._modem ^ before) & wanted:
                if self._gone:
                    raise OSError(errno.EIO, "unplugged")
                if caller.gone:
                    return
                self._changed.wait(0.5)

    def _hear(self, lines: int, errors: int) -> None:
        with self._changed:
            for place, bit in _LINE_COUNTS:
                self._counts[place] += bool((self._modem ^ lines) & bit)
            for place, bit in _ERROR_COUNTS:
                self._counts[place] += bool(errors & bit)
            self._modem = lines
            self._changed.notify_all()

    # -- bytes ----------------------------------------------------------------------------------

    def _take(self, data: bytes) -> int:
        self._tell_coding()
        taken = self._driver.take(data)
        self._counts[_SENT] += taken
        return taken

    def _give(self) -> bytes | None:
        data = self._driver.give()
        self._counts[_RECEIVED] += len(data or b"")
        return data

    def _tell_coding(self) -> None:
        """Line settings reach the device before the bytes that they are for."""
        coding = self._settings()
        if coding != self._coding:
            self._coding = coding
            self._driver.set_coding(coding)

    def _settings(self) -> Coding:
        settings = termios.tcgetattr(self._pump.master)
        flags = settings[_CFLAG]
        parity = "N"
        if flags & termios.PARENB:
            parity = "O" if flags & termios.PARODD else "E"
        stops = "2" if flags & termios.CSTOPB else "1"
        speed = _SPEEDS.get(settings[_OSPEED], 9600)
        return Coding(speed, _SIZES[flags & termios.CSIZE], parity, stops)
