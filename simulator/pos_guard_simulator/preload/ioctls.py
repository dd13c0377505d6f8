"""Numbers of the ioctls that the nodes answer, as this machine's kernel would have them.

Sources: asm-generic/ioctl.h, linux/usbdevice_fs.h, linux/lp.h and drivers/usb/class/usblp.c,
linux/hidraw.h, linux/input.h, asm-generic/ioctls.h.
"""

from __future__ import annotations

import struct
from typing import Final

NONE, WRITE, READ = 0, 1, 2


def number(direction: int, kind: str, code: int, size: int) -> int:
    """``_IOC`` of asm-generic/ioctl.h."""
    return direction << 30 | size << 16 | ord(kind) << 8 | code


def code_of(request: int) -> int:
    """The number within its kind."""
    return request & 0xFF


def size_of(request: int) -> int:
    """Bytes of its argument."""
    return request >> 16 & 0x3FFF


def kind_of(request: int) -> str:
    """The letter of its kind."""
    return chr(request >> 8 & 0xFF)


CONTROL_TRANSFER = struct.Struct("@BBHHHIP")
BULK_TRANSFER = struct.Struct("@IIIP")
URB = struct.Struct("@BBiIPiiiiiIP")
DRIVER_REQUEST = struct.Struct("@iiP")
DISCONNECT_CLAIM = struct.Struct("@II256s")
_DRIVER_NAME = 256

_POINTER = struct.calcsize("@P")

USB_CONTROL = number(READ | WRITE, "U", 0, CONTROL_TRANSFER.size)
USB_BULK = number(READ | WRITE, "U", 2, BULK_TRANSFER.size)
USB_RESET_ENDPOINT = number(READ, "U", 3, 4)
USB_SET_INTERFACE = number(READ, "U", 4, 8)
USB_SET_CONFIGURATION = number(READ, "U", 5, 4)
USB_GET_DRIVER = number(WRITE, "U", 8, 4 + _DRIVER_NAME)
USB_SUBMIT_URB = number(READ, "U", 10, URB.size)
USB_DISCARD_URB = number(NONE, "U", 11, 0)
USB_REAP_URB = number(WRITE, "U", 12, _POINTER)
USB_REAP_URB_NOW = number(WRITE, "U", 13, _POINTER)
USB_CLAIM = number(READ, "U", 15, 4)
USB_RELEASE = number(READ, "U", 16, 4)
USB_CONNECT_INFO = number(WRITE, "U", 17, 8)
USB_DRIVER_REQUEST = number(READ | WRITE, "U", 18, DRIVER_REQUEST.size)
USB_RESET = number(NONE, "U", 20, 0)
USB_CLEAR_HALT = number(READ, "U", 21, 4)
USB_DISCONNECT = number(NONE, "U", 22, 0)
USB_CONNECT = number(NONE, "U", 23, 0)
USB_CAPABILITIES = number(READ, "U", 26, 4)
USB_DISCONNECT_CLAIM = number(READ, "U", 27, DISCONNECT_CLAIM.size)
USB_SPEED = number(NONE, "U", 31, 0)

LP_STATUS: Final = 0x060B
LP_DEVICE_ID_CODE: Final = 1
"""``_IOC(_IOC_READ, 'P', 1, len)``: the length is the caller's."""
LP_SOFT_RESET = number(NONE, "P", 7, 0)

TIOCMGET, TIOCMBIS, TIOCMBIC, TIOCMSET = 0x5415, 0x5416, 0x5417, 0x5418
TIOCSBRK, TIOCCBRK, TIOCGICOUNT, TIOCMIWAIT = 0x5427, 0x5428, 0x545D, 0x545C
