"""``/dev/usb/lp0``: what the kernel's usblp driver makes of a printer.

Behaviour of drivers/usb/class/usblp.c. One program at a time is not enforced: the preload library
opens the node before we hear of it.
"""

from __future__ import annotations

import errno
import struct
import threading
from pathlib import Path

from pos_guard.ports.usb_descriptors import Interface
from pos_guard.ports.usb_device import Setup, Stalled, Unplugged
from pos_guard.ports.usb_standard import TO_HOST
from pos_guard_simulator.preload import ioctls
from pos_guard_simulator.preload.caller import PASS, Caller
from pos_guard_simulator.preload.pty_pump import PtyPump
from pos_guard_simulator.usb_bus import Seat

_GET_DEVICE_ID, _GET_PORT_STATUS, _SOFT_RESET = (0xA1, 0), (0xA1, 1), (0x21, 2)
_MAX_DEVICE_ID = 1_024
"""USBLP_DEVICE_ID_SIZE."""


class LpNode:
    """A printer interface while usblp holds it."""

    def __init__(self, seat: Seat, interface: Interface, path: Path) -> None:
        self._device = seat.device
        self._number = interface.number
        ends = {bool(end.address & TO_HOST): end for end in interface.endpoints}
        self._out, self._in = ends[False], ends.get(True)
        self._failed = False
        self._gone = False
        self._callers: set[Caller] = set()
        self._turn = threading.Lock()
        self._pump = PtyPump(path, self._take, self._give)
        self._stop = self._device.listen(self._pump.poke)

    def close(self) -> None:
        """The printer, or the driver, is gone."""
        self._gone = True
        self._stop()
        self._pump.close()

    @property
    def drained(self) -> bool:
        """What programs wrote has arrived; see PtyPump."""
        return self._pump.drained

    def opened(self, caller: Caller) -> None:
        """From now on the printer's answers are fetched."""
        with self._turn:
            self._callers.add(caller)
            self._pump.start()

    def closed(self, caller: Caller) -> None:
        """Answers that nobody read are gone.

        The end of a program may be heard of when the next one is already there.
        """
        with self._turn:
            self._callers.discard(caller)
            if not self._callers:
                self._pump.stop()

    def read(self, caller: Caller, address: int, size: int) -> int:
        """The pty has the bytes."""
        del caller, address, size
        return self._pass()

    def write(self, caller: Caller, address: int, size: int) -> int:
        """The pty takes the bytes; a stall before makes it an error, until the soft reset.

        usblp does not clear an endpoint's halt.
        """
        del caller, address, size
        if self._failed:
            raise OSError(errno.EIO, "the printer refused what came before")
        return self._pass()

    def ioctl(self, caller: Caller, request: int, argument: int) -> int:
        """Status, device id, soft reset; the others are those of usblp that nobody uses."""
        if self._gone:
            raise OSError(errno.ENODEV, "unplugged")
        if request == ioctls.LP_STATUS:
            status = self._ask(_GET_PORT_STATUS, 1)[0]
            caller.poke(argument, struct.pack("@i", status))
            return 0
        if ioctls.kind_of(request) != "P":
            raise OSError(errno.ENOTTY, "a printer is no terminal")
        if ioctls.code_of(request) == ioctls.LP_DEVICE_ID_CODE:
            answer = self._ask(_GET_DEVICE_ID, _MAX_DEVICE_ID)
            caller.poke(argument, answer[: ioctls.size_of(request)])
            return 0
        if request == ioctls.LP_SOFT_RESET:
            self._ask(_SOFT_RESET, 0)
            self._failed = False
            return 0
        raise OSError(errno.ENOTTY, "no such request")

    def _pass(self) -> int:
        if self._gone:
            raise OSError(errno.ENODEV, "unplugged")
        return PASS

    def _ask(self, request: tuple[int, int], size: int) -> bytes:
        index = self._number if request == _SOFT_RESET else self._number << 8 & 0xFFFF
        if request == _GET_PORT_STATUS:
            index = self._number
        try:
            return self._device.control(Setup(*request, 0, index, size), b"")
        except Stalled as error:
            raise OSError(errno.EIO, "refused") from error
        except Unplugged as error:
            raise OSError(errno.ENODEV, "unplugged") from error

    def _take(self, data: bytes) -> int:
        try:
            return self._device.out(self._out.address, data)
        except Stalled:
            self._failed = True
            return len(data)  # what was under way is lost, as with the driver
        except Unplugged:
            return 0

    def _give(self) -> bytes | None:
        if self._in is None:
            return None
        try:
            return self._device.in_(self._in.address, self._in.packet)
        except (Stalled, Unplugged):
            return None
