"""Printer libraries of other languages, unmodified, run as their examples in examples/printing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.contract.checks_clients import place
from tests.contract.levels import Level
from tests.contract.site import Site
from tests.contract.statements import Family
from tests.contract.waiting import wait_until
from tests.integration.clients.libraries import LIBRARIES

OTHERS = Family(
    "libraries",
    "Printer libraries of other languages",
    "@node-escpos/core 0.6.0 and receipt-printer-encoder 4.0.1 under Node.js, escpos-php under PHP",
    (Level.PTY, Level.TCP),
)


def told_by(name: str) -> Callable[[Site], None]:
    """Prints a bill, and asks a printer with and without paper."""

    def check(site: Site) -> None:
        folder = tempfile.TemporaryDirectory()
        site.later(folder.cleanup)
        library = LIBRARIES[name](Path(folder.name))
        printer = site.plug("line-printer")
        where = printer.node
        if site.level is Level.TCP:
            where = "tcp:{}:{}".format(*place(where))
        assert library.run(where, "status").splitlines()[-1] == "online paper ok"
        library.run(where, "bill", "A-17")
        wait_until(lambda: len(printer.texts("paper")) == 1)
        assert "Order: A-17" in printer.texts("paper")[0]
        printer.do("fail", "paper_out")
        assert library.run(where, "status").splitlines()[-1] == "offline paper out"

    return check


for name in ("node-escpos", "receipt-printer-encoder", "escpos-php"):
    OTHERS.states(name, f"{name} prints a bill, and tells whether there is paper.")(told_by(name))
