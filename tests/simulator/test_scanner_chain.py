"""What our printer printed is read by our scanner: printer twin, picture, scanner twin, driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.session import Effects
from pos_guard.ports.base import Port
from pos_guard.ports.cdc_acm import CdcPort
from pos_guard.ports.hid import HidPort
from pos_guard.ports.usb_find import UsbPlace
from pos_guard_drivers.scanner import BarcodeScanner, Scan, ScannerSettings
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.paper import print_all
from pos_guard_simulator.scanner_make import HID, ScannerOptions, scanner_line, usb_scanner
from pos_guard_simulator.scanner_picture import read_picture
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

SECONDS = 60.0
WECHAT = b"134567890123456789"
RECEIVE = "https://qr.example/收款码".encode()
GBK = "收款码：一号店".encode("gbk")

Show = Callable[[Path], None]


def qr(payload: bytes) -> bytes:
    """GS ( k, functions 180 and 181 (Epson's reference): store and print a QR code."""
    size = (len(payload) + 3).to_bytes(2, "little")
    return b"\x1d(k" + size + b"1P0" + payload + b"\x1d(k\x03\x001Q0"


def code_128(digits: bytes) -> bytes:
    """GS k 73 with code set C, a byte for two digits (Epson's reference)."""
    pairs = bytes(int(digits[at : at + 2]) for at in range(0, len(digits), 2))
    return b"\x1dh\x64\x1dw\x02\x1dkI" + bytes([len(pairs) + 2]) + b"{C" + pairs


JOBS = {
    "qr": (qr(WECHAT), WECHAT, "qr"),
    "bars": (code_128(WECHAT), WECHAT, "code128"),
    "utf-8": (qr(RECEIVE), RECEIVE, "qr"),
    "gbk": (qr(GBK), GBK, "qr"),
}
"""What is printed, and what shall be read."""


@contextmanager
def bench_scanner(model: str, *, tcp: bool, aim: bool) -> Iterator[tuple[str, Show]]:
    """A scanner on the bench: its address, and how a picture is held before it."""
    line = scanner_line(ScannerOptions(model, aim=aim))
    with Bench() as bench:

        def act(path: Path) -> Effects:
            symbol = read_picture(path)
            seen = line.show(symbol.data, symbol.aim)
            assert seen.why == ""
            return seen.effects

        address = bench.tcp("it", line) if tcp else bench.pty("it", line)
        yield (
            f"tcp:{address}" if tcp else f"serial:{address}",
            lambda path: bench.call("it", lambda: act(path)),
        )


@contextmanager
def usb_place(model: str) -> Iterator[tuple[Callable[[float], Port], Show]]:
    """A scanner on the simulated USB: how pyusb connects, and how a picture is held before it."""
    scanner = usb_scanner(ScannerOptions(model, aim=model == "gm65"))
    bus = SimulatedBus()
    hid = scanner_model(model).language in HID
    bus.plug(scanner.device, driver="usbhid" if hid else "cdc_acm")
    kind: Any = HidPort if hid else CdcPort
    identity = scanner.device.identity
    place = UsbPlace(identity.vendor, identity.product, scheme="hid" if hid else "cdc")

    def connect(_: float) -> Port:
        port: Port = kind.open(place, backend=SimulatedBackend(bus))
        return port

    def show(path: Path) -> None:
        symbol = read_picture(path)
        scanner.do(lambda: scanner.shown.show(symbol.data, symbol.aim).effects)

    yield connect, show


def receipt(job: str, folder: Path) -> Path:
    """What the printer twin makes of it, as a picture."""
    [slip] = print_all(b"\x1b@Receipt\n" + JOBS[job][0] + b"\nThank you\n\x1dVB\x00").slips
    slip.png(folder / "receipt.png")
    return folder / "receipt.png"


def check(scan: Scan, job: str, encoding: str) -> None:
    _, code, symbology = JOBS[job]
    assert (scan.data, scan.symbology) == (code, symbology)
    assert (scan.text, scan.decoded_as) == (code.decode(encoding), encoding)


@pytest.mark.parametrize("job", list(JOBS))
@pytest.mark.parametrize(
    ("model", "tcp", "aim"),
    [
        ("generic-serial", False, True),
        ("generic-serial", True, True),
        ("gm65", False, True),
        ("zebra-ssi", False, False),
    ],
)
def test_a_printed_code_is_read_from_a_line(
    tmp_path: Path, job: str, model: str, tcp: bool, aim: bool
) -> None:
    path, encoding = receipt(job, tmp_path), "gbk" if job == "gbk" else "utf-8"
    settings = ScannerSettings(encoding=encoding)
    with (
        bench_scanner(model, tcp=tcp, aim=aim) as (address, show),
        BarcodeScanner.at(address, scanner_model(model), settings) as driver,
    ):
        show(path)
        check(driver.read(SECONDS), job, encoding)


@pytest.mark.parametrize("job", list(JOBS))
@pytest.mark.parametrize("model", ["honeywell-hidpos", "generic-hidpos", "gm65"])
def test_a_printed_code_is_read_over_usb(tmp_path: Path, job: str, model: str) -> None:
    path, encoding = receipt(job, tmp_path), "gbk" if job == "gbk" else "utf-8"
    settings = ScannerSettings(encoding=encoding)
    with (
        usb_place(model) as (connect, show),
        BarcodeScanner(connect, scanner_model(model), settings) as driver,
    ):
        show(path)
        check(driver.read(SECONDS), job, encoding)


@pytest.mark.parametrize("job", ["qr", "bars"])
def test_printed_digits_are_typed_by_a_keyboard_scanner(tmp_path: Path, job: str) -> None:
    path = receipt(job, tmp_path)
    with (
        usb_place("generic-wedge") as (connect, show),
        BarcodeScanner(connect, scanner_model("generic-wedge")) as driver,
    ):
        show(path)
        scan = driver.read(SECONDS)
    assert (scan.data, scan.symbology, scan.typed) == (WECHAT, None, False)
