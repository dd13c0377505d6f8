"""The Caisse-AP terminal: what it does with money, and what it says, right or wrong."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from pos_guard.errors import FrameError
from pos_guard.frames.caisse_ap import parse
from pos_guard.links.session import CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator.caisse_ap_twin import CaisseSettings, CaisseTerminal
from pos_guard_simulator.zvt_book import Script
from tests.simulator.simulate_process import Control, command, simulating

HEAD = b"CZ0040300CJ012012345678901CA00201CE003978"
PAY = HEAD + b"CD0010CB0041250"
REFUND = HEAD + b"CD0011CB0041250"


def said(effects: Effects) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToApp))


def terminal(do: str = "approve", work_s: float = 0.0) -> CaisseTerminal:
    made = CaisseTerminal(CaisseSettings(work_s=work_s), Script(default=do))
    assert made.connected() == []
    return made


def test_it_pays_and_remembers() -> None:
    twin = terminal()
    answer = parse(said(twin.data(PAY)))
    assert [answer.get(tag) for tag in ("CA", "CB", "CD", "CE", "AE", "CH")] == [
        "01", "1250", "0", "978", "10", "000001",
    ]  # fmt: skip
    assert parse(said(twin.data(REFUND))).get("AE") == "10"
    assert [(t.kind, t.amount, t.receipt) for t in twin.moved] == [
        ("sale", 1250, 1), ("refund", 1250, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cancel", "end"),
    [
        (b"CD0012CB0041250CH006000001", "10"),
        (b"CD0012CB0041250", "10"),
        (b"CD0012CB0041250CH006000009", "01"),
        (b"CD0012CB0041251CH006000001", "01"),
        (b"CD0012CB0041250CH003abc", "01"),
    ],
)
def test_a_cancellation_needs_its_sale(cancel: bytes, end: str) -> None:
    twin = terminal()
    twin.data(PAY)
    assert parse(said(twin.data(HEAD + cancel))).get("AE") == end
    assert [t.kind for t in twin.moved] == (["void"] if end == "10" else ["sale"])
    again = parse(said(twin.data(HEAD + b"CD0012CB0041250CH006000001")))
    assert again.get("AE") == ("01" if end == "10" else "10")


@pytest.mark.parametrize(
    ("do", "status", "detail", "moved"),
    [
        ("approve", "10", None, [1250]),
        ("approve:500", "10", None, [500]),
        ("decline", "01", "04", []),
        ("decline:08", "01", "08", []),
        ("taken", "11", None, [1250]),
    ],
)
def test_what_its_script_says(do: str, status: str, detail: str | None, moved: list[int]) -> None:
    twin = terminal(do)
    answer = parse(said(twin.data(PAY)))
    assert (answer.get("AE"), answer.get("AF")) == (status, detail)
    assert [t.amount for t in twin.moved] == moved
    if do == "approve:500":
        assert answer.get("CB") == "500"


@pytest.mark.parametrize(("do", "moved"), [("silent-before", 0), ("silent-after", 1), ("reset", 1)])
def test_no_answer(do: str, moved: int) -> None:
    twin = terminal(do)
    effects = twin.data(PAY)
    assert said(effects) == b""
    assert any(isinstance(effect, CloseApp) for effect in effects) is (do == "reset")
    assert len(twin.moved) == moved


@pytest.mark.parametrize("do", ["garbage", "bad-length"])
def test_answers_that_cannot_be_read(do: str) -> None:
    wrong = said(terminal(do).data(PAY))
    with pytest.raises(FrameError):
        parse(wrong)


def test_answers_that_are_odd() -> None:
    right = said(terminal().data(PAY))
    pieces = [e.data for e in terminal("split").data(PAY) if isinstance(e, ToApp)]
    assert (len(pieces), b"".join(pieces)) == (3, right)
    assert said(terminal("duplicate").data(PAY)) == right * 2
    assert parse(said(terminal("foreign").data(PAY))).get("CA") == "99"


def test_a_slow_customer() -> None:
    twin = terminal("late:1500")
    (wait,) = twin.data(PAY)
    assert wait == SetTimer("work", 1.5)
    assert (twin.idle, twin.moved) == (False, [])
    assert parse(said(twin.data(REFUND))).get("AF") == "10", "it is busy"
    assert parse(said(twin.timer("work"))).get("AE") == "10"
    assert (twin.idle, twin.timer("work")) == (True, [])


def test_money_moves_although_the_till_is_gone() -> None:
    twin = terminal(work_s=2.0)
    twin.data(PAY)
    twin.closed()
    assert twin.timer("work") == []
    assert [t.amount for t in twin.moved] == [1250]


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (HEAD + b"CD0014CB0041250", "01/12"),
        (HEAD + b"CD0010", "01/09"),
        (b"GET / HTTP/1.1\r\n\r\n", "01/09"),
        (HEAD[:26] + b"CA00201CD001I", "10/None"),
    ],
)
def test_other_requests_move_nothing(data: bytes, end: str) -> None:
    twin = terminal()
    answer = parse(said(twin.data(data)))
    assert f"{answer.get('AE')}/{answer.get('AF')}" == end
    assert twin.moved == []


def test_the_command(tmp_path: Path) -> None:
    control = tmp_path / "control"
    with (
        simulating("terminal", "caisse-ap", "--contract", "1234567", "--script", "1250=decline:05",
                   "--control", str(control)) as device,
        Control(control) as test,
    ):  # fmt: skip
        assert device.ready["contract"] == "1234567"

        def pay(data: bytes) -> bytes:
            with socket.create_connection(device.address, timeout=10) as till:
                till.sendall(data)
                return till.recv(1024)

        assert pay(PAY).endswith(b"AE00201AF00205")
        test.ask("script", amount=1250, do="approve:500")
        assert pay(PAY).endswith(b"CH006000001CG0071234567")
        test.ask("script", do="decline")
        assert pay(HEAD + b"CD0010CB003999").endswith(b"AF00204")
        assert test.ask("book")["moved"] == [
            {"kind": "sale", "amount": 500, "currency": 978, "receipt": 1, "trace": 1,
             "reversed": False}
        ]  # fmt: skip
        assert test.ask("state")["idle"] is True
        assert "silent-before" in test.fail("script", do="explode")


@pytest.mark.parametrize(
    "arguments",
    [["--pty"], ["--contract", "12345678901"], ["--fault", "explode"], ["--script", "1=nak"]],
)
def test_a_command_that_cannot_be(arguments: list[str]) -> None:
    done = subprocess.run(
        command("simulate", "terminal", "caisse-ap", *arguments),
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
