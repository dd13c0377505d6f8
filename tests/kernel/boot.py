"""Runs the tests in ``guest`` under Debian's kernel in QEMU, with this Python and this checkout.

``python tests/kernel/boot.py [PYTEST ARGUMENTS]``. The guest sees the host's files and can change
none of them. QEMU emulates the processor: that is fast enough, and works where KVM does not.

POS_GUARD_REQUIRE_KERNEL=1 makes a missing tool a failure instead of a skip; POS_GUARD_KERNEL_CACHE
names the directory for the kernel.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from compileall import compile_dir
from ctypes.util import find_library
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

# Found through the line above:
from tests.integration.clients.libraries import REQUIRED, node_modules  # noqa: E402
from tests.kernel.debian_kernel import Kernel, UnavailableError, debian_kernel  # noqa: E402
from tests.kernel.initramfs import initramfs  # noqa: E402

SECONDS = 900
"""No run takes so long: the guest hangs. Ours takes four minutes, more where the host is busy."""

MEMORY = "640"
"""Mebibytes: Python, pytest and the tests' files need 200."""

SOURCES = (
    *("pos_guard", "drivers", "simulator"),
    *("tests/contract", "tests/integration/clients", "tests/kernel"),
)

TOOLS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "busybox": "busybox-static",
    "udevadm": "udev",
}
"""Programs and Debian's packages of them."""

SHARE = "security_model=none,multidevs=remap"


def main(arguments: list[str]) -> int:
    """Boot, wait, and return what pytest returned."""
    try:
        busybox = _tools()
        kernel = debian_kernel(_cache())
        for source in SOURCES:  # many times faster here than on an emulated processor
            compile_dir(ROOT / source, quiet=2)
        return _boot(kernel, busybox, arguments)
    except UnavailableError as error:
        _say(f"tests against the real kernel: {error}")
        if os.environ.get("POS_GUARD_REQUIRE_KERNEL"):
            return 1
        _say("skipped; POS_GUARD_REQUIRE_KERNEL=1 makes this a failure")
        return 0


def _tools() -> Path:
    """Where busybox is, once everything is there."""
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if find_library("usb-1.0") is None:
        missing.append("libusb-1.0-0")
    if missing:
        raise UnavailableError(f"missing programs: apt-get install {' '.join(missing)}")
    return Path(str(shutil.which("busybox")))


def _cache() -> Path:
    named = os.environ.get("POS_GUARD_KERNEL_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pos-guard"


def _pickled(work: Path) -> Path:
    """Where python-escpos finds its printers, which it reads from YAML as long as nobody has."""
    environment = {**os.environ, "ESCPOS_CAPABILITIES_PICKLE_DIR": str(work)}
    read = [sys.executable, "-c", "import escpos.capabilities"]
    subprocess.run(read, env=environment, capture_output=True, check=True)
    return work


def _node_modules() -> Path:
    """Other people's libraries, which the guest has no network to fetch; its tests say if not."""
    if shutil.which("npm") is None:
        return Path("node_modules")
    modules, trouble = node_modules()
    if trouble:
        _say(f"npm ci: {trouble}")
    return modules


def _boot(kernel: Kernel, busybox: Path, arguments: list[str]) -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as work:
        settings = {
            "ROOT": str(ROOT),
            "PYTHON": sys.executable,
            "PICKLES": str(_pickled(Path(work))),
            "MODULES": str(_node_modules()),
            "REQUIRE_CLIENTS": os.environ.get(REQUIRED, ""),
            "ARGUMENTS": shlex.join(arguments),
        }
        out = Path(work) / "out"
        out.mkdir()
        initrd = Path(work) / "initrd"
        initrd.write_bytes(initramfs(kernel, busybox, settings))
        command = _command(kernel.image, initrd, out)
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, timeout=SECONDS, check=True)
        except subprocess.TimeoutExpired:
            _say(f"the guest hung: killed after {SECONDS} s")
            return 1
        except subprocess.CalledProcessError as error:
            _say(f"QEMU ended with {error.returncode}")
            return 1
        code = out / "code"
        if not code.is_file():
            _say("the guest ended before its tests did")
            return 1
        _say(f"kernel stage: {time.monotonic() - began:.1f} s")
        return int(code.read_text(encoding="ascii"))


def _command(image: Path, initrd: Path, out: Path) -> list[str]:
    line = "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off"
    return [
        *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max"),
        *("-M", "q35", "-m", MEMORY, "-smp", "2", "-nodefaults", "-no-reboot"),
        *("-display", "none", "-monitor", "none", "-serial", "stdio"),
        *("-kernel", str(image), "-initrd", str(initrd), "-append", line),
        *("-virtfs", f"local,path=/,mount_tag=root,readonly=on,{SHARE}"),
        *("-virtfs", f"local,path={out},mount_tag=out,{SHARE}"),
    ]


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
