"""What every USB device of ours answers: standard requests, and endpoints that are halted.

Twins and what the guard shows to a till are built on it. Thread-safe, and no thread of its own:
transports ask again when they hear that something changed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from pos_guard.ports.usb_descriptors import (
    CONFIGURATION,
    DEVICE,
    QUALIFIER,
    STRING,
    Configuration,
    UsbIdentity,
)
from pos_guard.ports.usb_device import Setup, Speed, Stalled, Unplugged

TO_HOST = 0x80
"""The direction bit of a request type, and of an endpoint address (USB 2.0 table 9-2)."""

STANDARD = 0x00
ENDPOINT_RECIPIENT = 0x02

GET_STATUS, CLEAR_FEATURE, SET_FEATURE, SET_ADDRESS = 0, 1, 3, 5
GET_DESCRIPTOR, GET_CONFIGURATION, SET_CONFIGURATION = 6, 8, 9
GET_INTERFACE, SET_INTERFACE = 10, 11
"""Standard requests (USB 2.0 table 9-4)."""

_ENDPOINT_HALT = 0


class StandardDevice:
    """A :class:`~pos_guard.ports.usb_device.UsbDevice` without a class.

    Subclasses implement ``take`` and ``give``, and ``class_request`` where they have any; all
    three run under the lock.
    """

    def __init__(
        self, identity: UsbIdentity, configuration: Configuration, speed: Speed = Speed.FULL
    ) -> None:
        self.identity = identity
        self.configuration = configuration
        self.speed = speed
        self._lock = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self._ends = {
            end.address: end for item in configuration.interfaces for end in item.endpoints
        }
        self._halted: set[int] = set()
        self._alternates: dict[int, int] = {}
        self._configured = configuration.value
        self._present = True

    def plug(self) -> None:
        """Be on the bus, configured and with no endpoint halted, as after any connection."""
        with self._lock:
            self._present = True
            self._configure(self.configuration.value)
        self.changed()

    def unplug(self) -> None:
        """Off the bus."""
        with self._lock:
            self._present = False
        self.changed()

    def changed(self) -> None:
        """Tell the transports; never called under the lock."""
        for listener in tuple(self._listeners):
            listener()

    # -- what a subclass does -------------------------------------------------------------------

    def class_request(self, setup: Setup, data: bytes) -> bytes:
        """A class or vendor request; ``Stalled`` where there is no such request, as here."""
        del setup, data
        raise Stalled

    def take(self, endpoint: int, data: bytes) -> int:
        """Bytes of ``data`` that are taken now; 0 is NAK."""
        raise NotImplementedError

    def give(self, endpoint: int, size: int) -> bytes | None:
        """At most ``size`` bytes, or None when there is nothing to say: NAK."""
        raise NotImplementedError

    # -- the device side of USB -----------------------------------------------------------------

    @property
    def present(self) -> bool:
        """Whether it is on the bus."""
        return self._present

    @property
    def device_descriptor(self) -> bytes:
        """18 bytes."""
        return self.identity.to_bytes()

    @property
    def configuration_descriptor(self) -> bytes:
        """The whole of the one configuration."""
        return self.configuration.to_bytes()

    def control(self, setup: Setup, data: bytes) -> bytes:
        """A control transfer; see :class:`~pos_guard.ports.usb_device.UsbDevice`."""
        with self._lock:
            self._check_present()
            if setup.request_type & 0x60 == STANDARD:
                answer = self._standard(setup)
            else:
                answer = self.class_request(setup, data)
        self.changed()
        return answer[: setup.length] if setup.request_type & TO_HOST else b""

    def out(self, endpoint: int, data: bytes | memoryview) -> int:
        """Bytes taken now; 0 is NAK."""
        with self._lock:
            return self.take(endpoint, bytes(data)) if self._ready(endpoint) else 0

    def in_(self, endpoint: int, size: int) -> bytes | None:
        """One packet, or None: NAK."""
        with self._lock:
            if not self._ready(endpoint):
                return None
            return self.give(endpoint, min(size, self._ends[endpoint].packet))

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` whenever asking again may help; returns what ends that."""
        with self._lock:
            self._listeners.append(changed)

        def stop() -> None:
            with self._lock:
                if changed in self._listeners:
                    self._listeners.remove(changed)

        return stop

    def _check_present(self) -> None:
        if not self._present:
            raise Unplugged

    def _ready(self, endpoint: int) -> bool:
        """False: it answers NAK for now."""
        self._check_present()
        if endpoint not in self._ends or endpoint in self._halted:
            raise Stalled
        return True

    def _configure(self, value: int) -> None:
        self._configured = value
        self._halted.clear()
        self._alternates.clear()

    def _standard(self, setup: Setup) -> bytes:
        """USB 2.0 chapter 9.4. SET_ADDRESS is the host controller's, and acknowledged."""
        handlers: dict[int, Callable[[Setup], bytes]] = {
            GET_STATUS: self._get_status,
            CLEAR_FEATURE: self._clear_feature,
            SET_FEATURE: self._set_feature,
            SET_ADDRESS: lambda _: b"",
            GET_DESCRIPTOR: self._get_descriptor,
            GET_CONFIGURATION: lambda _: bytes((self._configured,)),
            SET_CONFIGURATION: self._set_configuration,
            GET_INTERFACE: lambda setup: bytes((self._alternates.get(setup.index, 0),)),
            SET_INTERFACE: self._set_interface,
        }
        if setup.request not in handlers:
            raise Stalled
        return handlers[setup.request](setup)

    def _get_status(self, setup: Setup) -> bytes:
        return bytes((int(_to_endpoint(setup) and setup.index & 0xFF in self._halted), 0))

    def _clear_feature(self, setup: Setup) -> bytes:
        if _to_endpoint(setup):
            self._halted.discard(setup.index & 0xFF)
        return b""

    def _set_feature(self, setup: Setup) -> bytes:
        if _to_endpoint(setup) and setup.value == _ENDPOINT_HALT:
            self._halted.add(setup.index & 0xFF)
        return b""

    def _get_descriptor(self, setup: Setup) -> bytes:
        kind, index = setup.value >> 8, setup.value & 0xFF
        found = None
        if kind == DEVICE:
            found = self.device_descriptor
        elif kind == CONFIGURATION and index == 0:
            found = self.configuration_descriptor
        elif kind == QUALIFIER and self.speed is Speed.HIGH:
            found = self.identity.qualifier()
        elif kind == STRING:
            found = self.identity.string(index)
        if found is None:
            raise Stalled
        return found

    def _set_configuration(self, setup: Setup) -> bytes:
        if setup.value not in (0, self.configuration.value):
            raise Stalled
        self._configure(setup.value)
        return b""

    def _set_interface(self, setup: Setup) -> bytes:
        known = {(item.number, item.alternate) for item in self.configuration.interfaces}
        if (setup.index, setup.value) not in known:
            raise Stalled
        self._alternates[setup.index] = setup.value
        return b""


def _to_endpoint(setup: Setup) -> bool:
    return setup.request_type & 0x1F == ENDPOINT_RECIPIENT
