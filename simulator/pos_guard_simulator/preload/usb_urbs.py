"""Transfers that programs submit to usbfs and reap when they are over."""

from __future__ import annotations

import errno
import struct
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from pos_guard.ports.usb_device import Setup
from pos_guard.ports.usb_standard import TO_HOST
from pos_guard_simulator.preload import ioctls
from pos_guard_simulator.preload.caller import Caller
from pos_guard_simulator.preload.usb_open import ERRORS, Call, Opened, Urb
from pos_guard_simulator.usb_bus import Seat
from pos_guard_simulator.usb_transfer import In, Transfer
from pos_guard_simulator.usb_usbfs import Code, UsbfsError

MAX_URBS = 1_024
"""Transfers that one handle has under way; libusb has a few."""

BLOCKED_S = 0.5
"""How often a blocked call looks whether its program is still there."""

_INTERRUPT, _CONTROL, _BULK = 1, 2, 3
_SETUP = struct.Struct("<BBHHH")
_INT = struct.Struct("@i")
_POINTER = struct.Struct("@P")
_STATUS_AT, _ACTUAL_AT = 4, 12 + 2 * _POINTER.size


@dataclass(slots=True)
class _Answered:
    """A control transfer, which simulated devices answer at once."""

    count: int
    data: bytes = b""

    def step(self) -> bool:
        """It is over."""
        return True


class Urbs:
    """The transfers of all who have a node open. ``show``: whether one waits to be reaped."""

    def __init__(self, seat: Seat, show: Callable[[bool], None]) -> None:
        self._seat = seat
        self._show = show
        self._lock = threading.RLock()
        self._finished = threading.Condition(self._lock)
        self._opens: dict[Caller, Opened] = {}

    def open(self, caller: Caller, opened: Opened) -> None:
        """Somebody opened the node."""
        with self._lock:
            self._opens[caller] = opened

    def of(self, caller: Caller) -> Opened:
        """What it has open.

        :raises OSError: ``ENODEV``: the device had left before it was open.
        """
        opened = self._opens.get(caller)
        if opened is None:
            raise OSError(errno.ENODEV, "not open")
        return opened

    def close(self, caller: Caller) -> None:
        """Its transfers are cancelled and its claims end."""
        with self._lock:
            opened = self._opens.pop(caller, None)
            if opened is not None:
                opened.handle.close()
                self._tell()

    def submit(self, call: Call) -> int:
        """USBDEVFS_SUBMITURB."""
        kind, endpoint, _, _, buffer, size, *_ = ioctls.URB.unpack(call.peek(ioctls.URB.size))
        opened = call.opened
        if len(opened.pending) + len(opened.done) >= MAX_URBS:
            raise OSError(errno.ENOMEM, "too many transfers")
        if kind == _CONTROL:
            urb = self._asked(call, buffer, size)
        elif kind in (_BULK, _INTERRUPT):
            self.check(endpoint)
            urb = Urb(call.argument, endpoint, buffer, _moved(call, endpoint, buffer, size))
        else:
            raise OSError(errno.EINVAL, "no such kind of transfer")
        with self._lock:
            opened.pending.append(urb)
            self._move((opened,))
        return 0

    def check(self, endpoint: int) -> None:
        """Whether the device has this endpoint.

        :raises OSError: ``ENOENT``: it has not.
        """
        if self._seat.device.configuration.owner(endpoint) is None:
            raise OSError(errno.ENOENT, "no such endpoint")

    def discard(self, call: Call) -> int:
        """USBDEVFS_DISCARDURB: the argument is the address of the transfer."""
        with self._lock:
            for urb in call.opened.pending:
                if urb.at == call.argument:
                    urb.status = -errno.ENOENT
                    self._over(call.opened, urb)
                    self._tell()
                    return 0
        raise OSError(errno.EINVAL, "no such transfer")

    def reap_now(self, call: Call) -> int:
        """USBDEVFS_REAPURBNDELAY."""
        with self._lock:
            if not call.opened.done:
                there = self._seat.present
                raise OSError(errno.EAGAIN if there else errno.ENODEV, "none is over")
            urb = call.opened.done.popleft()
            self._tell()
        transfer = urb.transfer
        if urb.endpoint & TO_HOST and isinstance(transfer, (In, _Answered)):
            call.caller.poke(urb.buffer, bytes(transfer.data))
        call.caller.poke(urb.at + _STATUS_AT, _INT.pack(urb.status))
        call.caller.poke(urb.at + _ACTUAL_AT, _INT.pack(transfer.count))
        call.poke(_POINTER.pack(urb.at))
        return 0

    def reap(self, call: Call) -> int:
        """USBDEVFS_REAPURB: it waits."""
        with self._lock:
            while not call.opened.done and self._seat.present and not call.caller.gone:
                self._finished.wait(BLOCKED_S)
        return self.reap_now(call)

    def pump(self) -> None:
        """The device may take or give more."""
        with self._lock:
            self._move(tuple(self._opens.values()))

    def _asked(self, call: Call, buffer: int, size: int) -> Urb:
        """A control transfer, with its request before its data."""
        raw = call.caller.peek(buffer, size)
        if len(raw) < _SETUP.size:
            raise OSError(errno.EINVAL, "no whole request")
        setup = Setup(*_SETUP.unpack_from(raw))
        inward = bool(setup.request_type & TO_HOST)
        try:
            answer = call.handle.control(setup, b"" if inward else raw[_SETUP.size :])
        except UsbfsError as error:
            if error.code is not Code.PIPE:
                raise
            return Urb(call.argument, 0, buffer, _Answered(0), -errno.EPIPE)
        count = len(answer) if inward else setup.length
        endpoint = TO_HOST if inward else 0
        return Urb(call.argument, endpoint, buffer + _SETUP.size, _Answered(count, answer))

    def _move(self, opens: Collection[Opened]) -> None:
        """Let each endpoint's oldest transfer go on, and the next one once it is over."""
        for opened in opens:
            waiting: set[int] = set()
            for urb in tuple(opened.pending):
                if urb.endpoint in waiting:
                    continue
                if self._advance(opened, urb):
                    self._over(opened, urb)
                else:
                    waiting.add(urb.endpoint)
        self._tell()

    def _advance(self, opened: Opened, urb: Urb) -> bool:
        try:
            return urb.status != 0 or opened.handle.advance(urb.transfer)
        except UsbfsError as error:
            gone = error.code is Code.NO_DEVICE
            urb.status = -errno.ESHUTDOWN if gone else -ERRORS[error.code]
            return True

    def _over(self, opened: Opened, urb: Urb) -> None:
        opened.pending.remove(urb)
        opened.done.append(urb)
        self._finished.notify_all()

    def _tell(self) -> None:
        waiting = any(item.done for item in self._opens.values())
        self._show(waiting or not self._seat.present)


def _moved(call: Call, endpoint: int, buffer: int, size: int) -> Transfer:
    if endpoint & TO_HOST:
        return call.handle.incoming(endpoint, size)
    return call.handle.outgoing(endpoint, call.caller.peek(buffer, size))
