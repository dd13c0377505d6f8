"""Printer libraries of other languages, unmodified; most run as their examples in examples."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.contract.checks_clients import NODES, place
from tests.contract.levels import Level
from tests.contract.site import Device, Site
from tests.contract.statements import Family
from tests.contract.waiting import wait_until
from tests.integration.clients.libraries import LIBRARIES, Library, node_thermal_printer

OTHERS = Family(
    "libraries",
    "Printer libraries of other languages",
    "under Node.js @node-escpos/core 0.6.0, receipt-printer-encoder 4.0.1, node-thermal-printer "
    "4.6.1; under PHP escpos-php 4.0; under Java escpos-coffee 4.1.0",
    (Level.PTY, Level.TCP, *NODES),
)

NEAR = (Level.PTY, Level.TCP, Level.PRELOAD)
"""On the virtual machine's emulated processor they take half a minute each."""


def made(site: Site, make: Callable[[Path], Library]) -> Library:
    """A library that is ready, for one check; or the check is skipped, and says why."""
    folder = tempfile.TemporaryDirectory()
    site.later(folder.cleanup)
    return make(Path(folder.name))


def where(printer: Device) -> str:
    """As the examples take it."""
    if printer.site.level is not Level.TCP:
        return printer.node
    return "tcp:{}:{}".format(*place(printer.node))


def told_by(name: str, kind: str = "line-printer") -> Callable[[Site], None]:
    """Prints a bill, and asks a printer with and without paper."""

    def check(site: Site) -> None:
        library = made(site, LIBRARIES[name])
        printer = site.plug(kind)
        assert library.run(where(printer), "status").splitlines()[-1] == "online paper ok"
        library.run(where(printer), "bill", "A-17")
        wait_until(lambda: len(printer.texts("paper")) == 1)
        assert "Order: A-17" in printer.texts("paper")[0]
        printer.do("fail", "paper_out")
        assert library.run(where(printer), "status").splitlines()[-1] == "offline paper out"

    return check


for name in LIBRARIES:
    if name != "python-escpos":  # which has statements of its own
        OTHERS.states(
            name, f"{name} prints a bill, and tells whether there is paper.", levels=NEAR
        )(told_by(name))
for name in ("escpos-php", "escpos-coffee"):
    OTHERS.states(f"{name}-lp", f"{name} does so at /dev/usb/lp0.", levels=(Level.PRELOAD,))(
        told_by(name, "printer")
    )


@OTHERS.states(
    "node-thermal-printer",
    "node-thermal-printer finds the printer connected, and prints a bill.",
)
def its_bill(site: Site) -> None:
    library = made(site, node_thermal_printer)
    printer = site.plug("printer" if site.level in NODES else "line-printer")
    assert library.run(where(printer), "connected") == "true\n"
    library.run(where(printer), "bill", "A-17")
    wait_until(lambda: len(printer.texts("paper")) == 1)
    assert [line.split() for line in printer.texts("paper")[0].splitlines()] == [
        ["MORNING", "LIGHT"],
        ["Order:", "A-17"],
        ["TOTAL", "CNY", "12.50"],
    ]


@OTHERS.states(
    "node-thermal-printer-unplugged",
    "Once the cable is pulled, it finds no printer.",
    levels=NEAR,
    tcp="the port listens on: it finds the next connection",
)
def its_missing_printer(site: Site) -> None:
    library = made(site, node_thermal_printer)
    printer = site.plug("printer" if site.level in NODES else "line-printer")
    printer.unplug()
    assert library.run(where(printer), "connected") == "false\n"


@OTHERS.states(
    "node-thermal-printer-status",
    "Its getStatus() is 0, with the roll near its end 3; without paper no answer comes.",
    source="Epson's reference: GS r 1 waits its turn behind what is held",
    levels=(Level.TCP,),
)
def its_status(site: Site) -> None:
    library = made(site, node_thermal_printer)
    printer = site.plug("line-printer")
    assert library.run(where(printer), "status") == "00\n"
    printer.do("fail", "paper_near_end")
    assert library.run(where(printer), "status") == "03\n"
    printer.do("fail", "paper_out")
    assert library.run(where(printer), "status") == "Socket timeout\n"
