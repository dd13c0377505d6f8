"""The till's side over USB: a host on the other end of a socket pair, speaking USB/IP."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import pytest

from pos_guard.errors import PortClosedError, PortError
from pos_guard.links.shell import Connect
from pos_guard.links.sides import connector
from pos_guard.links.usb_export import Ended
from pos_guard.links.usb_export_printer import UsbAcceptor, status_byte
from pos_guard.ports import vhci
from pos_guard.ports.address import Address
from pos_guard.ports.aio import DescriptorStream
from pos_guard.ports.base import Stream
from pos_guard.ports.printer_class import PortStatus
from pos_guard.ports.usb_device import UsbDevice
from pos_guard.ports.usbip_connection import UsbIpConnection
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_printer import EPSON_TM, UsbPrinter
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

SECONDS = 60.0
IDS = (0x04B8, 0x0E15, "GUARD1")


class Kernel:
    """Plays the host: one socket for each device that is plugged in."""

    def __init__(self) -> None:
        self.devices: list[UsbDevice] = []
        self.hosts: list[socket.socket] = []
        self._stack = ExitStack()
        self._seq = 0

    def plug(self, device: UsbDevice, ended: Ended) -> UsbIpConnection:
        host, ours = socket.socketpair()
        host.settimeout(SECONDS)
        self.hosts.append(self._stack.enter_context(host))
        self.devices.append(device)
        connection = UsbIpConnection(device, ours, ended)
        self._stack.callback(connection.close)
        return connection

    def close(self) -> None:
        self._stack.close()

    def submit(self, incoming: bool, end: int, length: int, data: bytes, setup: bytes) -> None:
        self._seq += 1
        words = (1, self._seq, 0x10002, incoming, end, 0, length, 0, 0xFFFFFFFF, 0)
        self.hosts[-1].sendall(struct.pack(">10I", *words) + setup + data)

    def answer(self) -> tuple[int, bytes]:
        """Status and data of the next transfer that ends."""
        head = self._exactly(48)
        status, count = struct.unpack(">iI", head[20:28])
        return status, self._exactly(count)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += self.hosts[-1].recv(count - len(data))
        return data

    def write(self, data: bytes) -> None:
        """A bulk write that is taken at once."""
        self.submit(False, 1, len(data), data, bytes(8))
        head = self._exactly(48)
        assert struct.unpack(">iI", head[20:28]) == (0, len(data))

    def read(self) -> bytes:
        self.submit(True, 2, 64, b"", bytes(8))
        status, data = self.answer()
        assert status == 0
        return data

    def control(self, setup: str) -> bytes:
        raw = bytes.fromhex(setup)
        incoming = bool(raw[0] & 0x80)
        self.submit(incoming, 0, int.from_bytes(raw[6:], "little"), b"", raw)
        status, data = self.answer()
        assert status == 0
        return data


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.close()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(SECONDS):
            await test()

    asyncio.run(limited())


def test_a_till_prints_and_reads_answers(kernel: Kernel) -> None:
    async def test() -> None:
        acceptor = UsbAcceptor(IDS, kernel.plug)
        stream = await acceptor.accept()
        await asyncio.to_thread(kernel.write, b"Coffee 12.50\n")
        assert await stream.receive() == b"Coffee 12.50\n"
        reading = asyncio.create_task(stream.receive(4))
        await asyncio.to_thread(kernel.write, b"TOTAL")
        assert await reading == b"TOTA"
        assert await stream.receive() == b"L"
        await stream.send(b"\x12")
        assert await asyncio.to_thread(kernel.read) == b"\x12"
        await stream.close()
        acceptor.close()

    run(test)


def test_the_next_conversation_starts_clean_on_the_same_printer(kernel: Kernel) -> None:
    async def test() -> None:
        acceptor = UsbAcceptor(IDS, kernel.plug)
        stream = await acceptor.accept()
        await asyncio.to_thread(kernel.write, b"never read")
        waiting = asyncio.create_task(acceptor.accept())
        await stream.close()
        await stream.close()
        assert await stream.receive() == b""
        with pytest.raises(PortClosedError):
            await stream.send(b"x")
        fresh = await waiting
        await asyncio.to_thread(kernel.write, b"new")
        assert await fresh.receive() == b"new"
        assert len(kernel.devices) == 1
        await fresh.close()
        acceptor.close()

    run(test)


def test_a_soft_reset_ends_the_conversation_and_keeps_what_follows(kernel: Kernel) -> None:
    async def test() -> None:
        acceptor = UsbAcceptor(IDS, kernel.plug)
        stream = await acceptor.accept()
        await asyncio.to_thread(kernel.write, b"half a job")
        await asyncio.to_thread(kernel.control, "2102000000000000")
        await asyncio.to_thread(kernel.write, b"the next job")
        assert await stream.receive() == b""
        await stream.close()
        fresh = await acceptor.accept()
        assert await fresh.receive() == b"the next job"
        await fresh.close()
        acceptor.close()

    run(test)


def test_a_printer_that_somebody_detached_is_plugged_in_again(kernel: Kernel) -> None:
    async def test() -> None:
        acceptor = UsbAcceptor(IDS, kernel.plug)
        stream = await acceptor.accept()
        reading = asyncio.create_task(stream.receive())
        kernel.hosts[0].close()
        assert await reading == b""
        await stream.close()
        fresh = await acceptor.accept()
        assert len(kernel.devices) == 2
        await asyncio.to_thread(kernel.write, b"again")
        assert await fresh.receive() == b"again"
        await fresh.close()
        acceptor.close()
        assert not kernel.devices[1].present

    run(test)


async def other_device() -> Stream:
    """A device that is no USB printer."""
    near, far = socket.socketpair()
    far.close()
    near.setblocking(False)
    return DescriptorStream(near.fileno(), near.close)


def test_a_network_printer_has_the_usual_status_once_connected(kernel: Kernel) -> None:
    async def test() -> None:
        acceptor = UsbAcceptor(IDS, kernel.plug)
        stream = await acceptor.accept()
        status = "a101000000000100"
        assert await asyncio.to_thread(kernel.control, status) == b"\x00"
        device = await acceptor.watching(other_device)()
        assert await asyncio.to_thread(kernel.control, status) == b"\x18"
        await device.close()
        await stream.close()
        acceptor.close()

    run(test)


def test_a_network_printer_cannot_be_copied(kernel: Kernel) -> None:
    async def test() -> None:
        acceptor = UsbAcceptor(None, kernel.plug)
        with pytest.raises(PortError, match="usb:VENDOR:PRODUCT"):
            await acceptor.watching(other_device)()
        waiting = asyncio.create_task(acceptor.accept())
        done, _ = await asyncio.wait({waiting}, timeout=0.05)
        assert not done
        assert kernel.devices == []
        waiting.cancel()
        acceptor.close()

    run(test)


@pytest.mark.parametrize(
    ("byte", "status"),
    [
        (0x18, PortStatus(paper_empty=False, selected=True, error=False)),
        (0x38, PortStatus(paper_empty=True, selected=True, error=False)),
        (0x00, PortStatus(paper_empty=False, selected=False, error=True)),
    ],
)
def test_the_status_byte(byte: int, status: PortStatus) -> None:
    assert status_byte(status) == byte
    assert PortStatus.from_byte(byte) == status


@pytest.mark.skipif(vhci.CONTROLLER.exists(), reason="this machine has vhci_hcd")
def test_a_machine_without_virtual_usb_is_told_so_at_once() -> None:
    async def test() -> None:
        with pytest.raises(PortError, match="modprobe vhci_hcd"):
            UsbAcceptor(IDS)

    run(test)


# -- with a real printer's port, on the simulated bus ------------------------------------------


STATUS = "a101000000000100"
DEVICE_ID = "a100000000000004"


@dataclass
class Shop:
    """A real printer on the simulated bus, claimed by the device side."""

    kernel: Kernel
    bus: SimulatedBus = field(default_factory=SimulatedBus)

    def plug(self, serial: str, product: int = 0x0E15) -> UsbPrinter[ReceiptPrinter]:
        identity = replace(EPSON_TM, serial=serial, product=product)
        return self.bus.plug(UsbPrinter(ReceiptPrinter(), identity))

    def connect(self, acceptor: UsbAcceptor) -> Connect:
        backend = SimulatedBackend(self.bus)
        return acceptor.watching(connector(Address.parse("usb:printer"), usb_backend=backend))

    async def status(self, wanted: bytes) -> None:
        """Wait until the till sees this port status."""
        while await asyncio.to_thread(self.kernel.control, STATUS) != wanted:
            await asyncio.to_thread(self.kernel.control, DEVICE_ID)


def test_the_till_sees_what_the_real_printer_shows(kernel: Kernel) -> None:
    async def test() -> None:
        shop = Shop(kernel)
        real = shop.plug("REAL1")
        acceptor = UsbAcceptor(None, kernel.plug)
        waiting = asyncio.create_task(acceptor.accept())
        device = await shop.connect(acceptor)()
        till = await waiting
        shown = kernel.devices[0]
        assert shown.device_descriptor == real.device_descriptor
        text = await asyncio.to_thread(kernel.control, DEVICE_ID)
        assert text[2:].decode() == real.device_id
        await shop.status(b"\x18")
        real.act(lambda twin: twin.fail(Fault.PAPER_OUT))
        await shop.status(b"\x38")
        shop.bus.unplug(real)
        await shop.status(b"\x00")
        await device.close()
        await till.close()
        acceptor.close()

    run(test)


@pytest.mark.parametrize(("serial", "product", "count"), [("R1", 0x0E15, 1), ("R2", 0x0202, 2)])
def test_only_another_printer_is_shown_anew(
    kernel: Kernel, serial: str, product: int, count: int
) -> None:
    async def test() -> None:
        shop = Shop(kernel)
        real = shop.plug("R1")
        acceptor = UsbAcceptor(None, kernel.plug)
        device = await shop.connect(acceptor)()
        till = await acceptor.accept()
        shop.bus.unplug(real)
        assert await device.receive() == b""
        await device.close()
        shop.plug(serial, product)
        device = await shop.connect(acceptor)()
        if count == 2:
            assert await till.receive() == b""
        await till.close()
        till = await acceptor.accept()
        assert len(kernel.devices) == count
        assert kernel.devices[-1].present
        assert kernel.devices[-1].device_descriptor[10:12] == product.to_bytes(2, "little")
        await device.close()
        await till.close()
        acceptor.close()

    run(test)


def test_chosen_ids_are_shown_instead_of_the_real_ones(kernel: Kernel) -> None:
    async def test() -> None:
        shop = Shop(kernel)
        shop.plug("REAL1")
        acceptor = UsbAcceptor((0x1234, 0x5678, ""), kernel.plug)
        device = await shop.connect(acceptor)()
        till = await acceptor.accept()
        shown = kernel.devices[-1].device_descriptor
        assert struct.unpack("<HH", shown[8:12]) == (0x1234, 0x5678)
        text = await asyncio.to_thread(kernel.control, "8006030300007e00")
        assert text[2:].decode("utf-16-le") == "REAL1"
        await device.close()
        await till.close()
        acceptor.close()

    run(test)
