"""A driver for scanners that send lines: serial, USB CDC, or a guard's scanner link.

One claim at a time, explicit enabling, and a deadline on every read, as UnifiedPOS has it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType

from pos_guard.clock import Clock, SystemClock
from pos_guard.errors import DeviceError, PortTimeoutError
from pos_guard.frames.lines import LineFramer, LineSettings, ScanLine
from pos_guard.frames.symbology import symbology
from pos_guard.ports.base import Port

READ_BYTES = 4096
"""Bytes asked of the port at once: more than a QR code holds in byte mode."""

WRITE_SECONDS = 2.0
"""A command has a few bytes; a scanner that takes none for so long is not there."""

DRAIN_READS = 64
"""Reads that ``enable`` spends on old scans: a device that never falls silent is not waited for."""


@dataclass(frozen=True, slots=True)
class ScanEvent:
    """One scan. ``data`` is the code's bytes, ``text`` what they say in ``decoded_as``.

    ``text`` is None where the bytes do not fit that encoding. ``symbology`` is known only when the
    scanner sends AIM identifiers. ``device`` is the name given to the driver; ``wall_us`` is when
    the scan was whole, in microseconds since 1970.
    """

    data: bytes
    text: str | None
    decoded_as: str
    symbology: str | None
    device: str
    wall_us: int


@dataclass(frozen=True, slots=True)
class ScannerOptions:
    """How the scanner is set. ``idle_seconds``: silence that ends (or cuts) a scan."""

    lines: LineSettings = field(default_factory=LineSettings)
    encoding: str = "utf-8"
    idle_seconds: float = 0.3


class LineScanner:
    """One scanner behind a port. Thread-safe: reads wait for each other."""

    def __init__(
        self,
        port: Port,
        options: ScannerOptions | None = None,
        *,
        name: str = "scanner",
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self._port = port
        self._options = options or ScannerOptions()
        self._clock = clock or SystemClock()
        self._framer = LineFramer(self._options.lines)
        self._ready: deque[ScanEvent] = deque()
        self._lock = threading.RLock()
        self._claimed = False
        self._enabled = False

    def __enter__(self) -> LineScanner:
        self.claim()
        self.enable()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def claim(self) -> None:
        """Take the scanner for this user.

        :raises DeviceError: ``E_CLAIMED`` when somebody in this process has it.
        """
        with self._lock:
            if self._claimed:
                raise DeviceError("E_CLAIMED", f"{self.name} is in use")
            self._claimed = True

    def enable(self, on: bool = True) -> None:
        """Deliver scans from now on, or not; scans made before are dropped.

        :raises DeviceError: ``E_NOTCLAIMED`` without ``claim``.
        """
        with self._lock:
            if not self._claimed:
                raise DeviceError("E_NOTCLAIMED", f"claim {self.name} first")
            if on and not self._enabled:
                self._drain()
            self._enabled = on

    def read(self, seconds: float) -> ScanEvent:
        """Wait for the next whole scan, at most ``seconds``.

        A scan that breaks off, or is longer than any code, is dropped: it is scanned again.

        :raises PortTimeoutError: when no scan came.
        :raises PortClosedError: when the scanner is gone.
        :raises DeviceError: ``E_DISABLED`` before ``enable``.
        """
        deadline = time.monotonic() + seconds
        with self._lock:
            if not self._enabled:
                raise DeviceError("E_DISABLED", f"enable {self.name} first")
            while not self._ready:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise PortTimeoutError(f"no scan from {self.name} within {seconds} s")
                self._receive(left)
            return self._ready.popleft()

    def __iter__(self) -> Iterator[ScanEvent]:
        """Scans, for as long as the scanner is enabled; ends when it is disabled.

        :raises PortClosedError: when the scanner is gone.
        """
        while self._enabled:
            try:
                event = self.read(1.0)
            except PortTimeoutError:
                continue
            yield event

    def command(self, data: bytes) -> None:
        """Send a vendor's command (a trigger, a beep) as it is.

        :raises PortTimeoutError: when the scanner takes no bytes.
        """
        self._port.write(data, WRITE_SECONDS)

    def close(self) -> None:
        """Disable, release and close the port; closing twice is fine."""
        self._enabled = False
        self._port.close()
        with self._lock:
            self._claimed = False

    def _receive(self, left: float) -> None:
        """One read of the port; silence ends what began."""
        wait = min(left, self._options.idle_seconds) if self._framer.pending else left
        try:
            data = self._port.read(READ_BYTES, wait)
        except PortTimeoutError:
            if wait >= self._options.idle_seconds:
                self._keep(self._framer.idle())
            return
        for line in self._framer.feed(data):
            self._keep(line)

    def _keep(self, line: ScanLine | None) -> None:
        if line is None or line.late or line.overlong or not line.ended:
            return
        encoding = self._options.encoding
        try:
            text = line.payload.decode(encoding)
        except UnicodeDecodeError:
            text = None
        self._ready.append(
            ScanEvent(
                line.payload,
                text,
                encoding,
                symbology(line.aim),
                self.name,
                self._clock.wall_us(),
            )
        )

    def _drain(self) -> None:
        self._framer.reset()
        self._ready.clear()
        for _ in range(DRAIN_READS):
            try:
                self._port.read(READ_BYTES, 0.0)
            except PortTimeoutError:
                return
