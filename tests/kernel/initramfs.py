"""The first file system of the guest, as a cpio archive: busybox, modules and one script."""

from __future__ import annotations

import gzip
import shlex
import stat
from collections.abc import Mapping
from pathlib import Path

from tests.kernel.debian_kernel import Kernel

FOLDERS = ("bin", "dev", "proc", "sys", "host", "upper", "new", "modules")
_FOLDER = stat.S_IFDIR | 0o755
_PROGRAM = stat.S_IFREG | 0o755
_CONSOLE = stat.S_IFCHR | 0o600


def initramfs(kernel: Kernel, busybox: Path, settings: Mapping[str, str]) -> bytes:
    """The whole archive, compressed. ``settings`` become shell variables of the scripts."""
    entries = [_entry(name, _FOLDER) for name in FOLDERS]
    entries.append(_entry("dev/console", _CONSOLE, device=(5, 1)))
    entries.append(_entry("bin/busybox", _PROGRAM, busybox.read_bytes()))
    for number, module in enumerate(kernel.modules):
        entries.append(_entry(f"modules/{number:02}-{module.name}", _PROGRAM, module.read_bytes()))
    lines = "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items())
    entries.append(_entry("settings", _PROGRAM, lines.encode()))
    script = Path(__file__).with_name("init.sh")
    entries.append(_entry("init", _PROGRAM, script.read_bytes()))
    entries.append(_entry("TRAILER!!!", 0))
    return gzip.compress(b"".join(entries), compresslevel=1)


def _entry(name: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)) -> bytes:
    """One member of the "newc" format (Linux Documentation, early-userspace buffer format)."""
    path = name.encode() + b"\0"
    #        inode mode uid gid links time size     device of file  of node  name     check
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
    head = b"070701" + "".join(f"{field:08X}" for field in fields).encode() + path
    return _padded(head) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
