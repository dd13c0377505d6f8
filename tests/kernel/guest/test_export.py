"""The whole chain: a till on /dev/usb/lp0 or libusb, the guard's printer there, the real one.

All in this kernel: the till's bytes go through usblp, vhci_hcd, the daemon, usbfs and vhci_hcd to
the twin. What counts is the paper.
"""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import usb.core
import usb.util
from escpos import printer as escpos

from pos_guard.api.client import DecisionClient
from pos_guard.clock import SystemClock
from pos_guard.store.store import Store
from pos_guard_simulator.demo import shop
from tests.contract.waiting import SECONDS, wait_until
from tests.kernel.guest.conftest import Plugged
from tests.kernel.guest.kernel_events import KernelEvents
from tests.kernel.guest.processes import Daemon, Devices, end

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:escpos"),
    pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning"),
]

LPGETSTATUS = 0x060B
NOBODY, LP = 65534, 7
"""A user without rights, and Debian's group of printers."""

SETTINGS = """
[[link]]
name = "printer"
protocol = "escpos"
app = "usb:printer"
device = "usb:04b8:0e15:real"
[link.printer]
idle_ms = 200
"""


@dataclass
class Counter:
    """A till's corner: the real printer, the daemon, and the node that the till opens."""

    directory: Path
    real: Plugged
    node: str
    daemon: subprocess.Popen[str]
    ready: dict[str, Any]

    def print(self, text: str) -> None:
        fd = os.open(self.node, os.O_RDWR)
        try:
            os.write(fd, text.encode() + b"\x1dV\x00")
        finally:
            os.close(fd)

    def slip(self, number: int) -> str:
        """The text of this slip, once it is cut."""
        found: list[str] = []
        wait_until(lambda: len(self._read(found)) >= number)
        return found[number - 1]

    def socket(self) -> DecisionClient:
        return DecisionClient(self.directory / "run" / "decide.sock")

    def _read(self, found: list[str]) -> list[str]:
        found[:] = self.real.paper
        return found


@pytest.fixture(scope="module")
def counter(devices: Devices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    directory = tmp_path_factory.mktemp("counter")
    # Nobody signs in here: no PIN is hashed, which takes seconds on an emulated processor.
    Store.create(directory / "state", clock=SystemClock(), terminal_id="KERNEL").close()
    (directory / "policy.toml").write_text(shop.POLICY.format(mode="enforce"), encoding="utf-8")
    (directory / "guard.toml").write_text(SETTINGS, encoding="utf-8")
    events = KernelEvents()
    devices.call("plug", "real", "printer")
    real = events.wait(ACTION="add", SUBSYSTEM="usbmisc")["DEVNAME"]
    daemon = Daemon()
    daemon.start(directory)
    ready = daemon.ready()
    events.wait(ACTION="remove", SUBSYSTEM="usbmisc")
    node = events.wait(ACTION="add", SUBSYSTEM="usbmisc")["DEVNAME"]
    assert node == real
    yield Counter(directory, Plugged("real", real, devices), node, daemon.process, ready)
    end(daemon.process)
    devices.call("unplug", "real")
    events.close()


def test_what_the_till_sees_is_the_real_printer(counter: Counter) -> None:
    assert counter.ready["links"][0]["app"] == "usb:printer"
    shown = Path(f"/sys/class/usbmisc/{Path(counter.node).name}/device").resolve().parent
    texts = {name: (shown / name).read_text(encoding="utf-8").strip() for name in IDS}
    assert texts == IDS
    with open(counter.node, "rb+", buffering=0) as lp:
        answer = bytearray(1024)
        fcntl.ioctl(lp, 2 << 30 | 1024 << 16 | 0x5001, answer)
    length = int.from_bytes(answer[:2], "big")
    assert answer[2:length] == b"MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;SN:real;"


IDS = {
    "idVendor": "04b8",
    "idProduct": "0e15",
    "manufacturer": "EPSON",
    "product": "TM-T20II",
    "serial": "real",
    "configuration": "pos-guard",
}


def test_a_bill_is_printed_and_paid_is_not_until_it_is(counter: Counter) -> None:
    before = len(counter.real.paper)
    counter.print("Order: A-17\nTOTAL CNY 12.50\nNOT PAID\n")
    assert "NOT PAID" in counter.slip(before + 1)
    claim = "Order: A-17\nTOTAL CNY 12.50\nCard 12.50\nPAID\n"
    counter.print(claim)
    assert "\nPAID" not in counter.slip(before + 2)
    with counter.socket() as app:
        sale = app.ask("sale", "card", 1250, currency="CNY", payee=shop.TERMINAL_ID)
        assert sale["allowed"], sale
        app.result(int(str(sale["decision"])), "approved", amount=1250, currency="CNY")
    counter.print(claim)
    assert "\nPAID" in counter.slip(before + 3)


def test_a_status_is_answered_by_the_real_printer(counter: Counter) -> None:
    fd = os.open(counter.node, os.O_RDWR)
    try:
        os.write(fd, b"\x10\x04\x01")
        assert os.read(fd, 10) == b"\x12"
        counter.real.do("fail", "paper_out")
        os.write(fd, b"\x10\x04\x04")
        assert os.read(fd, 10) == b"\x7e"
        wait_until(lambda: port_status(fd) == 0x38)
        counter.real.do("mend", "paper_out")
        wait_until(lambda: port_status(fd) == 0x18)
    finally:
        os.close(fd)


def port_status(fd: int) -> int:
    answer = bytearray(4)
    fcntl.ioctl(fd, LPGETSTATUS, answer)
    return int.from_bytes(answer, "little")


def test_a_till_on_libusb_finds_the_guards_printer_by_the_same_ids(counter: Counter) -> None:
    before = len(counter.real.paper)
    found = usb.core.find(idVendor=0x04B8, idProduct=0x0E15)
    text = usb.util.get_string(found, found.get_active_configuration().iConfiguration)
    usb.util.dispose_resources(found)
    assert text == "pos-guard"
    events = KernelEvents()
    till: Any = escpos.Usb(0x04B8, 0x0E15, timeout=10000)
    till.open()
    assert till.is_online() is True
    assert till.paper_status() == 2
    till.text("Order: A-18\nTOTAL CNY 3.00\nCard 3.00\nPAID\n")
    till.cut()
    assert "\nPAID" not in counter.slip(before + 1)
    till.text("Order: A-18\nTOTAL CNY 3.00\n")
    till.cut()
    assert "TOTAL CNY 3.00" in counter.slip(before + 2)
    device = till.device
    usb.util.release_interface(device, 0)
    device.attach_kernel_driver(0)
    till.close()
    assert events.wait(ACTION="add", SUBSYSTEM="usbmisc")["DEVNAME"] == counter.node
    events.close()


def test_the_real_one_is_busy(counter: Counter) -> None:
    devices = usb.core.find(find_all=True, idVendor=0x04B8)
    real = next(found for found in devices if not found[0].extra_descriptors)
    with pytest.raises(usb.core.USBError) as caught:
        usb.util.claim_interface(real, 0)
    assert caught.value.errno == 16
    usb.util.dispose_resources(real)
    assert counter.daemon.poll() is None


def test_the_udev_rules_leave_a_till_only_the_guards_printer(counter: Counter) -> None:
    assert access(counter.node) == (0, LP, 0o660)
    nodes = {
        found[0].extra_descriptors != []: f"/dev/bus/usb/{found.bus:03}/{found.address:03}"
        for found in usb.core.find(find_all=True, idVendor=0x04B8)
    }
    assert access(nodes[True]) == (0, LP, 0o660)
    assert access(nodes[False]) == (0, 0, 0o600)
    assert may_open(nodes[True])
    assert not may_open(nodes[False])


def may_open(node: str) -> bool:
    """Whether a user of group lp gets it."""
    groups = os.getgroups()
    os.setgroups([LP])
    os.seteuid(NOBODY)
    try:
        os.close(os.open(node, os.O_RDWR))
    except PermissionError:
        return False
    finally:
        os.seteuid(0)
        os.setgroups(groups)
    return True


def access(path: str) -> tuple[int, int, int]:
    found = os.stat(path)
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


def test_the_real_printer_is_found_again_and_the_till_notices_nothing(counter: Counter) -> None:
    before = len(counter.real.paper)
    fd = os.open(counter.node, os.O_RDWR)
    try:
        counter.real.do("unplug")
        wait_until(lambda: port_status(fd) == 0)
        counter.real.do("plug", "printer")
        wait_until(lambda: port_status(fd) == 0x18)
        os.write(fd, b"Order: A-19\nTOTAL CNY 4.00\n\x1dV\x00")
    finally:
        os.close(fd)
    assert before > 0
    assert "TOTAL CNY 4.00" in counter.slip(1)  # a new twin, with paper of its own


def test_a_guard_that_stops_leaves_no_way_past_it(counter: Counter) -> None:
    events = KernelEvents()
    counter.daemon.terminate()
    assert counter.daemon.wait(SECONDS) == 0
    events.wait(ACTION="remove", SUBSYSTEM="usb", DEVTYPE="usb_device")
    events.close()
    assert not os.path.exists(counter.node)
    bound = [path.name for path in Path("/sys/bus/usb/drivers/usblp").iterdir() if ":" in path.name]
    assert bound == []
