"""Drives transbank-pos-sdk: one case, on the serial port named; prints what the SDK believes."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from typing import Any


def main(case: str, port: str) -> object:
    """Run a case with the client as it is."""
    pos: Any = importlib.import_module("transbank.POS.POSIntegrado").POSIntegrado()
    pos.timeout = 100  # fifths of a second
    pos.open_port(port)
    steps: list[str] = []

    def heard(message: dict[str, object]) -> None:
        steps.append(str(message["response_code"]))

    def sold(reply: dict[str, object]) -> list[object]:
        return [reply["success"], reply["response_code"], reply["amount"]]

    def taken(reply: dict[str, object]) -> object:
        return [reply["success"], reply["response_message"]]

    cases: dict[str, Callable[[], object]] = {
        "poll": pos.poll,
        "keys": lambda: taken(pos.load_keys()),
        "sale-approved": lambda: sold(pos.sale(1500, "ABC123")),
        "sale-declined": lambda: sold(pos.sale(1500, "ABC123")),
        "sale-with-steps": lambda: [*sold(pos.sale(1500, "T1", True, heard)), steps],
        "multicode": lambda: sold(pos.multicode_sale(1500, "T1", 597029414301)),
        "amount-slip": lambda: sold(pos.sale(15000, "ABC123")),
        "multicode-slip": lambda: sold(pos.multicode_sale(15000, "T1", 597029414301)),
        "refund-not-permitted": lambda: taken(pos.refund(1)),
        "refund-approved": lambda: taken(pos.refund(1)),
        "last-sale": lambda: sold(pos.last_sale()),
        "totals": lambda: pos.totals()["tx_total"],
        "close": lambda: taken(pos.close()),
    }

    try:
        return cases[case]()
    finally:
        pos.close_port()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], sys.argv[2])))
