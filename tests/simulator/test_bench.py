"""The bench: twins on real ports, in a thread of their own."""

from __future__ import annotations

import contextlib
import gc
import socket
import threading
from pathlib import Path

import pytest
import serial

from pos_guard.errors import PortClosedError
from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp
from pos_guard.ports.serial import SerialPort, SerialSettings
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.scanner import Scanner


class Echo:
    """Says back what it hears; some words mean more."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.gone = threading.Event()
        self.thread = ""

    def connected(self) -> Effects:
        self.seen.append("connected")
        return [ToApp(b"hello")]

    def data(self, data: bytes) -> Effects:
        self.thread = threading.current_thread().name
        match data:
            case b"later":
                return [SetTimer("t", 30.0), SetTimer("t", 0.01)]
            case b"never":
                return [SetTimer("u", 0.01), CancelTimer("u"), CancelTimer("v"), ToApp(b"ok")]
            case b"bye":
                return [CloseApp("asked to")]
            case _:
                return [ToApp(data)]

    def closed(self) -> Effects:
        self.seen.append("closed")
        self.gone.set()
        return []

    def timer(self, name: str) -> Effects:
        return [ToApp(name.encode())]


def dial(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def test_a_twin_at_a_pty_that_pyserial_opens(tmp_path: Path) -> None:
    link = tmp_path / "port"
    with Bench() as bench:
        assert bench.pty("echo", Echo(), str(link)) == str(link)
        with serial.Serial(str(link), timeout=10) as port:
            port.write(b"abc")
            assert port.read_until(b"abc").endswith(b"abc")
    assert not link.is_symlink()


def test_a_twin_at_a_tcp_port() -> None:
    twin = Echo()
    with Bench() as bench, dial(bench.tcp("echo", twin)) as till:
        assert till.recv(16) == b"hello"
        till.sendall(b"abc")
        assert till.recv(16) == b"abc"
        assert twin.thread == "bench"
        till.sendall(b"later")
        assert till.recv(16) == b"t"
        till.sendall(b"never")
        assert till.recv(16) == b"ok"
        till.sendall(b"bye")
        assert till.recv(16) == b""
        assert twin.gone.wait(10)
    assert twin.seen == ["connected", "closed"]


def test_the_newest_till_is_served_and_the_old_one_is_hung_up_on() -> None:
    twin = Echo()
    with Bench() as bench:
        address = bench.tcp("echo", twin)
        with dial(address) as first:
            assert first.recv(16) == b"hello"
            with dial(address) as second:
                assert second.recv(16) == b"hello"
                assert first.recv(16) == b""
                second.sendall(b"abc")
                assert second.recv(16) == b"abc"
                seen = bench.ask(lambda: list(twin.seen))
    assert seen == ["connected", "closed", "connected"]


def test_unplugging_hangs_up_and_the_till_may_come_again() -> None:
    twin = Echo()
    with Bench() as bench:
        address = bench.tcp("echo", twin)
        bench.unplug("echo")
        with dial(address) as till:
            assert till.recv(16) == b"hello"
            bench.unplug("echo")
            assert till.recv(16) == b""
        with dial(address) as till:
            assert till.recv(16) == b"hello"


def test_a_pty_that_is_unplugged_is_gone_and_its_name_free(tmp_path: Path) -> None:
    link = tmp_path / "printer"
    with Bench() as bench:
        till = SerialPort(SerialSettings(bench.pty("echo", Echo(), str(link))))
        bench.unplug("echo")
        with contextlib.closing(till), pytest.raises(PortClosedError):
            till.write(b"x", 5.0)
        assert not link.is_symlink()
        bench.pty("echo again", Echo(), str(link))
        with contextlib.closing(SerialPort(SerialSettings(str(link)))) as again:
            again.write(b"x", 1.0)


def test_acts_and_questions_run_in_the_benchs_thread_and_errors_come_back() -> None:
    scanner = Scanner()
    with Bench() as bench, dial(bench.tcp("scanner", scanner)) as till:
        till.sendall(b"\x16\x07\r")
        while not bench.ask(lambda: scanner.beeps):
            pass
        bench.call("scanner", lambda: scanner.scan("12"))
        assert till.recv(16) == b"12\r"
        assert bench.ask(lambda: threading.current_thread().name) == "bench"
        with pytest.raises(ZeroDivisionError):
            bench.ask(lambda: 1 // 0)
        with pytest.raises(KeyError):
            bench.call("printer", lambda: None)
        bench.call("scanner", lambda: None)


def test_a_place_that_is_taken_is_an_error_and_the_bench_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with Bench() as bench:
        host, _, port = bench.tcp("one", Scanner()).rpartition(":")
        with pytest.raises(OSError, match="in use"):
            bench.tcp("two", Scanner(), host, int(port))
        with pytest.raises(FileExistsError):
            bench.pty("three", Scanner(), str(tmp_path / "file"))
        assert bench.pty("four", Scanner()).startswith("/dev/")


def test_twins_at_ipv6() -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
    with Bench() as bench:
        host, _, port = bench.tcp("echo", Echo(), "::1").rpartition(":")
        assert host == "[::1]"
        with socket.create_connection(("::1", int(port)), timeout=10) as till:
            assert till.recv(16) == b"hello"


def test_a_till_that_has_just_dialled_is_hung_up_on_at_the_end() -> None:
    for _ in range(50):
        with Bench() as bench:
            till = dial(bench.tcp("echo", Echo()))
        # A reset: it came too late to be greeted.
        with till, contextlib.suppress(ConnectionResetError):
            assert till.recv(16) in (b"", b"hello")
    gc.collect()
