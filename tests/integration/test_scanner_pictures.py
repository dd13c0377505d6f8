"""Pictures before the simulated scanner, the guard behind it: what reaches the till.

The printer twin prints, the picture of its paper is shown to ``pos-guard simulate scanner``, the
daemon stands between that and a till that reads lines with pyserial.
"""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import serial

from pos_guard.ports.keeper_client import KeeperClient
from pos_guard_simulator.paper import print_all
from tests.shop import POLICY, shop
from tests.simulator.simulate_process import ENVIRONMENT, Control, command, simulating

WECHAT = "134567890123456789"
GOODS = "6901028225168"
RECEIVE = "wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"

CONFIG = """
[[link]]
name = "scanner"
protocol = "scanner"
app = "pty:{run}/till-scanner"
device = "serial:{scanner}:9600"
[link.scanner]
model = "gm65"
"""


def qr(payload: bytes) -> bytes:
    """GS ( k, functions 180 and 181 (Epson's reference): store and print a QR code."""
    size = (len(payload) + 3).to_bytes(2, "little")
    return b"\x1d(k" + size + b"1P0" + payload + b"\x1d(k\x03\x001Q0"


def code_128(digits: str) -> bytes:
    """GS k 73 with code set C, a byte for two digits (Epson's reference)."""
    pairs = bytes(int(digits[at : at + 2]) for at in range(0, len(digits), 2))
    return b"\x1dh\x64\x1dw\x02\x1dkI" + bytes([len(pairs) + 2]) + b"{C" + pairs


def ean_13(digits: str) -> bytes:
    """GS k 67 (Epson's reference)."""
    return b"\x1dh\x64\x1dw\x02\x1dkC\x0d" + digits.encode()


@dataclass
class Counter:
    """The till's serial port, and who shows pictures to the scanner."""

    till: serial.Serial
    test: Control
    folder: Path

    def show(self, job: bytes) -> dict[str, object]:
        """Print it and hold the paper before the scanner."""
        [slip] = print_all(b"\x1b@Receipt\n" + job + b"\n\x1dVB\x00").slips
        slip.png(self.folder / "paper.png")
        return self.test.ask("scan-picture", path=str(self.folder / "paper.png"))


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    directory = tmp_path_factory.mktemp("pictures")
    made = shop(directory, durable=True)
    made.sign_in("anna")
    made.store.close()
    (directory / "policy.toml").write_text(POLICY, encoding="utf-8")
    run, link, socket = directory / "run", directory / "scanner", directory / "control"
    with simulating("scanner", "--model", "gm65", "--pty", str(link), "--control", str(socket)):
        text = CONFIG.format(run=run, scanner=link)
        (directory / "guard.toml").write_text(text, encoding="utf-8")
        daemon = subprocess.Popen(
            command("run", "--config", "guard.toml"),
            cwd=directory,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert daemon.stdout is not None
        assert json.loads(daemon.stdout.readline())["ready"] is True
        with Control(socket) as test, serial.Serial(str(run / "till-scanner"), timeout=10) as till:
            while not test.ask("state")["locked"]:
                pass  # the guard closes the set-up codes of a scanner as soon as it has it
            yield Counter(till, test, directory)
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(15)
        daemon.stdout.close()
    keeper = KeeperClient(run / "keeper.sock")
    keeper.stop()
    keeper.close()


@pytest.mark.parametrize(
    ("job", "aim", "code"),
    [
        (ean_13(GOODS), "]E0", GOODS),
        (code_128(WECHAT), "]C0", WECHAT),
        (qr(GOODS.encode()), "]Q1", GOODS),
    ],
    ids=["goods", "payment-code", "goods-qr"],
)
def test_a_printed_code_reaches_the_till(counter: Counter, job: bytes, aim: str, code: str) -> None:
    shown = counter.show(job)
    assert (shown["read"], shown["symbology"]) == (True, aim)
    assert counter.till.read_until(b"\r") == code.encode() + b"\r"


def test_a_printed_receive_code_does_not(counter: Counter) -> None:
    assert counter.show(qr(RECEIVE.encode()))["read"] is True
    counter.show(ean_13(GOODS))
    assert counter.till.read_until(b"\r") == GOODS.encode() + b"\r"


def test_a_set_up_code_before_the_scanner_changes_nothing(counter: Counter) -> None:
    counter.test.ask("fault", name="set-up-code")
    counter.show(ean_13(GOODS))
    assert counter.till.read_until(b"\r") == GOODS.encode() + b"\r"
    counter.test.ask("clear", name="set-up-code")
    assert counter.test.ask("state")["refused_set_ups"] == 1
