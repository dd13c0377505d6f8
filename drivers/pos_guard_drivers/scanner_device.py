"""One scanner's life cycle, and what its thread says turned into scans and events."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Literal, get_args

from pos_guard.errors import DeviceError
from pos_guard.frames.scanner_model import ScannerModel
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.scanners.language import Command, Problem, Scanned
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.device_claim import ExclusiveDevice
from pos_guard_drivers.device_counters import Counters
from pos_guard_drivers.device_line import Connect
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.scanner_inbox import Callbacks, Delivery, Event, Inbox
from pos_guard_drivers.scanner_pump import Pump
from pos_guard_drivers.scanner_scan import lost, made
from pos_guard_drivers.scanner_settings import ScannerSettings
from pos_guard_drivers.scanner_talk import Manner, Talk

_LOG = logging.getLogger(__name__)

ENABLE_SECONDS = 2.0
"""How long ``enable`` waits for the scanner; one that is switched on later is found later."""

HURRY_SECONDS = 0.1
"""For the end of a scanner that another thread is busy with."""

GOODBYE_SECONDS = 0.5
"""How long a scanner has to take the command that stops it."""

Counter = Literal["scans", "lost", "commands", "communication_errors", "connections"]


class ScannerDevice(ExclusiveDevice):
    """Opens, claims, enables; scans and events go to the inbox while it is enabled.

    ``device`` names it for everybody on this machine (its address). With ``callbacks`` everything
    is told to them; without, scans wait to be read.
    """

    def __init__(
        self,
        connect: Connect,
        model: ScannerModel | None = None,
        settings: ScannerSettings | None = None,
        *,
        name: str = "scanner",
        device: str | None = None,
        callbacks: Callbacks | None = None,
    ) -> None:
        super().__init__(name, device)
        self.model = model or scanner_model("generic-serial")
        self.settings = settings or ScannerSettings()
        self.callbacks = callbacks
        self.statistics = Counters[Counter](get_args(Counter))
        self._connect = connect
        self._speaks = self.settings.speaks(self.model)
        self.encoding = self.settings.encoding or self.model.encoding
        self._changing = threading.RLock()
        self._pump: Pump | None = None
        self._inbox = Inbox(name, self.settings.max_waiting)
        self._delivery: Delivery | None = None

    @property
    def enabled(self) -> bool:
        """Whether scans are delivered."""
        return self._pump is not None

    @property
    def power(self) -> PowerState:
        """``ONLINE``, ``OFF_OFFLINE`` (unplugged, off, or somebody else's), or not known."""
        pump = self._pump
        return PowerState.UNKNOWN if pump is None else pump.talk.power

    def enable(self, seconds: float = ENABLE_SECONDS) -> None:
        """Deliver scans from now on; what was scanned before is dropped. Twice is fine.

        Waits so long for the connection, and no longer than until it is refused: a scanner may be
        plugged in later. What is scanned after this returned is delivered, if it was there.

        :raises DeviceError: ``E_CLOSED``, ``E_NOTCLAIMED``; ``E_BUSY`` when another thread is
            enabling or disabling it all that time.
        """
        with self._alone(Deadline(seconds)) as deadline:
            self._check_claimed()
            if self._pump is not None:
                return
            self._inbox = Inbox(self.name, self.settings.max_waiting)
            if self.callbacks is not None:
                self._delivery = Delivery(self._inbox, self.callbacks)
                self._delivery.start()
            self._pump = Pump(
                self._connect,
                self.settings.speaks(self.model),
                _Ear(self, self._inbox),
                Manner(self.name, Command.ENABLE if self.settings.stop_device else None),
            )
            self._pump.start(deadline.left)

    def disable(self, seconds: float = 2.0) -> None:
        """Deliver no more scans, drop those that wait, end the connection; twice is fine.

        :raises DeviceError: ``E_BUSY`` as ``enable``.
        """
        with self._alone(Deadline(seconds)) as deadline:
            self._stop(deadline)

    def release(self, seconds: float = 2.0) -> None:
        """Disable, and give the scanner back; twice is fine.

        :raises DeviceError: ``E_BUSY`` as ``enable``.
        """
        self.disable(seconds)
        self._claim.give()

    def close(self, seconds: float = 2.0) -> None:
        """Release and close, within about ``seconds`` whatever happens; twice is fine."""
        deadline = Deadline(seconds)
        self._opened = False
        try:
            with self._alone(deadline):
                self._stop(deadline)
        except DeviceError:  # another thread is at it: it ends at once without its connection
            pump, self._pump = self._pump, None
            self._inbox.close()
            if pump is not None:
                pump.stop(HURRY_SECONDS)
        self._claim.give()

    @contextmanager
    def _alone(self, deadline: Deadline) -> Generator[Deadline]:
        if not self._changing.acquire(timeout=deadline.left):
            raise DeviceError("E_BUSY", f"{self.name} is busy in another thread")
        try:
            yield deadline
        finally:
            self._changing.release()

    def _stop(self, deadline: Deadline) -> None:
        pump, self._pump = self._pump, None
        self._inbox.close()
        if pump is None:
            return
        language = pump.talk.language
        if self.settings.stop_device and Command.DISABLE in language.can:
            goodbye = deadline.less(GOODBYE_SECONDS).at_most(GOODBYE_SECONDS)
            with suppress(DeviceError):  # it is not there, or does not listen
                pump.talk.tell(partial(language.command, Command.DISABLE), Command.DISABLE, goodbye)
        pump.stop(deadline.left)
        delivery, self._delivery = self._delivery, None
        if delivery is not None:
            delivery.stop(deadline.left)

    def _in_use(self) -> Talk:
        pump = self._pump
        if pump is not None:
            return pump.talk
        self._check_claimed()
        raise DeviceError("E_DISABLED", f"enable {self.name} first")


class _Ear:
    """What the pump of one enabling says. Called in its thread."""

    def __init__(self, device: ScannerDevice, inbox: Inbox) -> None:
        self._device = device
        self._inbox = inbox

    def scanned(self, scanned: Scanned) -> None:
        """Whole: for the user."""
        device = self._device
        clock = device.settings.clock
        when = (clock.wall_us(), clock.boot_us())
        scan = made(scanned, device.encoding, device.name, when)
        taken = self._inbox.put(scan)
        device.statistics.count("scans" if taken else "lost")

    def lost(self, problem: Problem) -> None:
        """Nothing of it is delivered, and that is said."""
        error = lost(self._device.name, problem)
        self._device.statistics.count("lost")
        _LOG.warning("%s", error)
        self._inbox.put(error)

    def power(self, power: PowerState, why: DeviceError | None) -> None:
        """For callbacks; a reader hears of it when nothing comes."""
        device = self._device
        if power is PowerState.ONLINE:
            device.statistics.count("connections")
        self._tell(power)
        if why is not None:
            self._tell(why)

    def unlocked(self) -> None:
        """Set-up codes that a customer shows would be obeyed."""
        words = f"{self._device.name} still reads set-up codes: turn them off at the scanner"
        _LOG.warning("%s", words)
        self._tell(DeviceError("E_FAILURE", words))

    def trouble(self) -> None:
        """Counted."""
        self._device.statistics.count("communication_errors")

    def _tell(self, event: Event) -> None:
        if self._device.callbacks is not None:
            self._inbox.put(event)
