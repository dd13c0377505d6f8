"""receiptio, unmodified: its verdict of each state must be what the twin's state is.

What it asks, and how it says what it found, is in ``status_client``.
"""

from __future__ import annotations

from pathlib import Path

from tests.contract.checks_clients import NODES, place
from tests.contract.checks_libraries import made
from tests.contract.levels import Level
from tests.contract.site import Device, Site
from tests.contract.statements import Check, Family
from tests.contract.waiting import wait_until
from tests.integration.clients.libraries import Library, receiptio
from tests.integration.clients.status_client import verdict

STATUS = Family(
    "receiptio",
    "A client of the printer's status: receiptio",
    "receiptio 2.1.2 with serialport 10.5.0, whose words the verdicts are",
    (Level.PTY, Level.TCP, *NODES),
)

PLACES = (Level.TCP, *NODES)
"""Port 9100, and /dev/usb/lp0."""

NEAR = (Level.TCP, Level.PRELOAD)
"""Of what is the twin's alone: the virtual machine takes ten seconds for each verdict."""

RECEIPT = "^^^RECEIPT\nCoffee | 2.50\n^TOTAL | ^2.50\n"
LINES = [["RECEIPT"], ["Coffee", "2.50"], ["TOTAL", "2.50"]]
SECONDS = "15"
"""It gives a job up after that; most say at once what is wrong."""


class Till:
    """The client at a printer of its own."""

    def __init__(self, site: Site, kind: str = "") -> None:
        self._client: Library = made(site, self._make)
        usual = "network-printer" if site.level is Level.TCP else "printer"
        self.printer: Device = site.plug(kind or usual)
        self._where = self.printer.node
        if site.level is Level.TCP:
            self._where, _ = place(self.printer.node)

    def _make(self, folder: Path) -> Library:
        self._receipt = folder / "receipt.txt"
        self._receipt.write_text(RECEIPT, encoding="utf-8")
        return receiptio(folder)

    def asks(self, what: str = "printer") -> str:
        """Its verdict of the printer, or of the drawer."""
        return verdict(self._client, "-d", self._where, "-q", what)

    def prints(self, seconds: str = SECONDS) -> str:
        """Its verdict of a job."""
        job = ("-d", self._where, "-l", "en", "-t", seconds, str(self._receipt))
        return verdict(self._client, *job)

    def has_printed(self) -> bool:
        """The receipt came out, and nothing else."""
        slips = self.printer.texts("paper")
        return [[line.split() for line in slip.splitlines()] for slip in slips] == [LINES]


@STATUS.states(
    "success",
    "It finds out what the printer is, prints, and is told behind the job: success.",
    levels=PLACES,
    carried=True,
)
def it_prints(site: Site) -> None:
    till = Till(site)
    assert till.prints() == "success"
    assert till.has_printed()


def _says(fault: str, word: str) -> Check:
    """Prints nothing as long as there is this fault."""

    def check(site: Site) -> None:
        till = Till(site)
        till.printer.do("fail", fault)
        assert till.prints() == word
        assert till.printer.texts("paper") == []

    return check


for fault, word, words in (
    ("cover_open", "coveropen", "With the cover open"),
    ("paper_out", "paperempty", "Without paper"),
    ("unrecoverable", "error", "With an error that lasts"),
):
    STATUS.states(word, f"{words} it says {word} and prints nothing.", levels=PLACES)(
        _says(fault, word)
    )


@STATUS.states(
    "online",
    "Once the cover is closed, or new paper is in, it says online.",
    levels=NEAR,
)
def it_is_put_right(site: Site) -> None:
    till = Till(site)
    for fault in ("cover_open", "paper_out"):
        till.printer.do("fail", fault)
        assert till.asks() != "online"
        till.printer.do("mend", fault)
        assert till.asks() == "online"


@STATUS.states(
    "recovered",
    "The cutter's error it ends itself (DLE ENQ 2): it says error, and then online.",
    levels=NEAR,
)
def it_ends_an_error(site: Site) -> None:
    till = Till(site)
    till.printer.do("fail", "cutter")
    assert till.asks() == "error"
    assert till.asks() == "online"


@STATUS.states(
    "midst",
    "Paper that ends in the midst of a job is told unasked: paperempty.",
    levels=PLACES,
)
def the_paper_ends_in_its_job(site: Site) -> None:
    till = Till(site)
    till.printer.do("fail", "paper_out", 2)
    assert till.prints() == "paperempty"
    assert till.printer.texts("paper") == []
    till.printer.do("mend", "paper_out")
    wait_until(till.has_printed)


@STATUS.states(
    "timeout",
    "A job that stands still because its feed button is held down is a timeout; it comes later.",
    levels=NEAR,
)
def the_button_is_held(site: Site) -> None:
    till = Till(site)
    till.printer.do("fail", "feed_button", 2)
    assert till.prints("1") == "timeout"
    assert till.printer.texts("paper") == []
    till.printer.do("mend", "feed_button")
    wait_until(till.has_printed)


@STATUS.states(
    "drawer",
    "The drawer is draweropen or drawerclosed as its line is.",
    levels=PLACES,
)
def it_asks_for_the_drawer(site: Site) -> None:
    till = Till(site)
    assert till.asks("drawer") == "draweropen"
    till.printer.do("fail", "drawer_open")
    assert till.asks("drawer") == "drawerclosed"


@STATUS.states("drawer2", "drawer2 is the other way round.", levels=NEAR)
def it_asks_for_another_drawer(site: Site) -> None:
    till = Till(site)
    assert till.asks("drawer2") == "drawerclosed"
    till.printer.do("fail", "drawer_open")
    assert till.asks("drawer2") == "draweropen"


@STATUS.states(
    "disconnect",
    "Once the cable is pulled it says disconnect.",
    levels=PLACES,
    tcp="the port listens on: the next connection is accepted",
)
def the_printer_is_gone(site: Site) -> None:
    till = Till(site)
    till.printer.unplug()
    assert till.asks() == "disconnect"


@STATUS.states(
    "offline",
    "A printer that is switched off and lets its port be is offline.",
    levels=(Level.TCP,),
)
def it_is_switched_off(site: Site) -> None:
    till = Till(site)
    till.printer.do("fail", "power_off")
    assert till.asks() == "offline"


@STATUS.states(
    "serial",
    "It finds the serial port in udev's list, and prints there.",
    levels=(Level.PTY, *NODES),
    pty="udev lists no pty: disconnect",
)
def it_prints_at_a_serial_port(site: Site) -> None:
    till = Till(site, "line-printer")
    assert till.prints() == "success"
    assert till.has_printed()
