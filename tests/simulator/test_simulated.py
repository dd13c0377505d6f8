"""``pos-guard run --simulated``: a first look, and what it tells."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial

from pos_guard.api.client import DecisionClient
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.devices import ShopDevices
from pos_guard_simulator.simulated_news import News
from pos_guard_simulator.till import TcpFraming, TcpLine, ZvtLink
from tests.simulator.simulate_process import ENVIRONMENT, command

pytestmark = pytest.mark.shows_secrets("the PINs of simulated people are told: they open nothing")


class Screen:
    """What a person sees; every line must say that it is simulated."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def until(self, pattern: str) -> re.Match[str]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            assert line.startswith("SIMULATED "), line
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"it ended before {pattern!r}")

    def type(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text)
        self._process.stdin.flush()


@contextmanager
def simulated(
    tmp_path: Path, *arguments: str, end: signal.Signals = signal.SIGTERM
) -> Iterator[Screen]:
    process = subprocess.Popen(
        command("run", "--simulated", *arguments),
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield Screen(process)
        except BaseException:
            process.kill()
            raise
        process.send_signal(end)
        rest, _ = process.communicate(timeout=15)
    assert process.returncode == 0, rest
    assert all(line.startswith("SIMULATED ") for line in rest.splitlines()), rest
    assert list(tmp_path.iterdir()) == []


def test_a_till_a_scanner_and_a_supervisor_have_a_first_look(tmp_path: Path) -> None:
    with simulated(tmp_path) as screen:
        screen.until("Every device is simulated")
        printer = screen.until(r"printer: pty:(\S+)")[1]
        host, port = screen.until(r"terminal: tcp:(\S+):(\d+)").groups()
        socket = screen.until(r"decision socket: (\S+)")[1]
        badge = screen.until(r"ben: senior, PIN \d{6}, badge (PGOP:\S+)")[1]
        screen.until("Ctrl-C")
        screen.until("terminal: the device is there")
        screen.type(f"{badge}\n")
        screen.until("scanner: allowed: ben")
        screen.type("wxp://f2f0r9iWbFRu4nTUHNzZtSJ5ySDRtuAVjXPq\n")
        screen.until("scanner: refused: ")
        with serial.Serial(printer, timeout=10) as till:
            till.write(b"TOTAL 12.50\n\x1dV\x00")
            screen.until("cut a slip")
            screen.until(r"\| TOTAL 12\.50")
        terminal = ZvtLink(
            TcpFraming(TcpLine(host, int(port))),
            currency=shop.CURRENCY_NUMBER,
            answer_seconds=10,
            result_seconds=10,
        )
        terminal.register()
        assert terminal.pay(12500).approved is False
        screen.until("terminal: refused: ")
        assert terminal.pay(1250).approved
        screen.until(r"terminal made a sale of 12\.50 CNY")
        terminal.close()
        with DecisionClient(Path(socket)) as console:
            assert console.request("pending")["unknown"] == []


def test_a_code_that_passes_is_told_masked(tmp_path: Path) -> None:
    with simulated(tmp_path) as screen:
        scanner = screen.until(r"scanner: pty:(\S+)")[1]
        screen.until("scanner: the device is there")
        with serial.Serial(scanner, timeout=10) as till:
            screen.until("scanner: the app is there")
            screen.type("134621000053364349\n")
            assert till.read_until(b"\r") == b"134621000053364349\r"
            screen.until(r"scanner: 1346\*{10}4349 went to the till")


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_speaks_chinese_and_ends_cleanly(tmp_path: Path, end: signal.Signals) -> None:
    with simulated(tmp_path, "--lang", "zh", end=end) as screen:
        screen.until("所有设备都是模拟的")
        screen.until("Ctrl-C")


def test_it_starts_without_standard_input(tmp_path: Path) -> None:
    process = subprocess.Popen(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *command("run", "--simulated")],
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        Screen(process).until("Ctrl-C")
        process.terminate()
        rest, _ = process.communicate(timeout=15)
    assert process.returncode == 0, rest


def test_it_is_an_option_of_run_and_no_command_of_its_own() -> None:
    done = subprocess.run(
        command("--help"),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    commands = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert {"demo", "run", "simulate"} <= commands
    assert "simulated" not in commands


def test_news_are_told_once() -> None:
    with ShopDevices() as devices:
        news = News(devices)
        assert news.fresh() == []
        devices.printer.data(b"hi\n\x1dV\x00\x1bp\x00\x19\xfa")
        devices.terminal_serial.book.move("refund", 500, shop.CURRENCY_NUMBER)
        told = news.fresh()
        assert news.fresh() == []
    assert [words.en for words in told] == [
        "the printer cut a slip:\n    | hi",
        "the drawer opened",
        "terminal-serial made a refund of 5.00 CNY",
    ]
    assert [words.zh for words in told] == [
        "打印机出纸：\n    | hi",
        "钱箱打开",
        "terminal-serial 退款 5.00 CNY",
    ]
