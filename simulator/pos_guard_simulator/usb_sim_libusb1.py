"""The simulated bus as a pyusb backend: pyusb itself, and programs on it, run unmodified.

The module's name ends like that of pyusb's own libusb 1.0 backend because programs look at it:
python-escpos takes the printer from the kernel's driver only where it does.
"""

from __future__ import annotations

import array
import errno
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from struct import Struct
from types import SimpleNamespace
from typing import TYPE_CHECKING, TypeAlias

import usb.backend
from usb.core import USBError, USBTimeoutError

from pos_guard.ports.usb_descriptors import Configuration, Interface
from pos_guard.ports.usb_device import Setup
from pos_guard.ports.usb_standard import GET_CONFIGURATION, TO_HOST
from pos_guard_simulator.usb_bus import Seat, SimulatedBus
from pos_guard_simulator.usb_usbfs import Code, Handle, UsbfsError

_ERRORS = {
    Code.IO: (errno.EIO, "Input/Output Error"),
    Code.INVALID_PARAM: (errno.EINVAL, "Invalid parameter"),
    Code.ACCESS: (errno.EACCES, "Access denied (insufficient permissions)"),
    Code.NO_DEVICE: (errno.ENODEV, "No such device (it may have been disconnected)"),
    Code.NOT_FOUND: (errno.ENOENT, "Entity not found"),
    Code.BUSY: (errno.EBUSY, "Resource busy"),
    Code.TIMEOUT: (errno.ETIMEDOUT, "Operation timed out"),
    Code.OVERFLOW: (errno.EOVERFLOW, "Overflow"),
    Code.PIPE: (errno.EPIPE, "Pipe error"),
    Code.OTHER: (None, "Other error"),
}
"""Each code's errno as pyusb gives it, and libusb_strerror's text."""

if TYPE_CHECKING:
    Base = object  # pyusb has no types: its methods would all return None
else:
    Base = usb.backend.IBackend

Bytes: TypeAlias = "array.array[int]"
"""pyusb's buffers."""

_DEVICE = Struct("<BBHBBBBHHHBBBB")
_DEVICE_FIELDS = (
    "bLength bDescriptorType bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 "
    "idVendor idProduct bcdDevice iManufacturer iProduct iSerialNumber bNumConfigurations"
)
_CONFIGURATION = Struct("<BBHBBBBB")
_CONFIGURATION_FIELDS = (
    "bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration "
    "bmAttributes bMaxPower"
)
_INTERFACE = Struct("<9B")
_INTERFACE_FIELDS = (
    "bLength bDescriptorType bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass "
    "bInterfaceSubClass bInterfaceProtocol iInterface"
)
_ENDPOINT = Struct("<BBBBHB")
_ENDPOINT_FIELDS = "bLength bDescriptorType bEndpointAddress bmAttributes wMaxPacketSize bInterval"


@contextmanager
def _usb_errors() -> Generator[None, None, None]:
    try:
        yield
    except UsbfsError as error:
        number, text = _ERRORS[error.code]
        kind = USBTimeoutError if error.code is Code.TIMEOUT else USBError
        raise kind(text, int(error.code), number) from error


class SimulatedBackend(Base):
    """``usb.core.find(backend=SimulatedBackend(bus))``, or ``usb_args`` of python-escpos."""

    def __init__(self, bus: SimulatedBus) -> None:
        super().__init__()
        self._bus = bus

    # -- who is there ---------------------------------------------------------------------------

    def enumerate_devices(self) -> Iterator[Seat]:
        """Every connected device."""
        return iter(self._bus.seats())

    def get_parent(self, dev: Seat) -> None:
        """Devices are on the root hub, which is not shown."""
        del dev

    def get_device_descriptor(self, dev: Seat) -> SimpleNamespace:
        """The device descriptor and where the device is."""
        return SimpleNamespace(
            **_named(_DEVICE_FIELDS, _DEVICE, dev.device.identity.to_bytes()),
            bus=self._bus.number,
            address=dev.address,
            speed=int(dev.device.speed),
            port_number=dev.address - 1,
            port_numbers=(dev.address - 1,),
        )

    def get_configuration_descriptor(self, dev: Seat, config: int) -> SimpleNamespace:
        """The one configuration."""
        configuration = _configuration(dev, config)
        fields = _named(_CONFIGURATION_FIELDS, _CONFIGURATION, configuration.to_bytes())
        return SimpleNamespace(**fields, extra_descriptors=configuration.extra)

    def get_interface_descriptor(
        self, dev: Seat, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """One alternate setting of the interface at place ``intf``."""
        interface = _interface(dev, intf, alt, config)
        fields = _named(_INTERFACE_FIELDS, _INTERFACE, interface.to_bytes())
        return SimpleNamespace(**fields, extra_descriptors=interface.extra)

    def get_endpoint_descriptor(
        self, dev: Seat, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """The endpoint at place ``ep``."""
        endpoints = _interface(dev, intf, alt, config).endpoints
        if ep >= len(endpoints):
            raise IndexError(f"Invalid endpoint index {ep}")
        fields = _named(_ENDPOINT_FIELDS, _ENDPOINT, endpoints[ep].to_bytes())
        return SimpleNamespace(**fields, bRefresh=0, bSynchAddress=0, extra_descriptors=b"")

    # -- handles --------------------------------------------------------------------------------

    def open_device(self, dev: Seat) -> Handle:
        """Open it."""
        with _usb_errors():
            return Handle(self._bus, dev)

    def close_device(self, dev_handle: Handle) -> None:
        """Close it; its claims end."""
        dev_handle.close()

    def set_configuration(self, dev_handle: Handle, config_value: int) -> None:
        """Refused while anything is claimed or bound."""
        with _usb_errors():
            dev_handle.set_configuration(config_value)

    def get_configuration(self, dev_handle: Handle) -> int:
        """The configuration's value: the system has chosen it when the device came."""
        with _usb_errors():
            return dev_handle.control(Setup(TO_HOST, GET_CONFIGURATION, 0, 0, 1), b"")[0]

    def set_interface_altsetting(self, dev_handle: Handle, intf: int, altsetting: int) -> None:
        """Choose an alternate setting."""
        with _usb_errors():
            dev_handle.set_alternate(intf, altsetting)

    def claim_interface(self, dev_handle: Handle, intf: int) -> None:
        """Claim an interface."""
        with _usb_errors():
            dev_handle.claim(intf)

    def release_interface(self, dev_handle: Handle, intf: int) -> None:
        """Release it."""
        with _usb_errors():
            dev_handle.release(intf)

    def is_kernel_driver_active(self, dev_handle: Handle, intf: int) -> bool:
        """Whether a kernel driver holds it."""
        with _usb_errors():
            return dev_handle.driver_active(intf)

    def detach_kernel_driver(self, dev_handle: Handle, intf: int) -> None:
        """Take it from the kernel driver."""
        with _usb_errors():
            dev_handle.detach_driver(intf)

    def attach_kernel_driver(self, dev_handle: Handle, intf: int) -> None:
        """Give it back."""
        with _usb_errors():
            dev_handle.attach_driver(intf)

    def clear_halt(self, dev_handle: Handle, ep: int) -> None:
        """End a STALL."""
        with _usb_errors():
            dev_handle.clear_halt(ep)

    def reset_device(self, dev_handle: Handle) -> None:
        """Reset the device."""
        with _usb_errors():
            dev_handle.reset()

    # -- transfers: milliseconds, 0 is for ever -------------------------------------------------

    def bulk_write(self, dev_handle: Handle, ep: int, intf: int, data: Bytes, timeout: int) -> int:
        """The bytes taken; fewer than given when time ran out in between."""
        del intf
        with _usb_errors():
            return dev_handle.write(ep, memoryview(data).cast("B"), timeout)

    def bulk_read(self, dev_handle: Handle, ep: int, intf: int, buff: Bytes, timeout: int) -> int:
        """The bytes read into ``buff``."""
        del intf
        with _usb_errors():
            return dev_handle.read(ep, memoryview(buff).cast("B"), timeout)

    # Interrupt transfers keep the same rules: only how often the host asks is another matter.
    intr_write = bulk_write
    intr_read = bulk_read

    def ctrl_transfer(
        self, dev_handle: Handle, *request: *tuple[int, int, int, int, Bytes, int]
    ) -> int:
        """A control transfer: type, request, value, index, data, time-out.

        Simulated devices answer these at once.
        """
        request_type, number, value, index, data, _ = request
        view = memoryview(data).cast("B")
        setup = Setup(request_type, number, value, index, len(view))
        with _usb_errors():
            if not request_type & TO_HOST:
                dev_handle.control(setup, bytes(view))
                return len(view)
            answer = dev_handle.control(setup, b"")
        view[: len(answer)] = answer
        return len(answer)


def _named(names: str, layout: Struct, data: bytes) -> dict[str, int]:
    return dict(zip(names.split(), layout.unpack_from(data), strict=True))


def _configuration(dev: Seat, index: int) -> Configuration:
    if index:
        raise IndexError(f"Invalid configuration index {index}")
    return dev.device.configuration


def _interface(dev: Seat, index: int, alternate: int, config: int) -> Interface:
    choices = _configuration(dev, config).alternates(index)
    if alternate >= len(choices):
        raise IndexError(f"Invalid interface index {index}, {alternate}")
    return choices[alternate]
