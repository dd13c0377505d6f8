"""Drives wirelane/ecrterm, an unmodified ZVT client of somebody else, through one case.

Run as a program with the client's checkout on PYTHONPATH: ``ecrterm_driver.py CASE PORT``. Prints
one JSON line with what the client believes. It knows nothing of pos-guard.
"""

from __future__ import annotations

import json
import sys
from typing import Any, ClassVar

from ecrterm.ecr import ECR
from ecrterm.packets.base_packets import CommandWithPassword
from ecrterm.packets.types import ConfigByte, CurrencyCode


class Refund(CommandWithPassword):  # type: ignore[misc]  # the client ships no types
    """06 31, which the client does not know by itself."""

    CMD_INSTR = 0x31
    wait_for_completion = True
    ALLOWED_BITMAPS: ClassVar[list[str]] = ["amount", "currency_code", "tlv"]


def _register(ecr: Any) -> object:
    ecr.register(ConfigByte.ALL)
    return ecr.terminal_id


def _pay(ecr: Any) -> object:
    return ecr.payment(1250)


def _slip(ecr: Any) -> object:
    return ecr.payment(12500)


def _refund(ecr: Any) -> object:
    ecr.transmit(Refund(ecr.password, amount=1250, currency_code=CurrencyCode.EUR))
    ended = ecr.last.completion
    return [type(ended).__name__, ended.as_dict().get("result_code")]


def _two_amounts(ecr: Any) -> object:
    raw = bytes.fromhex("06010e0400000000010004000000099900")
    answers = [ecr.transport.send(raw)[1].hex(), ecr.transport.receive(5)[1].hex()]
    ecr.transmitter.send_received()
    return answers


def _status(ecr: Any) -> object:
    ecr.status()
    return type(ecr.last.completion).__name__


CASES = {
    "register": _register,
    "payment-approved": _pay,
    "payment-declined": _pay,
    "amount-slip": _slip,
    "refund-not-permitted": _refund,
    "two-amounts": _two_amounts,
    "status": _status,
}


def main(case: str, port: str) -> None:
    """Run one case against a terminal at that local port."""
    ecr = ECR(device=f"socket://127.0.0.1:{port}?connect_timeout=5", password="123456")
    believed = CASES[case](ecr)
    ecr.transport.close()
    sys.stdout.write(json.dumps(believed) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
