from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from pos_guard.errors import PortClosedError, PortError
from pos_guard.ports.keeper_client import KeeperClient

ROOT = str(Path(__file__).resolve().parents[2])

# A daemon in miniature: asks the keeper for the pty, answers each byte with its successor.
DAEMON = """
import os, select, sys
from pathlib import Path
from pos_guard.ports.keeper_client import KeeperClient
pty = KeeperClient(Path(sys.argv[1])).open("printer", sys.argv[2])
print(pty.path, pty.fresh, flush=True)
while True:
    select.select([pty.master], [], [])
    os.write(pty.master, bytes(b + 1 for b in os.read(pty.master, 99)))
"""


@pytest.fixture
def keeper_socket(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "keeper.sock"
    client = KeeperClient.start(path)
    client.close()
    yield path
    last = KeeperClient.start(path)
    last.stop()
    last.close()


def start_daemon(path: Path, link: Path) -> tuple[subprocess.Popen[str], str]:
    daemon = subprocess.Popen(
        [sys.executable, "-c", DAEMON, str(path), str(link)],
        env={**os.environ, "PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    return daemon, daemon.stdout.readline().strip()


def kill(daemon: subprocess.Popen[str]) -> None:
    daemon.send_signal(signal.SIGKILL)
    daemon.wait(10)
    assert daemon.stdout is not None
    daemon.stdout.close()


def test_a_till_that_keeps_its_port_open_does_not_notice_kill_9(
    keeper_socket: Path, tmp_path: Path
) -> None:
    link = tmp_path / "till-printer"
    daemon, first = start_daemon(keeper_socket, link)
    with serial.Serial(str(link), timeout=10) as till:
        till.write(b"A")
        assert till.read(1) == b"B"
        kill(daemon)
        till.write(b"while nobody reads")
        daemon, second = start_daemon(keeper_socket, link)
        assert till.read(18) == bytes(b + 1 for b in b"while nobody reads")
        kill(daemon)
    assert first.endswith(" True")
    assert second == first.replace(" True", " False")


def test_the_same_name_is_the_same_pty_and_close_hangs_up(
    keeper_socket: Path, tmp_path: Path
) -> None:
    client = KeeperClient(keeper_socket)
    one = client.open("a", str(tmp_path / "a"))
    (tmp_path / "a").unlink()  # /run was cleaned
    again = client.open("a", str(tmp_path / "a"))
    other = client.open("b", None)
    assert (again.path, again.fresh) == (one.path, False)
    assert (tmp_path / "a").readlink() == Path(one.path)
    assert client.names() == {"a": one.path, "b": other.path}
    for pty in (one, again, other):
        assert not os.get_inheritable(pty.master)
        os.close(pty.master)
    with serial.Serial(one.path, timeout=5) as till:
        client.close_pty("a")
        with pytest.raises(serial.SerialException):
            till.read(1)
    assert client.names() == {"b": other.path}
    assert not (tmp_path / "a").is_symlink()
    client.close()


def test_the_socket_is_for_its_owner_only(keeper_socket: Path) -> None:
    assert keeper_socket.stat().st_mode & 0o077 == 0


def test_a_second_keeper_leaves_the_first_in_place(keeper_socket: Path) -> None:
    client = KeeperClient(keeper_socket)
    os.close(client.open("a", None).master)
    command = [sys.executable, "-m", "pos_guard.ports.keeper", str(keeper_socket)]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": ROOT}, check=True, timeout=20)
    assert list(client.names()) == ["a"]
    client.close()


@pytest.mark.parametrize(
    "packet", [b"{", b"[]", b"7", b'{"op": 1}', b"\xff\xfe", b"[" * 4000, b'{"name": "x"}']
)
def test_garbage_is_refused_and_the_keeper_lives(keeper_socket: Path, packet: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as raw:
        raw.settimeout(5)
        raw.connect(str(keeper_socket))
        raw.send(packet)
        assert raw.recv(4096).startswith(b'{"ok": false')
    client = KeeperClient(keeper_socket)
    assert client.names() == {}
    client.close()


def test_refusals_have_words(keeper_socket: Path, tmp_path: Path) -> None:
    client = KeeperClient(keeper_socket)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PortError, match="not a symbolic link"):
        client.open("a", str(tmp_path / "file"))
    with pytest.raises(PortError, match="no such operation or pty"):
        client.close_pty("nobody")
    with pytest.raises(PortError, match="no name"):
        client.open("", None)
    client.close()


def test_without_a_keeper_the_client_says_so(tmp_path: Path) -> None:
    with pytest.raises(PortClosedError, match="no keeper at"):
        KeeperClient(tmp_path / "none.sock")
    with pytest.raises(PortError, match="cannot be started"):
        KeeperClient.start(tmp_path / "no-directory" / "keeper.sock")


def test_sigterm_takes_the_links_away(tmp_path: Path) -> None:
    path = tmp_path / "k.sock"
    keeper = subprocess.Popen(
        [sys.executable, "-m", "pos_guard.ports.keeper", str(path)],
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    while not path.exists():
        assert keeper.poll() is None
    client = KeeperClient(path)
    os.close(client.open("a", str(tmp_path / "a")).master)
    client.close()
    keeper.terminate()
    assert keeper.wait(10) == 0
    assert not path.exists()
    assert not (tmp_path / "a").is_symlink()
