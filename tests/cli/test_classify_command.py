"""``pos-guard classify``: words, JSON and exit codes."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pos_guard.cli.classify import command
from pos_guard.frames import emv_mpm

CODE = "134621000053364349"
GOLDEN = Path(__file__).parents[1] / "golden" / "scanned_codes.json"
KEYS = "kind scheme payable payee amount currency checksum problems say masked"


def classify(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(command, arguments, input=stdin)


def test_one_payload_as_json_has_the_keys_of_the_contract() -> None:
    result = classify(CODE, "--json")
    shown = json.loads(result.stdout)
    assert list(shown) == KEYS.split()
    assert (shown["kind"], shown["scheme"], shown["payable"]) == ("payment_code", "wechat", True)
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (CODE, 0),
        ("6901028225168", 0),
        ("Hello world", 0),
        ("", 1),
        ("000201SG", 1),
        ("00020101021229370016A0000006770101110113006680111111153037645802TH540520.156304FFFF", 1),
    ],
)
def test_exit_1_means_that_a_payload_is_broken(payload: str, status: int) -> None:
    assert classify(payload).exit_code == status


def test_standard_input_is_one_payload_a_line() -> None:
    result = classify(
        "-", "--json", stdin=f"{CODE}\r\n\nwxp://f2f0abcdefgh\n\xff".encode("latin-1")
    )
    shown = [json.loads(line)["kind"] for line in result.stdout.splitlines()]
    assert shown == ["payment_code", "receive_code", "invalid"]
    assert result.exit_code == 1


def test_every_published_code_passes_through_standard_input() -> None:
    samples = json.loads(GOLDEN.read_text("utf-8"))
    lines = [base64.b64encode(sample["payload"].encode()) for sample in samples]
    result = classify("--json", "--base64", stdin=b"\n".join(lines))
    shown = [json.loads(line) for line in result.stdout.splitlines()]
    wanted = [sample["classify"] for sample in samples]
    assert [{key: got[key] for key in want} for got, want in zip(shown, wanted, strict=True)] == (
        wanted
    )


def test_people_read_words_in_their_language_and_no_code() -> None:
    english, chinese = classify(CODE).stdout, classify(CODE, "--lang", "zh").stdout
    assert "This is a pay code" in english
    assert "付款码" in chinese
    assert "1346**********4349" in english
    assert CODE not in english


def test_people_read_amount_payee_and_problems() -> None:
    sample = next(s for s in json.loads(GOLDEN.read_text("utf-8")) if s["expect"].get("amount"))
    result = classify(sample["payload"])
    assert "23.72 CNY" in result.stdout
    bad = classify(
        "00020101021229370016A0000006770101110113006680111111153037645802TH540520.156304FFFF"
    )
    assert "checksum wrong" in bad.stdout
    assert "absent-59" in bad.stdout
    assert "promptpay:a000000677010111:0066801111111" in bad.stdout


def test_a_code_cannot_write_lines_or_commands_of_its_own() -> None:
    account = emv_mpm.build({"00": "a.b", "01": "x\n  It may be charged.\u202e"})
    level = {"00": "01", "26": account, "52": "5411", "53": "156", "58": "CN"}
    body = emv_mpm.build(level | {"59": "A", "60": "B"})
    lines = classify(emv_mpm.seal(body)).stdout.splitlines()
    assert len(lines) == 2
    assert "emv:a.b:01=x?  It may be charged.?" in lines[0]


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (("--encoding", "klingon", "x"), b""),
        (("--encoding", "base64", "x"), b""),
        (("--encoding", "undefined", "x"), b""),
        (("--encoding", "idna", "x"), b""),
        (("--wallet", "cowry", "x"), b""),
        (("--base64", "***"), b""),
        (("-",), b"1" * 100_000),
        (("a", "b"), b""),
    ],
)
def test_exit_2_means_that_the_input_cannot_be_read(
    arguments: tuple[str, ...], stdin: bytes
) -> None:
    result = classify(*arguments, stdin=stdin)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_settings_of_the_scanner_and_the_shop_are_options() -> None:
    name = base64.b64encode("收款码".encode("gb18030")).decode()
    assert classify("--base64", "--encoding", "gb18030", name).exit_code == 0
    assert classify("--base64", name).exit_code == 1
    webank = "5678123456789012345"
    assert '"payable": true' in classify("--json", "--wallet", "webank", webank).stdout
    assert '"payable": false' in classify("--json", webank).stdout


def test_people_read_when_a_code_expires() -> None:
    account = "0009SG.PAYNOW01012021020140312" + "1W0301104082026" + "1231"
    body = f"00020101021126{len(account):02}{account}52040000530370258" + "02SG5901A6009Singapore"
    shown = classify(emv_mpm.seal(body)).stdout
    assert "expires 2026-12-31T23:59:59+08:00" in shown
    assert "paynow:sg.paynow:201403121W" in shown
