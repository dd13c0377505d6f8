"""A till that prints with python-escpos: only the printer's address is pos-guard's.

    pip install python-escpos
    python python_escpos_till.py tcp:127.0.0.1:9100 bill A-17
    python python_escpos_till.py /run/pos-guard/till-printer paid A-17

Jobs: status | bill ORDER | paid ORDER | logo PICTURE | code TEXT
"""

from __future__ import annotations

import sys

from escpos.escpos import Escpos
from escpos.printer import Network, Serial

SECONDS = 5.0
"""How long to wait for the printer: for its port to open, and for a status byte."""

PAPER = {2: "ok", 1: "low", 0: "out"}


def printer(where: str) -> Network | Serial:
    """The library's own printer, at the place where pos-guard listens."""
    if where.startswith("tcp:"):
        host, _, port = where.removeprefix("tcp:").rpartition(":")
        return Network(host, int(port), timeout=SECONDS)
    # It asks for 16 bytes where one will come, and waits this out for each answer.
    return Serial(devfile=where, baudrate=115200, timeout=0.3)


def chinese(till: Escpos, text: str) -> None:
    """python-escpos has no GB18030; switch to Kanji mode (FS &), send it, switch back (FS .)."""
    data = b"\x1c&" + text.encode("gb18030") + b"\x1c."
    till._raw(data)  # noqa: SLF001 - its documented way to send bytes


def receipt(till: Escpos, order: str, last: str) -> None:
    till.set(align="center", bold=True, double_height=True)
    till.text("MORNING LIGHT\n")
    till.set_with_default()
    chinese(till, "晨光咖啡馆\n")
    till.text(f"Order: {order}\n")
    till.text("Coffee                                     12.50\n")
    till.text("TOTAL                                  CNY 12.50\n")
    till.text(f"{last}\n")
    if last != "NOT PAID":
        till.cashdraw(2)
    till.cut()


def logo(till: Escpos, picture: str) -> None:
    till.image(picture, impl="bitImageRaster")
    till.text("Thank you\n")
    till.cashdraw(2)
    till.cut()


def code(till: Escpos, text: str) -> None:
    till.qr(text, native=True, size=6)
    till.text("Scan to pay\n")
    till.cut()


def main() -> None:
    where, job, *words = sys.argv[1:]
    till = printer(where)
    till.open()
    if job == "status":
        online = "online" if till.is_online() else "offline"
        print(online, "paper", PAPER[till.paper_status()])
    elif job == "logo":
        logo(till, words[0])
    elif job == "code":
        code(till, words[0])
    else:
        receipt(till, words[0], "NOT PAID" if job == "bill" else "Card 12.50\nPAID")
    till.close()


if __name__ == "__main__":
    main()
