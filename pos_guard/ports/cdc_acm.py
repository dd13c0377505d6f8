"""A port to a USB serial scanner (CDC-ACM), claimed through libusb past the kernel's driver.

Neither ModemManager nor a till can open it then, and closing it never waits for 30 seconds as
that of /dev/ttyACM0 does.
"""

from __future__ import annotations

from contextlib import suppress

from pos_guard.errors import PortError
from pos_guard.ports.cdc_class import (
    DTR,
    RTS,
    SERIAL_STATE_SIZE,
    SET_CONTROL_LINE_STATE,
    SET_LINE_CODING,
    LineCoding,
    LineState,
)
from pos_guard.ports.cdc_find import SerialFunction, claim_cdc
from pos_guard.ports.usb_facts import UsbSerialFacts
from pos_guard.ports.usb_find import Backend, Claimed, Request, UsbPlace, load_backend
from pos_guard.ports.usb_stream import BulkPort

NOTIFICATIONS = 16
"""Notifications that are read at once: a device that never stops is not waited for."""

_NOTIFICATION_ROOM = 64
_NOW = 0.001


class CdcPort(BulkPort):
    """A :class:`~pos_guard.ports.base.Port` over both interfaces, with DTR and RTS set."""

    def __init__(
        self, claimed: Claimed, function: SerialFunction, coding: LineCoding | None = None
    ) -> None:
        super().__init__(claimed)
        self._function = function
        self._state = LineState()
        try:
            line = (coding or LineCoding()).to_bytes()
            self._ask_if_known(Request(*SET_LINE_CODING, 0, function.control, data=line))
            lines = DTR | RTS
            self._ask_if_known(Request(*SET_CONTROL_LINE_STATE, lines, function.control))
        except PortError:
            claimed.release()
            raise

    @classmethod
    def open(
        cls,
        place: UsbPlace,
        *,
        coding: LineCoding | None = None,
        library: str = "",
        backend: Backend = None,
        give_back: bool = True,
    ) -> CdcPort:
        """Find and claim a scanner; ``library`` is the path of libusb, ``backend`` a pyusb one.

        ``give_back``: on ``close`` the kernel's driver gets it again, as /dev/ttyACM0.

        :raises LocalError: when pyusb or libusb is missing; says what to install.
        :raises PortClosedError: when the scanner is not there.
        :raises PortBusyError: when another program holds it.
        :raises PortError: without permission (says the udev rule), or when several scanners fit.
        """
        found = claim_cdc(place, backend or load_backend(library), give_back=give_back)
        return cls(*found, coding)

    @property
    def facts(self) -> UsbSerialFacts:
        """What the scanner shows of itself."""
        shown, channel = self._claimed.facts, self._claimed.channel
        return UsbSerialFacts(
            vendor=shown.vendor,
            product=shown.product,
            release=shown.release,
            manufacturer=shown.manufacturer,
            name=shown.name,
            serial=shown.serial,
            control=self._function.control,
            data=channel.interface,
            notify=self._function.notify,
            out_endpoint=channel.out,
            in_endpoint=channel.in_,
            speed=shown.speed,
        )

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """Set our own modem lines.

        :raises PortError: when the scanner has none.
        """
        value = dtr * DTR | rts * RTS
        self._ask(Request(*SET_CONTROL_LINE_STATE, value, self._function.control))

    def state(self) -> LineState:
        """What the scanner last said of its line, without waiting for more.

        :raises PortClosedError: when it is gone.
        """
        if not self._function.notify:
            return self._state
        with self._asking:
            self._check_open()
            for _ in range(NOTIFICATIONS):
                try:
                    said = self._receive(self._function.notify, _NOTIFICATION_ROOM, _NOW)
                except OSError as error:
                    raise self._error(error) from error
                if not said:
                    break
                self._state = LineState.read(said[:SERIAL_STATE_SIZE]) or self._state
        return self._state

    def _leave(self) -> None:
        request = Request(*SET_CONTROL_LINE_STATE, 0, self._function.control)
        with suppress(OSError):
            self._claimed.ask(request, 100)
