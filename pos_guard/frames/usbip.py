"""USB/IP transfers: the 48-byte headers that a USB host and an exported device exchange.

Source: Linux Documentation/usb/usbip_protocol.rst (protocol version 1.1.1). A header says how many
bytes follow it: those of a transfer to the device. Knows no device and no socket.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import Any

from construct import (
    Bytes,
    Check,
    Const,
    ConstructError,
    Enum,
    Int32sb,
    Int32ub,
    Padding,
    Struct,
    Switch,
    Terminated,
    this,
)

from pos_guard.errors import FrameError

HEADER = 48
"""Bytes of every header."""

MAX_TRANSFER = 16 * 1024 * 1024
"""Bytes of one transfer: Linux gives all transfers of usbfs together 16 MiB (usbfs_memory_mb)."""

OK = 0
STALL = -errno.EPIPE
BABBLE = -errno.EOVERFLOW
UNLINKED = -errno.ECONNRESET

_NOT_ISOCHRONOUS = (0, 0xFFFFFFFF)
"""``number_of_packets`` of all other transfers: the text says -1, the kernel's own capture 0."""

_BASIC = Struct(
    "command" / Enum(Int32ub, submit=1, unlink=2),
    "seq" / Int32ub,
    "device" / Int32ub,
    "direction" / Int32ub,
    "endpoint" / Int32ub,
)
_SUBMIT = Struct(
    "flags" / Int32ub,
    "length" / Int32ub,
    "start_frame" / Int32ub,
    "packets" / Int32ub,
    "interval" / Int32ub,
    "setup" / Bytes(8),
)
_UNLINK = Struct("target" / Int32ub, Padding(24))
_COMMAND = Struct(
    "basic" / _BASIC,
    Check(this.basic.direction <= 1),
    Check(this.basic.endpoint <= 15),
    "body" / Switch(this.basic.command, {"submit": _SUBMIT, "unlink": _UNLINK}, Check(False)),
    Terminated,
)
# The server sets device, direction and endpoint to zero.
_SUBMITTED = Struct(
    Const(3, Int32ub),
    "seq" / Int32ub,
    Padding(12),
    "status" / Int32sb,
    "actual" / Int32ub,
    "start_frame" / Int32ub,
    "packets" / Int32ub,
    "errors" / Const(0, Int32ub),
    Padding(8),
)
_UNLINKED = Struct(Const(4, Int32ub), "seq" / Int32ub, Padding(12), "status" / Int32sb, Padding(24))


@dataclass(frozen=True, slots=True)
class Submit:
    """USBIP_CMD_SUBMIT: start a transfer of ``length`` bytes.

    ``endpoint`` is its address (0x82: endpoint 2, to the host; 0 for a control transfer, whose
    eight bytes are ``setup``).
    """

    seq: int
    endpoint: int
    incoming: bool
    length: int
    setup: bytes = field(default=bytes(8), repr=False)
    start_frame: int = 0
    packets: int = 0

    @property
    def follows(self) -> int:
        """Bytes that follow the header."""
        return 0 if self.incoming else self.length


@dataclass(frozen=True, slots=True)
class Unlink:
    """USBIP_CMD_UNLINK: give up the transfer ``target``."""

    seq: int
    target: int

    @property
    def follows(self) -> int:
        """Nothing follows."""
        return 0


def parse_command(header: bytes) -> Submit | Unlink:
    """Read one header of the host.

    :raises FrameError: ``header`` when it is none, ``length`` when the transfer is larger than
        ``MAX_TRANSFER``, ``isochronous`` for a kind of transfer that no printer has.
    """
    try:
        parsed: Any = _COMMAND.parse(header)
    except ConstructError as error:
        raise FrameError("header", "no USB/IP command", 0) from error
    basic, body = parsed.basic, parsed.body
    if str(basic.command) == "unlink":
        return Unlink(int(basic.seq), int(body.target))
    if body.length > MAX_TRANSFER:
        raise FrameError("length", f"a transfer of {body.length} bytes", 24)
    if body.packets not in _NOT_ISOCHRONOUS:
        raise FrameError("isochronous", f"{body.packets} isochronous packets", 32)
    incoming, number = bool(basic.direction), int(basic.endpoint)
    return Submit(
        seq=int(basic.seq),
        endpoint=number | 0x80 if incoming and number else number,
        incoming=incoming,
        length=int(body.length),
        setup=bytes(body.setup),
        start_frame=int(body.start_frame),
        packets=int(body.packets),
    )


def build_submitted(request: Submit, status: int, *, data: bytes = b"", taken: int = 0) -> bytes:
    """USBIP_RET_SUBMIT: the end of a transfer, with what came, or how much was taken."""
    header: bytes = _SUBMITTED.build(
        {
            "seq": request.seq,
            "status": status,
            "actual": len(data) if request.incoming else taken,
            "start_frame": request.start_frame,
            "packets": request.packets,
        }
    )
    return header + data


def build_unlinked(request: Unlink, status: int) -> bytes:
    """USBIP_RET_UNLINK: ``UNLINKED``, or ``OK`` when the transfer had ended before."""
    answer: bytes = _UNLINKED.build({"seq": request.seq, "status": status})
    return answer
