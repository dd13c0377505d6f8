"""``decode hidpos``: what is shown of a report, and that payment codes are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.cli.decode import command
from pos_guard.frames.hid_pos import LAYOUTS, build_reports
from pos_guard.frames.hid_pos_decode import decode

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "hid_pos.json").read_text(encoding="utf-8")
)
WECHAT = b"134567890123456789"
GOODS = b"6957842208856"


def shown(report: bytes, *, unmask: bool = False) -> dict[str, Any]:
    [decoded] = decode(report)
    return dict(decoded.as_json(unmask=unmask))


@pytest.mark.parametrize(
    "row",
    [row for row in VECTORS if row["kind"].startswith("hidpos-h")],
    ids=lambda row: row["payload"][:24],
)
def test_every_captured_report_is_shown_with_its_fields(row: dict[str, Any]) -> None:
    found = shown(bytes.fromhex(row["payload"]), unmask=True)
    fields, expect = found["fields"], row["expect"]
    assert found["error"] is None
    assert found["name"] == (
        "Menu Reply" if expect["aim"] in ("]X0", "]Z6") else "Scanned Data Report"
    )
    assert (fields["aim"], fields["vendor_code_id"]) == (expect["aim"], expect["vendor_code_id"])
    assert fields["length"] == expect["length"]
    assert fields["more"] is bool(expect["more"])
    assert fields["data"] == expect.get("data", fields["data"])


def row_of(kind: str) -> dict[str, Any]:
    return next(row for row in VECTORS if row["kind"] == kind)


@pytest.mark.parametrize("unmask", [True, False])
def test_a_reply_of_a_register_engine_is_no_scan(*, unmask: bool) -> None:
    row = row_of("hidpos-input-newland-reply")
    found = shown(bytes.fromhex(row["payload"]), unmask=unmask)
    assert found["name"] == "Register Reply"
    assert found["fields"]["length"] == row["expect"]["length"]
    assert found["fields"]["data"] == row["expect"]["data"]


def test_what_only_begins_like_a_reply_is_a_scan() -> None:
    [report] = build_reports(b"\x02\x00" + WECHAT, LAYOUTS["newland-64"])
    found = shown(report)
    assert (found["name"], found["fields"]["data"]) == ("Scanned Data Report", "****")


def test_the_length_is_the_one_in_the_report() -> None:
    row = row_of("microscan-hid")
    fields = shown(bytes.fromhex(row["payload"]))["fields"]
    assert (fields["length"], fields["data"]) == (row["expect"]["length"], "A]02374938")


@pytest.mark.parametrize("layout", ["honeywell-64", "newland-64", "62"])
def test_a_payment_code_is_masked_in_every_layout(layout: str) -> None:
    aim = "]Q1" if LAYOUTS[layout].has_aim else None
    [report] = build_reports(WECHAT, LAYOUTS[layout], aim=aim)
    found = shown(report)
    assert found["fields"]["layout"] == layout
    assert found["fields"]["data"] == "****"
    assert WECHAT.hex() not in found["raw"]
    assert found["raw"].count("*") == 2 * len(WECHAT)
    assert shown(report, unmask=True)["fields"]["data"] == WECHAT.decode()


def test_a_part_of_a_long_code_is_masked_and_goods_are_not() -> None:
    first, _ = build_reports(b"hQVDUFYw" * 8, LAYOUTS["honeywell-64"], aim="]Q1")
    assert shown(first)["fields"]["data"] == "****"
    [goods] = build_reports(GOODS, LAYOUTS["honeywell-64"], aim="]E0")
    assert shown(goods)["fields"]["data"] == GOODS.decode()
    assert shown(goods)["fields"]["symbology"] == "ean13"


def test_a_broken_report_hides_what_it_holds() -> None:
    [report] = build_reports(WECHAT, LAYOUTS["honeywell-64"], aim="]Q1")
    found = shown(report[:40])
    assert found["error"]["code"] == "length"
    assert WECHAT.hex() not in found["raw"]


def test_commands_are_shown_as_they_were_sent() -> None:
    found = shown(bytes.fromhex("FD03 16540D"))
    assert found["name"] == "Honeywell command"
    assert found["fields"] == {"report_id": 253, "length": 3, "command": "16 54 0D"}
    odd = shown(bytes.fromhex("FD 0F 16 4D 0D 52 45 56 49 4E 46 2E"))
    assert odd["error"] == {
        "code": "length",
        "message": "the count says 15, and 10 bytes are there",
        "at": 1,
    }


def test_raw_input_is_cut_into_reports() -> None:
    reports = build_reports(GOODS * 10, LAYOUTS["honeywell-64"], aim="]Q1")
    assert [bool(item.fields["more"]) for item in decode(b"".join(reports))] == [True, True, False]
    assert list(decode(b"")) == []


def test_the_command_line_has_it() -> None:
    lines = "\n".join(row["payload"] for row in VECTORS)
    result = CliRunner().invoke(command, ["hidpos", "--hex", "-"], input=lines)
    objects = [json.loads(line) for line in result.output.splitlines()]
    assert len(objects) == len(VECTORS)
    assert {item["protocol"] for item in objects} == {"hidpos"}
    assert WECHAT.hex() not in result.output


@given(st.binary(max_size=200))
def test_any_bytes_are_shown_or_named_wrong(data: bytes) -> None:
    for item in decode(data):
        assert item.as_json()["protocol"] == "hidpos"
