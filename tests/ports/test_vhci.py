"""Choosing a port of vhci_hcd by its files; the kernel itself is met in tests/kernel."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from pos_guard.errors import PortBusyError, PortError
from pos_guard.ports import vhci
from tests.ports.usb_gadget import Gadget

# As Linux 6.1 shows it; two ports in use, and one for super speed, which is not ours.
STATUS = """\
hub port sta spd dev      sockfd local_busid
hs  0000 006 002 00010002 000003 1-1
hs  0001 006 002 00010003 000004 1-2
hs  0002 004 000 00000000 000000 0-0
hs  0003 004 000 00000000 000000 0-0
ss  0008 004 000 00000000 000000 0-0
"""


@pytest.fixture
def controller(tmp_path: Path) -> Path:
    (tmp_path / "status").write_text(STATUS, encoding="ascii")
    (tmp_path / "attach").write_text("", encoding="ascii")
    return tmp_path


def test_the_first_free_port_of_the_right_speed_is_taken(controller: Path) -> None:
    assert vhci.free_ports(controller) == [2, 3]
    over = threading.Event()
    plugged = vhci.attach(Gadget(), over.set, controller=controller)
    assert plugged.port == 2
    port, fd, device, speed = (controller / "attach").read_text(encoding="ascii").split()
    assert (port, device, speed) == ("2", str(0x10004), "2")
    assert int(fd) > 2
    assert over.wait(10.0)  # a file keeps no socket: nobody is at its other end
    assert not plugged.alive
    plugged.close()


def test_no_port_is_free(controller: Path) -> None:
    (controller / "status").write_text(STATUS.replace(" 004 ", " 006 "), encoding="ascii")
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(PortBusyError, match="in use"):
        vhci.attach(Gadget(), controller=controller)
    assert len(os.listdir("/proc/self/fd")) == before


def test_without_the_module_the_message_says_how_to_load_it(tmp_path: Path) -> None:
    with pytest.raises(PortError, match="modprobe vhci_hcd"):
        vhci.check(tmp_path)
    with pytest.raises(PortError, match="modprobe vhci_hcd"):
        vhci.attach(Gadget(), controller=tmp_path)


def test_with_everything_there_the_check_is_silent(controller: Path) -> None:
    vhci.check(controller)


def test_what_else_the_kernel_says_is_passed_on(controller: Path) -> None:
    (controller / "attach").unlink()
    (controller / "attach").mkdir()
    with pytest.raises(PortError, match="refuses the device"):
        vhci.attach(Gadget(), controller=controller)
