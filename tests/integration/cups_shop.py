"""A shop with a daemon, a printer link for CUPS and the printer's twin; the backend program."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pos_guard.api.client import DecisionClient
from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.devices import make_store, stop_keeper
from pos_guard_simulator.paper_slip import Slip
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.simulated_printer import PrinterSeat
from tests.simulator.simulate_process import ENVIRONMENT

SETTINGS = """
[[link]]
name = "printer"
protocol = "escpos"
app = "unix:{directory}/run/cups"
device = "tcp:{printer}"
[link.printer]
columns = 42
idle_ms = 200
{more}
"""

# Puts CUPS' channels where the backend looks for them, and becomes the backend.
LAUNCH = """
import os, sys
back, side = int(sys.argv[1]), int(sys.argv[2])
if back:
    back, side = os.dup(back), os.dup(side)
    os.dup2(back, 3), os.dup2(side, 4)
sys.argv[:3] = ["posguard"]
from pos_guard.cups import main
main()
"""


def receipt(last: str, order: str = "A-17") -> bytes:
    """A receipt as a till prints it: 42 columns, cut at its end."""
    lines = [
        "MORNING LIGHT",
        f"Order: {order}",
        "Coffee                               12.50",
        "TOTAL                            CNY 12.50",
        last,
    ]
    return b"\x1b@" + "\n".join(lines).encode() + b"\n\x1dV\x42\x00"


BILL = receipt("NOT PAID")
PAID = receipt("Card 12.50\nPAID")


@dataclass
class Done:
    """What a backend said."""

    code: int
    lines: list[str]

    def said(self, prefix: str) -> list[str]:
        """The lines with that prefix."""
        return [line[len(prefix) + 2 :] for line in self.lines if line.startswith(f"{prefix}: ")]


@dataclass
class CupsShop:
    """The daemon runs; ``directory`` holds its settings."""

    directory: Path
    bench: Bench
    printer: ReceiptPrinter
    daemon: subprocess.Popen[str]
    running: list[subprocess.Popen[str]] = field(default_factory=list[subprocess.Popen[str]])

    @property
    def uri(self) -> str:
        return f"posguard://{self.directory}/guard.toml?link=printer"

    def start(
        self,
        *arguments: str,
        options: str = "",
        lang: str = "en_US.UTF-8",
        stdin: int = subprocess.PIPE,
        channels: tuple[int, int] = (0, 0),
        launch: str = LAUNCH,
    ) -> subprocess.Popen[str]:
        """Start the backend; ``options`` are added to the device URI."""
        backend = subprocess.Popen(
            [sys.executable, "-c", launch, *map(str, channels), *arguments],
            env={**ENVIRONMENT, "DEVICE_URI": self.uri + options, "LANG": lang},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=channels if channels[0] else (),
        )
        self.running.append(backend)
        return backend

    def print(
        self, data: bytes, *, copies: int = 1, options: str = "", lang: str = "en_US.UTF-8"
    ) -> Done:
        """Print a file with so many copies."""
        path = self.directory / "job.bin"
        path.write_bytes(data)
        backend = self.start(
            "7", "anna", "receipt", str(copies), "", str(path), options=options, lang=lang
        )
        return end(backend)

    def socket(self) -> DecisionClient:
        return DecisionClient(self.directory / "run" / "decide.sock")

    def pay(self) -> None:
        """The customer pays the 12.50 by card."""
        with self.socket() as app:
            sale = app.ask("sale", "card", 1250, currency="CNY", payee=shop.TERMINAL_ID)
            assert sale["allowed"], sale
            app.result(int(str(sale["decision"])), "approved", amount=1250, currency="CNY")

    def fail(self, fault: Fault, after_lines: int = 0) -> None:
        seat = PrinterSeat(self.printer)
        self.bench.call("printer", lambda: seat.fail(fault, after_lines))

    def mend(self, fault: Fault) -> None:
        seat = PrinterSeat(self.printer)
        self.bench.call("printer", lambda: seat.clear(fault))

    def slips(self) -> list[Slip]:
        """What is on paper now."""
        return self.bench.ask(lambda: list(self.printer.paper.receipts))


def end(backend: subprocess.Popen[str], data: str = "") -> Done:
    """Until the backend is done."""
    _, said = backend.communicate(data or None, timeout=60)
    assert "Traceback" not in said, said
    return Done(backend.returncode, said.splitlines())


@contextmanager
def cups_shop(
    directory: Path, more: str = "", *, model: str = "epson", printer_at: str = ""
) -> Iterator[CupsShop]:
    """A shop whose link has ``more`` settings; its printer is that model, or elsewhere."""
    make_store(directory)
    printer = ReceiptPrinter(printer_model(model))
    with Bench() as bench:
        address = bench.tcp("printer", PrinterSeat(printer))
        (directory / "policy.toml").write_text(shop.POLICY.format(mode="enforce"), "utf-8")
        text = SETTINGS.format(directory=directory, printer=printer_at or address, more=more)
        (directory / "guard.toml").write_text(text, "utf-8")
        daemon = subprocess.Popen(
            [sys.executable, "-m", "pos_guard", "run", "--config", "guard.toml"],
            cwd=directory,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with daemon:
            assert daemon.stdout is not None
            assert json.loads(daemon.stdout.readline())["ready"] is True
            made = CupsShop(directory, bench, printer, daemon)
            try:
                yield made
            finally:
                for backend in made.running:
                    with backend:
                        backend.kill()
                daemon.terminate()
    stop_keeper(directory)


def channels() -> tuple[socket.socket, socket.socket, socket.socket, socket.socket]:
    """CUPS' back and side channel: two ends for filters, two for the backend."""
    back, back_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    side, side_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    return back, side, back_end, side_end
