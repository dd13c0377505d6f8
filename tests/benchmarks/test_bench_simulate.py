"""A simulated printer as a process: how soon it is ready, and a thousand receipts against emupos.

emupos (0.4) needs Python 3.13; where it is missing that part is not run (``tox -e bench-text``).
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from time import perf_counter

import pytest

from tests.benchmarks.ratio import Benchmark, Side, against
from tests.benchmarks.test_bench_frames import receipt
from tests.simulator.simulate_process import Control, simulating

RECEIPTS = 1000
PAPER_STATUS = b"\x1dr\x01"
NEEDED = 5
"""Times emupos' rate (issue 7)."""

MODULES = (
    "pos_guard.cli.main",
    "pos_guard_simulator.commands",
    "pos_guard_simulator.devices.printer",
    "pos_guard_simulator.simulate_run",
    "importlib.metadata",
)
"""What ``pos-guard simulate printer`` imports."""


def test_ready_against_bare_python_with_the_same_imports(benchmark: Benchmark) -> None:
    """Until its address is printed; the bar is four times the peer."""

    def ready() -> None:
        command = ["-m", "pos_guard", "simulate", "printer", "--tcp", "127.0.0.1:0"]
        with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["ready"]
            process.kill()

    def bare() -> None:
        subprocess.run([sys.executable, "-c", f"import {', '.join(MODULES)}"], check=True)

    ratio = against(benchmark, Side(ready), Side(bare), rounds=10)
    assert ratio < 4


@dataclass
class Printer:
    """A printer somewhere; ``done``: how many receipts it has finished."""

    address: tuple[str, int]
    pid: int
    done: Callable[[], int]
    seconds: float = 0.0

    @property
    def processor(self) -> float:
        """Seconds of processor time that its process has taken, started and all."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def print(self, count: int) -> None:
        """Print receipts, each over a connection of its own, and ask each time whether there is
        paper, which is answered behind it; then wait until all are finished."""
        start, wanted = perf_counter(), min(self.done() + count, RECEIPTS)
        for _ in range(count):
            with socket.create_connection(self.address, timeout=60) as till:
                till.sendall(receipt() + PAPER_STATUS)
                assert till.recv(1)
        while self.done() < wanted:
            Event().wait(0.02)
        self.seconds += perf_counter() - start


@contextlib.contextmanager
def ours(folder: Path) -> Iterator[Printer]:
    """Receipts are kept as text and dots, and are drawn when somebody looks."""
    control = folder / "control"
    with (
        simulating("printer", "--tcp", "127.0.0.1:0", "--control", str(control)) as printer,
        Control(control) as test,
    ):
        # What it has answered behind is printed: nobody needs to ask how far it is.
        yield Printer(printer.address, printer.process.pid, lambda: RECEIPTS)
        assert len(test.ask("paper")["slips"]) == RECEIPTS


@contextlib.contextmanager
def ours_in_files(folder: Path) -> Iterator[Printer]:
    """Each receipt is written as a picture and as text, as emupos does."""
    out = folder / "out"
    with simulating("printer", "--tcp", "127.0.0.1:0", "--out", str(out)) as printer:
        count = partial(files, out, "*.txt")
        yield Printer(printer.address, printer.process.pid, count)


@contextlib.contextmanager
def emupos(folder: Path) -> Iterator[Printer]:
    pytest.importorskip("emupos", reason="not run: pip install emupos")
    printer, api = free_port(), free_port()
    settings = folder / "emupos.yaml"
    settings.write_text(
        f"schema: 1\napi: {{ host: 127.0.0.1, port: {api} }}\ndevices:\n"
        "  - id: front\n    type: printer\n    profile: epson-tm-t20iii\n"
        f"    connections:\n      - tcp: {{ port: {printer} }}\n    receipts_dir: ./receipts\n"
    )
    command = [str(Path(sys.executable).parent / "emupos"), "run", "--config", str(settings)]
    said = folder / "said"  # a file: it tells of each event, and nobody reads that
    with said.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            while b"Ctrl+C" not in said.read_bytes():
                assert process.poll() is None, said.read_text()
                Event().wait(0.05)
            count = partial(files, folder / "receipts", "*.json")
            yield Printer(("127.0.0.1", printer), process.pid, count)
        finally:
            process.kill()


def files(folder: Path, pattern: str) -> int:
    return len(list(folder.glob(pattern)))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as here:
        port: int = here.getsockname()[1]
    return port


@pytest.mark.timeout(300)
@pytest.mark.parametrize("make", [ours, ours_in_files], ids=["kept", "in-files"])
def test_a_thousand_receipts_over_tcp_against_emupos(
    benchmark: Benchmark,
    make: Callable[[Path], contextlib.AbstractContextManager[Printer]],
) -> None:
    """In turns of a hundred; both are processes of their own under one Python."""
    turn, turns = 100, RECEIPTS // 100
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        make(Path(one)) as mine,
        emupos(Path(other)) as theirs,
    ):
        before = mine.processor, theirs.processor
        for _ in range(turns):
            mine.print(turn)
            theirs.print(turn)
        busy = mine.processor - before[0], theirs.processor - before[1]
    benchmark.pedantic(lambda: None)
    benchmark.extra_info.update(
        seconds=f"{mine.seconds:.2f} and {theirs.seconds:.2f}",
        processor=f"{busy[0]:.2f} and {busy[1]:.2f}",
        times=f"{theirs.seconds / mine.seconds:.1f}",
        times_processor=f"{busy[1] / busy[0]:.1f}",
    )
    # By the clock other work on the machine counts too, and more for who has less to do.
    assert busy[1] / busy[0] > (NEEDED if make is ours else 1)
