"""Gives a USB device to a host that speaks USB/IP: Linux' vhci_hcd, here or across a network.

The session is sans-IO: bytes of the host in, bytes for the host out. A device that answers NAK
leaves its transfer pending, so that back-pressure, time-outs and unplugging reach the host's
driver as they would from a cable.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pos_guard.errors import FrameError
from pos_guard.frames.usbip import (
    BABBLE,
    HEADER,
    MAX_TRANSFER,
    OK,
    STALL,
    UNLINKED,
    Submit,
    Unlink,
    build_submitted,
    build_unlinked,
    parse_command,
)
from pos_guard.ports.usb_device import Setup, Stalled, Unplugged, UsbDevice

MAX_PENDING = 4096
"""Transfers that may wait at a time: libusb cuts what an app writes into 16 KiB each."""

MAX_PENDING_BYTES = 2 * MAX_TRANSFER
"""Bytes that may wait to be taken: twice what Linux lets all programs together have under way."""

_DESCRIPTOR_ENDPOINT = 5
_USUAL_PACKET = 64


@dataclass(slots=True)
class _Transfer:
    """One transfer under way: what is left to take, or what has come."""

    request: Submit
    data: bytes = field(default=b"", repr=False)
    taken: int = 0
    came: bytearray = field(default_factory=bytearray, repr=False)


class UsbIpSession:
    """One imported device on one connection, after the import. Not thread-safe."""

    def __init__(self, device: UsbDevice) -> None:
        self._device = device
        self._packet = packet_sizes(device.configuration_descriptor)
        self._buffer = bytearray()
        self._waiting: dict[int, deque[_Transfer]] = {}
        self._kept: dict[int, bytes] = {}
        self._held = 0
        self._held_bytes = 0
        self._out: list[bytes] = []
        self.over = False
        """The device was unplugged, or the host sent what is no USB/IP: hang up."""

    def feed(self, data: bytes) -> bytes:
        """Bytes of the host; returns those for it. Never raises."""
        self._buffer += data
        try:
            while not self.over and self._one():
                pass
        except FrameError:
            self.over = True
        return self._take_out()

    def changed(self) -> bytes:
        """The device may have data or room now, or is gone; returns bytes for the host."""
        self._pump(tuple(self._waiting))
        self.over = self.over or not self._device.present
        return self._take_out()

    def _one(self) -> bool:
        """The next whole command, if there is one."""
        if len(self._buffer) < HEADER:
            return False
        command = parse_command(bytes(self._buffer[:HEADER]))
        end = HEADER + command.follows
        if len(self._buffer) < end:
            return False
        data = bytes(memoryview(self._buffer)[HEADER:end])
        del self._buffer[:end]
        if isinstance(command, Unlink):
            self._unlink(command)
        elif command.endpoint == 0:
            self._control(command, data)
        else:
            self._submit(command, data)
        return True

    def _control(self, request: Submit, data: bytes) -> None:
        try:
            answer = self._device.control(Setup(*struct.unpack("<BBHHH", request.setup)), data)
        except Stalled:
            self._out.append(build_submitted(request, STALL))
        except Unplugged:
            self.over = True
        else:
            came = answer[: request.length] if request.incoming else b""
            self._out.append(build_submitted(request, OK, data=came, taken=len(data)))

    def _submit(self, request: Submit, data: bytes) -> None:
        self._held += 1
        self._held_bytes += len(data)
        if self._held > MAX_PENDING or self._held_bytes > MAX_PENDING_BYTES:
            raise FrameError("pending", "more under way than any host has")
        transfer = _Transfer(request, data)
        if request.incoming:
            transfer.came += self._kept.pop(request.endpoint, b"")
        self._waiting.setdefault(request.endpoint, deque()).append(transfer)
        self._pump((request.endpoint,))

    def _unlink(self, request: Unlink) -> None:
        waiting = (transfer for queue in self._waiting.values() for transfer in queue)
        found = next((one for one in waiting if one.request.seq == request.target), None)
        if found is None:
            self._out.append(build_unlinked(request, OK))
            return
        endpoint = found.request.endpoint
        self._waiting[endpoint].remove(found)
        self._release(found)
        # USB/IP cannot say what had come: kept for the next, as a device keeps it.
        if found.came:
            self._kept[endpoint] = bytes(found.came)
        self._out.append(build_unlinked(request, UNLINKED))

    def _pump(self, endpoints: tuple[int, ...]) -> None:
        """Carry on what waits, in order, until the device answers NAK."""
        try:
            for endpoint in endpoints:
                queue = self._waiting[endpoint]
                while queue and self._carry_on(queue[0]):
                    self._release(queue.popleft())
        except Unplugged:
            self.over = True

    def _release(self, transfer: _Transfer) -> None:
        self._held -= 1
        self._held_bytes -= len(transfer.data)

    def _carry_on(self, transfer: _Transfer) -> bool:
        """One transfer as far as it goes. True: it has ended."""
        request = transfer.request
        try:
            if request.incoming:
                return self._receive(transfer)
            rest = memoryview(transfer.data)[transfer.taken :]
            while rest:
                count = self._device.out(request.endpoint, rest)
                if count == 0:
                    return False
                transfer.taken += count
                rest = rest[count:]
        except Stalled:
            came = bytes(transfer.came)
            answer = build_submitted(request, STALL, data=came, taken=transfer.taken)
        else:
            answer = build_submitted(request, OK, taken=transfer.taken)
        self._out.append(answer)
        return True

    def _receive(self, transfer: _Transfer) -> bool:
        """A short packet ends a transfer before its length is reached (USB 2.0 5.8.3)."""
        request, came = transfer.request, transfer.came
        size = self._packet.get(request.endpoint, _USUAL_PACKET)
        while len(came) < request.length:
            packet = self._device.in_(request.endpoint, size)
            if packet is None:
                return False
            came += packet
            if len(packet) < size:
                break
        status = BABBLE if len(came) > request.length else OK
        data = bytes(came[: request.length])
        self._out.append(build_submitted(request, status, data=data))
        return True

    def _take_out(self) -> bytes:
        out, self._out = b"".join(self._out), []
        return out


def packet_sizes(configuration: bytes) -> Mapping[int, int]:
    """Largest packet (wMaxPacketSize) by endpoint address (USB 2.0 table 9-13)."""
    sizes: dict[int, int] = {}
    at = 0
    while at + 2 <= len(configuration) and configuration[at] >= 2:
        if configuration[at + 1] == _DESCRIPTOR_ENDPOINT and configuration[at] >= 7:
            size = int.from_bytes(configuration[at + 4 : at + 6], "little") & 0x7FF
            sizes[configuration[at + 2]] = max(1, size)
        at += configuration[at]
    return MappingProxyType(sizes)
