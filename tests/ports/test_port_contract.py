from __future__ import annotations

import os
import socket

import pytest

from pos_guard.ports.base import Port
from pos_guard.ports.cdc_acm import CdcPort
from pos_guard.ports.descriptor import DescriptorPort
from pos_guard.ports.memory import memory_pair
from pos_guard.ports.pty import open_pty
from pos_guard.ports.serial import SerialPort, SerialSettings
from pos_guard.ports.tcp import TcpPort
from pos_guard.ports.usb import UsbPort
from pos_guard.ports.usb_descriptors import Endpoint, Interface
from pos_guard.ports.usb_find import UsbPlace
from pos_guard.ports.usblp import UsbLpPort
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend
from tests.ports.port_contract import MakePair, check_two_way
from tests.ports.usb_bench import PipeDevice


def make_memory() -> tuple[Port, Port]:
    return memory_pair()


def make_tcp() -> tuple[Port, Port]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = TcpPort.connect("127.0.0.1", server.getsockname()[1], 2)
        accepted, _ = server.accept()
    return client, TcpPort(accepted)


def make_serial_on_pty() -> tuple[Port, Port]:
    pty = open_pty()
    line = SerialPort(SerialSettings(pty.path))
    os.close(pty.slave)  # as when a device is unplugged: nothing else holds the line
    return line, DescriptorPort(pty.master, lambda: os.close(pty.master))


def make_usb() -> tuple[Port, Port]:
    bus = SimulatedBus()
    device = bus.plug(PipeDevice())
    return UsbPort.open(UsbPlace(), backend=SimulatedBackend(bus)), device.far


def make_cdc() -> tuple[Port, Port]:
    bus = SimulatedBus()
    ends = (Endpoint(0x01, 64), Endpoint(0x82, 64))
    line = (Interface(0, (2, 2, 1)), Interface(1, (10, 0, 0), ends))
    device = bus.plug(PipeDevice(*line), driver="cdc_acm")
    place = UsbPlace(device.identity.vendor, device.identity.product, scheme="cdc")
    return CdcPort.open(place, backend=SimulatedBackend(bus)), device.far


def make_usblp_on_pty() -> tuple[Port, Port]:
    """The driver's own traps need the driver: tests/kernel has them."""
    pty = open_pty()
    os.set_blocking(pty.slave, False)
    printer = UsbLpPort(pty.slave, pty.path)
    return printer, DescriptorPort(pty.master, lambda: os.close(pty.master))


@pytest.mark.parametrize(
    "make_pair",
    [make_memory, make_tcp, make_serial_on_pty, make_usb, make_cdc, make_usblp_on_pty],
)
def test_every_port_keeps_the_contract(make_pair: MakePair) -> None:
    check_two_way(make_pair)
