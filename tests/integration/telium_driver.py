"""Drives pyTeliumManager, an unmodified Concert client of somebody else, through one case.

Run as a program with the client on PYTHONPATH: ``telium_driver.py CASE DEVICE``. Prints one JSON
line with what the client believes. It knows nothing of pos-guard.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from telium import (  # type: ignore[import-not-found]  # installed for the run only
    Telium,
    TeliumAsk,
)


def _ask(amount: float, mode: str, *, full: bool) -> Any:
    return TeliumAsk.new_payment(
        amount,
        payment_mode=mode,
        target_currency="EUR",
        checkout_unique_id="01",
        collect_payment_source_info=full,
    )


CASES = {
    "payment-approved": _ask(12.5, "debit", full=True),
    "payment-approved-short": _ask(12.5, "debit", full=False),
    "payment-declined": _ask(12.5, "debit", full=True),
    "amount-slip": _ask(125.0, "debit", full=True),
    "amount-slip-short": _ask(125.0, "debit", full=False),
    "refund-not-permitted": _ask(12.5, "refund", full=True),
    "credit-not-permitted": _ask(12.5, "credit", full=False),
}


def main() -> None:
    """One case, one JSON line."""
    case, path = sys.argv[1:]
    device = Telium(path, timeout=5)
    ready = device.is_ok()
    taken = device.ask(CASES[case])
    answer = device.verify(CASES[case], waiting_timeout=10)
    believed = [ready, taken, answer.has_succeeded, answer.transaction_result]
    sys.stdout.write(json.dumps({"believed": believed}) + "\n")
    device.close()


if __name__ == "__main__":
    main()
