"""A till's corner: a real daemon with a printer link between an app's port and the printer twin."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pos_guard.api.client import DecisionClient
from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.devices import make_store, stop_keeper
from pos_guard_simulator.paper_slip import Slip
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.simulate_printer import CuttingSeat
from tests.simulator.simulate_process import ENVIRONMENT

Port = Literal["tcp", "pty"]

SETTINGS = """
[[link]]
name = "printer"
protocol = "escpos"
app = "{app}"
device = "tcp:{printer}"
[link.printer]
model = "clone-80"
qr = "{qr}"
reader = "zxing"
"""

SECONDS = 60.0
"""How long paper may take on a busy machine."""


@dataclass(frozen=True)
class Corner:
    """Where the app prints (``where``, as the examples take it), and what came of it."""

    where: str
    bench: Bench
    printer: ReceiptPrinter
    _cut: queue.Queue[Slip]
    _socket: Path

    def slip(self) -> Slip:
        """The next slip that is cut off, or was since the last call."""
        return self._cut.get(timeout=SECONDS)

    def throw_away(self) -> None:
        """All slips that nobody asked for."""
        while not self._cut.empty():
            self._cut.get_nowait()

    def nothing_more(self) -> bool:
        """No slip that was not asked for, and nothing printed behind the last cut."""
        return self._cut.empty() and self.bench.ask(lambda: self.printer.paper.loose.blank)

    def pulses(self) -> int:
        """How often the drawer's line was pulsed."""
        return self.bench.ask(lambda: len(self.printer.pulses))

    def fault(self, fault: Fault) -> None:
        """Something happens at the printer."""
        self._at_the_printer(lambda: self.printer.fail(fault))

    def clear(self, fault: Fault) -> None:
        """Somebody put it right."""
        self._at_the_printer(lambda: self.printer.clear(fault))

    def _at_the_printer(self, act: Callable[[], bytes]) -> None:
        self.bench.ask(act)

    def pay_by_card(self, amount: int) -> None:
        """What the till's payment side tells the guard."""
        with DecisionClient(self._socket) as app:
            sale = app.ask("sale", "card", amount, currency=shop.CURRENCY, payee=shop.TERMINAL_ID)
            assert sale["allowed"], sale
            number = int(str(sale["decision"]))
            app.result(number, "approved", amount=amount, currency=shop.CURRENCY)


@contextmanager
def corner(
    directory: Path, port: Port, qr: Literal["native", "esc-z"] = "native"
) -> Generator[Corner]:
    """Set it up with an 80 mm printer of Chinese make, and take it down: the daemon must end well.

    ``qr``: the printer's own command for QR codes.
    """
    make_store(directory)
    cut: queue.Queue[Slip] = queue.Queue()
    printer = ReceiptPrinter(replace(printer_model("clone-80"), qr=qr))
    app = "tcp:127.0.0.1:0" if port == "tcp" else f"pty:{directory}/run/till-printer"
    with Bench() as bench:
        address = bench.tcp("printer", CuttingSeat(printer, cut.put))
        policy = shop.POLICY.format(mode="enforce")
        settings = SETTINGS.format(app=app, printer=address, qr=qr)
        (directory / "policy.toml").write_text(policy, encoding="utf-8")
        (directory / "guard.toml").write_text(settings, encoding="utf-8")
        daemon = subprocess.Popen(
            [sys.executable, "-m", "pos_guard", "run", "--config", "guard.toml"],
            cwd=directory,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with daemon:
            try:
                assert daemon.stdout is not None
                where = str(json.loads(daemon.stdout.readline())["links"][0]["app"])
                decide = directory / "run" / "decide.sock"
                yield Corner(where.removeprefix("pty:"), bench, printer, cut, decide)
            finally:
                daemon.terminate()
                daemon.wait(SECONDS)
                stop_keeper(directory)
    assert daemon.returncode == 0
