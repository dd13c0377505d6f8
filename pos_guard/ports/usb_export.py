"""A printer that the guard shows to a till over USB in place of the real one.

What the till writes waits here until the guard reads it; a till that writes faster meets NAK, as
at a printer whose buffer is full. Control requests are answered at once from what is known of the
real printer: the bus never waits for it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from pos_guard.ports.usb_device import Setup, Speed, Stalled, Unplugged
from pos_guard.ports.usb_facts import (
    CONFIGURATION,
    DEVICE,
    MARK,
    MARK_TEXT,
    QUALIFIER,
    STRING,
    UsbPrinterFacts,
    qualifier_descriptor,
    string_descriptor,
)

HIGH_WATER = 64 * 1024
"""Unread bytes at which the next transfer must wait: as much as a link holds for its printer.
A transfer below it is taken whole, because a host cannot be told of a part that was taken when it
gives one up: it would send that part again."""

MAX_ANSWERS = 4096
"""Unread bytes of answers; of more the oldest are lost, as in a printer whose till never reads."""

UNKNOWN_STATUS = 0x00
"""GET_PORT_STATUS of a printer that is away: not selected, error (the error bit is low active)."""

_GET_DEVICE_ID, _GET_PORT_STATUS, _SOFT_RESET = 0, 1, 2
_CLEAR_FEATURE, _SET_FEATURE = 1, 3
_ENDPOINT_HALT = 0
_TO_ENDPOINT = 2
_KEPT_SETTINGS = frozenset({5, 9, 11})  # SET_ADDRESS, SET_CONFIGURATION, SET_INTERFACE


class ExportedPrinter:
    """A :class:`~pos_guard.ports.usb_device.UsbDevice`, and the guard's side of it.

    ``heard`` is called, from any thread, when there is something to read, when ``reset`` became
    true, and when it was unplugged. The guard's methods may be called from any thread.
    """

    def __init__(self, facts: UsbPrinterFacts, heard: Callable[[], None]) -> None:
        self.facts = facts
        self.speed: Speed = facts.speed
        self._strings = (*facts.strings, MARK_TEXT)
        self.port_status = UNKNOWN_STATUS
        self.reset = False
        """The till asked for a soft reset; the guard sets it back once it has acted on it."""
        self._heard = heard
        self._lock = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self._unread: deque[memoryview] = deque()
        self._size = 0
        self._answers = bytearray()
        self._halted: set[int] = set()
        self._configuration = 0
        self._gone = False

    # -- the guard's side ---------------------------------------------------------------------

    def read(self, limit: int) -> bytes:
        """At most ``limit`` bytes that the till wrote; ``b""`` when there are none now."""
        with self._lock:
            if not self._unread:
                return b""
            first = self._unread.popleft()
            data = bytes(first[:limit])
            if len(first) > limit:
                self._unread.appendleft(first[limit:])
            was_full, self._size = self._size >= HIGH_WATER, self._size - len(data)
            made_room = was_full and self._size < HIGH_WATER
        if made_room:
            self._changed()
        return data

    def answer(self, data: bytes) -> None:
        """Bytes for the till, which gets them when it reads."""
        with self._lock:
            self._answers += data
            del self._answers[: max(0, len(self._answers) - MAX_ANSWERS)]
        self._changed()

    def forget(self) -> None:
        """What is unread in either direction is nobody's any more."""
        with self._lock:
            self._unread.clear()
            self._answers.clear()
            self._size = 0
        self._changed()

    def unplug(self) -> None:
        """Off the bus."""
        self._gone = True
        self._changed()
        self._heard()

    # -- the till's side ----------------------------------------------------------------------

    @property
    def present(self) -> bool:
        """Until the guard unplugs it."""
        return not self._gone

    @property
    def device_descriptor(self) -> bytes:
        """That of the real printer."""
        return self.facts.device_descriptor()

    @property
    def configuration_descriptor(self) -> bytes:
        """The real printer's one interface, and our mark."""
        return self.facts.configuration_descriptor(MARK, text=len(self._strings))

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """See :class:`~pos_guard.ports.usb_device.UsbDevice`."""
        with self._lock:
            self._listeners.append(changed)

        def forget() -> None:
            with self._lock:
                if changed in self._listeners:
                    self._listeners.remove(changed)

        return forget

    def out(self, endpoint: int, data: bytes | memoryview) -> int:
        """Takes all of it, or nothing: NAK."""
        with self._lock:
            self._check(endpoint, self.facts.out_endpoint)
            if self._size >= HIGH_WATER:
                return 0
            if data:
                self._unread.append(memoryview(bytes(data)))
                self._size += len(data)
        self._heard()
        return len(data)

    def in_(self, endpoint: int, size: int) -> bytes | None:
        """The next of the answers, or NAK."""
        with self._lock:
            self._check(endpoint, self.facts.in_endpoint)
            if not self._answers:
                return None
            packet = bytes(self._answers[:size])
            del self._answers[:size]
            return packet

    def control(self, setup: Setup, data: bytes) -> bytes:  # noqa: ARG002  # no request has data
        """Standard and printer class requests; all others stall."""
        if self._gone:
            raise Unplugged
        if setup.request_type & 0x60 == 0x20:
            return self._class(setup)
        if setup.request_type & 0x60:
            raise Stalled
        if setup.request_type & 0x80:
            return self._asked(setup)
        self._set(setup)
        return b""

    def _class(self, setup: Setup) -> bytes:
        """USB Printing Devices 1.1, 4.2."""
        match setup.request_type, setup.request:
            case 0xA1, 0 if setup.request == _GET_DEVICE_ID:
                return self.facts.device_id_answer()[: setup.length]
            case 0xA1, 1 if setup.request == _GET_PORT_STATUS:
                return bytes([self.port_status])[: setup.length]
            case ((0x21 | 0x23), 2) if (
                setup.request == _SOFT_RESET
            ):  # 0x23: version 1.0 of the text
                self.reset = True
                self.forget()
                self._heard()
                return b""
            case _:
                raise Stalled

    def _asked(self, setup: Setup) -> bytes:
        """GET_STATUS, GET_DESCRIPTOR, GET_CONFIGURATION, GET_INTERFACE (USB 2.0 9.4)."""
        match setup.request:
            case 0:
                to_endpoint = setup.request_type & 0x1F == _TO_ENDPOINT
                halted = to_endpoint and setup.index & 0xFF in self._halted
                answer = bytes([int(halted), 0])
            case 6:
                answer = self._descriptor(setup.value >> 8, setup.value & 0xFF)
            case 8:
                answer = bytes([self._configuration])
            case 10:
                answer = b"\0"
            case _:
                raise Stalled
        return answer[: setup.length]

    def _descriptor(self, kind: int, index: int) -> bytes:
        if kind == DEVICE:
            return self.device_descriptor
        if kind == CONFIGURATION and index == 0:
            return self.configuration_descriptor
        if kind == QUALIFIER and self.speed is Speed.HIGH:
            return qualifier_descriptor()
        found = string_descriptor(self._strings, index) if kind == STRING else None
        if found is None:
            raise Stalled
        return found

    def _set(self, setup: Setup) -> None:
        endpoint = setup.index & 0xFF
        to_endpoint = setup.request_type & 0x1F == _TO_ENDPOINT
        if setup.request in _KEPT_SETTINGS:
            if setup.request == 9:
                self._configuration = setup.value & 0xFF
            self._halted.clear()
        elif setup.request == _CLEAR_FEATURE and to_endpoint:
            self._halted.discard(endpoint)
        elif setup.request == _SET_FEATURE and to_endpoint and setup.value == _ENDPOINT_HALT:
            self._halted.add(endpoint)
        elif setup.request not in {_CLEAR_FEATURE, _SET_FEATURE}:
            raise Stalled
        self._changed()

    def _check(self, endpoint: int, ours: int) -> None:
        if self._gone:
            raise Unplugged
        if endpoint != ours or endpoint in self._halted:
            raise Stalled

    def _changed(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for changed in listeners:
            changed()
