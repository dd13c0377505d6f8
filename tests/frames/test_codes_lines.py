"""Codes made of lines: EPC, Swiss QR-bill, Thai bill payment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pos_guard.frames.codes import Kind, classify
from pos_guard.frames.codes_checks import mod97, qrr_ok

GOLDEN = Path(__file__).parents[1] / "golden" / "scanned_codes.json"
SAMPLES: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))
EPC = [s for s in SAMPLES if s["kind"] == "epc-qr"]
PLAIN = "CH5800791123000889012"  # an account that is for references of ISO 11649, or none
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
        ({"iban": "de33 1002 0500 0001 1947 00"}, "merchant_code", ("iban-format",)),
        ({"iban": "DE77100205000001194"}, "merchant_code", ("iban-length",)),
        ({"amount": "EUR1000000000"}, "invalid", ("amount",)),
        ({"amount": "EUR1.234"}, "invalid", ("amount",)),
        ({"amount": "EUR0.00"}, "invalid", ("amount",)),
        ({"amount": "EUR012.30"}, "merchant_code", ("amount-format",)),
        ({"version": "001", "bic": ""}, "merchant_code", ("bic",)),
        ({"bic": "BFSW3"}, "merchant_code", ("bic-format",)),
        ({"service": "SDD"}, "merchant_code", ("service",)),
        ({"purpose": "CHARI"}, "merchant_code", ("purpose",)),
        ({"reference": "", "note": "x" * 141}, "merchant_code", ("long",)),
        ({"charset": "2", "name": "Łódź"}, "merchant_code", ("charset",)),
        ({"charset": "3", "name": "Łódź"}, "merchant_code", ()),
        ({"charset": "1", "name": "Łódź"}, "merchant_code", ()),
        (
            {"info": "x" * 70, "name": "y" * 70, "note": "z" * 140, "reference": ""},
            "merchant_code",
            ("long-payload",),
        ),
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
        ({"l2": "0201"}, "merchant_code", ("version",)),
        ({"l2": "0100"}, "invalid", ("version",)),
        ({"l3": "2"}, "merchant_code", ("coding",)),
        ({"l4": "12"}, "invalid", ("iban",)),
        ({"l4": "CH44 3199 9123 0008 8901 2"}, "merchant_code", ("iban-format",)),
        (
            {"l5": "K", "l7": "Street 1", "l8": "8000 Town", "l9": "", "l10": ""},
            "merchant_code",
            (),
        ),
        ({"l5": "K"}, "merchant_code", ("creditor",)),
        ({"l5": "X"}, "merchant_code", ("creditor",)),
        ({"l6": ""}, "merchant_code", ("creditor",)),
        ({"l6": "n" * 71}, "merchant_code", ("creditor",)),
        ({"l11": "Schweiz"}, "merchant_code", ("creditor",)),
        ({"l13": "reserved"}, "merchant_code", ("final-creditor",)),
        ({"l24": "", "l25": "", "l27": ""}, "merchant_code", ("debtor",)),
        ({"l19": "0.00"}, "merchant_code", ("zero-amount",)),
        ({"l19": "01.00"}, "invalid", ("amount",)),
        ({"l19": "1.0"}, "invalid", ("amount",)),
        ({"l30": "m" * 141}, "merchant_code", ("message",)),
        ({"l19": "1,00"}, "invalid", ("amount",)),
        ({"l20": "USD"}, "invalid", ("amount",)),
        ({"l29": "210000000003139471430009018"}, "merchant_code", ("reference-check",)),
        ({"l28": "NON"}, "merchant_code", ("reference-check", "qr-iban")),
        ({"l28": "NON", "l29": "", "l4": PLAIN}, "merchant_code", ()),
        ({"l28": "SCOR", "l29": "RF18539007547034"}, "merchant_code", ("qr-iban",)),
        ({"l28": "SCOR", "l29": "RF18539007547034", "l4": PLAIN}, "merchant_code", ()),
        (
            {"l28": "SCOR", "l29": "RF19539007547034", "l4": PLAIN},
            "merchant_code",
            ("reference-check",),
        ),
        ({"l31": "END"}, "invalid", ("trailer",)),
        ({"l4": "DE33100205000001194700"}, "merchant_code", ("country", "qr-iban")),
    ],
)
def test_swiss_deviations(changes: dict[str, str], kind: str, problems: tuple[str, ...]) -> None:
    found = classify(_swiss(**changes))
    assert (str(found.kind), found.problems) == (kind, problems)


def test_empty_lines_after_a_swiss_bill_are_no_part_of_it() -> None:
    bill = _swiss()
    assert classify(bill + "\r\n\r\n").payees == classify(bill).payees
    assert classify(bill + "\r\n" + "x\r\n" * 5).kind is Kind.INVALID
    assert "schemes" in classify(bill + "\r\n\r\n" + "x" * 101).problems
    assert classify(bill.replace("\r\n", "\n", 3)).problems == ("mixed-ends",)


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
