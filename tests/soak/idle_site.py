"""A shop before it opens: the real daemon with four links, devices and tills there, all idle."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pos_guard.clock import SystemClock
from pos_guard.frames.printer_models import printer_model
from pos_guard.store.store import Store
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.simulated_printer import PrinterSeat
from pos_guard_simulator.stx_terminal import StxTerminal
from pos_guard_simulator.stx_terminal_transbank import TransbankSpeech
from pos_guard_simulator.till_lines import Line, SerialLine, TcpLine
from pos_guard_simulator.zvt_terminal import ZvtTerminal
from tests.shop import POLICY
from tests.soak.soak_daemon import START_S, Daemon

SETTINGS = """
[[link]]
name = "zvt"
protocol = "zvt"
app = "tcp:127.0.0.1:0"
device = "tcp:{zvt}"

[[link]]
name = "stx"
protocol = "stx"
profile = "transbank"
app = "pty:{run}/till-stx"
device = "serial:{stx}:115200"

[[link]]
name = "printer"
protocol = "escpos"
app = "pty:{run}/till-printer"
device = "serial:{printer}:115200"

[[link]]
name = "scanner"
protocol = "scanner"
app = "pty:{run}/till-scanner"
device = "serial:{scanner}:9600"
"""
LINKS = ("zvt", "stx", "printer", "scanner")
MODULES = "modules.json"
_WITNESS = f"""
import atexit, json, sys

def say():
    with open("{MODULES}", "w") as file:
        json.dump(list(sys.modules), file)

from pos_guard.cli import main
atexit.register(say)
main()
"""
WITNESSED = (sys.executable, "-c", _WITNESS)
"""The command line of pos-guard; when it ends it tells which modules it has loaded."""


def prepare(directory: Path, bench: Bench) -> None:
    """Devices, settings, policy and a store."""
    places = {
        "zvt": bench.tcp("zvt", ZvtTerminal()),
        "stx": bench.pty("stx", StxTerminal(TransbankSpeech())),
        "printer": bench.pty("printer", PrinterSeat(ReceiptPrinter(printer_model("epson")))),
        "scanner": bench.pty("scanner", Scanner()),
    }
    (directory / "policy.toml").write_text(POLICY, encoding="utf-8")
    text = SETTINGS.format(run=directory / "run", **places)
    (directory / "guard.toml").write_text(text, encoding="utf-8")
    Store.create(directory / "state", clock=SystemClock(), terminal_id="T1", scrypt_log2n=2).close()


@contextmanager
def idle_shop(directory: Path) -> Generator[Daemon]:
    """The daemon, once its four devices and four tills are connected."""
    with ExitStack() as stack:
        prepare(directory, stack.enter_context(Bench()))
        daemon = Daemon(directory, WITNESSED)
        daemon.start()
        stack.callback(daemon.stop)
        daemon.wait()
        for link in LINKS:
            stack.callback(_till(daemon.address(link)).close)
        daemon.expect("side", 2 * len(LINKS), START_S)
        yield daemon


def modules(directory: Path) -> list[str]:
    """What the daemon had loaded, in that order, once it has ended."""
    names: list[str] = json.loads((directory / MODULES).read_text(encoding="utf-8"))
    return names


def wake_ups(pid: int) -> int:
    """How often the threads of a process have gone to sleep so far: as often as they woke."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        status = Path(f"/proc/{pid}/task/{task}/status").read_text(encoding="ascii")
        fields = dict(line.split(":", 1) for line in status.splitlines())
        total += int(fields["voluntary_ctxt_switches"])
    return total


def _till(address: str) -> Line:
    if address.startswith("/"):
        return SerialLine(address)
    host, _, port = address.rpartition(":")
    return TcpLine(host, int(port))
