"""What can be asked of a simulated scanner by name, without a process or a port."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
import segno

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects, ToApp
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.scanner_make import ScannerOptions
from pos_guard_simulator.simulate_device import (
    Device,
    Fields,
    OnUsb,
    Reply,
    RequestError,
    carry_out,
)
from pos_guard_simulator.simulate_scanner import on_usb_only, scanner_device
from pos_guard_simulator.usb_scanner_hid import IN

WECHAT = "134567890123456789"


def said(effects: Effects) -> bytes:
    return b"".join(one.data for one in effects if isinstance(one, ToApp))


def typed(device: Device, code: bytes) -> bytes:
    assert device.scan is not None
    return said(device.scan(code))


def ask(device: Device, op: str, **fields: Json) -> Reply:
    return carry_out(device, op, Fields(fields))


def test_a_typed_line_is_text_or_bytes_and_what_cannot_be_written_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    device = scanner_device(ScannerOptions(encoding="gbk"))
    assert typed(device, "付款".encode()) == "付款".encode("gbk") + b"\r"
    assert typed(device, b"\xff\xfe") == b"\xff\xfe\r"
    assert capsys.readouterr().err == ""
    assert typed(device, "😀".encode()) == b""
    error = capsys.readouterr().err
    assert error == "not scanned: the code has characters that gbk has no place for\n"


def test_a_request_with_too_much_in_it_scans_nothing(tmp_path: Path) -> None:
    device = scanner_device(ScannerOptions())
    segno.make_qr(WECHAT).save(str(tmp_path / "code.png"), scale=3)
    path = str(tmp_path / "code.png")
    for op, fields in (
        ("scan", {"payload": "1", "speed": 3}),
        ("scan-picture", {"path": path, "speed": 3}),
    ):
        with pytest.raises(RequestError, match="speed"):
            ask(device, op, **cast("dict[str, Json]", fields))
    assert ask(device, "state").answer["scans"] == 0
    assert said(ask(device, "scan-picture", path=path).effects) == WECHAT.encode() + b"\r"


def test_an_unknown_request_is_told_what_there_is() -> None:
    with pytest.raises(
        RequestError, match="only: clear, fault, lines, plug, scan, scan-picture, st"
    ):
        ask(scanner_device(ScannerOptions()), "paper")


def test_a_picture_lies_before_the_scanner_until_it_is_opened(tmp_path: Path) -> None:
    segno.make_qr(WECHAT).save(str(tmp_path / "code.png"), scale=3)
    line = scanner_device(ScannerOptions(), png=tmp_path / "code.png")
    twin = cast("Twin", line.twin)
    assert said(twin.connected()) == b""
    assert said(twin.timer("line-look")) == WECHAT.encode() + b"\r"
    hid = scanner_device(ScannerOptions("honeywell-hidpos"), png=tmp_path / "code.png")
    assert isinstance(hid.twin, OnUsb)
    report = hid.twin.function.in_(IN, 64)
    assert report is not None
    assert report[2:23] == b"]Q1" + WECHAT.encode()
    (tmp_path / "note.png").write_text("no picture")
    with pytest.raises(LocalError, match="is no picture"):
        scanner_device(ScannerOptions(), png=tmp_path / "note.png")


@pytest.mark.parametrize(
    ("model", "usb"),
    [("gm65", False), ("zebra-ssi", False), ("honeywell-hidpos", True), ("generic-evdev", True)],
)
def test_which_models_have_no_serial_line(model: str, usb: bool) -> None:
    assert on_usb_only(model) is usb
    assert isinstance(scanner_device(ScannerOptions(model)).twin, OnUsb) is usb
