"""The thread that listens to a scanner: its language is fed and timed whatever the user does.

A scanner that wants each code acknowledged, or a keyboard whose gaps mean something, cannot wait
until somebody reads. The same thread connects, and connects anew after a loss.
"""

from __future__ import annotations

import logging
import threading

from pos_guard.errors import DeviceError, LocalError, PortError, PortTimeoutError
from pos_guard.ports.base import Port
from pos_guard.ports.devices import report_descriptor
from pos_guard.scanners.settling import SettledLanguage
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.device_line import CONNECT_SECONDS, Connect, Line, unreachable
from pos_guard_drivers.scanner_talk import Ear, Manner, Talk

_LOG = logging.getLogger(__name__)

READ_BYTES = 8192
"""Asked of the port at once: more than any scan has, and more than any HID report."""

SLICE_SECONDS = 0.1
"""Longest single read: a command of another thread changes what is waited for."""

MAX_PAUSE = 2.0
"""Between attempts to connect: a cashier who plugs a scanner in uses it at once."""


class Pump:
    """One scanner's connections from ``start`` to ``stop``, and the ``talk`` over them."""

    def __init__(
        self, connect: Connect, language: SettledLanguage, ear: Ear, manner: Manner
    ) -> None:
        self.talk = Talk(language, ear, manner)
        self._connect = connect
        self._manner = manner
        self._line = Line(self._dial, manner.name, MAX_PAUSE)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)

    def start(self, seconds: float) -> None:
        """Begin; wait so long for the scanner to be set up, or not to be there."""
        self._thread.start()
        self.talk.wait(seconds)

    def stop(self, seconds: float) -> None:
        """End, within about so many seconds whatever the system does; twice is fine."""
        deadline = Deadline(seconds)
        self._stopped.set()
        self._line.stop(deadline.left)
        self.talk.end(deadline.left)
        self._thread.join(deadline.left)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._serve(self._line.port(Deadline(CONNECT_SECONDS)))
            except DeviceError as error:
                self.talk.absent(error)
            except LocalError as error:  # a library is missing: it may be installed
                self._fault(f"{error}")
            except PortError as error:
                self.talk.broken()
                self.talk.absent(unreachable(error, self._manner.name))
                self._line.lose()
            except Exception:  # noqa: BLE001 - a fault of ours must not leave a dead thread
                _LOG.exception("%s is connected anew after a fault", self._manner.name)
                self._fault("a fault of the driver")
        self._line.drop(0.0)

    def _dial(self, seconds: float) -> Port:
        """Connect; that it failed is known at once, and not only when all attempts have."""
        try:
            return self._connect(seconds)
        except PortError as error:
            self.talk.absent(unreachable(error, self._manner.name))
            raise

    def _fault(self, why: str) -> None:
        self.talk.forget()
        self.talk.absent(DeviceError("E_FAILURE", f"{self._manner.name}: {why}"))
        self._line.lose()
        self._stopped.wait(MAX_PAUSE)

    def _serve(self, port: Port) -> None:
        self.talk.connected(port, report_descriptor(port))
        while not self._stopped.is_set():
            try:
                data = port.read(READ_BYTES, self.talk.patience(SLICE_SECONDS))
            except PortTimeoutError:
                data = b""
            self.talk.heard(data)
