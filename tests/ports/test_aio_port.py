"""Streams over blocking ports, and how a link's side is connected to a USB printer."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable

import pytest

from pos_guard.errors import LocalError, PortClosedError, PortError
from pos_guard.links.sides import connector
from pos_guard.ports.address import Address
from pos_guard.ports.aio_port import PortStream, stream_over_port
from pos_guard.ports.base import Stream
from pos_guard.ports.memory import MemoryPort, memory_pair
from pos_guard.ports.pty import open_pty
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_printer import BULK_OUT, UsbPrinter
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

STATUS = b"\x10\x04\x01"
ALL_BYTES = bytes(range(256))


def run(body: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await body()

    asyncio.run(bounded())


async def exactly(stream: Stream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await stream.receive()
        assert more
        data += more
    return data


def pair() -> tuple[Stream, Stream]:
    one, other = memory_pair()
    return PortStream(one), PortStream(other)


def test_a_stream_over_a_port_keeps_the_contract() -> None:
    async def body() -> None:
        near, far = pair()
        for one, other in ((near, far), (far, near)):
            sending = asyncio.get_running_loop().create_task(one.send(ALL_BYTES * 2000))
            assert await exactly(other, 512_000) == ALL_BYTES * 2000
            await sending
        await far.close()
        await far.close()
        assert await near.receive() == b""
        with pytest.raises(PortClosedError):
            await near.send(b"x")
        await near.close()
        assert await near.receive() == b""
        with pytest.raises(PortClosedError):
            await near.send(b"x")

    run(body)


def test_close_wakes_whoever_waits() -> None:
    async def body() -> None:
        near, far = pair()
        loop = asyncio.get_running_loop()
        reading = loop.create_task(near.receive())
        writing = loop.create_task(near.send(bytes(1 << 20)))
        await asyncio.wait({reading, writing}, timeout=0.05)
        await near.close()
        assert await reading == b""
        with pytest.raises(PortClosedError):
            await writing
        await far.close()

    run(body)


def test_what_was_read_for_a_cancelled_receive_is_not_lost() -> None:
    async def body() -> None:
        near, far = pair()
        waiting = asyncio.get_running_loop().create_task(near.receive())
        await asyncio.wait({waiting}, timeout=0.02)
        waiting.cancel()
        await asyncio.wait({waiting})
        await far.send(b"kept")
        assert await exactly(near, 4) == b"kept"
        await near.close()
        await far.close()

    run(body)


def test_nothing_is_read_that_nobody_asked_for() -> None:
    async def body() -> None:
        one, other = memory_pair(100)
        near, far = PortStream(one), PortStream(other)
        await far.send(bytes(100))
        flood = asyncio.get_running_loop().create_task(far.send(b"x"))
        done, _ = await asyncio.wait({flood}, timeout=0.05)
        assert not done
        await exactly(near, 101)
        await flood
        await near.close()
        await far.close()

    run(body)


def test_a_missing_library_is_a_port_error_to_the_link() -> None:
    def fail() -> MemoryPort:
        raise LocalError("pip install something")

    async def body() -> None:
        with pytest.raises(PortError, match="pip install something"):
            await stream_over_port(fail)

    run(body)


def test_a_port_that_opens_for_nobody_is_closed_again() -> None:
    near, far = memory_pair()
    go = threading.Event()

    def slow() -> MemoryPort:
        go.wait(10)
        return near

    async def body() -> None:
        opening = asyncio.get_running_loop().create_task(stream_over_port(slow))
        await asyncio.wait({opening}, timeout=0.02)
        opening.cancel()
        await asyncio.wait({opening})
        go.set()
        with pytest.raises(PortClosedError):
            await asyncio.to_thread(far.read, 1, 10)

    run(body)


class Till:
    """A link's connection to a USB printer on a simulated bus."""

    def __init__(self, address: str = "usb:04b8:0e15") -> None:
        self.bus = SimulatedBus()
        self.printer = self.bus.plug(UsbPrinter(ReceiptPrinter()))
        backend = SimulatedBackend(self.bus)
        self.connect = connector(Address.parse(address), usb_backend=backend)


@pytest.mark.parametrize("address", ["usb:04b8:0e15", "usb:04b8:0e15:SIM0000001", "usb:printer"])
def test_a_link_talks_to_a_usb_printer(address: str) -> None:
    till = Till(address)

    async def body() -> None:
        stream = await till.connect()
        await stream.send(STATUS)
        assert await stream.receive() == b"\x12"
        await stream.close()

    run(body)
    assert till.bus.seat(till.printer).bound == {}  # no /dev/usb/lp0 that leads past it


def test_unplugging_is_the_end_of_the_stream_and_the_printer_is_found_again() -> None:
    till = Till()

    async def body() -> None:
        stream = await till.connect()
        reading = asyncio.get_running_loop().create_task(stream.receive())
        await asyncio.wait({reading}, timeout=0.02)
        till.bus.unplug(till.printer)
        assert await reading == b""
        with pytest.raises(PortClosedError):
            await stream.send(STATUS)
        await stream.close()
        with pytest.raises(PortClosedError, match="not there"):
            await till.connect()
        till.bus.plug(till.printer)
        again = await till.connect()
        await again.send(STATUS)
        assert await again.receive() == b"\x12"
        await again.close()

    run(body)


def test_a_printer_out_of_paper_holds_the_writer_and_then_prints_everything_once() -> None:
    till = Till()
    lines = b"".join(b"line %04d\n" % number for number in range(2000))

    async def body() -> None:
        stream = await till.connect()
        till.printer.act(lambda twin: twin.fail(Fault.PAPER_OUT))
        sending = asyncio.get_running_loop().create_task(stream.send(lines))
        await asyncio.wait({sending}, timeout=0.1)
        assert not sending.done()
        till.printer.act(lambda twin: twin.clear(Fault.PAPER_OUT))
        await sending
        await stream.send(STATUS)
        assert await stream.receive() == b"\x12"
        await stream.close()

    run(body)
    printed: list[str] = []
    till.printer.act(lambda twin: printed.append(twin.paper.text))
    assert printed[0].split("\n")[:2000] == lines.decode().split("\n")[:2000]


def test_a_stream_of_a_printer_that_takes_nothing_closes_soon() -> None:
    till = Till()

    async def body() -> None:
        stream = await till.connect()
        till.printer.mute(BULK_OUT)
        sending = asyncio.get_running_loop().create_task(stream.send(b"x"))
        await asyncio.wait({sending}, timeout=0.05)
        loop = asyncio.get_running_loop()
        started = loop.time()
        await stream.close()
        assert loop.time() - started < 1.5
        with pytest.raises(PortClosedError):
            await sending

    run(body)


def test_a_device_of_the_kernels_driver_that_is_not_there() -> None:
    async def body() -> None:
        with pytest.raises(PortClosedError, match="plug the printer in"):
            await connector(Address.parse("lp:/dev/usb/pos-guard-nowhere"))()

    run(body)


def test_a_link_talks_to_a_device_node_by_its_path() -> None:
    """A pty stands in for the node, as far as reading and writing go."""
    pty = open_pty()

    async def body() -> None:
        stream = await connector(Address.parse(f"lp:{pty.path}"))()
        await stream.send(STATUS)
        assert os.read(pty.master, 10) == STATUS
        os.write(pty.master, b"\x12")
        assert await stream.receive() == b"\x12"
        await stream.close()

    run(body)
    pty.close()
