"""From an address to a way of connecting: what a driver that reconnects is given."""

from __future__ import annotations

from pos_guard.errors import LocalError
from pos_guard.ports.address import Address, Kind
from pos_guard.ports.base import Port
from pos_guard.ports.devices import DEVICES, open_device
from pos_guard.ports.serial import SerialPort, SerialSettings
from pos_guard.ports.tcp import TcpPort
from pos_guard_drivers.device_line import Connect


def connector(address: str | Address, *, xonxoff: bool = False, rtscts: bool = False) -> Connect:
    """Opens an address anew at every call.

    ``tcp:HOST:PORT``, ``serial:/dev/NAME:BAUD`` (with the handshake that the printer is set to),
    ``usb:VENDOR:PRODUCT:SERIAL``, ``usb:printer`` or ``lp:/dev/usb/lp0``; for scanners also
    ``hid:VENDOR:PRODUCT``, ``hid:scanner``, ``cdc:VENDOR:PRODUCT``, ``hidraw:/dev/hidraw0`` or
    ``evdev:/dev/input/event3``.

    :raises LocalError: when it is no address of a device.
    """
    try:
        where = address if isinstance(address, Address) else Address.parse(address)
    except ValueError as error:
        raise LocalError(f"{address!r} {error}") from error
    if where.kind in (Kind.SERIAL, Kind.PTY):
        line = SerialSettings(where.path, where.baudrate, xonxoff=xonxoff, rtscts=rtscts)
        return lambda _: SerialPort(line)
    if where.kind is not Kind.TCP and where.kind not in DEVICES:
        raise LocalError(f"no device is behind {where}")
    return lambda seconds: _opened(where, seconds)


def _opened(where: Address, seconds: float) -> Port:
    if where.kind is Kind.TCP:
        return TcpPort.connect(where.host, where.port, seconds)
    return open_device(where)
