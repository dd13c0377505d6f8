"""The plugin in the runs of others: on several workers, on real hardware, and where it is idle."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.simulated_printer import PrinterSeat
from tests.plugin.plugin_run import run

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]

IDLE = """
import sys

def test_nothing_of_it_is_loaded():
    ours = sorted(name for name in sys.modules if name.startswith("pos_guard"))
    assert ours == [
        "pos_guard_simulator",
        "pos_guard_simulator.pytest_plugin",
        "pos_guard_simulator.pytest_plugin.plugin",
    ]
    assert "serial" not in sys.modules and "usb" not in sys.modules
"""


def test_a_run_that_does_not_use_it_loads_three_small_modules(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loaded by its entry point, as any pytest run does where pos-guard is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ((name, module),) = project["entry-points"]["pytest11"].items()
    installed = pytester.mkdir("site") / "plugin_entry-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Name: plugin-entry\nVersion: 1.0\n", encoding="utf-8")
    entry = f"[pytest11]\n{name} = {module}\n"
    (installed / "entry_points.txt").write_text(entry, encoding="utf-8")
    paths = [str(installed.parent), str(ROOT), str(ROOT / "simulator")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    pytester.makepyfile(test_app=IDLE)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")
    result.assert_outcomes(passed=1)


WORKERS = """
@pytest.mark.parametrize("number", range(12))
def test_each_has_its_own(pos, number):
    pos.shop.order(100)
    with pos.printer.open() as port, pos.scanner.open() as scanner:
        port.write(BILL.replace(b"17", b"1%d" % number))
        pos.scan(str(number))
        assert scanner.read_until(b"\\r") == b"%d\\r" % number
    assert [one.order_id for one in pos.printer.receipts] == [f"1{number}"]
    assert number != 11
"""


def test_on_several_workers(pytester: pytest.Pytester) -> None:
    result = run(pytester, WORKERS, "-n", "2", "--pos-artifacts", "kept")
    result.assert_outcomes(passed=11, failed=1)
    result.stdout.fnmatch_lines(["*pos-guard paper*", "| Order: 111"])
    assert len(list((pytester.path / "kept").glob("*/receipt-01.png"))) == 1


REAL = """
def test_prints(pos):
    with pos.printer.open() as port:
        port.write(BILL)
        assert pos.printer.next_receipt().total == 1250
        port.write(bytes((0x10, 0x04, 0x04)))
        assert port.read(1) == bytes((0x12,))

def test_fault(pos):
    pos.fault("paper_out")

def test_power(pos):
    pos.printer
    pos.power_cut()

def test_faults(printer):
    assert not printer.faults

@pytest.mark.pos(level="usb")
def test_usb(printer): ...

def test_scan(pos):
    assert pos.scanner.address == "/dev/null"
    pos.scan("1")

def test_terminal(terminal):
    assert terminal.port == 20007
    terminal.approve()
"""


def test_on_real_hardware(pytester: pytest.Pytester) -> None:
    device = ReceiptPrinter(printer_model("epson"))
    with Bench() as bench:
        path = bench.pty("printer", PrinterSeat(device))
        real = [f"printer={path}:115200", "scanner=/dev/null", "terminal=tcp:192.0.2.1:20007"]
        options = [word for one in real for word in ("--pos-real", one)]
        result = run(pytester, REAL, *options, "-rs")
        texts = bench.ask(lambda: [slip.text for slip in device.paper.receipts])
    result.assert_outcomes(passed=1, skipped=6)
    assert [text.split("\n")[1] for text in texts] == ["Order: 17"]
    result.stdout.fnmatch_lines_random(
        [
            "*on real hardware: faults are made by a person*",
            "*on real hardware: what is wrong with the printer, a person must see",
            "*on real hardware: level usb leads to no real printer*",
            "*done to the scanner*takes a person",
            "*done to the terminal*takes a person",
        ]
    )


UNPLUGGED = """
@pytest.mark.pos(level="memory")
def test_it(printer):
    with printer.open(timeout=10) as port:
        port.write(b"line\\n")
        with pytest.raises(serial.SerialException):
            port.read(1)
        assert printer.paper.text == "line\\n"
"""


def test_a_real_printer_that_is_gone(pytester: pytest.Pytester) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    reset = struct.pack("ii", 1, 0)

    def hang_up() -> None:
        line, _ = server.accept()
        line.recv(1)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        line.close()

    gone = threading.Thread(target=hang_up)
    gone.start()
    result = run(pytester, UNPLUGGED, "--pos-real", f"printer=tcp:127.0.0.1:{port}")
    gone.join(10)
    server.close()
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--pos-real", "drawer=/dev/ttyUSB0"], "no real device 'drawer', only: printer"),
        (["--pos-real", "printer"], "write printer=/dev/ttyUSB0:115200"),
        (["--pos-real", "printer=usb:printer"], "write printer=/dev/ttyUSB0:115200"),
        (["--pos-real", "printer=/dev/ttyUSB0", "-n", "2"], "one test at a time, with -n 0"),
    ],
)
def test_a_wrong_option_ends_the_run(
    pytester: pytest.Pytester, options: list[str], says: str
) -> None:
    result = run(pytester, "def test_it(): ...", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{says}*"])


def test_public_names_load_when_they_are_used() -> None:
    code = (
        "import sys; import pos_guard_simulator.pytest_plugin as plugin; "
        "assert 'pos_guard_simulator.pytest_plugin.pos' not in sys.modules; "
        "print(*(getattr(plugin, name).__name__ for name in plugin.__all__)); "
        "print(hasattr(plugin, 'Printer'))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    names, other = done.stdout.splitlines()
    assert names.split()[0] == "Pos"
    assert len(names.split()) == 8
    assert other == "False"
