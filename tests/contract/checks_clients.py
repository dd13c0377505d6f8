"""Programs that know nothing of us: to them the twin is a device."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from typing import Any

from escpos import printer as escpos

from tests.contract.files import exception_of
from tests.contract.levels import GUEST, LINES, Level
from tests.contract.site import Device, Site
from tests.contract.statements import Family
from tests.contract.waiting import SECONDS, wait_until

NODES = (Level.PRELOAD, *GUEST)
CLIENTS = Family(
    "clients",
    "Programs that know nothing of it",
    "python-escpos 3.1, POSIX sh, BSD sockets",
    (*LINES, Level.USB, *NODES),
)

SLIP = "Coffee 12.50\nTOTAL CNY 12.50"
PAPER = b"Coffee 12.50\nTOTAL CNY 12.50\n\x1dV\x00"
SHELL = r"printf 'Coffee 12.50\nTOTAL CNY 12.50\n\035V\000'"
STATUS, ONLINE = b"\x10\x04\x01", b"\x12"


def bill(till: Any) -> None:
    """What every till prints here."""
    till.text("Coffee 12.50\n")
    till.text("TOTAL CNY 12.50\n")
    till.cut()


def printed(printer: Device) -> bool:
    """It has come out of the printer."""
    return printer.texts("paper") == [SLIP]


def place(address: str) -> tuple[str, int]:
    """Host and port of a socket:// address."""
    host, port = address.removeprefix("socket://").rsplit(":", 1)
    return host, int(port)


@CLIENTS.states(
    "escpos-usb",
    "python-escpos' Usb takes the printer from usblp, prints, and knows whether there is paper.",
    carried=True,
    levels=(Level.USB, *NODES),
)
def its_usb_class(site: Site) -> None:
    printer = site.plug("printer")
    arguments: dict[str, Any] = {"profile": "TM-T88V", "timeout": 5000}
    if site.eyes.backend:
        arguments["usb_args"] = {"backend": site.eyes.backend}
    till: Any = escpos.Usb(0x04B8, 0x0E15, **arguments)
    till.open()
    site.later(till.close)
    bill(till)
    assert printed(printer)
    assert till.is_online() is True
    assert till.paper_status() == 2
    printer.do("fail", "paper_out")
    assert till.paper_status() == 0


@CLIENTS.states("escpos-file", "python-escpos' File prints on /dev/usb/lp0.", levels=NODES)
def its_file_class(site: Site) -> None:
    printer = site.plug("printer")
    till: Any = escpos.File(printer.node)
    bill(till)
    till.close()
    wait_until(lambda: printed(printer))


@CLIENTS.states(
    "escpos-serial",
    "python-escpos' Serial prints and asks for paper.",
    levels=(Level.MEMORY, Level.PTY, *NODES),
    memory="it opens device files only",
)
def its_serial_class(site: Site) -> None:
    printer = site.plug("line-printer")
    till: Any = escpos.Serial(printer.node, baudrate=9600, timeout=1, dsrdtr=False)
    till.open()
    site.later(till.close)
    bill(till)
    assert till.paper_status() == 2
    assert printed(printer)


@CLIENTS.states(
    "escpos-network",
    "python-escpos' Network prints and asks for paper.",
    levels=(Level.TCP,),
)
def its_network_class(site: Site) -> None:
    printer = site.plug("line-printer")
    host, port = place(printer.node)
    till: Any = escpos.Network(host, port, timeout=int(SECONDS))
    till.open()
    site.later(till.close)
    bill(till)
    assert till.paper_status() == 2
    assert printed(printer)


@CLIENTS.states("shell", "A shell prints by printf > node.", levels=(Level.PTY, *NODES))
def a_shell_prints(site: Site) -> None:
    printer = site.plug("line-printer" if site.level is Level.PTY else "printer")
    subprocess.run(["sh", "-c", f"{SHELL} > {printer.node}"], check=True, timeout=SECONDS)
    wait_until(lambda: printed(printer))


@CLIENTS.states(
    "socket", "A plain socket prints on port 9100 and is answered.", levels=(Level.TCP,)
)
def a_socket_prints(site: Site) -> None:
    printer = site.plug("line-printer")
    with socket.create_connection(place(printer.node), timeout=SECONDS) as till:
        till.sendall(PAPER + STATUS)
        assert till.recv(16) == ONLINE
    assert printed(printer)


@CLIENTS.states(
    "back-pressure",
    "A printer without paper takes what fits its buffer; then the sender is held up.",
    levels=(Level.TCP,),
)
def a_full_printer_holds_the_sender_up(site: Site) -> None:
    printer = site.plug("line-printer")
    printer.do("fail", "paper_out")
    with socket.create_connection(place(printer.node), timeout=0.5) as till:
        assert exception_of(lambda: till.sendall(b"x" * 20_000_000)) == "TimeoutError"


@CLIENTS.states(
    "hang-up",
    "A printer that loses its connection ends it; the next connection is accepted.",
    levels=(Level.TCP,),
)
def a_connection_is_cut(site: Site) -> None:
    printer = site.plug("line-printer")
    with socket.create_connection(place(printer.node), timeout=SECONDS) as till:
        till.sendall(STATUS)
        assert till.recv(16) == ONLINE
        printer.do("unplug")
        assert till.recv(16) == b""
    with socket.create_connection(place(printer.node), timeout=SECONDS) as till:
        till.sendall(STATUS)
        assert till.recv(16) == ONLINE


@CLIENTS.states(
    "sysfs", "sysfs shows vendor, product and serial number of the node's device.", levels=NODES
)
def sysfs_shows_the_device(site: Site) -> None:
    printer = site.plug("printer")
    interface = Path(f"/sys/class/usbmisc/{Path(printer.node).name}/device").resolve()
    ids = [
        (interface.parent / name).read_text().strip()
        for name in ("idVendor", "idProduct", "serial")
    ]
    assert ids == ["04b8", "0e15", "one"]
