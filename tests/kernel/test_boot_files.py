"""What the guest is booted from, as far as it can be seen without booting."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.kernel import debian_kernel
from tests.kernel.debian_kernel import Kernel
from tests.kernel.initramfs import initramfs


def members(archive: bytes) -> dict[str, tuple[int, bytes]]:
    """Name to mode and contents, read by the offsets of the kernel's text on the format."""
    found: dict[str, tuple[int, bytes]] = {}
    at = 0
    while True:
        assert archive[at : at + 6] == b"070701"
        fields = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = archive[at + 110 : at + 110 + name_size - 1].decode()
        data = (at + 110 + name_size + 3) // 4 * 4
        if name == "TRAILER!!!":
            return found
        found[name] = mode, archive[data : data + size]
        at = (data + size + 3) // 4 * 4


def test_the_first_file_system_has_all_that_init_uses(tmp_path: Path) -> None:
    (tmp_path / "busybox").write_bytes(b"ELF")
    modules = []
    for name in ("usbcore", "usblp"):
        modules.append(tmp_path / f"{name}.ko")
        modules[-1].write_bytes(name.encode())
    kernel = Kernel(tmp_path / "vmlinuz", tuple(modules))
    packed = initramfs(kernel, tmp_path / "busybox", {"ROOT": "/a b", "PYTHON": "/usr/bin/python3"})
    found = members(gzip.decompress(packed))
    assert found["bin/busybox"] == (0o100755, b"ELF")
    assert found["modules/00-usbcore.ko"][1] == b"usbcore"
    assert found["modules/01-usblp.ko"][1] == b"usblp"
    assert found["settings"][1] == b"ROOT='/a b'\nPYTHON=/usr/bin/python3\n"
    assert found["dev/console"][0] == 0o020600
    assert found["init"] == (0o100755, Path(__file__).with_name("init.sh").read_bytes())
    assert {name for name, (mode, _) in found.items() if mode == 0o040755} >= {"proc", "sys", "new"}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("./boot/vmlinuz-6.1.0-56-amd64", "vmlinuz"),
        ("./lib/modules/6.1.0-56-amd64/kernel/drivers/usb/usbip/vhci-hcd.ko", "vhci_hcd.ko"),
        ("./usr/lib/modules/6.12.1-amd64/kernel/drivers/usb/class/usblp.ko.xz", "usblp.ko"),
        ("./lib/modules/6.1.0-56-amd64/kernel/drivers/input/misc/uinput.ko", "uinput.ko"),
        ("./lib/modules/6.1.0-56-amd64/kernel/drivers/net/tun.ko", None),
        ("./lib/modules/6.1.0-56-amd64/modules.builtin", None),
    ],
)
def test_only_what_may_be_wanted_is_unpacked(path: str, name: str | None) -> None:
    assert debian_kernel._target(path) == name


def test_modules_load_after_those_they_need_and_the_rest_goes(tmp_path: Path) -> None:
    needs = {
        "vhci_hcd": "usbip-core,usbcore",
        "usbip_core": "usb-common",
        "usbcore": "usb-common",
        "usb_common": "",
        "usblp": "usbcore",
        "cp210x": "usbserial",
    }
    for name, others in needs.items():
        info = f"license=GPL\0depends={others}\0name={name}\0"
        (tmp_path / f"{name}.ko").write_bytes(b"\x7fELF\0" + info.encode())
    order = debian_kernel._load_order(tmp_path)
    assert order == ["usb_common", "usbip_core", "usbcore", "vhci_hcd", "usblp"]
    assert {path.stem for path in tmp_path.glob("*.ko")} == set(order)


def test_a_kernel_that_is_kept_is_not_downloaded_again(tmp_path: Path) -> None:
    kept = tmp_path / "kernel"
    kept.mkdir()
    (kept / "order").write_text("usbcore\nusblp", encoding="ascii")
    (kept / "wanted").write_text("\n".join(debian_kernel.WANTED), encoding="ascii")
    kernel = debian_kernel.debian_kernel(tmp_path)
    assert kernel == Kernel(kept / "vmlinuz", (kept / "usbcore.ko", kept / "usblp.ko"))


def test_a_kernel_of_an_older_checkout_is_not_enough(tmp_path: Path) -> None:
    kept = tmp_path / "kernel"
    kept.mkdir()
    assert not debian_kernel._is_complete(kept)
    (kept / "wanted").write_text("usblp", encoding="ascii")
    assert not debian_kernel._is_complete(kept)
