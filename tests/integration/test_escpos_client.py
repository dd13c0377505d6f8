"""python-escpos, unmodified, prints through the printer link of a real daemon.

The printer is the twin; what counts is the paper.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from pos_guard.api.client import DecisionClient
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.devices import make_store, stop_keeper
from pos_guard_simulator.paper_slip import Slip
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.simulated_printer import PrinterSeat
from tests.simulator.simulate_process import ENVIRONMENT

pytestmark = [
    # python-escpos reads its own data with importlib.resources.path, which newer Pythons deprecate.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:escpos"),
    pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning"),
]

SETTINGS = """
[[link]]
name = "printer"
protocol = "escpos"
app = "{app}"
device = "tcp:{printer}"
[link.printer]
columns = 42
"""

SECONDS = 60.0

SERIAL_SECONDS = 1.0
"""python-escpos asks a serial port for 16 bytes, and so waits this out for each status byte."""


@dataclass
class Counter:
    """A till's corner: the daemon between an app's port and a simulated printer."""

    directory: Path
    bench: Bench
    printer: ReceiptPrinter
    app: str

    def open(self) -> Any:
        """python-escpos' own class for this kind of port."""
        from escpos import printer as escpos

        kind, _, rest = self.app.partition(":")
        if kind == "pty":
            return escpos.Serial(devfile=rest, baudrate=115200, timeout=SERIAL_SECONDS)
        host, _, port = rest.rpartition(":")
        return escpos.Network(host, int(port), timeout=SECONDS)

    def socket(self) -> DecisionClient:
        return DecisionClient(self.directory / "run" / "decide.sock")

    def slips(self, count: int) -> list[Slip]:
        """All paper, once there are so many slips of it."""
        slips: list[Slip] = []
        for _ in range(2000):
            slips = self.bench.ask(lambda: self.printer.paper.receipts)
            if len(slips) >= count:
                return slips
            # Nothing to wait on at a printer that only listens: ask its guard something instead.
            with self.socket() as client:
                client.request("query", order="none")
        raise AssertionError(f"{len(slips)} slips came, not {count}")


@pytest.fixture(params=["pty", "tcp"])
def counter(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Counter]:
    make_store(tmp_path)
    printer = ReceiptPrinter()
    app = f"pty:{tmp_path}/run/till-printer" if request.param == "pty" else "tcp:127.0.0.1:0"
    with Bench() as bench:
        address = bench.tcp("printer", PrinterSeat(printer))
        (tmp_path / "policy.toml").write_text(shop.POLICY.format(mode="enforce"), "utf-8")
        (tmp_path / "guard.toml").write_text(SETTINGS.format(app=app, printer=address), "utf-8")
        daemon = subprocess.Popen(
            [sys.executable, "-m", "pos_guard", "run", "--config", "guard.toml"],
            cwd=tmp_path,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with daemon:
            assert daemon.stdout is not None
            ready = json.loads(daemon.stdout.readline())
            yield Counter(tmp_path, bench, printer, ready["links"][0]["app"])
            daemon.terminate()
        stop_keeper(tmp_path)
    assert daemon.returncode == 0


def bill(till: Any, order: str, last: str) -> None:
    till.set(align="center", bold=True, double_height=True)
    till.text("MORNING LIGHT\n")
    till.set_with_default()
    till.text(f"Order: {order}\n")
    till.text("Coffee                               12.50\n")
    till.text("TOTAL                            CNY 12.50\n")
    till.text(f"{last}\n")
    till.cut()


def test_a_bill_passes_and_paid_is_held_back_until_it_is(counter: Counter) -> None:
    till = counter.open()
    bill(till, "A-17", "NOT PAID")
    assert "NOT PAID" in counter.slips(1)[0].text
    bill(till, "A-17", "Card 12.50\nPAID")
    note = counter.slips(2)[1].text
    assert "\nPAID" not in note
    with counter.socket() as app:
        sale = app.ask("sale", "card", 1250, currency="CNY", payee=shop.TERMINAL_ID)
        assert sale["allowed"], sale
        app.result(int(str(sale["decision"])), "approved", amount=1250, currency="CNY")
    bill(till, "A-17", "Card 12.50\nPAID")
    paid = counter.slips(3)[2]
    assert "\nPAID" in paid.text
    till.close()
    name = counter.directory / "paid.png"
    paid.png(name)
    with Image.open(name) as picture:
        codes = [code.text for code in zxingcpp.read_barcodes(picture)]
    assert len(codes) == 1
    assert codes[0].startswith("PGSALE:")
    assert codes[0] in paid.text


def test_pictures_qr_codes_and_barcodes_pass_as_they_are(counter: Counter) -> None:
    logo = Image.new("1", (64, 24), 1)
    ImageDraw.Draw(logo).rectangle((8, 4, 40, 16), fill=0)
    till = counter.open()
    for implementation in ("bitImageRaster", "graphics", "bitImageColumn"):
        till.image(logo, impl=implementation)
    till.qr("https://example.com/menu", native=True, size=6)
    till.barcode("4006381333931", "EAN13", function_type="A")
    till.text("Thank you\n")
    till.cut()
    slip = counter.slips(1)[0]
    till.close()
    assert slip.text.count("[image 64x24]") >= 2
    assert "[QR: https://example.com/menu]" in slip.text
    assert "[EAN13: 4006381333931]" in slip.text
    assert "Thank you" in slip.text
    slip.png(counter.directory / "slip.png")
    with Image.open(counter.directory / "slip.png") as picture:
        codes = {code.text for code in zxingcpp.read_barcodes(picture)}
    assert codes == {"https://example.com/menu", "4006381333931"}


def test_status_reaches_the_printer_and_a_pulse_without_a_sale_does_not(counter: Counter) -> None:
    till = counter.open()
    assert till.is_online() is True
    assert till.paper_status() == 2
    till.cashdraw(2)
    till.text("No sale\n")
    till.cut()
    assert counter.slips(1)[0].text.strip() == "No sale"
    assert counter.bench.ask(lambda: len(counter.printer.pulses)) == 0
    counter.bench.call("printer", lambda: _open_cover(counter.printer))
    assert till.is_online() is False
    till.close()


def _open_cover(printer: ReceiptPrinter) -> None:
    printer.fail(Fault.COVER_OPEN)
