"""Codes made of lines: EPC, Swiss QR-bill, Thai bill payment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pos_guard.frames.codes import Kind, classify
from pos_guard.frames.codes_lines import mod97, qrr_ok

GOLDEN = Path(__file__).parents[1] / "golden" / "scanned_codes.json"
SAMPLES: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))
EPC = [s for s in SAMPLES if s["kind"] == "epc-qr"]
SWISS = [s for s in SAMPLES if s["kind"] == "swiss-qr-bill"]


@pytest.mark.parametrize("sample", [*EPC, *SWISS], ids=lambda s: s["payload"][:30])
def test_published_transfers_name_their_account(sample: dict[str, Any]) -> None:
    found = classify(sample["payload"])
    assert found.payee == {"iban": sample["expect"]["payee_iban"]}
    assert (found.checksum == "ok") is sample["expect"]["iban_ok"]


def test_published_amounts_are_read_in_minor_units() -> None:
    assert [classify(s["payload"]).amount for s in EPC] == [100, 12345, 9999, 125000]
    assert [classify(s["payload"]).amount for s in SWISS] == [None, None, 194970]
    bill = next(s for s in SAMPLES if s["kind"] == "bot-barcode")
    assert classify(bill["payload"]).amount == int(bill["expect"]["amount_satang"])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_both_line_ends_are_read(end: str) -> None:
    text = EPC[0]["payload"].replace("\n", end)
    assert classify(text).scheme == "epc"


def _epc(**changes: str) -> str:
    names = ["bcd", "version", "charset", "service", "bic", "name"]
    names += ["iban", "amount", "purpose", "reference", "note", "info"]
    sample = EPC[1]["payload"].rstrip("\n").split("\n")
    lines = dict(zip(names, [*sample, "", ""], strict=False)) | changes
    return "\n".join(lines[name] for name in names)


@pytest.mark.parametrize(
    ("changes", "kind", "problems"),
    [
        ({}, "merchant_code", ()),
        ({"amount": ""}, "merchant_code", ()),
        ({"amount": "EUR0"}, "invalid", ("amount",)),
        ({"amount": "USD1"}, "invalid", ("amount",)),
        ({"amount": "EUR1,00"}, "invalid", ("amount",)),
        ({"iban": "XX"}, "invalid", ("iban",)),
        ({"version": "003"}, "merchant_code", ("version",)),
        ({"charset": "9"}, "merchant_code", ("charset",)),
        ({"name": ""}, "merchant_code", ("name",)),
        ({"note": "both"}, "merchant_code", ("reference",)),
        ({"reference": "RF19539007547034"}, "merchant_code", ("reference-check",)),
        ({"info": "x" * 200}, "merchant_code", ("long",)),
        ({"note": "x" * 400}, "invalid", ("lines",)),
    ],
)
def test_epc_deviations(changes: dict[str, str], kind: str, problems: tuple[str, ...]) -> None:
    found = classify(_epc(**changes))
    assert (str(found.kind), found.problems) == (kind, problems)


def test_a_wrong_iban_is_a_wrong_checksum() -> None:
    found = classify(_epc(iban="DE33100205000001194701"))
    assert (found.kind, found.checksum) == (Kind.MERCHANT_CODE, "bad")
    assert "checksum" in found.say.en


def test_a_code_cut_at_its_line_ends_is_nothing_that_is_paid() -> None:
    pieces = EPC[0]["payload"].split("\n")
    kinds = {classify(piece).kind for piece in pieces}
    assert Kind.PAYMENT_CODE not in kinds
    assert Kind.MERCHANT_CODE not in kinds


def _swiss(**changes: str) -> str:
    lines = SWISS[2]["payload"].split("\r\n")
    for name, value in changes.items():
        lines[int(name[1:]) - 1] = value
    return "\r\n".join(lines)


@pytest.mark.parametrize(
    ("changes", "kind", "problems"),
    [
        ({}, "merchant_code", ()),
        ({"l2": "0100"}, "merchant_code", ("version",)),
        ({"l19": "1,00"}, "invalid", ("amount",)),
        ({"l20": "USD"}, "invalid", ("amount",)),
        ({"l29": "210000000003139471430009018"}, "merchant_code", ("reference-check",)),
        ({"l28": "NON"}, "merchant_code", ("reference-check",)),
        ({"l28": "SCOR", "l29": "RF18539007547034"}, "merchant_code", ()),
        ({"l31": "END"}, "merchant_code", ("trailer",)),
        ({"l4": "DE33100205000001194700"}, "merchant_code", ("country",)),
    ],
)
def test_swiss_deviations(changes: dict[str, str], kind: str, problems: tuple[str, ...]) -> None:
    found = classify(_swiss(**changes))
    assert (str(found.kind), found.problems) == (kind, problems)


def test_a_swiss_bill_with_lines_missing_is_invalid() -> None:
    assert classify("SPC\r\n0200\r\n1").problems == ("lines",)


@pytest.mark.parametrize(
    ("text", "kind", "amount"),
    [
        ("|099400016550100\r12\r\r0", "merchant_code", None),
        ("|099400016550100\r12\r34\r12x", "invalid", None),
        ("|099400016550100\r12", "text", None),
        ("|hello", "text", None),
    ],
)
def test_thai_bills(text: str, kind: str, amount: int | None) -> None:
    found = classify(text)
    assert (str(found.kind), found.amount) == (kind, amount)


@pytest.mark.parametrize("text", ["", "GB82", "GB82-WEST", "ÄÖ82WEST12"])
def test_mod97_takes_only_letters_and_digits(text: str) -> None:
    assert not mod97(text)


def test_reference_checks() -> None:
    assert mod97("GB82 WEST 1234 5698 7654 32")
    assert qrr_ok("210000000003139471430009017")
    assert not qrr_ok("21000000000313947143000901")


def test_thai_slips_are_proof_not_payment() -> None:
    slip = next(s["payload"] for s in SAMPLES if s["kind"] == "thai-slip-verify")
    assert classify(slip).checksum == "ok"
    assert classify(slip.replace("0219", "0218")).checksum in {"bad", "none"}
    assert "not a payment" in classify(slip).say.en


def test_a_slip_with_a_broken_structure_is_invalid() -> None:
    assert classify("0099123" + "5102TH91049C30").kind is Kind.INVALID
