"""A command that only sets how a code will look carries none, whatever it sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.links.printer_rig import CUT, Bench
from tests.shop import shop

STRANGER = b"https://qr.alipay.com/fkx000000000000000000000"
# As escpos-coffee 4.1.0 sends it (QRCode.java): the model that is 48 there is in no manual.
MODEL_48, SIZE, LEVEL = b"\x1d(k\x04\x001A0\x00", b"\x1d(k\x03\x001C\x06", b"\x1d(k\x03\x001E1"
PRINT = b"\x1d(k\x03\x001Q0"


def coffee(data: bytes) -> bytes:
    """escpos-coffee's QR code, behind some text."""
    store = b"\x1d(k" + (len(data) + 3).to_bytes(2, "little") + b"1P0" + data
    return b"Kitchen\n" + MODEL_48 + SIZE + LEVEL + store + PRINT + b"\n" + CUT


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    place = shop(tmp_path)
    yield Bench(place)
    place.store.close()


def test_a_code_of_a_model_that_does_not_exist_is_printed_as_any_other(bench: Bench) -> None:
    printed = bench.till(coffee(b"TABLE 7"))
    assert MODEL_48 in printed
    assert PRINT in printed
    assert bench.told() == []


def test_a_strangers_payment_code_is_held_back_all_the_same(bench: Bench) -> None:
    assert STRANGER not in bench.till(coffee(STRANGER))
    assert bench.told() == ["DENY"]


@pytest.mark.parametrize("cut_short", [b"\x1d(k\x01\x001", b"\x1d(k\x00\x00"])
def test_a_command_without_a_function_sets_nothing(bench: Bench, cut_short: bytes) -> None:
    assert cut_short not in bench.till(b"Kitchen\n" + cut_short + b"\n" + CUT)
    assert bench.told() == ["DENY"]
