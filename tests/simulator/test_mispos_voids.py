"""A MIS-POS terminal voids the sale that is named, also when its trace ends with a zero."""

from __future__ import annotations

import pytest

from pos_guard.frames import stx_mispos
from pos_guard.frames.stx_mispos_profile import example
from pos_guard_simulator.stx_mispos_twin import MisPosWords


@pytest.mark.parametrize(("trace", "means"), [("000020", 20), ("000100", 100), ("000007", 7)])
def test_the_trace_keeps_its_last_zeros(trace: str, means: int) -> None:
    values = {"type": "01", "terminal": "52001233", "amount": "0", "original_trace": trace}
    wanted = MisPosWords(example()).read(stx_mispos.build_request(example(), values))
    assert wanted is not None
    assert wanted.original == means
