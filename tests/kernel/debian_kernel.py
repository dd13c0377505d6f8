"""Debian's kernel and the few modules that the guest needs, downloaded once and kept."""

from __future__ import annotations

import lzma
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

META = "linux-image-amd64"
"""Debian's package that depends on its current kernel."""

WANTED = (
    *("virtio_pci", "9pnet_virtio", "9p", "overlay", "vhci_hcd"),
    *("usblp", "cdc_acm", "ftdi_sio", "usbhid", "hid_generic", "evdev", "uinput"),
)
"""Modules to load; what they depend on is loaded first."""

PLACES = (
    "drivers/hid/",
    "drivers/input/",
    "drivers/usb/",
    "drivers/virtio/",
    "fs/9p/",
    "fs/fscache/",
    "fs/netfs/",
    "fs/overlayfs/",
    "net/9p/",
)
"""Where these modules and theirs are; the rest of 400 MB is not unpacked."""

_DEPENDS = re.compile(rb"\0depends=([a-z0-9_,-]*)\0")
_MODULE = re.compile(r"/kernel/(.*)/([^/]+)\.ko(\.xz)?$")


class UnavailableError(Exception):
    """This machine cannot run the guest; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """``image`` boots; ``modules`` are files in the order of loading."""

    image: Path
    modules: tuple[Path, ...]


def debian_kernel(cache: Path) -> Kernel:
    """The kernel from ``cache``, put there by apt if it is not.

    :raises UnavailableError: when it can be had neither way.
    """
    kept = cache / "kernel"
    if not _is_complete(kept):
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as work:
            fresh = Path(work) / "kernel"
            fresh.mkdir()
            _unpack(_download(Path(work)), fresh)
            order = _load_order(fresh)
            (fresh / "order").write_text("\n".join(order), encoding="ascii")
            (fresh / "wanted").write_text("\n".join(WANTED), encoding="ascii")
            shutil.rmtree(kept, ignore_errors=True)
            fresh.rename(kept)
    names = (kept / "order").read_text(encoding="ascii").split()
    return Kernel(kept / "vmlinuz", tuple(kept / f"{name}.ko" for name in names))


def _is_complete(kept: Path) -> bool:
    """It has all that is wanted today: what was unpacked for an older checkout is too little."""
    wanted = kept / "wanted"
    return wanted.is_file() and wanted.read_text(encoding="ascii").split() == list(WANTED)


def _download(directory: Path) -> Path:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise UnavailableError("the kernel comes from Debian's archive, and there is no apt-get")
    package = _package()
    if package is None and os.geteuid() == 0:
        _run("apt-get", "update", "-qq")
        package = _package()
    if package is None:
        raise UnavailableError(f"apt knows no {META}: run apt-get update as root, on Debian")
    _run("apt-get", "download", "-qq", package, cwd=directory)
    return next(directory.glob("*.deb"))


def _package() -> str | None:
    """The kernel package that the archive has now."""
    found = subprocess.run(
        ["apt-cache", "depends", META], capture_output=True, text=True, check=False
    )
    match = re.search(r"Depends: (linux-image-\S+)", found.stdout)
    return match[1] if match else None


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnavailableError(f"{' '.join(command)}: {done.stderr.strip()}")


def _unpack(package: Path, into: Path) -> None:
    """The image, and every module that may be wanted, without compression."""
    command = ["dpkg-deb", "--fsys-tarfile", str(package)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,
        tarfile.open(fileobj=process.stdout, mode="r|") as archive,
    ):
        for member in archive:
            name = _target(member.name)
            file = archive.extractfile(member) if name and member.isfile() else None
            if name is None or file is None:
                continue
            data = file.read()
            plain = lzma.decompress(data) if member.name.endswith(".xz") else data
            (into / name).write_bytes(plain)
    if process.returncode:
        raise UnavailableError(f"{package.name} cannot be unpacked")


def _target(path: str) -> str | None:
    """What a file of the package is called here, or None: it is not needed."""
    if "/boot/vmlinuz-" in path:
        return "vmlinuz"
    match = _MODULE.search(path)
    if match is None or not f"{match[1]}/".startswith(PLACES):
        return None
    return f"{match[2].replace('-', '_')}.ko"


def _load_order(directory: Path) -> list[str]:
    """The wanted modules, each after those it depends on; what is built in is no file."""
    order: list[str] = []

    def visit(name: str) -> None:
        path = directory / f"{name}.ko"
        if name in order or not path.is_file():
            return
        match = _DEPENDS.search(path.read_bytes())
        for needed in (match[1].decode() if match else "").split(","):
            visit(needed.replace("-", "_"))
        order.append(name)

    for name in WANTED:
        visit(name)
    for path in directory.glob("*.ko"):
        if path.stem not in order:
            path.unlink()
    return order
