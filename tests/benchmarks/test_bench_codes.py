"""What it costs to say what a code is, against Python packages that read the same format.

Each peer is asked for what it checks itself: structure and checksum, and the rules where it knows
any. ``classify`` finds the format first, and makes the words and the mask too. A peer that is not
installed is left out.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from pos_guard.frames import emv_mpm
from pos_guard.frames.codes import Code, Kind, classify
from tests.benchmarks.ratio import Benchmark, Side, against, note_rate

CALLS = 100

# Samples of the standards and of public test suites (see tests/golden/scanned_codes.json).
EMV = emv_mpm.seal(
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115303156"
    "540523.725502015802CN5914BEST TRANSPORT6007BEIJING6233030412340603***0708A60086670902ME"
)
PIX = emv_mpm.seal(
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
    "5913Fulano de Tal6008BRASILIA62070503***"
)
VIETQR = emv_mpm.seal(
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang"
)
KHQR = emv_mpm.seal(
    "00020101021129180014jonhsmith@nbcq520459995303116540750000.05802KH5910Jonh Smith6010Phnom Penh"
)
EPC = "BCD\n002\n1\nSCT\n\nMax Mustermann\nDE89370400440532013000\nEUR99.99\n\n\nInvoice 2026-001"
CONSUMER = (
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRI"
    "T0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="
)
GOODS = "6901028225168"
IMITATION = "https://qr.alipаy.com/fkx09613rwe3rotnt00000"  # one letter is Cyrillic


def emv_rules() -> Callable[[], object]:
    peer: Any = pytest.importorskip("cemacqr")
    return lambda: peer.validate(peer.parse_payload(EMV)).ok


def pix_rules() -> Callable[[], object]:
    pytest.importorskip("pixcanvas")
    peer: Any = import_module("pixcanvas.core.payload")
    return lambda: peer.validate_pix(PIX).is_valid


def vietqr_checksum() -> Callable[[], object]:
    peer: Any = pytest.importorskip("qr_pay")
    return lambda: peer.decode(VIETQR)["consumer_id"]


def khqr_rules() -> Callable[[], object]:
    # No package on PyPI checks a KHQR code; this one checks all that the codes have in common.
    peer: Any = pytest.importorskip("cemacqr")
    return lambda: peer.validate(peer.parse_payload(KHQR))


def iban() -> Callable[[], object]:
    pytest.importorskip("stdnum")
    peer: Any = import_module("stdnum.iban")
    return lambda: peer.is_valid(EPC.split("\n")[6])


def ber_tlv() -> Callable[[], object]:
    pytest.importorskip("ber_tlv")
    peer: Any = import_module("ber_tlv.tlv")
    return lambda: peer.Tlv.parse(base64.b64decode(CONSUMER), True)


def check_digit() -> Callable[[], object]:
    pytest.importorskip("stdnum")
    peer: Any = import_module("stdnum.ean")
    return lambda: peer.is_valid(GOODS)


def homograph() -> Callable[[], object]:
    pytest.importorskip("confusable_homoglyphs")
    peer: Any = import_module("confusable_homoglyphs.confusables")
    return lambda: peer.is_dangerous(IMITATION, preferred_aliases=["latin"])


CASES: list[tuple[str, str, Callable[[], Callable[[], object]]]] = [
    ("emv against cemacqr", EMV, emv_rules),
    ("pix against pixcanvas", PIX, pix_rules),
    ("vietqr against napas-qr-python", VIETQR, vietqr_checksum),
    ("khqr against cemacqr", KHQR, khqr_rules),
    ("epc against the iban check of python-stdnum", EPC, iban),
    ("consumer-presented against ber-tlv", CONSUMER, ber_tlv),
    ("ean13 against python-stdnum", GOODS, check_digit),
    ("look-alike against confusable-homoglyphs", IMITATION, homograph),
]


@pytest.mark.parametrize(("text", "peer"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_classify(
    benchmark: Benchmark, text: str, peer: Callable[[], Callable[[], object]]
) -> None:
    other = peer()
    assert other()
    assert _is_sound(classify(text))
    against(benchmark, Side(lambda: classify(text), CALLS), Side(other, CALLS))
    note_rate(benchmark, 1, "codes")


def _is_sound(code: Code) -> bool:
    if code.kind is Kind.URL:
        return code.problems[0] == "lookalike:qr.alipay.com"
    return code.kind is not Kind.INVALID and code.checksum != "bad"
