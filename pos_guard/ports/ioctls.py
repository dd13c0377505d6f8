"""Numbers of ioctl calls, as <asm-generic/ioctl.h> makes them: x86, ARM and RISC-V."""

from __future__ import annotations

_WRITE, _READ = 1, 2


def io(group: str, number: int) -> int:
    """_IO: no argument."""
    return ord(group) << 8 | number


def ior(group: str, number: int, size: int) -> int:
    """_IOR: the kernel fills ``size`` bytes."""
    return _READ << 30 | size << 16 | io(group, number)


def iow(group: str, number: int, size: int) -> int:
    """_IOW: the kernel reads ``size`` bytes."""
    return _WRITE << 30 | size << 16 | io(group, number)
