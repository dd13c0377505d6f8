"""Scanners behind the daemon process: real ptys and sockets, tills that read as tills do.

A line scanner's till is pyserial's ``read_until``; the SSI till sends the acknowledgement that the
manuals print (Symbol SE-923 integration guide p. 160).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import serial

from pos_guard.api.client import DecisionClient
from pos_guard.clock import SystemClock
from pos_guard.frames import ssi
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.frames.ssi import Op, Packet
from pos_guard.own_codes import OwnCodes, OwnKind
from pos_guard.ports.keeper_client import KeeperClient
from pos_guard.store.files import KEYS
from pos_guard.store.keys import Keys
from pos_guard.store.store import Store
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.scanner import Scanner, ScannerTwinSettings
from pos_guard_simulator.scanner_menu import HoneywellScanner
from pos_guard_simulator.scanner_register import RegisterScanner
from pos_guard_simulator.scanner_ssi import SsiScanner
from tests.shop import POLICY, shop

ROOT = Path(__file__).resolve().parents[2]
PATHS = os.pathsep.join(str(ROOT / part) for part in ("", "drivers", "simulator"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": PATHS}

REST_SECONDS = 0.3

ACK = bytes.fromhex("04D00400FF28")
RECEIVE = "wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"
GOODS = "6901028225168"
EPC = "BCD\r\n002\r\n1\r\nSCT\r\n\r\nShop\r\nBE72000000001616\r\nEUR12.50"

LINK = """
[[link]]
name = "{name}"
protocol = "scanner"
app = "pty:{run}/till-{name}"
device = "{device}"
[link.scanner]
{settings}
"""

KINDS = {
    "plain": 'language = "lines"\nno = "07"',
    "gbk": 'model = "generic-serial"\nencoding = "gbk"\nrefused = "replace"\ninstead = "拒收"',
    "bills": 'language = "lines"\nend = "idle"\nidle_ms = 100',
    "honeywell": 'model = "honeywell-serial"',
    "register": 'model = "gm65"',
    "ssi": 'model = "zebra-ssi"',
}


@dataclass
class Site:
    """A shop's directory, its scanners on real ports, and the daemon."""

    directory: Path
    bench: Bench
    twins: dict[str, Scanner | SsiScanner] = field(default_factory=dict[str, Scanner | SsiScanner])
    daemon: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.daemon = subprocess.Popen(
            [sys.executable, "-m", "pos_guard", "run", "--config", "guard.toml"],
            cwd=self.directory,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.daemon.stdout is not None
        assert json.loads(self.daemon.stdout.readline())["ready"] is True
        self.until(lambda: all(twin.host_there for twin in self.twins.values()))
        # A scanner is believed once it was silent: no cashier is as fast as a test.
        threading.Event().wait(REST_SECONDS)

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something in the bench's thread."""
        deadline = time.monotonic() + 10
        while not self.bench.ask(true):
            assert time.monotonic() < deadline, "it never came true"

    def end(self, number: signal.Signals) -> None:
        assert self.daemon is not None
        self.daemon.send_signal(number)
        self.daemon.wait(15)
        assert self.daemon.stdout is not None
        self.daemon.stdout.close()

    def scan(self, name: str, payload: str | bytes) -> None:
        twin = self.twins[name]
        self.bench.call(name, lambda: twin.scan(payload))

    def till(self, name: str) -> serial.Serial:
        return serial.Serial(str(self.directory / "run" / f"till-{name}"), timeout=10)

    def console(self) -> DecisionClient:
        return DecisionClient(self.directory / "run" / "decide.sock")

    def badge(self, person: str) -> str:
        return OwnCodes(Keys.load(self.directory / "state" / KEYS)).make(OwnKind.BADGE, person)


def twins() -> dict[str, Scanner | SsiScanner]:
    return {
        "plain": Scanner(ScannerTwinSettings(beep=b"\x07", split=1)),
        "gbk": Scanner(ScannerTwinSettings(encoding="gbk")),
        "bills": Scanner(ScannerTwinSettings(terminator=b"")),
        "honeywell": HoneywellScanner(),
        "register": RegisterScanner(scanner_model("gm65")),
        "ssi": SsiScanner(),
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("scanners")
    made = shop(directory, durable=True)
    made.sign_in("anna")
    made.store.close()
    (directory / "policy.toml").write_text(POLICY, encoding="utf-8")
    with Bench() as bench:
        opened = Site(directory, bench, twins())
        text = ""
        for name, settings in KINDS.items():
            tcp = name in ("register", "bills")
            twin = opened.twins[name]
            place = bench.tcp(name, twin) if tcp else bench.pty(name, twin)
            device = f"tcp:{place}" if tcp else f"serial:{place}:9600"
            run = directory / "run"
            text += LINK.format(name=name, run=run, device=device, settings=settings)
        (directory / "guard.toml").write_text(text, encoding="utf-8")
        opened.start()
        yield opened
        opened.end(signal.SIGTERM)
    keeper = KeeperClient(directory / "run" / "keeper.sock")
    keeper.stop()
    keeper.close()


def silent(till: serial.Serial) -> bool:
    """Nothing more comes."""
    till.timeout = 0.2
    more = till.read(1)
    till.timeout = 10
    return more == b""


@pytest.mark.parametrize("name", ["plain", "honeywell", "register", "gbk"])
def test_allowed_scans_come_once_in_their_very_bytes_and_refused_ones_do_not(
    site: Site, name: str
) -> None:
    with site.till(name) as till:
        site.scan(name, GOODS)
        assert till.read_until(b"\r") == GOODS.encode() + b"\r"
        site.scan(name, RECEIVE)
        site.scan(name, "A-1")
        wanted = ("拒收\rA-1\r" if name == "gbk" else "A-1\r").encode("gbk")
        assert till.read(len(wanted)) == wanted
        assert silent(till)


@pytest.mark.parametrize("name", ["plain", "honeywell", "register", "ssi"])
def test_a_badge_signs_in_and_the_till_sees_nothing_of_it(site: Site, name: str) -> None:
    with site.till(name) as till, site.console() as console:
        events = console.events(20)
        site.scan(name, site.badge("ben"))
        told = next(event for event in events if event["event"] == "told")
        assert (told["level"], told["link"]) == ("ALLOW", name)
        assert "ben is at the till." in str(told["say"])
        assert silent(till)


def test_the_scanner_says_no_at_the_device(site: Site) -> None:
    plain = site.twins["plain"]
    assert isinstance(plain, Scanner)
    with site.console() as console:
        events = console.events(20)
        before = site.bench.ask(lambda: plain.beeps)
        site.scan("plain", RECEIVE)
        assert next(event for event in events if event["event"] == "told")["level"] == "DENY"
        site.until(lambda: plain.beeps > before)
    assert site.bench.ask(lambda: plain.beeps) == before + 1


def test_chinese_text_passes_in_the_bytes_of_its_scanner(site: Site) -> None:
    with site.till("gbk") as till:
        site.scan("gbk", "会员卡 张三")
        assert till.read_until(b"\r").decode("gbk") == "会员卡 张三\r"


def test_a_bill_with_line_ends_is_one_code(site: Site) -> None:
    with site.till("bills") as till:
        site.scan("bills", "line one\r\nline two\r\nline three")
        assert till.read(len("line one\r\nline two\r\nline three")).count(b"\r\n") == 2
        site.scan("bills", EPC)  # pays nobody that the shop knows
        assert silent(till)


def test_the_tills_question_reaches_a_register_scanner_and_is_answered(site: Site) -> None:
    with site.till("register") as till:
        till.write(bytes.fromhex("7E00070100E201ABCD"))
        assert till.read(4)[:3] == bytes.fromhex("020000")
        till.read(3)
        site.scan("register", GOODS)
        assert till.read_until(b"\r") == GOODS.encode() + b"\r"


def packet(till: serial.Serial) -> Packet:
    """The next SSI packet of the scanner, as the till reads it."""
    head = till.read(1)
    assert head, "nothing came"
    found = ssi.Framer(ssi.DECODER).feed(head + till.read(head[0] + 1))
    assert isinstance(found[0], Packet)
    return found[0]


def test_an_ssi_till_gets_each_code_in_a_packet_and_acknowledges_to_the_guard(site: Site) -> None:
    twin = site.twins["ssi"]
    assert isinstance(twin, SsiScanner)
    with site.till("ssi") as till:
        site.scan("ssi", RECEIVE)
        site.scan("ssi", GOODS)
        came = packet(till)
        assert (came.opcode, came.data) == (Op.DECODE_DATA, b"\x1c" + GOODS.encode())
        site.until(lambda: len(twin.done) == twin.scans)  # it does not wait for the till
        assert all(site.bench.ask(lambda: dict(twin.done)).values())
        again = packet(till)
        assert again.again, "the till did not acknowledge: the guard repeats"
        till.write(ACK)
        assert silent(till)
        till.timeout = 3
        assert till.read(1) == b"", "acknowledged once, it is over"


def test_kill_9_between_scans_loses_no_later_one_and_repeats_no_earlier_one(site: Site) -> None:
    with site.till("plain") as till, site.till("ssi") as ssi_till:
        site.scan("plain", GOODS)
        assert till.read_until(b"\r") == GOODS.encode() + b"\r"
        site.end(signal.SIGKILL)
        site.start()
        site.scan("plain", "A-2")
        assert till.read_until(b"\r") == b"A-2\r"
        site.scan("ssi", "A-3")
        assert packet(ssi_till).data == b"\x1cA-3"
        ssi_till.write(ACK)
        assert silent(till)
        assert silent(ssi_till)
    state = site.directory / "state"
    with Store.open(state, clock=SystemClock(), readonly=True) as store:
        assert store.audit.verify().count > 10


def test_a_scan_while_the_till_is_away_is_not_delivered_later(tmp_path: Path) -> None:
    made = shop(tmp_path, durable=True)
    made.store.close()
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    with Bench() as bench:
        site = Site(tmp_path, bench, {"plain": Scanner()})
        device = f"tcp:{bench.tcp('plain', site.twins['plain'])}"
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        text = LINK.format(name="plain", run="", device=device, settings="")
        text = text.replace("pty:/till-plain", f"tcp:127.0.0.1:{port}")
        (tmp_path / "guard.toml").write_text(text, encoding="utf-8")
        site.start()
        with site.console() as console:
            events = console.events(20)
            site.scan("plain", GOODS)
            told = next(event for event in events if event["event"] == "told")
            assert "not connected" in str(told["say"])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as till:
            while True:  # until the guard has the till
                site.scan("plain", "A-4")
                till.settimeout(0.2)
                try:
                    assert till.recv(64) == b"A-4\r"
                    break
                except TimeoutError:
                    continue
        site.end(signal.SIGTERM)
