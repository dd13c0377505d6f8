"""The printer's end of the line: what it says, in order, and when it is busy.

Sources: Epson TM-T88III specification, table 2.1.1 and 2.1.1.4 (buffer full at 128 bytes of room
until 256, with 45 bytes of buffer 16 and 26); TM-T70II manual, page 107 (XON and XOFF).
"""

from __future__ import annotations

XON, XOFF = b"\x11", b"\x13"

SMALL_BUFFER = 512
"""Below this, the thresholds are those of the 45-byte buffer."""


class BusyLine:
    """Answers on their way to the host.

    ``clear_to_send`` is the host's readiness (DSR): what comes through the receive buffer waits
    for it; real-time and automatic status do not look at it. ``silent``: nothing is connected to
    the printer's transmitter.
    """

    def __init__(self, buffer: int, *, xonxoff: bool = False, silent: bool = False) -> None:
        low, high = (128, 256) if buffer >= SMALL_BUFFER else (16, 26)
        self._low = low if buffer > high else 0
        self._high = min(high, buffer)
        self._xonxoff = xonxoff
        self._silent = silent
        self._out = bytearray()
        self._held = bytearray()
        self._full = False
        self.busy = False
        self.clear_to_send = True

    def say(self, data: bytes) -> None:
        """Real-time answers and automatic status: at once."""
        self._out += data

    def answer(self, data: bytes) -> None:
        """Answers to commands that came through the buffer: when the host listens."""
        (self._out if self.clear_to_send else self._held).extend(data)

    def look(self, room: int, offline: bool) -> None:
        """Busy or not: the buffer has ``room`` left, and the printer counts as offline or not."""
        if room <= self._low:
            self._full = True
        elif room >= self._high:
            self._full = False
        busy = self._full or offline
        if busy != self.busy and self._xonxoff:
            self._out += XOFF if busy else XON
        self.busy = busy

    def take(self) -> bytes:
        """What goes out now."""
        if self.clear_to_send:
            self._out += self._held
            self._held.clear()
        said = b"" if self._silent else bytes(self._out)
        self._out.clear()
        return said

    def reset(self) -> None:
        """Power on: nothing is left to say, and with XON/XOFF the host is told to start."""
        self._out.clear()
        self._held.clear()
        self._full = False
        self.busy = self._xonxoff  # so that the next look says XON
