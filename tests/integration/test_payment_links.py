"""One daemon for each protocol, real ports, tills that send published bytes: a no and a yes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from operator import xor
from pathlib import Path

import pytest
import serial

from pos_guard.api.client import DecisionClient
from pos_guard.clock import SystemClock
from pos_guard.ports.keeper_client import KeeperClient
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.caisse_ap_twin import CaisseTerminal
from pos_guard_simulator.iso8583_host import Iso8583Host
from pos_guard_simulator.stx_terminal import StxTerminal
from pos_guard_simulator.stx_terminal_transbank import TransbankSpeech
from tests.shop import PINS, POLICY

ROOT = str(Path(__file__).resolve().parents[2])
ENVIRONMENT = {**os.environ, "PYTHONPATH": ROOT}
GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@contextmanager
def guarded(directory: Path, link: str, policy: str, order: tuple[int, str]) -> Iterator[str]:
    """A daemon with one link and an operator; gives the address of its till side."""
    (directory / "policy.toml").write_text(policy, encoding="utf-8")
    (directory / "guard.toml").write_text(f'[[link]]\nname = "card"\n{link}', encoding="utf-8")
    with Store.create(
        directory / "state", clock=SystemClock(), terminal_id="T1", scrypt_log2n=2
    ) as store:
        store.people.add("anna", "Anna", "cashier", PINS["anna"])
    daemon = subprocess.Popen(
        [sys.executable, "-m", "pos_guard", "run", "--config", "guard.toml", "--json"],
        cwd=directory,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert daemon.stdout is not None
    try:
        ready = json.loads(daemon.stdout.readline())
        with DecisionClient(directory / "run" / "decide.sock") as till:
            total, currency = order
            till.context(operator="anna", order={"total": total, "currency": currency})
        yield str(ready["links"][0]["app"]).split(":", 1)[1]
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.stdout.read()
        daemon.stdout.close()
        daemon.wait(30)
        keeper = directory / "run" / "keeper.sock"
        if keeper.exists():
            client = KeeperClient(keeper)
            client.stop()
            client.close()


def table(protocol: str, profile: str, app: str, device: str) -> str:
    named = f'profile = "{profile}"\n' if profile else ""
    return f'protocol = "{protocol}"\n{named}app = "{app}"\ndevice = "{device}"\n'


def posted(directory: Path) -> list[tuple[str, int | None]]:
    """What the ledger holds as done, once the daemon has ended."""
    with Store.open(directory / "state", clock=SystemClock(), readonly=True) as store:
        return [(str(e.kind), e.amount) for e in store.ledger.search(phase=Phase.POSTED, limit=9)]


def dialled(address: str) -> socket.socket:
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=20)


def listed(*payees: str, currency: str = "EUR") -> str:
    names = ", ".join(f'"{payee}"' for payee in payees)
    return POLICY.replace('"52001233"', names).replace('"EUR"', f'"{currency}"')


# akretion/caisse-ap-ip: one recv of 1024 bytes takes the whole answer.
CAISSE = b"CZ0040300CJ012012345678901CA00201CE003978BA0010CD001%dCB0041250"


def test_caisse_ap(tmp_path: Path) -> None:
    twin = CaisseTerminal()
    with Bench() as bench:
        link = table("caisse-ap", "", "tcp:127.0.0.1:0", f"tcp:{bench.tcp('t', twin)}")
        with guarded(tmp_path, link, POLICY, (1250, "EUR")) as address, dialled(address) as till:
            till.sendall(CAISSE % 1)
            answer = till.recv(1024)
            assert answer.startswith(b"CZ0040300")
            assert b"AE00201" in answer
            assert not bench.ask(lambda: bytes(twin.heard))
            till.sendall(CAISSE % 0)
            assert b"AE00210" in till.recv(1024)
        assert bench.ask(lambda: [moved.amount for moved in twin.moved]) == [1250]
    assert posted(tmp_path) == [("sale", 1250)]


def test_iso8583(tmp_path: Path) -> None:
    vectors = json.loads((GOLDEN / "iso8583.json").read_text(encoding="utf-8"))
    known = {row["id"]: bytes.fromhex(row["hex"]) for row in vectors}
    refund, sale = known["iso8583-cup-011"], known["iso8583-cup-010"]
    policy = listed("235214526859236:56852314", "84329004582000B:10016919", currency="CNY")
    twin = Iso8583Host()
    with Bench() as bench:
        device = f"tcp:{bench.tcp('h', twin)}"
        link = table("iso8583", "iso8583-cup", "tcp:127.0.0.1:0", device)
        with guarded(tmp_path, link, policy, (1, "CNY")) as address, dialled(address) as till:
            till.sendall(refund)
            answer = till.recv(1024)
            assert answer[13:15] == b"\x02\x30"
            assert b"58" in answer[40:]
            assert not bench.ask(lambda: list(twin.heard))
            till.sendall(sale)
            assert till.recv(1024)[13:15] == b"\x02\x10"
        assert bench.ask(lambda: [moved.amount for moved in twin.moved]) == [1]
    assert posted(tmp_path) == [("sale", 1)]


def stx(body: bytes) -> bytes:
    return b"\x02" + body + b"\x03" + bytes([reduce(xor, body + b"\x03")])


def test_transbank_on_a_pty(tmp_path: Path) -> None:
    policy = listed("ABCD1234", "597029414300", "597029414301", currency="CLP")
    for limit in ("20", "50", "100", "500"):
        policy = policy.replace(f'"{limit}.00"', f'"{limit}00"')
    twin = StxTerminal(TransbankSpeech())
    with Bench() as bench:
        device = f"serial:{bench.pty('t', twin)}"
        link = table("stx", "transbank", f"pty:{tmp_path}/till", device)
        with (
            guarded(tmp_path, link, policy, (1250, "CLP")) as address,
            serial.Serial(address, timeout=20) as till,
        ):
            till.write(stx(b"1200|000001|"))
            assert till.read(1) == b"\x06"
            refused = till.read_until(b"\x03") + till.read(1)
            assert refused.startswith(b"\x021210|21|")
            assert not bench.ask(lambda: bytes(twin.heard))
            till.write(b"\x06")
            till.write(stx(b"0200|1250|ABC123|||0|"))
            assert till.read(1) == b"\x06"
            approved = till.read_until(b"\x03") + till.read(1)
            assert approved.startswith(b"\x020210|00|")
            till.write(b"\x06")
        assert bench.ask(lambda: [moved.amount for moved in twin.moved]) == [1250]
    assert posted(tmp_path) == [("sale", 1250)]


@pytest.mark.parametrize("protocol", ["stx", "iso8583"])
def test_a_profile_that_is_none_ends_with_the_list(tmp_path: Path, protocol: str) -> None:
    config = tmp_path / "guard.toml"
    config.write_text(
        f'[[link]]\nname = "card"\nprotocol = "{protocol}"\nprofile = "transbonk"\n'
        'app = "tcp:127.0.0.1:0"\ndevice = "tcp:127.0.0.1:9"\n',
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pos_guard", "run", "--config", str(config)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "guard.toml: line 4" in done.stderr
    assert {"stx": "transbank", "iso8583": "iso8583-cup"}[protocol] in done.stderr
