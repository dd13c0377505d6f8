"""``pos-guard simulate terminal zvt`` and ``provider wechat``, with tills that pay there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard_simulator.till import (
    PayResult,
    SerialFraming,
    SerialLine,
    TcpFraming,
    TcpLine,
    WeChatClient,
    ZvtLink,
)
from pos_guard_simulator.zvt_script import VOCABULARY
from tests.simulator.simulate_process import ENVIRONMENT, Control, Device, command, simulating


def link(framing: TcpFraming | SerialFraming, seconds: float = 10.0) -> ZvtLink:
    return ZvtLink(framing, currency=978, answer_seconds=seconds, result_seconds=seconds)


def test_a_terminal_does_what_its_script_says(tmp_path: Path) -> None:
    control = tmp_path / "control"
    with (
        simulating("terminal", "zvt", "--terminal-id", "68259871", "--work-ms", "20",
                   "--script", "1250=decline:6C", "--script", "300=approve:200",
                   "--control", str(control)) as terminal,
        Control(control) as test,
    ):  # fmt: skip
        assert terminal.ready["terminal_id"] == "68259871"
        assert terminal.ready["framing"] == "tcp"
        till = link(TcpFraming(TcpLine(*terminal.address)))
        till.register()
        assert (till.pay(1250).approved, till.pay(300).approved) == (False, True)
        test.ask("script", amount=1250, do="approve")
        assert till.pay(1250) == PayResult(approved=True, code="00", receipt="0002", amount=1250)
        test.ask("script", do="refuse:83")
        assert till.pay(999).code == "84 83"
        till.close()
        moved = test.ask("book")["moved"]
        assert [(one["kind"], one["amount"], one["receipt"]) for one in moved] == [
            ("sale", 200, 1), ("sale", 1250, 2),
        ]  # fmt: skip
        state = test.ask("state")
        assert state["idle"] is True
        assert state["heard"] > 30
        assert "silent-before" in test.fail("script", do="explode")
        assert "whole number" in test.fail("script", amount="12.50", do="approve")


def test_a_serial_terminal_has_serial_framing(tmp_path: Path) -> None:
    path = str(tmp_path / "terminal")
    with simulating("terminal", "zvt", "--pty", path, "--fault", "decline:05") as terminal:
        assert terminal.ready["framing"] == "serial"
        till = link(SerialFraming(SerialLine(path, 115200), ack_seconds=10))
        till.register()
        assert till.pay(100).code == "05"
        till.close()


def test_a_provider_takes_a_code_once_and_does_what_its_script_says(tmp_path: Path) -> None:
    control = tmp_path / "control"
    with (
        simulating("provider", "wechat", "--merchant", "1900000109", "--script", "300=decline",
                   "--refund-script", "1=decline", "--control", str(control)) as provider,
        Control(control) as test,
    ):  # fmt: skip
        assert provider.ready["merchants"] == ["1900000109"]
        base = provider.ready["addresses"]["http"]
        till = WeChatClient(base, mchid="1900000109")
        assert till.pay("A100001", "134650000000000001", 1250).approved
        assert till.pay("A100002", "134650000000000001", 1250).code == "AUTHCODEEXPIRE"
        assert till.pay("A100003", "134650000000000002", 300).code == "NOTENOUGH"
        assert till.refund("A100001", "R100001", 1, 1250).code == "NOT_ENOUGH"
        test.ask("script", kind="refund", amount=1, do="approve")
        assert till.refund("A100001", "R100001", 1, 1250).approved
        stranger = WeChatClient(base, mchid="1900000110")
        assert stranger.pay("A100004", "134650000000000003", 100).code == "MCH_NOT_EXISTS"
        assert test.ask("book")["moved"] == [
            {"what": "paid", "number": "A100001", "amount": 1250},
            {"what": "refunded", "number": "R100001", "amount": 1},
        ]
        heard = test.ask("state")["heard"]
        assert len(heard) == 6
        assert "1346" not in str(heard)
        assert "userpaying" in test.fail("script", amount=1, do="explode")
        assert "pay, refund" in test.fail("script", kind="tip", amount=1, do="approve")


@pytest.mark.parametrize(
    "word",
    ["approve", "approve:1", "decline", "decline:6C", "abort:6c", "abort", "refuse:83",
     "silent-before", "silent-after", "hang"],
)  # fmt: skip
def test_what_a_terminal_can_do(word: str) -> None:
    assert VOCABULARY.check(word) == word


@pytest.mark.parametrize(
    "word",
    ["", "Approve", "approve:", "decline:6", "decline:6CC", "refuse", "hang:1", "approve:１"],
)
def test_what_it_cannot(word: str) -> None:
    with pytest.raises(ValueError, match="none of"):
        VOCABULARY.check(word)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Device, Path]]:
    """A device that holds a port and a control socket."""
    control = tmp_path_factory.mktemp("other") / "control"
    with simulating("scanner", "--tcp", "127.0.0.1:0", "--control", str(control)) as device:
        yield device, control


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("printer --tcp 9100", "HOST:PORT"),
        ("printer --tcp 127.0.0.1:99999", "HOST:PORT"),
        ("printer --tcp 127.0.0.1:0 --pty x", "--tcp or --pty"),
        ("printer --pty {file}", "not a symbolic link"),
        ("printer --pty {directory}/none/link", "No such file"),
        ("printer --control {file}", "something that is no socket"),
        ("printer --control {file}/control", "File exists"),
        ("printer --profile laser", "epson"),
        ("printer --fault fire", "paper_out"),
        ("printer --out {file}", "{file}"),
        ("scanner --fault fire", "cut"),
        ("scanner --tcp 127.0.0.1:{taken}", "in use"),
        ("scanner --control {control}", "another program"),
        ("terminal", "zvt"),
        ("terminal zvt --terminal-id 123", "8 digits"),
        ("terminal zvt --script 1250", "AMOUNT=DO"),
        ("terminal zvt --script 12.50=approve", "no amount"),
        ("terminal zvt --fault explode", "none of"),
        ("terminal zvt --work-ms -1", "0"),
        ("provider wechat --script 1=explode", "none of"),
        ("provider wechat --pty x", "--tcp"),
        ("fax", "fax"),
    ],
)
def test_usage_errors_say_what_to_do(
    tmp_path: Path, other: tuple[Device, Path], arguments: str, words: str
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    places = {
        "file": tmp_path / "file",
        "directory": tmp_path,
        "taken": other[0].address[1],
        "control": other[1],
    }
    done = subprocess.run(
        command("simulate", *arguments.format(**places).split()),
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert words.format(**places) in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
