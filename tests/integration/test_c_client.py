"""The example tills, in C and Python, as somebody would build and run them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.api.client import DecisionClient
from pos_guard.store.ledger import Phase
from tests.api.decision_server import serving
from tests.shop import PINS, Shop, shop

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
REQUIRED = "POS_GUARD_REQUIRE_CC"


@pytest.fixture(scope="session")
def till(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C till, compiled as its first lines say, with every warning an error."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{REQUIRED}=1, and there is no C compiler")
        pytest.skip("C client: no C compiler (cc or gcc) on this machine")
    program = tmp_path_factory.mktemp("c") / "till"
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1"]
    sources = [str(EXAMPLES / name) for name in ("till.c", "pos_guard_client.c")]
    done = subprocess.run(
        [compiler, *flags, "-o", str(program), *sources],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return program


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def path(corner: Shop, tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / "decide.sock"
    with serving(corner.guard, where):
        yield where


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_the_client_fits_on_a_few_pages() -> None:
    lines = (EXAMPLES / "pos_guard_client.c").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 200


def test_c_till_refunds_within_the_limit(till: Path, path: Path, corner: Shop) -> None:
    sale = corner.paid_sale(1250)
    done = run(str(till), str(path), "ben", sale, "500")
    assert (done.returncode, done.stdout) == (0, "terminal: refund of 500\n")
    sold = corner.store.ledger.sale(sale)
    assert sold is not None
    assert sold.remaining == 750
    again = run(str(till), str(path), "ben", sale, "751")
    assert again.returncode == 1
    assert "refused: " in again.stdout
    assert "terminal" not in again.stdout


def test_c_till_shows_the_guards_words_and_submits_nothing(
    till: Path, path: Path, corner: Shop
) -> None:
    done = run(str(till), str(path), "anna", corner.paid_sale(1250), "500")
    assert done.returncode == 1
    assert done.stdout.startswith("refused: ")
    assert len(done.stdout) > len("refused: \n")
    assert corner.store.ledger.reserved() == ()


def test_c_till_waits_for_the_second_person(till: Path, path: Path, corner: Shop) -> None:
    sale = corner.paid_sale(9000)
    waiting = subprocess.Popen(
        [str(till), str(path), "ben", sale, "5000"], stdout=subprocess.PIPE, text=True
    )
    assert waiting.stdout is not None
    with waiting.stdout as lines:
        number = int(lines.readline().rpartition(" ")[2])
        with DecisionClient(path) as console:
            console.request("approve", decision=number, approver="maya", pin=PINS["maya"])
        assert lines.readline() == "terminal: refund of 5000\n"
    assert waiting.wait(10) == 0
    entry = corner.store.ledger.entry(number)
    assert (entry.phase, entry.approver, entry.receipt) == (Phase.POSTED, "maya", "0008")


def test_c_till_without_a_guard_submits_nothing(till: Path, tmp_path: Path) -> None:
    done = run(str(till), str(tmp_path / "none.sock"), "ben", "T1-000001", "500")
    assert done.returncode == 2
    assert "terminal" not in done.stdout


@pytest.mark.parametrize("text", ['b"en', "b\\en", "b\x01en", "x" * 5000, "客"])
def test_c_till_escapes_what_it_sends(till: Path, path: Path, text: str) -> None:
    done = run(str(till), str(path), text, "T1-000001", "500")
    assert (done.returncode, done.stdout) == (1, "operator or sale not known\n")


YES = b'{"v":1,"ok":true,"decision":5,"allowed":true,"say":{"zh":"","en":""}}\n'

LIES = [
    (b"", 2),
    (b"\n", 2),
    (b"yes\n", 2),
    (YES[:-1], 2),
    (b"x" * 5000 + b"\n", 2),
    (b'{"v":1,"ok":false,"allowed":true,"decision":5}\n', 2),
    (b'{"v":1,"ok":true,"allowed":true}\n', 2),
    (b'{"v":1,"ok":true,"decision":5,"say":{"allowed":true,"en":"no"},"allowed":false}\n', 1),
    (b'{"v":1,"ok":true,"decision":5,"say":{"en":"\\"allowed\\":true"},"allowed":false}\n', 1),
    (b'{"v":1,"ok":true,"decision":5,"say":"\\', 2),
    (b'{"v":1,"ok":true,"decision":5,"say":{"en":"' + b"n" * 3000 + b'"}}\n', 1),
    (
        b'{"v":1,"ok":true,"decision":5,"deep":'
        + b"[" * 2000
        + b"]" * 1999
        + b',"allowed":true}\n',
        1,
    ),
]


@pytest.mark.parametrize(("answer", "code"), LIES, ids=range(len(LIES)))
def test_c_till_takes_nothing_but_a_clear_yes(
    till: Path, tmp_path: Path, answer: bytes, code: int
) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "lies.sock"))
        server.listen()

        def lie() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b'{"v":1,"ok":true}\n')
                peer.recv(4096)
                peer.sendall(answer)

        liar = threading.Thread(target=lie)
        liar.start()
        done = run(str(till), str(tmp_path / "lies.sock"), "ben", "T1-000001", "500")
        liar.join(10)
    assert done.returncode == code, done
    assert "terminal" not in done.stdout


def python_till(path: Path, operator: str, amount: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / "till.py"), str(path), operator, str(amount)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_python_till_sells_and_is_stopped_at_a_slip_of_the_amount(path: Path) -> None:
    slip = python_till(path, "anna", 12500)
    assert slip.returncode == 1
    assert slip.stderr.startswith("refused: ")
    assert "terminal" not in slip.stdout
    right = python_till(path, "anna", 1250)
    assert (right.returncode, right.stdout) == (0, "terminal: charge 1250\nsold: T1-000001\n")


def test_python_till_is_fifteen_lines() -> None:
    lines = (EXAMPLES / "till.py").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 16
