"""What reading a ZVT payment costs, against a client that others wrote, in one run.

The peer is wirelane/ecrterm (LGPL-3.0), unmodified: set POS_GUARD_ECRTERM to a checkout. It
parses the same bytes to amount and currency, leniently; ours frames them, refuses what two
readers could read differently, proves that the value builds the same bytes, and makes the intent.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest

from pos_guard.frames.zvt import parse
from pos_guard.frames.zvt_apdu import single
from pos_guard.frames.zvt_intent import intent_of
from pos_guard.model import Intent, IntentKind, Tender
from tests.benchmarks.ratio import Benchmark, Side, against

CHECKOUT = os.environ.get("POS_GUARD_ECRTERM")
PAY = bytes.fromhex("06010a04000000001250490978")
MOST = 1.0
"""At least as fast as the peer."""


def ours() -> Intent | None:
    """Bytes to intent."""
    return intent_of(parse(single(PAY)))


@pytest.fixture
def peer() -> Iterator[Callable[[], object]]:
    """The peer's parser of one unit."""
    if CHECKOUT is None:
        pytest.skip("POS_GUARD_ECRTERM names no checkout of ecrterm")
    sys.path.insert(0, CHECKOUT)
    try:
        import_module("ecrterm.packets.base_packets")  # it registers what can be parsed
        apdu = import_module("ecrterm.packets.apdu").CommandAPDU
        yield lambda: apdu.parse(PAY)
    finally:
        sys.path.remove(CHECKOUT)


def test_reading_a_payment(benchmark: Benchmark, peer: Callable[[], object]) -> None:
    assert ours() == Intent(IntentKind.SALE, Tender.CARD, 1250, "EUR")
    assert "amount=1250" in repr(peer())
    ratio = against(benchmark, Side(ours, repeat=200), Side(peer, repeat=200))
    assert ratio <= MOST
