"""``/dev/ttyUSB0``: a serial machine at an adapter with FTDI's chip, on the kernel's ftdi_sio."""

from __future__ import annotations

from serial.tools import list_ports

from tests.contract.checks_serial import SERIAL, plugged
from tests.contract.levels import GUEST, Level
from tests.contract.site import Site
from tests.contract.statements import Check, Family
from tests.contract.waiting import wait_until

FTDI = Family(
    "ftdi",
    "A serial machine at an adapter, /dev/ttyUSB0",
    "drivers/usb/serial/ftdi_sio.c, seen on Linux 6.1; pyserial 3.5",
    (Level.PRELOAD, *GUEST),
)

ADAPTER = "adapter"


@FTDI.states("listed", "list_ports shows it with vendor, product, serial number and name.")
def it_is_listed(site: Site) -> None:
    device = site.plug(ADAPTER)
    [port] = [port for port in list_ports.comports() if port.device == device.node]
    assert (port.vid, port.pid, port.serial_number) == (0x0403, 0x6001, "one")
    assert port.product == "FT232R USB UART"


@FTDI.states("cts", "CTS is what the machine drives, which CDC-ACM has no word for.")
def cts_is_the_machines(site: Site) -> None:
    site.line = ADAPTER
    device, port = plugged(site)
    for driven in (True, False, True):
        device.do("wire", "cts", driven)
        wait_until(lambda driven=driven: port.cts is driven)  # type: ignore[misc]  # mypy knows no default in a lambda


def at_an_adapter(check: Check) -> Check:
    """The same check, with an adapter in the place of a CDC-ACM device."""

    def run(site: Site) -> None:
        site.line = ADAPTER
        check(site)

    return run


SAME = (
    *("bytes", "in-waiting", "baudrate", "parity", "lines-follow", "dtr-rts", "break"),
    *("unplug", "unplug-in-read", "reopen"),
)
"""Statements on serial lines that hold here, too."""

CARRIED = ("bytes",)

for statement in SERIAL.statements:
    _, name = statement.id.split(".")
    if name in SAME:
        carried = name in CARRIED
        differs = statement.differs.get(Level.PRELOAD, "")
        FTDI.states(name, statement.says, carried=carried, preload=differs)(
            at_an_adapter(statement.check)
        )
