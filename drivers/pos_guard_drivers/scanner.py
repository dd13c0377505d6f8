"""One driver for every scanner: its language and its port are arguments.

UnifiedPOS life cycle, a deadline on every call, connections made again after a loss. Each code
that the scanner reads while it is enabled is delivered once, or reported as lost; never twice,
never a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Self

from pos_guard.errors import DeviceError, LocalError
from pos_guard.frames.scanner_model import ScannerModel
from pos_guard.ports.address import Address, Kind
from pos_guard.scanners.language import Command, Reply
from pos_guard_drivers.connect import connector
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.scanner_device import ScannerDevice
from pos_guard_drivers.scanner_inbox import Callbacks, Event, Inbox
from pos_guard_drivers.scanner_scan import LostScanError, Scan
from pos_guard_drivers.scanner_settings import ScannerSettings, usual_model
from pos_guard_drivers.scanner_talk import Talk

__all__ = ["BarcodeScanner", "Callbacks", "LostScanError", "Scan", "ScannerSettings"]

COMMAND_SECONDS = 2.0
"""How long an answer is waited for: the default response time-out of SSI."""

SIGNAL_SECONDS = 1.0
"""A yes or no that comes later would be taken for the next code's."""

ITERATE_SECONDS = 1.0


class BarcodeScanner(ScannerDevice):
    """One scanner. Use it as a context manager: opens, claims, enables, and closes.

    ``connect`` opens its port within so many seconds; ``at`` takes an address in its place.
    """

    @classmethod
    def at(
        cls,
        address: str,
        model: ScannerModel | None = None,
        settings: ScannerSettings | None = None,
        *,
        name: str = "scanner",
        callbacks: Callbacks | None = None,
    ) -> Self:
        """The scanner at ``serial:/dev/ttyUSB0``, ``hid:scanner`` or another address of one.

        Without a model it is any brand with such a plug, or known by its USB ids. A serial line
        whose address has no baud rate gets the model's.

        :raises LocalError: when it is no address of a scanner.
        """
        where = _parsed(address)
        model = model or usual_model(where)
        settings = settings or ScannerSettings()
        if where.kind is Kind.SERIAL and address.count(":") == 1:
            where = replace(where, baudrate=model.baudrate)
        if where.kind is Kind.HIDRAW:  # the kernel leaves a keyboard in the report protocol
            settings = replace(settings, language=replace(settings.language, boot=False))
        return cls(
            connector(where), model, settings, name=name, device=str(where), callbacks=callbacks
        )

    # -- scans ------------------------------------------------------------------------------------

    def read(self, seconds: float) -> Scan:
        """Wait for the next scan, at most ``seconds``.

        :raises LostScanError: when a code was shown that nobody will get.
        :raises DeviceError: ``E_TIMEOUT`` when none came; ``E_NOHARDWARE``, ``E_OFFLINE`` or
            ``E_CLAIMED`` when the scanner is not there; ``E_CLOSED``, ``E_NOTCLAIMED`` or
            ``E_DISABLED``, also when another thread does that; ``E_ILLEGAL`` with callbacks.
        """
        talk, inbox = self._readable(), self._inbox
        return self._taken(inbox.take(seconds), inbox, talk)

    def __iter__(self) -> Iterator[Scan]:
        """Scans for as long as the scanner is enabled, through losses of the connection.

        A scan that was lost is counted and logged: use ``read`` or callbacks to hear of it.

        :raises DeviceError: as ``read``, if it is not enabled.
        """
        self._readable()
        while self.enabled:
            try:
                scan = self.read(ITERATE_SECONDS)
            except DeviceError:  # no scan, no scanner, or disabled
                continue
            yield scan

    def _readable(self) -> Talk:
        if self.callbacks is not None:
            raise DeviceError("E_ILLEGAL", f"the scans of {self.name} go to its callbacks")
        return self._in_use()

    def _taken(self, event: Event | None, inbox: Inbox, talk: Talk) -> Scan:
        if isinstance(event, Scan):
            return event
        if isinstance(event, DeviceError):
            raise event
        if inbox.closed:
            raise DeviceError("E_DISABLED", f"{self.name} was disabled")
        raise talk.why or DeviceError("E_TIMEOUT", f"no scan from {self.name} in time")

    # -- commands ---------------------------------------------------------------------------------

    @property
    def can(self) -> frozenset[Command]:
        """What this scanner can be told; of a HID scanner it is known once it was connected."""
        pump = self._pump
        return self._speaks.can if pump is None else pump.talk.language.can

    @property
    def locked(self) -> bool | None:
        """Whether it reads no set-up codes any more; None: it was not told, or says nothing."""
        pump = self._pump
        return None if pump is None else pump.talk.locked

    def trigger(self, seconds: float = COMMAND_SECONDS) -> bool | None:
        """Begin one reading session, as the trigger button does.

        True: the scanner confirmed it; False: it refused; None: it was told, and says nothing.
        So do all commands answer.

        :raises DeviceError: ``E_ILLEGAL`` for what is not in ``can``; ``E_CLOSED``,
            ``E_NOTCLAIMED``, ``E_DISABLED``; ``E_NOHARDWARE``, ``E_OFFLINE`` or ``E_CLAIMED``
            when it is not there in time, ``E_BUSY`` when it is busy, ``E_FAILURE`` when it takes
            no bytes.
        """
        return _fate(self._tell(Command.TRIGGER, seconds))

    def stop(self, seconds: float = COMMAND_SECONDS) -> bool | None:
        """End a reading session without a code.

        :raises DeviceError: as ``trigger``.
        """
        return _fate(self._tell(Command.STOP, seconds))

    def lock(self, seconds: float = COMMAND_SECONDS) -> bool | None:
        """Read no set-up codes from now on. Most languages do it at each connection.

        :raises DeviceError: as ``trigger``.
        """
        return _fate(self._tell(Command.LOCK, seconds))

    def identify(self, seconds: float = COMMAND_SECONDS) -> str:
        """What the scanner says of itself, in its own words.

        :raises DeviceError: as ``trigger``, and ``E_TIMEOUT`` when it says nothing.
        """
        reply = self._tell(Command.IDENTIFY, seconds)
        if reply is None or not reply.raw:
            raise DeviceError("E_TIMEOUT", f"{self.name} does not say what it is")
        if reply.ok is False:
            raise DeviceError("E_FAILURE", f"{self.name} refuses to say what it is")
        return reply.text.decode("latin-1").strip()

    def accept(self, seconds: float = SIGNAL_SECONDS) -> bool | None:
        """Show the cashier at the scanner that the code was taken (beep, green light).

        True: shown; False: this scanner cannot, refuses, or is not there; None: told, and it does
        not say. Only misuse raises: a beep that does not come must not stop a sale.

        :raises DeviceError: ``E_CLOSED``, ``E_NOTCLAIMED``, ``E_DISABLED``.
        """
        return self._show(Command.YES, seconds)

    def reject(self, seconds: float = SIGNAL_SECONDS) -> bool | None:
        """Show that it was not (error beep, red light); answers as ``accept``.

        :raises DeviceError: as ``accept``.
        """
        return self._show(Command.NO, seconds)

    def direct_io(self, data: bytes, seconds: float = COMMAND_SECONDS) -> bytes:
        """Send a maker's own command: bytes, or one output report. Its answer, if it is known.

        :raises DeviceError: as ``trigger``.
        """
        talk = self._in_use()
        self.statistics.count("commands")
        reply = talk.tell(partial(talk.language.passing, data), None, Deadline(seconds))
        return b"" if reply is None else reply.raw

    def _tell(self, command: Command, seconds: float) -> Reply | None:
        talk = self._in_use()
        self.statistics.count("commands")
        return talk.tell(partial(talk.language.command, command), command, Deadline(seconds))

    def _show(self, command: Command, seconds: float) -> bool | None:
        if command not in self._in_use().language.can:
            return False
        try:
            return _fate(self._tell(command, seconds))
        except DeviceError as error:
            if error.code in ("E_CLOSED", "E_NOTCLAIMED", "E_DISABLED"):
                raise
            return False


def _fate(reply: Reply | None) -> bool | None:
    """An answer without bytes is one that never came."""
    return reply.ok if reply is not None and reply.raw else None


def _parsed(address: str) -> Address:
    try:
        return Address.parse(address)
    except ValueError as error:
        raise LocalError(f"{address!r} {error}") from error
